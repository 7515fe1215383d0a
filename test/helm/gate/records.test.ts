// What Helm may write of its records, and what not: by what reaches the cluster.
import {gunzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Ask} from '../../../src/helm/gate/ask.ts';
import {Refused} from '../../../src/helm/gate/ask.ts';
import {Records} from '../../../src/helm/gate/records.ts';
import {type FakeCluster, fakeCluster, fakeRelease, recordPath, sentRecord} from './fake-cluster.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests make objects of every kind
type Any = any;

function ask(method: string, path: string, body?: object, query: Record<string, string> = {}): Ask {
  return {
    method,
    segments: path.slice(1).split('/'),
    query: new Map(Object.entries(query)),
    headers: body ? {'content-type': 'application/json'} : {},
    body: Buffer.from(body ? JSON.stringify(body) : ''),
  };
}

interface Context {
  cluster: FakeCluster;
  records: Records;
}

const test = suite<Context>('gate: records');
test.before.each((context) => {
  context.cluster = fakeCluster();
  context.records = new Records(context.cluster.connection, fakeRelease());
  const {answers} = context.cluster;
  answers[`GET ${recordPath(1)}`] = {body: {metadata: {uid: 'u1', resourceVersion: '7'}}};
  answers[`POST ${recordPath()}`] = {status: 201, body: {metadata: {uid: 'u2', resourceVersion: '8'}}};
  answers[`PUT ${recordPath(1)}`] = {body: {metadata: {uid: 'u1', resourceVersion: '9'}}};
  answers[`PUT ${recordPath(2)}`] = {body: {metadata: {uid: 'u2', resourceVersion: '10'}}};
});

const good = () => [];
const post = (change?: Parameters<typeof sentRecord>[2]) =>
  ask('POST', recordPath(), sentRecord(2, 'pending-upgrade', change));
const put = (version: number, status: string, change?: Parameters<typeof sentRecord>[2]) =>
  ask('PUT', recordPath(version), sentRecord(version, status, change));
const written = ({asked}: FakeCluster) => asked.filter(({method = 'GET'}) => method !== 'GET');
const bodyOf = (asked: {body?: string} | undefined): Any => JSON.parse(asked?.body ?? '{}');

const unpacked = (release: string): unknown =>
  JSON.parse(gunzipSync(Buffer.from(Buffer.from(release, 'base64').toString(), 'base64')).toString());

test('the record that was checked is listed and read, whatever is in the cluster', async ({records, cluster}) => {
  const selector = {labelSelector: 'name=core,owner=helm'};
  for (const query of [selector, {labelSelector: 'owner=helm,name=core,status=deployed'}]) {
    const list = await records.answer(ask('GET', recordPath(), undefined, query), undefined, false);
    const {items} = JSON.parse(list!.body.toString());
    assert.equal(
      items.map(({metadata, data}: Any) => [metadata.name, metadata.labels.status, unpacked(data.release)]),
      [['sh.helm.release.v1.core.v1', 'deployed', fakeRelease().record]],
    );
  }
  const none = {labelSelector: 'name=core,owner=helm,status=failed'};
  const empty = await records.answer(ask('GET', recordPath(), undefined, none), undefined, false);
  assert.equal(JSON.parse(empty!.body.toString()).items, []);
  assert.equal(cluster.asked, []);
});

test('the next record is made, then the last one superseded, then the next one deployed', async ({
  records,
  cluster,
}) => {
  for (const one of [post(), put(1, 'superseded'), put(2, 'deployed')])
    assert.ok((await records.answer(one, good, false))!.status < 300);
  const [made, last, next] = written(cluster).map(bodyOf);
  assert.equal(made.metadata.labels.status, 'pending-upgrade');
  assert.equal(
    [last.metadata.uid, last.metadata.resourceVersion, last.metadata.labels.status],
    ['u1', '7', 'superseded'],
  );
  assert.equal([next.metadata.uid, next.metadata.resourceVersion], ['u2', '8']);
});

test('after a failure Helm writes the last record as it was, which is left out, and the next one as failed', async ({
  records,
  cluster,
}) => {
  for (const one of [post(), put(1, 'deployed'), put(2, 'failed')])
    assert.ok((await records.answer(one, good, false))!.status < 300);
  assert.equal(
    written(cluster).map(({path}) => path.replace(/\?.*/, '')),
    [recordPath(), recordPath(2)],
  );
});

test('once the run has ended, the next record may become failed and nothing else', async ({records}) => {
  await records.answer(post(), good, false);
  assert.is(await records.answer(ask('GET', recordPath(1)), good, true), undefined);
  assert.is(await records.answer(post(), good, true), undefined);
  assert.is(await records.answer(put(1, 'superseded'), good, true), undefined);
  await refused(records.answer(put(2, 'deployed'), good, true));
  assert.is((await records.answer(put(2, 'failed'), good, true))!.status, 200);
});

test('in a rehearsal nothing is written', async ({records, cluster}) => {
  for (const one of [post(), put(1, 'superseded'), put(2, 'deployed')])
    assert.is(await records.answer(one, undefined, false), undefined);
  assert.equal(cluster.asked, []);
});

const changed: Record<string, Any> = {
  'another resourceVersion': {metadata: {uid: 'u1', resourceVersion: '8'}},
  'another object': {metadata: {uid: 'u3', resourceVersion: '7'}},
};
for (const [name, body] of Object.entries(changed))
  test(`no next record of one that is no longer what was checked: ${name}`, async ({records, cluster}) => {
    cluster.answers[`GET ${recordPath(1)}`] = {body};
    await refused(records.answer(post(), good, false), /after it was checked/);
    assert.equal(written(cluster), []);
  });

test('a last record that is changed before it is superseded ends the run', async ({records, cluster}) => {
  await records.answer(post(), good, false);
  cluster.answers[`PUT ${recordPath(1)}`] = {status: 409, body: {}};
  await refused(records.answer(put(1, 'superseded'), good, false), /after it was checked/);
});

test('what the check finds is said', async ({records, cluster}) => {
  await refused(
    records.answer(post(), () => ['ConfigMap a would be new'], false),
    /ConfigMap a would be new/,
  );
  assert.equal(written(cluster), []);
});

type Change = (record: Any, secret: Any) => void;
const forged: Record<string, Change> = {
  'another release': (_, {metadata}) => Object.assign(metadata, {name: 'sh.helm.release.v1.other.v2'}),
  'a revision further': (_, {metadata}) => Object.assign(metadata, {name: 'sh.helm.release.v1.core.v3'}),
  'a record of another name inside': (record) => Object.assign(record, {name: 'other'}),
  'a record of another namespace inside': (record) => Object.assign(record, {namespace: 'other'}),
  'a record of another version inside': (record) => Object.assign(record, {version: 3}),
  'another chart': ({chart}) => Object.assign(chart.metadata, {version: '2'}),
  'another template': ({chart}) => chart.templates.push({name: 'templates/b.yaml', data: ''}),
  'other defaults': ({chart}) => Object.assign(chart.values, {a: 1}),
  'another status': ({info}) => Object.assign(info, {status: 'deployed'}),
  'a label more': (_, {metadata}) => Object.assign(metadata.labels, {a: 'b'}),
  'a label less': (_, {metadata}) => delete metadata.labels.owner,
  'another owner': (_, {metadata}) => Object.assign(metadata.labels, {owner: 'x'}),
  'a status that is not yet its own': (_, {metadata}) => Object.assign(metadata.labels, {status: 'deployed'}),
  'an annotation': (_, {metadata}) => Object.assign(metadata, {annotations: {a: 'b'}}),
  'an owner reference': (_, {metadata}) => Object.assign(metadata, {ownerReferences: []}),
  'a key more': (_, {data}) => Object.assign(data, {copied: 'eA=='}),
  'another type': (_, secret) => Object.assign(secret, {type: 'kubernetes.io/service-account-token'}),
  'another kind': (_, secret) => Object.assign(secret, {kind: 'ConfigMap'}),
  'no record': (_, {data}) => Object.assign(data, {release: 'eA=='}),
};
for (const [name, change] of Object.entries(forged))
  test(`not the next record: ${name}`, async ({records, cluster}) => {
    await refused(records.answer(post(change), good, false));
    assert.equal(written(cluster), []);
  });

const updates: Record<string, Ask> = {
  'the last record says more': put(1, 'superseded', (record) => Object.assign(record, {manifest: 'a: b'})),
  'the last record has other values': put(1, 'superseded', (record) => Object.assign(record, {config: {a: 1}})),
  'the last record has other hooks': put(1, 'superseded', ({hooks}) => hooks.push({name: 'a', manifest: 'a: b'})),
  'the last record fails': put(1, 'failed'),
  'the status is another inside': put(1, 'superseded', ({info}) => Object.assign(info, {status: 'deployed'})),
  'the next record says more': put(2, 'deployed', (record) => Object.assign(record, {manifest: 'a: b'})),
  'the next record becomes superseded': put(2, 'superseded'),
  'path and body name two objects': ask('PUT', recordPath(1), sentRecord(2, 'deployed')),
};
for (const [name, one] of Object.entries(updates))
  test(`no update: ${name}`, async ({records, cluster}) => {
    await records.answer(post(), good, false);
    const before = written(cluster).length;
    await refused(records.answer(one, good, false));
    assert.is(written(cluster).length, before);
  });

test('nothing is updated before the next record is made', async ({records}) => {
  assert.is(await records.answer(put(1, 'superseded'), good, false), undefined);
  assert.is(await records.answer(put(2, 'deployed'), good, false), undefined);
});

const varint = (tag: number, value: number) => [tag << 3, value];
const bytes = (tag: number, ...content: number[]) => [(tag << 3) | 2, content.length, ...content];
const letters = (text: string) => [...Buffer.from(text)];
const envelope = (...object: number[]) =>
  Buffer.from([
    ...letters('k8s\0'),
    ...bytes(1, ...bytes(1, ...letters('v1')), ...bytes(2, ...letters('Secret'))),
    ...bytes(2, ...object),
  ]);
const protobuf: Record<string, Buffer> = {
  'no envelope': Buffer.from('k8s\0'),
  'another one': Buffer.from('{}'),
  'cut off': envelope(...bytes(1, 1)).subarray(0, -1),
  immutable: envelope(...varint(5, 1)),
  stringData: envelope(...bytes(4, ...bytes(1, ...letters('a')))),
  'a finalizer': envelope(
    ...bytes(1, ...bytes(1, ...letters('sh.helm.release.v1.core.v2')), ...bytes(14, ...letters('a'))),
  ),
  'a name twice': envelope(...bytes(1, ...bytes(1, ...letters('a')), ...bytes(1, ...letters('b')))),
};
for (const [name, body] of Object.entries(protobuf))
  test(`protobuf that Helm does not write: ${name}`, async ({records, cluster}) => {
    const one = {...ask('POST', recordPath()), headers: {'content-type': 'application/vnd.kubernetes.protobuf'}, body};
    await refused(records.answer(one, good, false));
    assert.equal(cluster.asked, []);
  });

async function refused(answer: Promise<unknown>, why = /./): Promise<void> {
  const error = await answer.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.instance(error, Refused);
  assert.match((error as Error).message, why);
}

test.run();
