// From a real kube-apiserver to a strict receiver.
import {copyFileSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import type {UserError} from '../../src/errors.ts';
import {diffReports, lastSent} from '../../src/operations/diff.ts';
import {history} from '../../src/operations/history.ts';
import {type Preview, type SendHooks, type SendOptions, send} from '../../src/operations/send.ts';
import {exec, v1} from '../cluster/connection/plugins.ts';
import {ensureNamespace, operator, withWorkloads} from '../cluster/on-cluster.ts';
import {type Receiver, startReceiver} from '../delivery/receiver.ts';
import {clusterID, type Sandbox, sandbox} from '../delivery/sandbox.ts';
import {run} from '../program.ts';
import {type SharedApiserver, sharedApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {realisticNode} from '../rig/nodes.ts';
import {seeVeto} from '../rig/rbac.ts';
import {startScripted} from '../rig/scripted.ts';

const test = rigSuite('send');
const otherID = '11111111-2222-4333-8444-555555555555';
let places = 0;

interface Scene {
  server: SharedApiserver;
  receiver: Receiver;
  user: Sandbox;
  /** A namespace of this test alone, in which its cluster ID is kept. */
  namespace: string;
  kubeconfig: string;
  options(more?: Partial<SendOptions>): SendOptions;
  /** What the ConfigMap holds; undefined where there is none. */
  stored(): Promise<Record<string, string> | undefined>;
  store(data: Record<string, string>): Promise<void>;
}

/** Sets the scene for a user of the API server, and clears it away. */
async function scene(
  work: (scene: Scene) => Promise<void>,
  apiUser = 'admin',
  env: NodeJS.ProcessEnv = {},
): Promise<void> {
  const server = await sharedApiserver();
  const namespace = `send-${++places}`;
  await ensureNamespace(server, namespace);
  const receiver = await startReceiver();
  const user = sandbox(env);
  const kubeconfig = server.kubeconfig({user: apiUser});
  const configMaps = `/api/v1/namespaces/${namespace}/configmaps`;
  try {
    await work({
      server,
      receiver,
      user,
      namespace,
      kubeconfig,
      options: (more) => ({
        ...user.options({urls: [receiver.url]}),
        file: undefined,
        collect: {connection: {kubeconfig}, namespace, capacity: 'known', omit: new Set()},
        ...more,
      }),
      async stored() {
        const {status, body} = await server.request('GET', `${configMaps}/seldon-usage`);
        return status === 200 ? body.data : undefined;
      },
      async store(data) {
        const {status} = await server.request('POST', configMaps, {metadata: {name: 'seldon-usage'}, data});
        assert.is(status, 201);
      },
    });
  } finally {
    await receiver.close();
    user.remove();
  }
}

async function refusal(options: SendOptions, user: Sandbox, hooks?: SendHooks): Promise<UserError> {
  try {
    await send(options, user.around, hooks);
  } catch (error) {
    return error as UserError;
  }
  throw new Error('it was sent');
}

test('what arrives is what show prints, and the history has the bytes', () =>
  scene(async ({server, receiver, user, namespace, kubeconfig, options, stored}) => {
    for (let i = 0; i < 3; i++) await server.request('POST', '/api/v1/nodes', realisticNode(i));
    const {preview, outcomes} = await send(options(), user.around);
    const [body] = receiver.bodies;
    assert.is(receiver.bodies.length, 1);
    assert.is(String(body), preview.bytes);
    assert.equal(receiver.refused, []);
    const {host, connection, ...headers} = receiver.headers[0]!;
    assert.equal(headers, {
      'user-agent': headers['user-agent'],
      'content-type': 'application/json',
      'content-length': String(body!.length),
    });
    assert.match(headers['user-agent']!, /^seldon-usage\/\d+\.\d+\.\d+$/);

    const env = {HOME: user.around.home};
    const shown = run(['show', '--json', '--kubeconfig', kubeconfig, '-n', namespace], {env});
    const timeless = (text: string) => text.replace(/"timestamp":"\d+"/, '"timestamp":""');
    assert.is(timeless(`${body}\n`), timeless(shown.stdout), shown.stderr);
    assert.is(run(['history', outcomes![0]!.waiting.id], {env}).stdout, String(body));

    // The ID was stored before, and stays.
    assert.equal(await stored(), {'cluster-id': preview.report.clusterID});
    const [entry] = history(undefined, user.around).entries;
    assert.is(entry!.context, 'rig');
    assert.is(entry!.consent, '--yes');
    const again = await send(options(), user.around);
    assert.is(again.preview.report.clusterID, preview.report.clusterID);

    const since = lastSent(preview.report.clusterID, undefined, user.around)!;
    assert.is(since.entry.id, again.outcomes![0]!.waiting.id);
    assert.equal(Object.values(diffReports(since.report, preview.report)).flat(), []);
    await server.request('POST', '/api/v1/nodes', realisticNode(3));
    const now = (await send(options({dryRun: true}), user.around)).preview.report;
    assert.is(diffReports(since.report, now).addedNodes.length, 1);
    assert.is(receiver.bodies.length, 2);
  }));

test('a question names the cluster; a no leaves everything as it was', () =>
  scene(async ({server, receiver, user, options, stored}) => {
    const seen: Preview[] = [];
    const agree = async (preview: Preview) => seen.push(preview) > 1;
    const error = await refusal(options({yes: false}), user, {agree});
    assert.is(error.code, 'consent');
    const {cluster} = seen[0]!.collected!;
    assert.equal(cluster, {context: 'rig', server: server.url, user: 'admin'});
    assert.is(await stored(), undefined);
    assert.equal(receiver.headers, []);
    assert.equal(history(undefined, user.around).entries, []);
    await send(options({yes: false}), user.around, {agree});
    assert.is(receiver.bodies.length, 1);
    assert.is(history(undefined, user.around).entries[0]!.consent, 'asked');
  }));

test('without a terminal and without --yes the cluster is not even read', async () => {
  const cluster = await startScripted({routes: {}});
  const user = sandbox();
  try {
    const collect = {...user.options({urls: []}).collect, connection: {kubeconfig: '/nowhere'}};
    const base = {...user.options({urls: [cluster.url]}), file: undefined, collect};
    assert.is((await refusal({...base, yes: false}, user)).code, 'consent');
    assert.is((await refusal({...base, yes: false, stays: true}, user, {agree: async () => true})).code, 'consent');
    assert.equal(cluster.requests, []);
  } finally {
    await cluster.close();
    user.remove();
  }
});

for (const variable of ['DO_NOT_TRACK', 'SELDON_USAGE_DISABLED']) {
  test(`${variable} comes before everything`, () =>
    scene(
      async ({receiver, user, options, stored}) => {
        const error = await refusal(options(), user);
        assert.is(error.code, 'consent');
        assert.match(error.message, variable);
        assert.is((await refusal(options({dryRun: true}), user)).code, 'consent');
        assert.equal([receiver.headers.length, await stored()], [0, undefined]);
      },
      'admin',
      {[variable]: '1'},
    ));
}

test('the veto of the cluster counts for everybody', () =>
  scene(async ({receiver, user, namespace, options, store}) => {
    await store({reporting: 'never'});
    const error = await refusal(options(), user);
    assert.is(error.code, 'consent');
    assert.match(error.message, namespace);
    assert.equal(receiver.headers, []);
  }));

test('choosing another namespace does not get round the veto where an operator is', () =>
  scene(async ({server, receiver, user, namespace, kubeconfig, options, store}) => {
    await store({reporting: 'never'});
    await withWorkloads(server, [operator(namespace, '1.18.2')], async () => {
      const collect = {...options().collect, connection: {kubeconfig}, namespace: 'default'};
      const error = await refusal(options({collect}), user);
      assert.is(error.code, 'consent');
      assert.match(error.message, namespace);
      assert.equal(receiver.headers, []);
    });
  }));

test('a dry run stores nothing, here or there', () =>
  scene(async ({receiver, user, options, stored}) => {
    const {preview, outcomes} = await send(options({dryRun: true, yes: false}), user.around);
    assert.is(outcomes, undefined);
    assert.ok(preview.size > 0);
    assert.equal([receiver.headers.length, await stored()], [0, undefined]);
    assert.equal(history(undefined, user.around).entries, []);
  }));

test('another ID won the race: it is shown and asked again, and that one is sent', () =>
  scene(async ({receiver, user, options, store}) => {
    const shown: string[] = [];
    const warnings: string[] = [];
    const agree = async ({report, bytes}: Preview) => {
      assert.match(bytes, report.clusterID);
      if (shown.push(report.clusterID) === 1) await store({'cluster-id': otherID});
      return true;
    };
    await send(options({yes: false}), user.around, {agree, warn: (text) => warnings.push(text)});
    assert.is(shown.length, 2);
    assert.is(shown[1], otherID);
    assert.is(JSON.parse(String(receiver.bodies[0])).clusterID, otherID);
    assert.is(history(undefined, user.around).entries[0]!.clusterID, otherID);
    assert.match(warnings.join(), /Another ID/);
  }));

test('a no that appears while the second question stands counts too', () =>
  scene(async ({receiver, user, namespace, options, server, store}) => {
    let asked = 0;
    const agree = async () => {
      if (asked++ === 0) await store({'cluster-id': otherID});
      else {
        const path = `/api/v1/namespaces/${namespace}/configmaps/seldon-usage`;
        const {body} = await server.request('GET', path);
        await server.request('PUT', path, {...body, data: {...body.data, reporting: 'never'}});
      }
      return true;
    };
    const error = await refusal(options({yes: false}), user, {agree});
    assert.match(error.message, /says reporting: never/);
    assert.is(asked, 2);
    assert.equal(receiver.headers, []);
  }));

test('another ID won the race: what was agreed to for it is what counts', () =>
  scene(async ({receiver, user, options, store}) => {
    const {collect} = options();
    const narrow = {...collect, omit: new Set(['nodes.osImage'] as const), clusterID: otherID};
    await send(options({collect: narrow}), user.around);
    const seen: (readonly string[])[] = [];
    const agree = async ({wider}: Preview) => {
      if (seen.push(wider) === 1) await store({'cluster-id': otherID});
      return true;
    };
    await send(options({yes: false}), user.around, {agree});
    assert.equal(seen, [[], ['the field nodes.osImage']]);
    assert.is(receiver.bodies.length, 2);
  }));

test('no right to store the ID: the local one, and what to grant', () =>
  scene(async ({server, receiver, user, options, stored}) => {
    await server.allow('reader', [seeVeto]);
    const warnings: string[] = [];
    const first = await send(options(), user.around, {warn: (text) => warnings.push(text)});
    const second = await send(options(), user.around);
    assert.is(first.preview.report.clusterID, second.preview.report.clusterID);
    assert.is(receiver.bodies.length, 2);
    assert.is(await stored(), undefined);
    assert.match(warnings.join('\n'), /kubectl create role .*--verb=create --resource=configmaps/);
  }, 'reader'));

test('in a pod that is a refusal, unless an ID is given', () =>
  scene(
    async ({server, receiver, user, options}) => {
      await server.allow('reader', [seeVeto]);
      const error = await refusal(options(), user);
      assert.is(error.code, 'consent');
      assert.match([error.message, ...error.suggestions].join('\n'), /counted many times.*kubectl create role/s);
      assert.equal(receiver.headers, []);
      await send(options({collect: {...options().collect, clusterID}}), user.around);
      assert.is(receiver.bodies.length, 1);
    },
    'reader',
    {KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443'},
  ));

test('who may not read whether the cluster forbids it sends nothing, and is told what grants it', () =>
  scene(async ({server, receiver, user, kubeconfig, options}) => {
    await server.allow('nobody', [{apiGroups: [''], resources: ['nodes'], verbs: ['list']}]);
    copyFileSync(server.kubeconfig({user: 'nobody'}), kubeconfig);
    const error = await refusal(options(), user);
    assert.is(error.code, 'consent');
    assert.match(error.message, /the ConfigMap seldon-usage in seldon-system and kube-system may not be read/);
    assert.equal(error.suggestions.slice(1), [
      'kubectl create clusterrole seldon-usage-veto --verb=get --resource=configmaps --resource-name=seldon-usage',
      'kubectl create clusterrolebinding seldon-usage-veto:nobody --clusterrole=seldon-usage-veto --user=nobody',
    ]);
    assert.equal(receiver.headers, []);
  }));

test('a no that appears while the question stands counts', () =>
  scene(async ({receiver, user, options, store}) => {
    const agree = async () => {
      await store({reporting: 'never'});
      return true;
    };
    const error = await refusal(options({yes: false}), user, {agree});
    assert.is(error.code, 'consent');
    assert.match(error.message, /says reporting: never/);
    assert.equal(receiver.headers, []);
  }));

test('what sending makes in the cluster is shown before, and made as it was shown', () =>
  scene(async ({server, receiver, user, namespace, options}) => {
    const seen: Preview[] = [];
    const agree = async (preview: Preview) => seen.push(preview) > 0;
    await send(options({yes: false}), user.around, {agree});
    const path = `/api/v1/namespaces/${namespace}/configmaps/seldon-usage`;
    const {metadata, data} = (await server.request('GET', path)).body;
    assert.equal(data, seen[0]!.makes!.data);
    assert.equal(metadata.labels, seen[0]!.makes!.metadata.labels);
    assert.equal(metadata.annotations, seen[0]!.makes!.metadata.annotations);
    assert.is(metadata.namespace, seen[0]!.makes!.metadata.namespace);
    const again = await send(options(), user.around);
    assert.is(again.preview.makes, undefined);
    assert.is(receiver.bodies.length, 2);
  }));

test('of a ConfigMap that is there only the ID is named, and only that is put in', () =>
  scene(async ({server, user, namespace, options, store}) => {
    await store({note: 'ours'});
    const {preview} = await send(options(), user.around);
    assert.equal(Object.keys(preview.makes!.metadata), ['name', 'namespace']);
    const path = `/api/v1/namespaces/${namespace}/configmaps/seldon-usage`;
    const {metadata, data} = (await server.request('GET', path)).body;
    assert.equal(data, {note: 'ours', ...preview.makes!.data});
    assert.is(metadata.labels, undefined);
  }));

test('a dry run writes nothing at all', () =>
  scene(async ({user, options, stored}) => {
    const {preview} = await send(options({dryRun: true}), user.around);
    assert.ok(preview.makes);
    assert.is(await stored(), undefined);
    assert.equal(readdirSync(user.around.home).sort(), ['report.json']);
  }));

test('what was left out once is not sent because a flag was forgotten', () =>
  scene(async ({receiver, user, options}) => {
    const {collect} = options();
    await send(options({collect: {...collect, omit: new Set(['nodes.osImage'])}}), user.around);
    const error = await refusal(options(), user);
    assert.is(error.code, 'consent');
    assert.match(error.message, /holds more than the last one .*: the field nodes\.osImage\. Nothing was sent/);
    assert.is(receiver.bodies.length, 1);
    const asked: (readonly string[])[] = [];
    const agree = async ({wider}: Preview) => Boolean(asked.push(wider));
    await send(options({yes: false}), user.around, {agree});
    assert.equal(asked, [['the field nodes.osImage']]);
    await send(options({collect: {...collect, omit: new Set(['nodes.osImage'])}}), user.around);
    await send(options({collect: {...collect, acceptWider: true}}), user.around);
    await send(options(), user.around);
    assert.is(receiver.bodies.length, 5);
  }));

for (const yes of [true, false]) {
  test(`a credential plugin is run once for all that sending asks of a cluster, ${yes ? 'with --yes' : 'asked'}`, () =>
    scene(async ({server, receiver, user, kubeconfig, options, stored}) => {
      const runs = join(user.around.home, 'runs');
      const script = `echo run >> '${runs}'; echo '{"kind":"ExecCredential","apiVersion":"${v1}","status":{"token":"${server.tokens.admin}"}}'`;
      copyFileSync(server.kubeconfig({user: 'admin', credentials: {exec: exec(script)}}), kubeconfig);
      await send(options({yes}), {...user.around, env: {PATH: process.env.PATH}}, {agree: async () => true});
      assert.is(receiver.bodies.length, 1);
      assert.ok(await stored());
      assert.is(readFileSync(runs, 'utf8'), 'run\n');
    }));
}

test('the context changed while the question stood', () =>
  scene(async ({receiver, user, server, kubeconfig, options, stored}) => {
    const agree = async () => {
      copyFileSync(server.kubeconfig({user: 'reader'}), kubeconfig);
      return true;
    };
    assert.is((await refusal(options({yes: false}), user, {agree})).code, 'cluster');
    assert.equal([receiver.headers.length, await stored()], [0, undefined]);
  }));

test.run();
