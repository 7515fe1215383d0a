// What the controllers of a cluster and the operator of Seldon Core 2 do about Hodometer: the rig's API server runs none.
import {setTimeout as sleep} from 'node:timers/promises';
import type {Apiserver} from '../rig/apiserver.ts';
import {hodometer} from './core2-world.ts';

// biome-ignore lint/suspicious/noExplicitAny: objects of the API
type Any = any;

const merge = {headers: {'content-type': 'application/merge-patch+json'}};
const names = ['hodometer', 'seldon-hodometer'];

/** What may act in a namespace. */
export interface Acting {
  /** Reconciles SeldonRuntimes as the operator does: with `disable: true` it looks away. */
  operator?: boolean;
  /** Called at every turn, for what somebody else does. */
  also?: () => Promise<void>;
}

/** Runs `body` while Deployments get their pods, and an operator acts on the SeldonRuntimes. */
export async function withControllers<T>(
  server: Apiserver,
  namespace: string,
  {operator = true, also}: Acting,
  body: () => Promise<T>,
): Promise<T> {
  let ended = false;
  const turn = async () => {
    if (operator) await reconcile(server, namespace);
    await scale(server, namespace);
    await also?.();
  };
  await server.request('POST', `/api/v1/namespaces/${namespace}/serviceaccounts`, {metadata: {name: 'default'}});
  await turn();
  const work = (async () => {
    while (!ended) {
      await turn();
      await sleep(100);
    }
  })();
  try {
    return await body();
  } finally {
    ended = true;
    await work;
  }
}

async function reconcile(server: Apiserver, namespace: string): Promise<void> {
  const group = `/apis/mlops.seldon.io/v1alpha1/namespaces/${namespace}`;
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const {body} = await server.request('GET', `${group}/seldonruntimes`);
  for (const {spec} of (body as Any).items ?? []) {
    const {disable = false, replicas = 1} = (spec.overrides ?? []).find(({name}: Any) => name === 'hodometer') ?? {};
    if (disable) continue;
    const config = await server.request('GET', `${group}/seldonconfigs/default`);
    const component = (config.body as Any).spec?.components?.[0];
    const level = component?.podSpec.containers[0].env.find(({name}: Any) => name === 'METRICS_LEVEL').value;
    const wanted = hodometer('hodometer', {replicas, ...(level ? {env: {METRICS_LEVEL: level}} : {})});
    const made = await server.request('POST', deployments, wanted);
    if (made.status === 409) await server.request('PATCH', `${deployments}/hodometer`, {spec: wanted.spec}, merge);
  }
}

/** A pod for each replica; without a Deployment, none. */
async function scale(server: Apiserver, namespace: string): Promise<void> {
  const pods = `/api/v1/namespaces/${namespace}/pods`;
  for (const name of names) {
    const {status, body} = await server.request('GET', `/apis/apps/v1/namespaces/${namespace}/deployments/${name}`);
    const {replicas, template} = status === 200 ? (body as Any).spec : {replicas: 0, template: undefined};
    const pod = `${name}-1`;
    const {status: there} = await server.request('GET', `${pods}/${pod}`);
    if (replicas === 0 && there === 200) await server.request('DELETE', `${pods}/${pod}?gracePeriodSeconds=0`);
    if (replicas === 0 || there === 200) continue;
    await server.request('POST', pods, {
      metadata: {name: pod},
      spec: {containers: template.spec.containers, automountServiceAccountToken: false},
    });
    await server.request('PATCH', `${pods}/${pod}/status`, {status: {phase: 'Running'}}, merge);
  }
}
