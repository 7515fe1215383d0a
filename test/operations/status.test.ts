// What status says, on a real cluster with releases made by a real Helm.
import {mkdtempSync, rmSync} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import * as assert from 'uvu/assert';
import {UserError} from '../../src/errors.ts';
import {type Status, status} from '../../src/operations/status.ts';
import {colours} from '../../src/render/colours.ts';
import {renderStatus} from '../../src/render/status.ts';
import {putRecord} from '../helm/put-record.ts';
import {
  makeWorld,
  namespace,
  otherPaths,
  recordPath,
  release,
  tryChange,
  usagePaths,
  type World,
} from '../helm/world.ts';
import {rigSuite} from '../rig/available.ts';

const test = rigSuite<{world: World; folder: string}>('status', ['apiserver', 'helm3']);

test.before(async (context) => {
  context.world = await makeWorld(3, {users: {viewer: [], manager: []}});
  context.folder = mkdtempSync(join(tmpdir(), 'status-'));
  const {server} = context.world;
  const read = {apiGroups: ['*'], verbs: ['get', 'list']};
  await server.allow('viewer', [{...read, resources: ['*']}], namespace);
  await server.allow('manager', [{...read, resources: ['deployments', 'statefulsets']}]);
});
test.after(({folder}) => rmSync(folder, {recursive: true}));

interface Options {
  user?: string;
  env?: NodeJS.ProcessEnv;
  options?: Partial<Parameters<typeof status>[0]>;
}

function look({world, folder}: {world: World; folder: string}, {user = 'admin', env = {}, options}: Options = {}) {
  const connection = {kubeconfig: world.server.kubeconfig({user})};
  const around = {env: {PATH: process.env.PATH, ...env}, home: homedir()};
  return status({connection, stateDir: folder, helm: world.helmPath, ...options}, around);
}

const text = (found: Status) => renderStatus(found, 100, colours({})).replace(/\s+/g, ' ');

test('a release that is off', async (context) => {
  await context.world.reset();
  const found = await look(context);
  const [one] = found.releases;
  assert.equal(one?.value, {
    path: 'usageMetrics.enabled',
    parent: 'usageMetrics',
    default: false,
    on: false,
    broken: false,
  });
  assert.equal([one?.documents, one?.live, one?.volunteer, one?.warnings], [[], [], 'absent', []]);
  assert.match(text(found), /Usage metrics off Your value usageMetrics\.enabled is not set Chart's default false/);
  assert.is(found.determined, true);
});

test('a release that is on, since when, and by whom it was turned on', async (context) => {
  const {world} = context;
  await world.reset();
  await tryChange(world, {});
  await world.helm(
    'upgrade',
    release,
    world.chart,
    '--reuse-values',
    '--set',
    'replicas=1',
    '--no-hooks',
    '--description',
    'later',
  );
  const found = await look(context);
  const [one] = found.releases;
  assert.equal([one?.revision, one?.value?.on, one?.value?.user, one?.documents.length], [3, true, true, 5]);
  assert.is(one?.live.filter(({state}) => state === 'there').length, 5);
  assert.equal([one?.volunteer, one?.lastChange?.revision, one?.lastChange?.atLeast], ['not ready', 2, false]);
  assert.match(one?.lastChange?.description ?? '', /usageMetrics\.enabled=true by seldon-usage/);
  assert.match(text(found), /Would send nothing that arrives: its image .* never reports the version of Seldon Core/);
});

test('a volunteer that runs', async (context) => {
  const {world} = context;
  await world.reset();
  await tryChange(world, {});
  const headers = {'content-type': 'application/merge-patch+json'};
  await world.server.request(
    'PATCH',
    `${usagePaths[2]}/status`,
    {status: {replicas: 1, readyReplicas: 1, availableReplicas: 1}},
    {headers},
  );
  assert.is((await look(context)).releases[0]?.volunteer, 'running');
});

test('the text "false" is on, and objects that somebody deleted are missing', async (context) => {
  const {world} = context;
  await world.reset();
  await world.helm('upgrade', release, world.chart, '--set-string', 'usageMetrics.enabled=false', '--no-hooks');
  await world.server.request('DELETE', usagePaths[1]!);
  const [one] = (await look(context)).releases;
  assert.equal([one?.value?.on, one?.value?.user], [true, '"false"']);
  assert.match(one?.warnings.join('\n') ?? '', /is the text "false"[\s\S]*although the release has them: ConfigMap/);
  const {changed} = await tryChange(world, {});
  assert.is(changed?.outcome, 'unchanged');
  assert.match(changed?.warnings.join('\n') ?? '', /is the text "false"/);
});

test('usage objects of an API that is gone are named, and the rest is told', async (context) => {
  const {world} = context;
  await world.reset();
  await world.helm('upgrade', release, world.chart, '--set', 'usageMetrics.enabled=true', '--no-hooks');
  const on = JSON.parse(await world.record());
  await world.reset();
  await putRecord(world, 1, (record) => {
    record.config = on.config;
    record.manifest = on.manifest.replaceAll('authorization.k8s.io/v1\n', 'authorization.k8s.io/v1beta1\n');
  });
  const [one] = (await look(context)).releases;
  assert.equal([one?.value?.on, one?.documents.length], [true, 5]);
  assert.equal(
    one?.live.filter(({state}) => state === 'unreadable').map(({object}) => object),
    ['ClusterRole seldon-spartakus-volunteer', 'ClusterRoleBinding seldon-spartakus-volunteer'],
  );
  assert.match(one?.warnings.join('\n') ?? '', /does not know ClusterRole in rbac\.authorization\.k8s\.io\/v1beta1/);
});

test('values and Secrets are never printed', async (context) => {
  const {world} = context;
  await world.reset();
  await world.helm(
    'upgrade',
    release,
    world.chart,
    '--set',
    'text=hunter2',
    '--set',
    'usageMetrics.enabled=hunter3',
    '--no-hooks',
  );
  const found = await look(context);
  const secret = await world.get(otherPaths[2]!);
  for (const said of [JSON.stringify(found), text(found)]) {
    assert.not.match(said, /hunter/);
    assert.not.ok(said.includes(secret.data['tls.key'].slice(0, 40)));
  }
  assert.is(found.releases[0]?.value?.user, 'a text');
});

test('the owner and the edit', async (context) => {
  const {world} = context;
  await world.reset();
  const headers = {'content-type': 'application/merge-patch+json'};
  const annotations = {'argocd.argoproj.io/tracking-id': 'ml:apps/Deployment:a/b'};
  await world.server.request('PATCH', otherPaths[5]!, {metadata: {annotations}}, {headers});
  const found = await look(context);
  assert.is(found.releases[0]?.owner?.kind, 'Argo CD');
  assert.match(text(found), /Decided by Argo CD \(.*Application ml\)/);
});

test('with rights in one namespace: the release there, and what could not be read', async (context) => {
  await context.world.reset();
  const found = await look(context, {user: 'viewer', options: {namespace}});
  assert.is(found.releases.length, 1);
  assert.is(found.determined, true);
  assert.match(text(found), /In the cluster no usage objects|unreadable/);
  const {error} = await caught(look(context, {user: 'viewer'}));
  assert.is(error?.code, 'cluster');
  assert.match(error?.suggestions.join() ?? '', /secrets in all namespaces, .*Name the namespace/);
});

test('without the right to read records: the release is named, and nothing is concluded', async (context) => {
  await context.world.reset();
  const found = await look(context, {user: 'manager'});
  assert.equal(
    found.operators.map(({installedBy, release}) => [installedBy, release]),
    [['Helm', 'seldon/core']],
  );
  assert.is(found.determined, false);
  assert.match(text(found), /record can't be read Usage metrics unknown/);
});

test('an operator without a release', async (context) => {
  const {world} = context;
  await world.reset();
  await world.server.request('DELETE', recordPath(1));
  const headers = {'content-type': 'application/merge-patch+json'};
  const annotations = {'meta.helm.sh/release-name': null, 'meta.helm.sh/release-namespace': null};
  await world.server.request('PATCH', otherPaths[5]!, {metadata: {annotations}}, {headers});
  const found = await look(context);
  assert.equal(found.releases, []);
  assert.is(found.operators[0]?.installedBy, 'kubectl or kustomize');
  const {error} = await tryChange(world, {});
  assert.match(error?.message ?? '', /an operator runs in seldon: it was installed without Helm/);
});

test('what switches this tool off, and its destination', async (context) => {
  await context.world.reset();
  const env = {DO_NOT_TRACK: '1', SELDON_USAGE_URL: 'https://usage.example/api?key=hidden'};
  const found = await look(context, {env});
  assert.is(found.own.switchedOffBy, 'DO_NOT_TRACK');
  assert.equal(found.own.destination, {name: 'https://usage.example/api', origin: 'variable'});
  assert.is(found.own.clusterID.origin.from, 'local');
  assert.match(text(found), /Sending switched off by DO_NOT_TRACK/);
});

/** The record of the release in another namespace too, as long as `body` runs. */
async function withSecond(world: World, body: () => Promise<void>): Promise<void> {
  const first = await world.get(recordPath(1));
  await world.server.request('POST', '/api/v1/namespaces', {metadata: {name: 'models'}});
  const {uid: _, resourceVersion: _v, ...metadata} = first.metadata;
  const secrets = '/api/v1/namespaces/models/secrets';
  await world.server.request('POST', secrets, {...first, metadata: {...metadata, namespace: 'models'}});
  await body().finally(() => world.gone(`${secrets}/${metadata.name}`));
}

test('several releases', async (context) => {
  const {world} = context;
  await world.reset();
  await withSecond(world, async () => {
    assert.is((await look(context)).releases.length, 2);
    const {error} = await tryChange(world, {});
    assert.is(error?.code, 'release');
    assert.match(
      error?.message ?? '',
      /2 releases of Seldon Core: models\/core \(seldon-core-operator 1\.18\.2\), seldon\/core/,
    );
    const {changed} = await tryChange(world, {namespace, dryRun: true});
    assert.is(changed?.outcome, 'rehearsed');
  });
});

test('a damaged record of another release is named, and in nobody’s way', async (context) => {
  const {world} = context;
  await world.reset();
  const first = await world.get(recordPath(1));
  const {uid: _, resourceVersion: _v, ...metadata} = first.metadata;
  const name = 'sh.helm.release.v1.broken.v1';
  const {status} = await world.server.request('POST', `/api/v1/namespaces/${namespace}/secrets`, {
    ...first,
    metadata: {...metadata, name, labels: {...metadata.labels, name: 'broken'}},
    data: {release: 'SGVsbG8='},
  });
  assert.is(status, 201);
  const found = await look(context, {options: {namespace}});
  assert.equal(
    found.releases.map(({name}) => name),
    [release],
  );
  assert.match(found.unreadable.join(), /the record of release seldon\/broken, which is damaged/);
  assert.is((await tryChange(world, {namespace, dryRun: true})).changed?.outcome, 'rehearsed');
});

test('hostile records are named, each with its reason, and the others are told', async (context) => {
  const {world} = context;
  await world.reset();
  const first = await world.get(recordPath(1));
  const text = await world.record();
  const laughs = Array.from({length: 12}, (_, i) => `    l${i}: &a${i} [${`*a${i - 1},`.repeat(i && 9)}]\n`).join('');
  const hostile: Record<string, Buffer> = {
    bomb: Buffer.alloc(255e6, 0x20),
    laughs: Buffer.from(
      JSON.stringify({
        ...JSON.parse(text),
        name: 'laughs',
        manifest: `apiVersion: v1\nkind: A\nmetadata:\n  name: a\n  labels:\n${laughs}`,
      }),
    ),
    odd: Buffer.from(text.replace('"chart":{', '"chart":[],"other":{')),
  };
  for (const [name, content] of Object.entries(hostile)) {
    const {uid: _, resourceVersion: _v, ...metadata} = first.metadata;
    const release = Buffer.from(gzipSync(content, {level: 9}).toString('base64')).toString('base64');
    const {status} = await world.server.request('POST', `/api/v1/namespaces/${namespace}/secrets`, {
      ...first,
      metadata: {...metadata, name: `sh.helm.release.v1.${name}.v1`, labels: {...metadata.labels, name}},
      data: {release},
    });
    assert.is(status, 201);
  }
  const found = await look(context, {options: {namespace}});
  assert.equal(
    found.releases.map(({name}) => name),
    [release],
  );
  const said = found.unreadable.join('\n');
  assert.match(said, /record of release seldon\/bomb, which is damaged \(it unpacks to more than/);
  assert.match(said, /record of release seldon\/odd, which is damaged \(its chart is missing/);
  assert.match(said, /the release seldon\/laughs, whose manifest is refused: a document has aliases/);
  assert.is((await tryChange(world, {namespace, release, dryRun: true})).changed?.outcome, 'rehearsed');
});

test('an operator that does not run is pointed out, with several releases too', async (context) => {
  const {world} = context;
  await world.reset();
  const headers = {'content-type': 'application/merge-patch+json'};
  await world.server.request('PATCH', otherPaths[5]!, {spec: {replicas: 0}}, {headers});
  const idle = 'Deployment seldon/seldon-controller-manager has no replicas';
  const [one] = (await look(context)).releases;
  assert.ok(one?.warnings.includes(`Its operator does not run: ${idle}.`), one?.warnings.join());
  await withSecond(world, async () => {
    const {error} = await tryChange(world, {});
    // Both records name the same operator.
    assert.equal(error?.suggestions, [
      'Choose one:',
      `--namespace models --release core (its operator does not run: ${idle})`,
      `--namespace seldon --release core (its operator does not run: ${idle})`,
    ]);
  });
});

async function caught(work: Promise<unknown>): Promise<{error?: UserError}> {
  try {
    await work;
    return {};
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {error};
  }
}

test.run();
