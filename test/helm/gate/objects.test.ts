// What Helm may do to the objects of the plan, and what not: by what reaches the cluster.
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Ask, Refused} from '../../../src/helm/gate/ask.ts';
import {planned} from '../../../src/helm/gate/objects.ts';
import {type FakeCluster, fakeCluster, fakeRelease, liveConfigMap, marks, permitted} from './fake-cluster.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests make objects of every kind
type Any = any;

const strategic = 'application/strategic-merge-patch+json';
const apply = 'application/apply-patch+yaml';
const collection = '/api/v1/namespaces/kube-system/configmaps';
const usage = `${collection}/seldon-spartakus-config`;
const kept = '/api/v1/namespaces/seldon/configmaps/kept';
const unmarked = '/api/v1/namespaces/seldon/configmaps/unmarked';

function ask(
  method: string,
  path: string,
  body?: object,
  type = 'application/json',
  query: Record<string, string> = {fieldManager: 'helm'},
): Ask {
  return {
    method,
    segments: path.slice(1).split('/'),
    query: new Map(Object.entries(query)),
    headers: body ? {'content-type': type} : {},
    body: Buffer.from(body ? JSON.stringify(body) : ''),
  };
}

/** The usage ConfigMap as it was checked, with Helm's marks. */
function checked(change: (object: Any) => void = () => {}): object {
  const object = {
    ...{apiVersion: 'v1', kind: 'ConfigMap', data: {a: 'b'}},
    metadata: {
      name: 'seldon-spartakus-config',
      namespace: 'kube-system',
      labels: {...marks.labels},
      annotations: {...marks.annotations},
    },
  };
  change(object);
  return object;
}

const test = suite<{cluster: FakeCluster}>('gate: objects');
test.before.each((context) => {
  context.cluster = fakeCluster();
});

const run = ({connection}: FakeCluster, change: 'created' | 'deleted' | 'rehearsed', one: Ask) =>
  planned(connection, fakeRelease(), permitted(change), one);
const written = ({asked}: FakeCluster) =>
  asked.filter(({method = 'GET', path}) => method !== 'GET' && !path.includes('dryRun=All'));

async function refused(answer: Promise<unknown>, why = /./): Promise<void> {
  const error = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.instance(error, Refused);
  assert.match((error as Error).message, why);
}

test('enable makes the usage object as it was checked, in Helm 3’s way and in Helm 4’s', async ({cluster}) => {
  await run(cluster, 'created', ask('POST', collection, checked()));
  const query = {fieldManager: 'helm', fieldValidation: 'Strict', force: 'false'};
  await run(cluster, 'created', ask('PATCH', usage, checked(), apply, query));
  assert.equal(
    written(cluster).map(({method, path, body}) => [method, path, JSON.parse(body!)]),
    [
      ['POST', `${collection}?fieldManager=helm`, checked()],
      ['PATCH', `${usage}?fieldManager=helm&fieldValidation=Strict&force=false`, checked()],
    ],
  );
});

test('disable removes the very object that was looked at', async ({cluster}) => {
  await run(cluster, 'deleted', ask('DELETE', usage, {propagationPolicy: 'Background'}, 'application/json', {}));
  assert.equal(
    written(cluster).map(({method, path, body}) => [method, path, JSON.parse(body!)]),
    [['DELETE', usage, {propagationPolicy: 'Background', preconditions: {uid: 'uid-seldon-spartakus-config'}}]],
  );
});

const bodies: Record<string, (object: Any) => void> = {
  'other data': ({data}) => Object.assign(data, {a: 'c'}),
  'more data': ({data}) => Object.assign(data, {copied: 'x'}),
  'a label more': ({metadata}) => Object.assign(metadata.labels, {a: 'b'}),
  'the marks of another release': ({metadata}) =>
    Object.assign(metadata.annotations, {'meta.helm.sh/release-name': 'other'}),
  'a finalizer': ({metadata}) => Object.assign(metadata, {finalizers: ['a/b']}),
  'another namespace': ({metadata}) => Object.assign(metadata, {namespace: 'seldon'}),
  'another kind': (object) => Object.assign(object, {kind: 'Secret'}),
};
for (const [name, change] of Object.entries(bodies))
  test(`not the checked object: ${name}`, async ({cluster}) => {
    await refused(run(cluster, 'created', ask('POST', collection, checked(change))), /not the one that was checked/);
    await refused(run(cluster, 'created', ask('PATCH', usage, checked(change), apply)), /not the one that was checked/);
    assert.equal(cluster.asked, []);
  });

const removal = {propagationPolicy: 'Background'};
/** Requests that are none of the plan's, by what is planned. */
const foreign: [change: 'created' | 'deleted' | 'rehearsed', name: string, one: Ask][] = [
  [
    'created',
    'another object of a kind',
    ask(
      'POST',
      collection,
      checked(({metadata}) => Object.assign(metadata, {name: 'x'})),
    ),
  ],
  ['created', 'an object in another place', ask('POST', '/api/v1/namespaces/seldon/configmaps', checked())],
  ['created', 'a usage object is removed', ask('DELETE', usage, removal)],
  ['created', 'a usage object is replaced', ask('PUT', usage, checked())],
  ['created', 'a kept object is removed', ask('DELETE', kept, removal)],
  ['created', 'a kept object is replaced', ask('PUT', kept, checked())],
  ['created', 'a kept object’s subresource', ask('PATCH', `${kept}/status`, {}, strategic)],
  ['created', 'all objects of a kind are removed', ask('DELETE', collection, removal)],
  ['deleted', 'a usage object is made', ask('POST', collection, checked())],
  ['deleted', 'a usage object is changed', ask('PATCH', usage, checked(), apply)],
  ['deleted', 'a kept object is removed', ask('DELETE', kept, removal)],
  ['rehearsed', 'a usage object is made', ask('POST', collection, checked())],
  ['rehearsed', 'a kept object is patched', ask('PATCH', kept, {}, strategic)],
  ['rehearsed', 'a usage object is removed', ask('DELETE', usage, removal)],
];
for (const [change, name, one] of foreign)
  test(`${change}: no part of the plan: ${name}`, async ({cluster}) => {
    assert.is(await run(cluster, change, one), undefined);
    assert.equal(cluster.asked, []);
  });

const parameters: Record<string, string>[] = [{force: 'true'}, {dryRun: 'x'}, {fieldManager: 'a b'}, {pretty: 'true'}];
for (const query of parameters)
  test(`no parameter but Helm's own: ${JSON.stringify(query)}`, async ({cluster}) => {
    await refused(run(cluster, 'created', ask('PATCH', usage, checked(), apply, query)), /parameter/);
    assert.equal(written(cluster), []);
  });

const removals: object[] = [{propagationPolicy: 'Orphan'}, {gracePeriodSeconds: 0}, {kind: 'List'}];
for (const body of removals)
  test(`no other way to remove: ${JSON.stringify(body)}`, async ({cluster}) => {
    await refused(run(cluster, 'deleted', ask('DELETE', usage, body, 'application/json', {})));
    assert.equal(cluster.asked, []);
  });

/** What the server says that a patch would make of an object. */
function patched(cluster: FakeCluster, path: string, name: string, before: Any, after: Any): void {
  cluster.answers[`GET ${path}`] = {body: liveConfigMap('seldon', name, before)};
  cluster.answers[`PATCH ${path}`] = {body: liveConfigMap('seldon', name, after)};
}

test('a patch that leaves a kept object as it is: Helm is told so, and nothing is written', async ({cluster}) => {
  patched(cluster, kept, 'kept', {}, {metadata: {resourceVersion: '4', managedFields: [{manager: 'helm'}]}});
  const answer = await run(cluster, 'created', ask('PATCH', kept, {data: {a: 'b'}}, strategic));
  assert.is(answer?.status, 200);
  assert.equal(written(cluster), []);
});

const changes: Record<string, Any> = {
  'its data': {data: {a: 'c'}},
  'a field gone': {data: {}},
  'a label': {metadata: {labels: {...marks.labels, a: 'b'}}},
  'the marks of another release': {
    metadata: {annotations: {...marks.annotations, 'meta.helm.sh/release-name': 'other'}},
  },
};
for (const [name, after] of Object.entries(changes))
  for (const type of [strategic, apply, 'application/merge-patch+json', 'application/json-patch+json'])
    test(`a patch (${type}) that would change a kept object: ${name}`, async ({cluster}) => {
      patched(cluster, kept, 'kept', {}, after);
      await refused(run(cluster, 'created', ask('PATCH', kept, {}, type)), /it would change/);
      assert.equal(written(cluster), []);
    });

test('Helm’s marks on an object that was accepted without them', async ({cluster}) => {
  patched(cluster, unmarked, 'unmarked', {metadata: {labels: {}, annotations: {}}}, {});
  await run(cluster, 'created', ask('PATCH', unmarked, {}, strategic));
  assert.equal(
    written(cluster).map(({path}) => path),
    [`${unmarked}?fieldManager=helm`],
  );
});

test('Helm’s marks, and more, on an object that was accepted without them', async ({cluster}) => {
  patched(cluster, unmarked, 'unmarked', {metadata: {labels: {}, annotations: {}}}, {data: {a: 'c'}});
  await refused(run(cluster, 'created', ask('PATCH', unmarked, {}, strategic)), /it would change data\.a/);
  assert.equal(written(cluster), []);
});

test('Helm’s marks on an object that had them when it was looked at', async ({cluster}) => {
  patched(cluster, kept, 'kept', {metadata: {labels: {}, annotations: {}}}, {});
  await refused(run(cluster, 'created', ask('PATCH', kept, {}, strategic)), /it would change/);
  assert.equal(written(cluster), []);
});

test('a conflict is Helm’s to report', async ({cluster}) => {
  patched(cluster, kept, 'kept', {}, {});
  cluster.answers[`PATCH ${kept}`] = {status: 409, body: {message: 'conflict'}};
  assert.is((await run(cluster, 'created', ask('PATCH', kept, {}, apply)))?.status, 409);
});

const runtimePath = '/apis/mlops.seldon.io/v1alpha1/namespaces/seldon/seldonruntimes/seldon';
const runtimeOf = (replicas: number): Any => ({
  ...{apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'SeldonRuntime'},
  metadata: {name: 'seldon', namespace: 'seldon', resourceVersion: '7'},
  spec: {overrides: [{name: 'hodometer', disable: false, replicas}, {name: 'x'}]},
});
/** The one object in which a switch changes, as it was looked at. */
const switched: Any = {
  ...permitted('deleted'),
  edited: {
    one: {path: runtimePath, live: runtimeOf(1), document: {kind: 'SeldonRuntime', name: 'seldon'}},
    to: {disable: false, replicas: 0},
  },
};
const patch = (change: object, type: string) =>
  ask('PATCH', runtimePath, {spec: {overrides: runtimeOf(0).spec.overrides}, ...change}, type);

for (const type of ['application/merge-patch+json', apply])
  test(`the switch is patched in the version that was looked at, tried and changed by the same bytes: ${type}`, async ({
    cluster,
  }) => {
    cluster.answers[`GET ${runtimePath}`] = {body: runtimeOf(1)};
    cluster.answers[`PATCH ${runtimePath}`] = {body: runtimeOf(0)};
    await planned(cluster.connection, fakeRelease(), switched, patch({metadata: {labels: {a: 'b'}}}, type));
    const bodies = cluster.asked.filter(({method}) => method === 'PATCH').map(({body}) => JSON.parse(body!));
    const {overrides} = runtimeOf(0).spec;
    const expected = {spec: {overrides}, metadata: {labels: {a: 'b'}, resourceVersion: '7'}};
    assert.equal(bodies, [expected, expected]);
  });
for (const [what, body] of [
  ['none of JSON', 'a: b'],
  ['a list', '[]'],
] as const)
  test(`the switch is not patched by ${what}, which can have no version`, async ({cluster}) => {
    cluster.answers[`GET ${runtimePath}`] = {body: runtimeOf(1)};
    const one = {...patch({}, apply), body: Buffer.from(body)};
    await refused(planned(cluster.connection, fakeRelease(), switched, one), /not JSON|no version/);
    assert.equal(written(cluster), []);
  });

test.run();
