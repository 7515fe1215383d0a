import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Connection} from '../../src/cluster/connection/connection.ts';
import {type CollectOptions, collect, collectFrom, requireID} from '../../src/operations/collect.ts';
import {checkReport, encodeReport} from '../../src/report/index.ts';
import {
  bareSurroundings,
  failure,
  kubeconfigOf,
  temporaryFolder,
  withScripted,
} from '../cluster/connection/connecting.ts';
import {operator, withWorkloads} from '../cluster/on-cluster.ts';
import {protobufList} from '../cluster/protobuf.ts';
import {type SharedApiserver, sharedApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {createNodes, realisticNode} from '../rig/nodes.ts';

const id = '0f9d2c4e-1b7a-4a57-8a55-0123456789ab';
const base = (): CollectOptions => ({
  connection: {},
  capacity: 'known',
  omit: new Set(),
  stateDir: temporaryFolder(),
});
const nodes = Array.from({length: 5}, (_, number) => realisticNode(number));

function snapshot(items: unknown[] = nodes): string {
  const path = join(temporaryFolder(), 'nodes.json');
  writeFileSync(path, JSON.stringify({kind: 'List', items}));
  return path;
}

test('offline: the report of a snapshot, with what the user says of the rest', async () => {
  const said = {clusterID: id, serverVersion: 'v1.30.1', seldonVersion: '1.18.2'};
  const collected = await collect({...base(), nodes: snapshot(), ...said}, bareSurroundings());
  const {report} = collected;
  assert.equal(
    [report.clusterID, report.masterVersion, report.nodes?.length, report.extensions],
    [id, 'v1.30.1', nodes.length, [{name: 'seldon-core-version', value: '1.18.2'}]],
  );
  assert.is(checkReport(JSON.parse(encodeReport(collected.report))).problems, undefined);
  assert.equal(JSON.parse(encodeReport(collected.report)), report);
  requireID(collected);
});

test('offline without an ID there is a report to look at and none to send', async () => {
  const collected = await collect({...base(), nodes: snapshot()}, bareSurroundings());
  assert.is(collected.clusterID, undefined);
  assert.is(collected.report.clusterID, '');
  assert.throws(() => requireID(collected), /Offline, a report needs --cluster-id/);
});

test('nothing of a node but the fields of the table leaves', async () => {
  const {report} = await collect({...base(), nodes: snapshot(), clusterID: id}, bareSurroundings());
  const bytes = encodeReport(report);
  assert.not.match(bytes, 'acme-internal');
  for (const {metadata, status} of nodes)
    for (const text of [metadata.name, status.nodeInfo.machineID, status.nodeInfo.systemUUID])
      assert.not.match(bytes, text);
});

test('what is withheld and guessable is counted', async () => {
  const bare = {kind: 'Node', metadata: {name: 'bare'}, status: {capacity: {cpu: '1', 'acme.example/fpga': '2'}}};
  const {notSent} = await collect({...base(), nodes: snapshot([bare, ...nodes]), clusterID: id}, bareSurroundings());
  assert.is(notSent.guessableNodes, 1);
  assert.is(notSent.hashedNodes, nodes.length + 1);
  assert.ok(notSent.withheld.some(({resource, nodes: count}) => resource === 'acme.example/fpga' && count === 1));
});

const wrong: [what: string, options: () => Partial<CollectOptions>, code: string, message: RegExp][] = [
  ['a cluster ID that is a name', () => ({nodes: snapshot(), clusterID: 'acme'}), 'usage', /is not a UUID/],
  ['--server-version without --nodes', () => ({serverVersion: 'v1'}), 'usage', /--server-version goes with --nodes/],
  ['--seldon-version without --nodes', () => ({seldonVersion: '1'}), 'usage', /--seldon-version goes with --nodes/],
  [
    'extensions that are not there',
    () => ({nodes: snapshot(), extensions: join(temporaryFolder(), 'nowhere')}),
    'input',
    /ENOENT/,
  ],
  [
    'a quantity that is none',
    () => ({nodes: snapshot([{kind: 'Node', metadata: {name: 'a'}, status: {capacity: {cpu: 'many'}}}])}),
    'input',
    /does not make a valid report/,
  ],
];
for (const [what, options, code, message] of wrong) {
  test(`${what} is refused`, async () => {
    const error = await failure(collect({...base(), ...options()}, bareSurroundings()));
    assert.match(error.message, message);
    assert.is(error.code, code);
  });
}

// A whole cluster as a script, for an answer that is cut once.
const protobuf = {headers: {'content-type': 'application/vnd.kubernetes.protobuf'}};
const whole = {...protobuf, body: protobufList(nodes)};
const cluster = {
  '/version': {body: {gitVersion: 'v1.18.20'}},
  '/apis/apps/v1/deployments': {body: {items: []}},
  '/apis/apps/v1/statefulsets': {body: {items: []}},
  '/api/v1/namespaces/kube-system': {body: {metadata: {uid: 'f3b1a9d2-5c1e-4a57-9f0e-0123456789ab'}}},
};

test('a list that is cut once counts every node once', () =>
  withScripted({...cluster, '/api/v1/nodes': [{...whole, destroyAfter: 6000}, whole]}, async (_, server) => {
    const connection = {kubeconfig: kubeconfigOf(server)};
    const {report, notSent} = await collect({...base(), connection}, bareSurroundings());
    assert.is(report.nodes?.length, nodes.length);
    assert.is(notSent.hashedNodes, nodes.length);
    const withheld = await collect({...base(), nodes: snapshot(), clusterID: id}, bareSurroundings());
    assert.equal(notSent.withheld, withheld.notSent.withheld);
  }));

test('a list that may not be read is an error and no report', () =>
  withScripted(
    {...cluster, '/api/v1/nodes': {status: 403, body: {message: 'User "jane" cannot'}}},
    async (_, server) => {
      const connection = {kubeconfig: kubeconfigOf(server)};
      const error = await failure(collect({...base(), connection}, bareSurroundings()));
      assert.match(error.message, 'may not list nodes');
    },
  ));

for (const leaves of [true, false]) {
  const when = leaves ? 'once that for the nodes has left' : 'although that for the nodes does not leave';
  test(`the other requests are made ${when}, and do not wait for its answer`, () =>
    withScripted({...cluster, '/api/v1/nodes': whole}, async (connection) => {
      const before: string[] = [];
      const others = Promise.withResolvers<void>();
      const request: Connection['request'] = async (path, options) => {
        if (!path.startsWith('/api/v1/nodes')) {
          others.resolve();
          before.push(path);
          return connection.request(path, options);
        }
        await Promise.resolve();
        assert.equal(before, []);
        if (leaves) options?.sent?.();
        await others.promise;
        return connection.request(path, options);
      };
      const {report} = await collectFrom({...connection, request}, base(), bareSurroundings());
      assert.is(report.nodes?.length, nodes.length);
    }));
}

test.run();

const real = rigSuite<{server: SharedApiserver}>('collect on a real cluster');
const count = 50;

real.before(async (context) => {
  context.server = await sharedApiserver();
  await createNodes(context.server, count);
});

real('the report of a cluster with Seldon Core', async ({server}) => {
  const {stdout, report, ...rest} = await withWorkloads(server, [operator('seldon-system', '1.18.2')], async () => {
    const options = {...base(), connection: {kubeconfig: server.kubeconfig()}};
    const progress: number[] = [];
    const collected = await collect(options, bareSurroundings(), (nodes) => progress.push(nodes));
    assert.is(progress.at(-1), count);
    return {...collected, stdout: encodeReport(collected.report)};
  });
  const {body} = await server.request('GET', '/version');
  assert.is(report.masterVersion, body.gitVersion);
  assert.equal(report.extensions, [{name: 'seldon-core-version', value: '1.18.2'}]);
  assert.is(report.nodes?.length, count);
  assert.equal([rest.home, rest.clusterID?.origin.from], ['seldon-system', 'local']);
  assert.is(checkReport(JSON.parse(stdout)).problems, undefined);
  assert.is((await server.request('GET', '/api/v1/namespaces/seldon-system/configmaps/seldon-usage')).status, 404);
});

real('the report of a cluster is that of its snapshot', async ({server}) => {
  const {body} = await server.request('GET', '/api/v1/nodes');
  const online = await collect({...base(), connection: {kubeconfig: server.kubeconfig()}}, bareSurroundings());
  const offline = await collect({...base(), nodes: snapshot(body.items), clusterID: id}, bareSurroundings());
  assert.equal(online.report.nodes, offline.report.nodes);
});

real('who may only list nodes gets a report, and the reasons for what it lacks', async ({server}) => {
  const extensions = join(temporaryFolder(), 'extensions.json');
  writeFileSync(extensions, '{"team": "search"}');
  const connection = {kubeconfig: server.kubeconfig({user: 'reader'})};
  const collected = await collect({...base(), connection, extensions}, bareSurroundings());
  assert.is(collected.report.nodes?.length, count);
  assert.equal(collected.report.extensions, [{name: 'team', value: 'search'}]);
  assert.match(collected.noSeldonVersion ?? '', 'no right to search the cluster');
  assert.ok(
    collected.warnings.some((sentence) => /could not be read, for want of rights on ConfigMaps/.test(sentence)),
  );
});

real('an ID that can not be kept is a warning', async ({server}) => {
  const stateDir = join(temporaryFolder(), 'file');
  writeFileSync(stateDir, '');
  const connection = {kubeconfig: server.kubeconfig({user: 'reader'})};
  const {warnings} = await collect({...base(), connection, stateDir}, bareSurroundings());
  assert.ok(warnings.some((sentence) => /The cluster ID could not be kept/.test(sentence)));
  assert.is(readFileSync(stateDir, 'utf8'), '');
});

real('omitted fields are not asked for', async ({server}) => {
  const omit = new Set(['nodes', 'masterVersion'] as const);
  const connection = {kubeconfig: server.kubeconfig({user: 'nobody'})};
  const {report, notSent} = await collect({...base(), connection, omit}, bareSurroundings());
  assert.equal([report.nodes, report.masterVersion, notSent.omitted], [undefined, undefined, [...omit]]);
});

real.run();
