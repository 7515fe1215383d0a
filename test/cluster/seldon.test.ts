import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Connection} from '../../src/cluster/connection/connection.ts';
import {compareVersions, findSeldon, type Seldon, versionOfLabels, whyNoVersion} from '../../src/cluster/seldon.ts';
import {type SharedApiserver, sharedApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {connectBy, failure, withScripted} from './connection/connecting.ts';
import {operator, type WorkloadLike, withWorkloads} from './on-cluster.ts';

const labelled: [labels: Record<string, string>, version: string | undefined][] = [
  [{'app.kubernetes.io/version': '1.18.2'}, '1.18.2'],
  [{'app.kubernetes.io/version': 'v1.18.2'}, 'v1.18.2'],
  [{'app.kubernetes.io/version': '1.19.0-dev'}, '1.19.0-dev'],
  [{'app.kubernetes.io/version': '0.3.2-SNAPSHOT'}, '0.3.2-SNAPSHOT'],
  [{'app.kubernetes.io/version': 'v0.5'}, undefined],
  [{'app.kubernetes.io/version': 'v0.5', 'helm.sh/chart': 'seldon-core-operator-0.5.1'}, '0.5.1'],
  [{'helm.sh/chart': 'seldon-core-operator-0.3.1'}, '0.3.1'],
  [{chart: 'seldon-core-0.2.7'}, '0.2.7'],
  [{'app.kubernetes.io/version': 'acme-internal-build'}, undefined],
  [{'app.kubernetes.io/version': '1.2.3-acme'}, undefined],
  [{'app.kubernetes.io/version': '1.2.3\n'}, undefined],
  [{}, undefined],
];
for (const [labels, version] of labelled) {
  test(`the labels ${JSON.stringify(labels)} tell ${version ?? 'nothing'}`, () =>
    assert.is(versionOfLabels(labels), version));
}

test('versions are ordered by their numbers', () => {
  const ordered = ['', '0.2.7', 'v0.5.1', '1.2.0-dev', '1.2.0', '1.2.1', '1.10.0', 'v2.0.0'];
  for (const [at, lower] of ordered.entries())
    for (const higher of ordered.slice(at + 1)) assert.ok(compareVersions(lower, higher) < 0, `${lower} ${higher}`);
  assert.is(compareVersions('v1.2.0', '1.2.0'), 0);
});

const reasons: [seldon: Seldon, reason: RegExp | undefined][] = [
  [{operators: [{namespace: 'a', name: 'b', resource: 'deployments', version: '1.0.0'}], forbidden: ['*']}, undefined],
  [
    {operators: [{namespace: 'a', name: 'b', resource: 'deployments'}], forbidden: []},
    /in the namespace a does not tell/,
  ],
  [{operators: [], forbidden: []}, /^no Seldon Core operator was found$/],
  [{operators: [], forbidden: ['*']}, /no right to search the cluster.*; -n names its namespace/],
  [{operators: [], forbidden: ['*', 'default']}, /no right to search the cluster.*, nor in default/],
  [{operators: [], forbidden: ['models']}, /no right to look for the operator in models/],
];
for (const [seldon, reason] of reasons) {
  test(`${JSON.stringify(seldon)}: ${reason ?? 'a version'}`, () => {
    const why = whyNoVersion(seldon);
    if (reason) assert.match(why ?? '', reason);
    else assert.is(why, undefined);
  });
}

// Before 1.15 a server gives whole objects to who asks for their metadata only.
const workload = {
  metadata: {name: 'seldon-controller-manager', namespace: 'seldon', labels: {chart: 'seldon-core-operator-0.4.2'}},
};
const lists: [what: string, body: unknown, version: string | undefined][] = [
  ['whole objects', {kind: 'DeploymentList', items: [{...workload, spec: {template: {}}}]}, '0.4.2'],
  ['a list without items', {kind: 'DeploymentList'}, undefined],
  ['a list of null', {kind: 'DeploymentList', items: null}, undefined],
];
for (const [what, body, version] of lists) {
  test(`an old server that gives ${what}`, () =>
    withScripted(
      {'/apis/apps/v1/deployments': [{body}, {body: {items: []}}], '/apis/apps/v1/statefulsets': {body: {items: []}}},
      async (connection) => assert.is((await findSeldon(connection)).operators[0]?.version, version),
    ));
}

const wrongLists: [what: string, items: unknown][] = [
  ['a text', 'x'],
  ['an object', {}],
  ['nothing for a workload', [null]],
  ['a workload without a name', [{metadata: {namespace: 'seldon'}}]],
  ['a namespace that is no name', [{metadata: {...workload.metadata, namespace: '\ud800'}}]],
];
for (const [what, items] of wrongLists)
  test(`a list of workloads that is ${what} is an error, not a cluster without Seldon Core`, () =>
    withScripted({'*': {body: {items}}}, async (connection) => {
      const {message, code} = await failure(findSeldon(connection));
      assert.match(message, /answers with something other than a list of workloads/);
      assert.is(code, 'cluster');
    }));

const oddWorkloads: [what: string, labels: unknown, containers: unknown][] = [
  ['labels that are no texts', {chart: 5, 'app.kubernetes.io/version': null}, []],
  ['labels that are a list', ['x'], []],
  ['containers that are no list', {}, 'x'],
  ['a container that is nothing', {}, [null]],
  ['an image that is an object', {}, [{image: {toString: 1}}]],
];
for (const [what, labels, containers] of oddWorkloads)
  test(`a workload with ${what} tells no version`, () => {
    const metadata = {...workload.metadata, labels};
    return withScripted(
      {
        '/apis/apps/v1/deployments': [{body: {items: [{metadata}]}}, {body: {items: []}}],
        '/apis/apps/v1/statefulsets': {body: {items: []}},
        '*': {body: {metadata, spec: {template: {spec: {containers}}}}},
      },
      async (connection) => assert.is((await findSeldon(connection)).operators[0]?.version, undefined),
    );
  });

test('an operator that is found twice, for want of a right on other kinds, counts once', () => {
  const lists = [{body: {items: [workload]}}, {body: {items: []}}];
  return withScripted(
    {
      '/apis/apps/v1/deployments': lists,
      '/apis/apps/v1/namespaces/seldon/deployments': lists,
      '*': {status: 403, body: {kind: 'Status', message: 'forbidden'}},
    },
    async (connection) => {
      const {operators, forbidden} = await findSeldon(connection, 'seldon');
      assert.equal(
        operators.map(({namespace}) => namespace),
        ['seldon'],
      );
      assert.equal(forbidden, ['seldon']);
    },
  );
});

test('a server that fails is an error, not a cluster without Seldon Core', () =>
  withScripted({'*': {status: 500, body: 'down'}}, async (connection) =>
    assert.match((await failure(findSeldon(connection))).message, 'answered 500: down'),
  ));

test.run();

const real = rigSuite('Seldon Core on a real cluster');

async function find(
  server: SharedApiserver,
  {user = 'admin', namespace, place}: {user?: string; namespace?: string; place?: string} = {},
): Promise<Seldon> {
  const kubeconfig = server.kubeconfig({user, ...(place && {namespace: place})});
  const connection: Connection = await connectBy(kubeconfig);
  try {
    return await findSeldon(connection, namespace);
  } finally {
    connection.close();
  }
}

const manager = {resource: 'deployments', namespace: 'seldon-system', name: 'seldon-controller-manager'} as const;
const oldManager = {...manager, resource: 'statefulsets', name: 'seldon-operator-controller-manager'} as const;
const clusterManager = {...manager, namespace: 'default', name: 'my-release-seldon-cluster-manager'} as const;
const eras: [era: string, workload: WorkloadLike, version: string | undefined][] = [
  ['1.18', operator('seldon-system', '1.18.2'), '1.18.2'],
  ['1.0', {...operator('seldon-system', '1.0.0'), namespace: 'kubeflow'}, '1.0.0'],
  ['0.5 by Helm', {...manager, labels: {'app.kubernetes.io/version': '0.5.1', app: 'seldon'}}, '0.5.1'],
  [
    'kustomize, whose label stays at v0.5',
    {
      ...manager,
      labels: {'app.kubernetes.io/version': 'v0.5'},
      image: 'docker.io/seldonio/seldon-core-operator:1.14.1',
    },
    '1.14.1',
  ],
  [
    'an image by tag and digest',
    {...manager, image: `registry.example:5000/seldonio/seldon-core-operator:1.15.0@sha256:${'a'.repeat(64)}`},
    '1.15.0',
  ],
  ['an image of one’s own tag', {...manager, image: 'seldonio/seldon-core-operator:acme-prod'}, undefined],
  ['v0.5 alone', {...manager, labels: {'app.kubernetes.io/version': 'v0.5'}}, undefined],
  ['0.4.1', {...oldManager, labels: {'helm.sh/chart': 'seldon-core-operator-0.4.1'}}, '0.4.1'],
  ['0.4.0 by its label', {...oldManager, labels: {'app.kubernetes.io/version': '0.4.0'}}, '0.4.0'],
  ['0.3.0 by its image', {...oldManager, image: 'seldonio/seldon-core-operator:0.3.0'}, '0.3.0'],
  ['0.2.7', {...clusterManager, labels: {app: 'seldon-cluster-manager-server', chart: 'seldon-core-0.2.7'}}, '0.2.7'],
  [
    '0.2.5 by its image',
    {...clusterManager, labels: {app: 'seldon-cluster-manager-server'}, image: 'seldonio/cluster-manager:0.2.5'},
    '0.2.5',
  ],
];
for (const [era, each, version] of eras) {
  real(`the operator of ${era} tells ${version ?? 'no version'}`, async () => {
    const server = await sharedApiserver();
    await withWorkloads(server, [each], async () => {
      const {namespace, name, resource} = each;
      const {operators, forbidden} = await find(server);
      assert.equal(operators, [{namespace, name, resource, ...(version && {version})}]);
      assert.equal(forbidden, []);
    });
  });
}

real('no operator is no error', async () => {
  const server = await sharedApiserver();
  const other: WorkloadLike = {...manager, name: 'a-model', image: 'seldonio/seldon-core-operator:1.0.0'};
  await withWorkloads(server, [other], async () => {
    const seldon = await find(server);
    assert.equal(seldon, {operators: [], forbidden: []});
    assert.is(whyNoVersion(seldon), 'no Seldon Core operator was found');
  });
});

real('of several operators the newest comes first, and a namespace chooses', async () => {
  const server = await sharedApiserver();
  const several = [operator('team-a', '1.9.1'), operator('team-b', '1.18.2'), operator('team-c', '1.10.0')];
  await withWorkloads(server, several, async () => {
    const versions = async (namespace?: string) =>
      (await find(server, namespace ? {namespace} : {})).operators.map(({version}) => version);
    assert.equal(await versions(), ['1.18.2', '1.10.0', '1.9.1']);
    assert.equal(await versions('team-a'), ['1.9.1']);
    assert.equal(await versions('team-d'), []);
    const {otherNamespaces = []} = await find(server, {namespace: 'team-a'});
    assert.equal([...otherNamespaces].sort(), ['team-b', 'team-c']);
  });
});

real('without rights there is a reason and no error', async () => {
  const server = await sharedApiserver();
  await withWorkloads(server, [operator('seldon-system', '1.18.2')], async () => {
    const everywhere = await find(server, {user: 'nobody'});
    assert.equal(everywhere.operators, []);
    assert.equal([...everywhere.forbidden].sort(), ['*', 'default', 'seldon-system']);
    assert.match(whyNoVersion(everywhere) ?? '', /^no right to search the cluster for the operator, nor in /);
    const there = await find(server, {user: 'nobody', namespace: 'seldon-system'});
    assert.equal(there, {operators: [], forbidden: ['seldon-system'], unsearched: true});
  });
});

real('rights in one namespace are enough where it is the context’s, the usual one, or chosen', async () => {
  const server = await sharedApiserver();
  const rules = [{apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['list']}];
  const both = [operator('seldon-system', '1.18.2'), operator('own', '1.17.1')];
  await withWorkloads(server, both, async () => {
    await server.allow('reader', rules, 'own');
    const versions = async (options: {namespace?: string; place?: string}) =>
      (await find(server, {user: 'reader', ...options})).operators.map(({version}) => version);
    assert.equal(await versions({place: 'own'}), ['1.17.1']);
    assert.equal(await versions({namespace: 'own'}), ['1.17.1']);
    assert.equal(await versions({}), []);
    await server.allow('reader', rules, 'seldon-system');
    assert.equal(await versions({}), ['1.18.2']);
    assert.equal(await versions({place: 'own'}), ['1.18.2', '1.17.1']);
  });
});

real('without the right to get it, an operator whose labels tell nothing has no version', async () => {
  const server = await sharedApiserver();
  const each = {...manager, namespace: 'listed', image: 'seldonio/seldon-core-operator:1.14.1'};
  await withWorkloads(server, [each], async () => {
    const rules = [{apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['list']}];
    await server.allow('nobody', rules, 'listed');
    const seldon = await find(server, {user: 'nobody', namespace: 'listed'});
    assert.is(seldon.operators.length, 1);
    assert.match(whyNoVersion(seldon) ?? '', 'in the namespace listed does not tell its version');
  });
});

real.run();
