import {randomUUID} from 'node:crypto';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Seldon} from '../../src/cluster/seldon.ts';
import {configMapName, homeOf, readStored, resetClusterID, storeClusterID} from '../../src/cluster/stored-id.ts';
import {type SharedApiserver, sharedApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {connectBy, failure, type Recorded, withScripted} from './connection/connecting.ts';
import {ensureNamespace} from './on-cluster.ts';

const none: Seldon = {operators: [], forbidden: []};
const operators = (...namespaces: string[]): Seldon => ({
  operators: namespaces.map((namespace) => ({namespace, name: 'seldon-controller-manager', resource: 'deployments'})),
  forbidden: [],
});

const homes: [what: string, home: string, expected: string][] = [
  ['no operator', homeOf(none), 'kube-system'],
  ['an operator', homeOf(operators('models')), 'models'],
  ['two operators', homeOf(operators('newest', 'older')), 'newest'],
  ['a chosen namespace', homeOf(operators('models'), 'chosen'), 'chosen'],
];
for (const [what, home, expected] of homes)
  test(`with ${what} the home is ${expected}`, () => assert.is(home, expected));

test('a server that fails is an error, not a cluster without ID', () =>
  withScripted({'*': {status: 500, body: 'down'}}, async (connection) =>
    assert.match((await failure(readStored(connection, none))).message, 'answered 500: down'),
  ));

test('what was changed at the same moment again and again is an error', () =>
  withScripted(
    {
      'GET /api/v1/namespaces/a/configmaps/seldon-usage': {body: {metadata: {}, data: {reporting: 'never'}}},
      '*': {status: 409, body: {kind: 'Status', message: 'the object has been modified'}},
    },
    async (connection) =>
      assert.match((await failure(storeClusterID(connection, 'a', randomUUID()))).message, 'has been modified'),
  ));

test.run();

const real = rigSuite<{server: SharedApiserver; connection: Recorded}>('IDs on a real cluster');
const pathOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;

real.before(async (context) => {
  context.server = await sharedApiserver();
  context.connection = await connectBy(context.server.kubeconfig());
  for (const namespace of ['models', 'other', 'seldon-system']) await ensureNamespace(context.server, namespace);
});
real.after(({connection}) => connection.close());
real.after.each(async ({server}) => {
  for (const namespace of ['models', 'other', 'seldon-system', 'kube-system'])
    await server.request('DELETE', `${pathOf(namespace)}/${configMapName}`);
});

async function put({request}: SharedApiserver, namespace: string, data?: Record<string, string>): Promise<void> {
  const {status} = await request('POST', pathOf(namespace), {metadata: {name: configMapName}, data});
  assert.is(status, 201);
}

async function dataIn({request}: SharedApiserver, namespace: string): Promise<Record<string, string> | undefined> {
  return (await request('GET', `${pathOf(namespace)}/${configMapName}`)).body.data;
}

const [one, two] = [randomUUID(), randomUUID()];
const kept: [what: string, maps: Record<string, Record<string, string>>, expected: object][] = [
  ['nothing', {}, {}],
  ['an ID at the operator', {models: {'cluster-id': one}}, {namespace: 'models', clusterID: one}],
  ['an ID in kube-system', {'kube-system': {'cluster-id': one}}, {namespace: 'kube-system', clusterID: one}],
  [
    'an ID in the usual namespace',
    {'seldon-system': {'cluster-id': one}},
    {namespace: 'seldon-system', clusterID: one},
  ],
  ['an ID where no operator is', {other: {'cluster-id': one}}, {}],
  ['capitals and spaces', {models: {'cluster-id': ` ${one.toUpperCase()}\n`}}, {namespace: 'models', clusterID: one}],
  [
    'the same ID twice',
    {models: {'cluster-id': one}, 'kube-system': {'cluster-id': one}},
    {namespace: 'models', clusterID: one},
  ],
  ['a veto', {models: {reporting: 'never'}}, {veto: {namespace: 'models', says: 'reporting: never'}}],
  [
    'a veto in other letters',
    {models: {Reporting: ' Never '}},
    {veto: {namespace: 'models', says: 'Reporting: Never'}},
  ],
  ['another word', {models: {reporting: 'yes'}}, {veto: {namespace: 'models', says: 'reporting: yes'}}],
  ['an empty word', {models: {reporting: ''}}, {veto: {namespace: 'models', says: 'reporting: '}}],
  ['another key', {models: {reports: 'never', reporting2: 'never'}}, {}],
  [
    'an ID and a veto elsewhere',
    {models: {'cluster-id': one}, 'kube-system': {reporting: 'never'}},
    {namespace: 'models', clusterID: one, veto: {namespace: 'kube-system', says: 'reporting: never'}},
  ],
];
for (const [what, maps, expected] of kept) {
  real(`a cluster that keeps ${what}`, async ({server, connection}) => {
    for (const [namespace, data] of Object.entries(maps)) await put(server, namespace, data);
    const stored = await readStored(connection, operators('models'));
    const {unreadable, undetermined, refused, searched, places, present, uids, ...found} = stored;
    assert.equal(found, expected);
    assert.equal(refused, []);
    assert.equal(
      present,
      places.filter((place) => place in maps),
    );
    assert.equal(Object.keys(uids), present);
    assert.is(new Set(Object.values(uids)).size, present.length);
    assert.equal([unreadable, undetermined, searched], [[], [], true]);
    assert.equal(places, ['models', 'seldon-system', 'kube-system']);
  });
}

real('a no as binary data', async ({server, connection}) => {
  const binaryData = {REPORTING: 'bmV2ZXI='};
  await server.request('POST', pathOf('kube-system'), {metadata: {name: configMapName}, binaryData});
  assert.equal((await readStored(connection, none)).veto, {
    namespace: 'kube-system',
    says: 'REPORTING: (binary data)',
  });
});

real('a ConfigMap without data keeps nothing', async ({server, connection}) => {
  await put(server, 'models');
  assert.is((await readStored(connection, operators('models'))).clusterID, undefined);
});

real('two IDs that differ are an error that names both and their places', async ({server, connection}) => {
  await put(server, 'models', {'cluster-id': one});
  await put(server, 'kube-system', {'cluster-id': two});
  const {unusable: error, clusterID} = await readStored(connection, operators('models'));
  assert.is(clusterID, undefined);
  assert.ok(error);
  for (const text of [one, two, 'models', 'kube-system']) assert.match(error.message, text);
  assert.is(error.code, 'input');
});

real('an ID that is not a UUID is an error that names its place', async ({server, connection}) => {
  await put(server, 'models', {'cluster-id': 'acme-production'});
  const {unusable: error, namespace} = await readStored(connection, operators('models'));
  assert.is(namespace, 'models');
  assert.match(error?.message ?? '', /of the namespace models is not a UUID: acme-production/);
});

real('the operators of other namespaces count, and a chosen one', async ({server, connection}) => {
  await put(server, 'other', {'cluster-id': one});
  assert.is((await readStored(connection, operators('models', 'other'))).clusterID, one);
  assert.is((await readStored(connection, none, 'other')).clusterID, one);
});

real('a chosen namespace does not hide what an operator elsewhere keeps', async ({server, connection}) => {
  await put(server, 'other', {'cluster-id': one, reporting: 'never'});
  const seldon = {...operators('models'), otherNamespaces: ['other']};
  const {namespace, clusterID, veto} = await readStored(connection, seldon, 'models');
  assert.equal([namespace, clusterID, veto?.namespace], ['other', one, 'other']);
});

real('without rights the places that could not be read are named', async ({server}) => {
  const connection = await connectBy(server.kubeconfig({user: 'nobody'}));
  const {unreadable, undetermined} = await readStored(connection, operators('models'));
  assert.equal(unreadable, ['kube-system', 'models', 'seldon-system']);
  assert.equal(undetermined.map(({namespace}) => namespace).sort(), ['kube-system', 'seldon-system']);
  connection.close();
});

real('storing makes the ConfigMap, and says the same at the second time', async ({server, connection}) => {
  assert.is(await storeClusterID(connection, 'models', one), one);
  assert.equal(await dataIn(server, 'models'), {'cluster-id': one});
  assert.is(await storeClusterID(connection, 'models', two), one);
  assert.equal(await dataIn(server, 'models'), {'cluster-id': one});
});

real('of many at once one wins, and all have its ID', async ({server, connection}) => {
  const ids = Array.from({length: 8}, () => randomUUID());
  const results = await Promise.all(ids.map((each) => storeClusterID(connection, 'models', each)));
  assert.is(new Set(results).size, 1);
  assert.ok(ids.includes(results[0] as typeof one));
  assert.equal(await dataIn(server, 'models'), {'cluster-id': results[0]});
});

real(
  'of two at once where a ConfigMap forbids reporting, one wins, and it goes on forbidding',
  async ({server, connection}) => {
    await put(server, 'models', {reporting: 'never', note: 'ask the privacy office'});
    const results = await Promise.all([one, two].map((each) => storeClusterID(connection, 'models', each)));
    assert.is(results[0], results[1]);
    const data = {reporting: 'never', note: 'ask the privacy office', 'cluster-id': results[0]};
    assert.equal(await dataIn(server, 'models'), data);
  },
);

real('a reset replaces the ID and keeps the rest', async ({server, connection}) => {
  await put(server, 'models', {reporting: 'never', 'cluster-id': one, note: 'x'});
  assert.is(await resetClusterID(connection, 'models', two), two);
  assert.equal(await dataIn(server, 'models'), {reporting: 'never', 'cluster-id': two, note: 'x'});
});

real('a reset mends what is not a UUID, and makes what is not there', async ({server, connection}) => {
  await put(server, 'models', {'cluster-id': 'acme-production'});
  assert.is(await resetClusterID(connection, 'models', one), one);
  assert.is(await resetClusterID(connection, 'other', two), two);
  assert.equal(await dataIn(server, 'models'), {'cluster-id': one});
  assert.equal(await dataIn(server, 'other'), {'cluster-id': two});
});

real('who may get and update the one ConfigMap stores an ID in it, and needs no right to create', async ({server}) => {
  await put(server, 'models', {});
  const rule = {apiGroups: [''], resources: ['configmaps'], resourceNames: [configMapName], verbs: ['get', 'update']};
  await server.allow('reader', [rule], 'models');
  const connection = await connectBy(server.kubeconfig({user: 'reader'}));
  assert.is(await storeClusterID(connection, 'models', one), one);
  assert.equal(await dataIn(server, 'models'), {'cluster-id': one});
  connection.close();
});

for (const [verb, change, prepare] of [
  ['create', storeClusterID, undefined],
  ['get', resetClusterID, {}],
] as const) {
  real(`without the right to ${verb} ConfigMaps, the error says so`, async ({server}) => {
    if (prepare) await put(server, 'models', prepare);
    const connection = await connectBy(server.kubeconfig({user: 'nobody'}));
    const error = await failure(change(connection, 'models', one));
    assert.match(error.message, `The user nobody may not ${verb} configmaps in the namespace models: `);
    const [, role, binding] = error.suggestions ?? [];
    const name = `seldon-usage-${verb}-configmaps`;
    assert.is(role, `kubectl create role ${name} --verb=${verb} --resource=configmaps --namespace=models`);
    assert.is(binding, `kubectl create rolebinding ${name}:nobody --role=${name} --user=nobody --namespace=models`);
    connection.close();
  });
}

real('a namespace that is not there is a sentence', async ({connection}) => {
  const error = await failure(storeClusterID(connection, 'nowhere', one));
  assert.match(error.message, 'namespaces "nowhere" not found');
  assert.is(error.code, 'cluster');
});

real.run();
