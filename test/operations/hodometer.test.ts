// What show and collect --hodometer say of what Seldon Core 2's Hodometer sends, on a real API server.
import {mkdtempSync, rmSync} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {collectHodometer, type SeenHodometer} from '../../src/operations/hodometer.ts';
import {type ShowResult, show} from '../../src/operations/show.ts';
import {colours} from '../../src/render/colours.ts';
import {renderHodometer} from '../../src/render/hodometer.ts';
import {encodeEvent} from '../../src/report/hodometer/event.ts';
import {properties} from '../../src/report/hodometer/properties.ts';
import {failure} from '../cluster/connection/connecting.ts';
import {ensureNamespace, withWorkloads} from '../cluster/on-cluster.ts';
import {hodometer, installCore2, makeCore2} from '../helm/core2-world.ts';
import {type Apiserver, startApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';

interface Context {
  server: Apiserver;
  folder: string;
}

const test = rigSuite<Context>('what Hodometer sends');

test.before(async (context) => {
  context.server = await startApiserver({users: {viewer: [], some: []}});
  context.folder = mkdtempSync(join(tmpdir(), 'hodometer-'));
});
test.after(async ({server, folder}) => {
  rmSync(folder, {recursive: true});
  await server.close();
});

const around = {env: {PATH: process.env.PATH}, home: homedir()};

function look({server, folder}: Context, user = 'admin', namespace?: string): Promise<ShowResult> {
  const connection = {kubeconfig: server.kubeconfig({user})};
  const collect = {connection, namespace, stateDir: folder, omit: new Set<never>(), capacity: 'known' as const};
  return show({collect, hodometer: true}, around);
}

const text = (found: ShowResult) => renderHodometer(found.hodometer!, 200, colours({})).replace(/\s+/g, ' ');
const at = ({hodometer: seen}: ShowResult, namespace: string) =>
  seen?.hodometers.find((one) => one.namespace === namespace);
const values = (one: SeenHodometer | undefined) =>
  Object.fromEntries((one?.event ?? []).map(({name, value}) => [name, value]));
const source = (one: SeenHodometer | undefined, wanted: string) =>
  one?.event?.find(({name}) => name === wanted)?.source ?? '';

async function deploy(
  server: Apiserver,
  namespace: string,
  options: Parameters<typeof hodometer>[1] = {},
): Promise<void> {
  await ensureNamespace(server, namespace);
  const {status, body} = await server.request(
    'POST',
    `/apis/apps/v1/namespaces/${namespace}/deployments`,
    hodometer('hodometer', options),
  );
  assert.is(status, 201, JSON.stringify(body));
}

const ready = (type: string, status: string) => ({conditions: [{type, status}]});
const server = (config: string, replicas?: number, podSpec?: object) => ({
  serverConfig: config,
  ...(replicas === undefined ? {} : {replicas}),
  ...(podSpec ? {podSpec} : {}),
});
const podSpec = (overcommit: string | undefined, memory: string | undefined) => ({
  containers: [
    {name: 'rclone', resources: {requests: {memory: '100M'}}},
    {
      name: 'agent',
      env: overcommit === undefined ? [] : [{name: 'SELDON_OVERCOMMIT_PERCENTAGE', value: overcommit}],
      resources: {requests: {memory: '500M'}},
    },
    {name: 'mlserver', ...(memory === undefined ? {} : {resources: {requests: {memory}}})},
  ],
});

test('a cluster without Seldon Core 2 shows nothing of it', async (context) => {
  const found = await look(context);
  assert.is(found.hodometer, undefined);
});

test('of a cluster with its API alone it says that there is none', async (context) => {
  await installCore2(context.server);
  const found = await look(context);
  assert.equal(found.hodometer, {hodometers: [], without: [], unreadable: []});
  assert.match(text(found), /Hodometer of Seldon Core 2 None: it sends nothing/);
});

test('the event of each level, counted by its rules', async (context) => {
  const {server: api} = context;
  await deploy(api, 'full');
  const make = makeCore2.bind(null, api);
  await make('ServerConfig', 'full', {name: 'mlserver', spec: {podSpec: podSpec('10', '1G')}});
  await make('ServerConfig', 'full', {name: 'triton', spec: {podSpec: podSpec(undefined, '2Gi')}});
  await make('Model', 'full', {name: 'a'});
  await make('Model', 'full', {name: 'b', status: ready('ModelReady', 'False')});
  await make('Pipeline', 'full', {name: 'new'});
  await make('Pipeline', 'full', {name: 'good', status: ready('PipelineReady', 'True')});
  await make('Pipeline', 'full', {name: 'failed', status: ready('PipelineReady', 'False')});
  await make('Experiment', 'full', {name: 'new'});
  await make('Experiment', 'full', {name: 'active', status: ready('ExperimentReady', 'True')});
  await make('Experiment', 'full', {name: 'ended', status: ready('ExperimentReady', 'False')});
  await make('Server', 'full', {name: 'overcommits', spec: server('mlserver', 2), status: {loadedModels: 9}});
  await make('Server', 'full', {name: 'usual', spec: server('triton'), status: {loadedModels: 1, replicas: 1}});
  await make('Server', 'full', {name: 'several', spec: server('triton', 3), status: {loadedModels: 4, replicas: 3}});
  await make('Server', 'full', {name: 'none', spec: server('triton', 0)});
  await make('Server', 'full', {name: 'ending', spec: server('triton', 0), status: {loadedModels: 0, replicas: 1}});
  await make('Server', 'full', {name: 'own', spec: server('triton', 1, podSpec('5', '512M'))});
  // Another runtime's are not this one's.
  await ensureNamespace(api, 'elsewhere');
  await make('Model', 'elsewhere', {name: 'a'});

  const found = await look(context);
  const full = values(at(found, 'full'));
  const counts = {
    ...{model_count: 2, pipeline_count: 2, experiment_count: 1, server_count: 5, server_replica_count: 8},
    // 2 and 1 that overcommit, and one of three with a second model.
    ...{multimodel_enabled_count: 4, overcommit_enabled_count: 3, gpu_enabled_count: 0, server_cpu_cores_sum: 0},
    server_memory_gb_sum: 13.249418,
  };
  const names = properties.map(({name}) => name);
  assert.equal(Object.fromEntries(names.map((name) => [name, full[name]])), {
    ...{collector_version: '2.9.1', collector_git_commit: undefined, cluster_id: undefined},
    ...{seldon_core_version: '0.0.1', kubernetes_version: full.kubernetes_version, ...counts},
  });
  assert.match(String(full.kubernetes_version), /^v1\.\d+\./);
  assert.equal(Object.keys(full).slice(0, 5), ['token', 'distinct_id', '$insert_id', 'time', 'ip']);
  assert.match(
    text(found),
    /How often at its start, and every 8 hours .*counts that are an estimate.*model_count 2 \(an estimate: Models/,
  );
  assert.match(text(found), /0\.0\.1 whatever is installed.*never set.*new with each pod.*plain http.*every Secret/);

  const patch = async (value: string) => {
    const path = '/apis/apps/v1/namespaces/full/deployments/hodometer';
    const {spec} = hodometer('hodometer', {
      env: {METRICS_LEVEL: value, CLUSTER_ID: '846db7e9-c861-43d7-8d08-31578af59878'},
    });
    await api.request('PATCH', path, {spec}, {headers: {'content-type': 'application/merge-patch+json'}});
    return at(await look(context), 'full');
  };
  const resource = await patch('resource');
  const feature = ['multimodel_enabled_count', 'overcommit_enabled_count', 'server_memory_gb_sum'];
  assert.equal(values(resource), {
    ...full,
    ...Object.fromEntries(feature.map((name) => [name, 0])),
    ...{cluster_id: '846db7e9-c861-43d7-8d08-31578af59878', distinct_id: '846db7e9-c861-43d7-8d08-31578af59878'},
    time: values(resource).time,
  });
  const cluster = await patch('CLUSTER');
  const zeros = properties.filter(({level}) => level === 'resource' || level === 'feature').map(({name}) => name);
  assert.ok(zeros.every((name) => values(cluster)[name] === 0));
  assert.match(source(cluster, 'model_count'), /0 since the level is cluster: not collected/);
  assert.equal((await patch('everything'))?.event, undefined);
  await api.request('DELETE', '/apis/apps/v1/namespaces/full/deployments/hodometer');
});

test('the event alone is the one of show, and null is what it does not tell', async ({server: api}) => {
  await deploy(api, 'alone', {env: {METRICS_LEVEL: 'resource'}, replicas: 0});
  const options = {connection: {kubeconfig: api.kubeconfig()}};
  const one = await collectHodometer(options, around);
  const {event, properties: sent} = JSON.parse(encodeEvent(one.event)) as {event: string; properties: object};
  assert.is(event, 'collect metrics');
  assert.equal([one.state, (sent as {token: unknown}).token, (sent as {ip: unknown}).ip], ['stopped', null, '0']);
  await deploy(api, 'second');
  const several = await failure(collectHodometer(options, around));
  assert.match(several.message, /There are 2 Hodometers/);
  assert.equal(several.suggestions, ['Say with --namespace which: alone, second.']);
  assert.is((await collectHodometer({...options, namespace: 'second'}, around)).namespace, 'second');
  assert.match(
    (await failure(collectHodometer({...options, namespace: 'default'}, around))).message,
    /no Deployment of Seldon Core 2's Hodometer in the namespace default/,
  );
});

test('a server that does not answer is told as such, not as a cluster without Hodometer', async ({server: api}) => {
  const away = {kubeconfig: api.kubeconfig(), server: 'https://127.0.0.1:1'};
  const error = await failure(collectHodometer({connection: away}, around));
  assert.is(error.code, 'cluster');
  assert.match(error.message, /127\.0\.0\.1:1 refuses connections/);
});

test('the namespace that is chosen is the one whose Hodometer is shown', async (context) => {
  const namespaces = async (namespace: string) =>
    (await look(context, 'admin', namespace)).hodometer?.hodometers.map((one) => one.namespace);
  assert.equal(await namespaces('second'), ['second']);
  assert.equal(await namespaces('kube-system'), ['alone', 'second']);
});

test('each field fails alone: rights on some kinds only', async (context) => {
  const {server: api} = context;
  await deploy(api, 'partly');
  await makeCore2(api, 'Server', 'partly', {name: 'x', spec: server('gone')});
  await makeCore2(api, 'Model', 'partly', {name: 'x'});
  const lost = at(await look(context), 'partly');
  assert.equal([values(lost).server_count, values(lost).server_memory_gb_sum], [1, undefined]);
  assert.match(source(lost, 'overcommit_enabled_count'), /the ServerConfig gone was not found/);
  await api.allow('some', [
    {apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['get', 'list']},
    {apiGroups: [''], resources: ['nodes', 'configmaps'], verbs: ['get', 'list']},
    {apiGroups: ['mlops.seldon.io'], resources: ['models'], verbs: ['list']},
  ]);
  const found = await look(context, 'some');
  const one = at(found, 'partly');
  assert.equal(
    [values(one).model_count, values(one).pipeline_count, values(one).server_count],
    [1, undefined, undefined],
  );
  assert.match(source(one, 'pipeline_count'), /no right to list pipelines/);
  assert.match(text(found), /Not readable: pods in partly/);
  await api.allow('viewer', [{apiGroups: [''], resources: ['nodes', 'configmaps'], verbs: ['get', 'list']}]);
  assert.match(text(await look(context, 'viewer')), /could not be looked for; it is on by default/);
});

for (const [name, image, version] of [
  ['seldon-v2-controller-manager', 'docker.io/seldonio/seldonv2-controller:2.9.1', '2.9.1'],
  ['seldon-controller-manager', 'seldonio/seldonv2-controller:2.2.0@sha256:aa', '2.2.0'],
  ['seldon-v2-controller-manager', 'seldonio/seldonv2-controller:acme-prod', undefined],
] as const)
  test(`the report's version of Seldon Core is that of Core 2's operator: ${image}`, async (context) => {
    const operator = {resource: 'deployments', namespace: 'seldon-mesh', name, image} as const;
    await withWorkloads(context.server, [operator], async () => {
      const {report, collected} = await look(context);
      assert.is(report.extensions?.find((one) => one.name === 'seldon-core-version')?.value, version);
      assert.is(collected?.home, 'seldon-mesh');
    });
  });

test('of both operators the newest counts, and the first one keeps the ID', async (context) => {
  const both = [
    {
      resource: 'deployments',
      namespace: 'seldon-system',
      name: 'seldon-controller-manager',
      image: 'x/seldon-core-operator:1.18.2',
    },
    {
      resource: 'deployments',
      namespace: 'seldon-mesh',
      name: 'seldon-v2-controller-manager',
      image: 'x/seldonv2-controller:2.9.1',
    },
  ] as const;
  await withWorkloads(context.server, both, async () => {
    const {report, collected} = await look(context);
    assert.is(report.extensions?.find((one) => one.name === 'seldon-core-version')?.value, '2.9.1');
    assert.is(collected?.home, 'seldon-system');
  });
});

test.run();
