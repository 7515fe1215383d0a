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
      await sleep(300);
    }
  })();
  try {
    return await body();
  } finally {
    ended = true;
    await work;
  }
}

/** Writes a Deployment only where it is not as wanted: it is looked at three times a second. */
async function reconcile(server: Apiserver, namespace: string): Promise<void> {
  const group = `/apis/mlops.seldon.io/v1alpha1/namespaces/${namespace}`;
  const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`;
  const runtimes = await items(server, `${group}/seldonruntimes`);
  if (runtimes.length === 0) return;
  const [{body: config}, {status, body: found}] = await Promise.all([
    server.request('GET', `${group}/seldonconfigs/default`),
    server.request('GET', `${deployments}/hodometer`),
  ]);
  const component = (config as Any).spec?.components?.[0];
  const level = component?.podSpec.containers[0].env.find(({name}: Any) => name === 'METRICS_LEVEL').value;
  for (const {spec} of runtimes) {
    const {disable = false, replicas = 1} = (spec.overrides ?? []).find(({name}: Any) => name === 'hodometer') ?? {};
    if (disable) continue;
    const wanted = hodometer('hodometer', {replicas, ...(level ? {env: {METRICS_LEVEL: level}} : {})});
    if (status === 404) await server.request('POST', deployments, wanted);
    else if (chosen(found) !== chosen(wanted))
      await server.request('PATCH', `${deployments}/hodometer`, {spec: wanted.spec}, merge);
  }
}

/** What the operator sets in a Deployment, and the server fills in nothing of. */
function chosen({spec}: Any): string {
  const {image, env} = spec.template.spec.containers[0];
  return JSON.stringify([spec.replicas, image, env]);
}

/** A pod for each replica; without a Deployment, none. */
async function scale(server: Apiserver, namespace: string): Promise<void> {
  const path = `/api/v1/namespaces/${namespace}/pods`;
  const [deployments, pods] = await Promise.all([
    items(server, `/apis/apps/v1/namespaces/${namespace}/deployments`),
    items(server, path),
  ]);
  for (const name of names) {
    const deployment = deployments.find(({metadata}) => metadata.name === name);
    const {replicas, template} = deployment?.spec ?? {replicas: 0, template: undefined};
    const pod = `${name}-1`;
    const isThere = pods.some(({metadata}) => metadata.name === pod);
    if (replicas === 0 && isThere) await server.request('DELETE', `${path}/${pod}?gracePeriodSeconds=0`);
    if (replicas === 0 || isThere) continue;
    await server.request('POST', path, {
      metadata: {name: pod},
      spec: {containers: template.spec.containers, automountServiceAccountToken: false},
    });
    await server.request('PATCH', `${path}/${pod}/status`, {status: {phase: 'Running'}}, merge);
  }
}

/** The objects of a list; none where the kind is not served. */
async function items(server: Apiserver, path: string): Promise<Any[]> {
  const {body} = await server.request('GET', path);
  return (body as Any).items ?? [];
}
