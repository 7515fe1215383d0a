import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {addressOf} from '../../../../src/collector/store/sqlite/address.ts';
import {sqlite} from '../../../../src/collector/store/sqlite/index.ts';
import {schemaVersion} from '../../../../src/collector/store/sqlite/schema.ts';
import {StoreTrouble} from '../../../../src/collector/store/trouble.ts';
import {newFolder} from '../../../folder.ts';
import {acceptedOn, millisecondsADay, today} from '../suite.ts';

// A store that only passes on: nothing is left of what every sink has.

const most = {reports: 100, bytes: 1 << 20};
const newPath = () => join(newFolder(), 'queue.db');
const storeAt = (path: string, relay = true) => sqlite.at({...addressOf(path), relay});
const name = (cluster: number) => acceptedOn(today, cluster).cluster;

async function opened(sinks = ['a', 'b'], path = newPath()) {
  const store = storeAt(path);
  const writer = await store.writer({create: true});
  await writer.passOn(sinks);
  return {path, store, writer, queue: await store.queue()};
}
type Opened = Awaited<ReturnType<typeof opened>>;

/** Passes on what waits for a sink, erasing too; names of clusters. */
async function pass({queue}: Opened, sink: string, upTo = Number.MAX_SAFE_INTEGER): Promise<string[]> {
  const all: string[] = [];
  for (;;) {
    const {reports, erase} = await queue.next(sink, most, Number.MAX_SAFE_INTEGER);
    if (erase) {
      await queue.erased(sink, erase, 'gone', Date.now());
      all.push(`-${erase.cluster}`);
    }
    const some = reports.filter(({number}) => number <= upTo);
    all.push(...some.map(({cluster}) => cluster));
    const last = some.at(-1)?.number;
    if (last !== undefined) {
      await queue.settle(sink, {kind: reports[0]!.kind, upTo: last, delivered: some.length, refused: new Map()}, 5);
    }
    if (!erase && some.length === 0) return all;
  }
}

/** Rows of each table that has something of reports. */
function rowsIn(path: string): Record<string, number> {
  const disk = new DatabaseSync(path, {readOnly: true});
  try {
    const count = (table: string) => disk.prepare(`SELECT count(*) AS n FROM ${table}`).get()!.n as number;
    return Object.fromEntries(['report', 'cluster', 'cluster_day', 'changed', 'counter'].map((t) => [t, count(t)]));
  } finally {
    disk.close();
  }
}
const nothing = {report: 0, cluster: 0, cluster_day: 0, changed: 0, counter: 0};

test('what every sink has is let go with its cluster, and what one has not stays', async () => {
  const all = await opened();
  const {path, writer} = all;
  await writer.append([acceptedOn(today, 1), acceptedOn(today, 2)]);
  await writer.append([acceptedOn(today, 1)]);
  assert.is(await writer.relay!.waiting(), 3);
  assert.equal(await pass(all, 'a'), [name(1), name(2), name(1)]);
  assert.is(await writer.relay!.letGo(100), 0, 'b has none of it yet');
  assert.equal(await pass(all, 'b', 2), [name(1), name(2)]);
  assert.is(await writer.relay!.letGo(1), 1);
  assert.is(await writer.relay!.letGo(100), 1);
  assert.equal(rowsIn(path), {...nothing, report: 1, cluster: 1});
  assert.is(await writer.relay!.waiting(), 1);
  // Its number is not given again, also not after a restart.
  await writer.close();
  const again = await opened(['a', 'b'], path);
  await again.writer.append([acceptedOn(today, 3)]);
  assert.equal(await pass(again, 'a'), [name(3)]);
  assert.equal(await pass(again, 'b'), [name(1), name(3)]);
  await again.writer.relay!.letGo(100);
  await again.writer.settle();
  assert.equal(rowsIn(path), nothing);
  assert.is(await again.writer.count({today, oldest: 0}, 100), false, 'nothing is counted');
  for (const file of [path, `${path}-wal`])
    for (const cluster of [1, 2, 3]) assert.not.ok(readFileSync(file).includes(name(cluster)), `${file} ${cluster}`);
});

test('a report is the same to the byte after it was packed, and is dated anew', async () => {
  const all = await opened(['a']);
  const sent = acceptedOn(today - 2, 1);
  await all.writer.append([{...sent, span: 1}]);
  while (await all.writer.pack(10));
  assert.is(await all.writer.redate({id: 1, shift: 2 * millisecondsADay}, 100), 1);
  assert.is(await all.writer.redate({id: 1, shift: 2 * millisecondsADay}, 100), 0);
  const {reports} = await all.queue.next('a', most, 100);
  assert.equal(
    reports.map(({body, received}) => ({body, received})),
    [{body: sent.body, received: sent.received + 2 * millisecondsADay}],
  );
});

test('a cluster is forgotten here and at each sink, and as often as it came back', async () => {
  const all = await opened(['a']);
  const {store, writer} = all;
  const states = async (cluster: number) =>
    (await store.maintenance.erasures(name(cluster))).map(({sink, state}) => `${sink} ${state}`);
  await writer.append([acceptedOn(today, 1), acceptedOn(today, 2)]);
  assert.equal(await pass(all, 'a'), [name(1), name(2)]);
  await writer.relay!.letGo(100);
  await writer.append([acceptedOn(today, 1)]);
  assert.is((await writer.forget(name(1), today)).reports, 1);
  assert.equal(await states(1), ['a waiting']);
  assert.equal(await pass(all, 'a'), [`-${name(1)}`]);
  assert.equal(await states(1), ['a gone']);
  await writer.forget(name(1), today);
  assert.equal(await pass(all, 'a'), [], 'nothing came since');
  // It comes back and is passed on: nothing is left here that says so.
  await writer.append([acceptedOn(today, 1)]);
  assert.equal(await pass(all, 'a'), [name(1)]);
  await writer.relay!.letGo(100);
  await writer.forget(name(1), today);
  assert.equal(await pass(all, 'a'), [`-${name(1)}`]);
  // It comes back while the sink is still to erase it.
  await writer.append([acceptedOn(today, 1)]);
  await writer.forget(name(1), today);
  await writer.append([acceptedOn(today, 1)]);
  assert.equal(await pass(all, 'a'), [`-${name(1)}`, name(1)]);
  await writer.relay!.letGo(100);
  await writer.forget(name(1), today);
  assert.equal(await pass(all, 'a'), [`-${name(1)}`]);
});

test('a sink for which something waits is not left out: nobody else has it', async () => {
  const all = await opened(['https://a.example/api/v1', 'b']);
  await all.writer.append([acceptedOn(today, 1), acceptedOn(today, 2)]);
  const leave = all.writer.passOn(['b']);
  const error = await leave.catch((one: unknown) => one);
  assert.ok(error instanceof StoreTrouble);
  assert.match(error.message, /2 reports wait for https:\/\/a\.example\/api\/v1, which is no longer named/);
  await all.writer.passOn(['https://a.example/api/v1', 'b', 'c']);
  await pass(all, 'https://a.example/api/v1');
  await all.writer.passOn(['b', 'c']);
  assert.equal(await pass(all, 'b'), [name(1), name(2)]);
  assert.equal(await pass(all, 'c'), [], 'what was taken before is not for it');
  await all.writer.forget(name(1), today);
  assert.match(
    String(await all.writer.passOn(['b']).catch((one: unknown) => one)),
    /1 clusters are still to be erased at c/,
  );
});

test('what waits longer than reports are kept is dropped, and counted', async () => {
  const all = await opened(['a', 'b']);
  await all.writer.append([acceptedOn(today - 40, 1), acceptedOn(today, 2)]);
  await pass(all, 'a');
  await all.writer.discard({received: (today - 30) * millisecondsADay, day: 0}, 100);
  assert.equal([(await all.queue.standing('a')).dropped, (await all.queue.standing('b')).dropped], [0, 1]);
  assert.equal(await pass(all, 'b'), [name(2)]);
});

/** Settles what waits for a sink; of these clusters the reports wait apart, and are due at once. */
async function passApart({queue}: Opened, sink: string, ...apart: number[]): Promise<void> {
  const {reports} = await queue.next(sink, most, Number.MAX_SAFE_INTEGER);
  const names = apart.map(name);
  const parked = new Map(
    reports
      .filter(({cluster}) => names.includes(cluster))
      .map(({number}) => [number, {tries: 1, due: 0, reason: 'it answers 403'}]),
  );
  const delivered = reports.length - parked.size;
  const refused: ReadonlyMap<number, string> = new Map();
  await queue.settle(sink, {kind: 'spartakus', upTo: reports.at(-1)!.number, delivered, refused, parked}, 5);
}
const kinds = ['spartakus', 'hodometer'] as const;
const due = {until: 1, from: 9};

test('what waits apart is still there, and goes when it is done', async () => {
  const all = await opened(['https://a.example/api/v1', 'b']);
  const {path, store, writer, queue} = all;
  const [a] = ['https://a.example/api/v1'];
  await writer.append([1, 2, 3].map((one) => acceptedOn(today, one)));
  await passApart(all, a!, 1, 3);
  await passApart(all, 'b', 3);
  assert.is(await writer.relay!.letGo(100), 1);
  assert.is(await writer.relay!.letGo(100), 0);
  assert.equal(rowsIn(path), {...nothing, report: 2, cluster: 2});
  assert.ok((await writer.relay!.waiting()) >= 2, 'they fill the queue');
  assert.equal((await store.maintenance.contents()).relay, [
    {sink: 'b', waiting: 1},
    {sink: a!, waiting: 2},
  ]);
  assert.match(
    String(await writer.passOn(['b']).catch((one: unknown) => one)),
    /2 reports wait for https:\/\/a\.example\/api\/v1, which is no longer named/,
  );
  // Also after a restart, and with more that came.
  await queue.close();
  await writer.close();
  const again = await opened([a!, 'b'], path);
  await again.writer.append([acceptedOn(today, 4)]);
  await passApart(again, a!);
  await passApart(again, 'b');
  assert.is(await again.writer.relay!.letGo(100), 1);
  for (const sink of [a!, 'b']) {
    const reports = await again.queue.again(sink, most, {kinds, due});
    const numbers = reports.map(({number}) => number);
    const done = {kind: 'spartakus', refused: new Map<number, string>(), parked: new Map()} as const;
    await again.queue.settleAgain(sink, {...done, delivered: numbers}, 5);
  }
  assert.is(await again.writer.relay!.waiting(), 0);
  assert.is(await again.writer.relay!.letGo(100), 2);
  await again.writer.passOn(['b']);
  await again.writer.settle();
  assert.equal(rowsIn(path), nothing);
  for (const file of [path, `${path}-wal`])
    for (const cluster of [1, 3]) assert.not.ok(readFileSync(file).includes(name(cluster)), `${file} ${cluster}`);
});

test('a cluster that waits apart is forgotten with what waits, and erased at the sink', async () => {
  const all = await opened(['a']);
  await all.writer.append([1, 2].map((one) => acceptedOn(today, one)));
  await passApart(all, 'a', 1);
  assert.is((await all.writer.forget(name(1), today)).reports, 1);
  assert.equal(await all.queue.again('a', most, {kinds, due}), []);
  assert.equal(await pass(all, 'a'), [`-${name(1)}`]);
  await all.writer.relay!.letGo(100);
  await all.writer.settle();
  assert.equal(rowsIn(all.path), {...nothing, changed: 1});
  assert.is(await all.writer.relay!.waiting(), 0);
  assert.not.ok(readFileSync(all.path).includes(name(1)));
});

test('what waits apart longer than reports are kept is dropped, and counted', async () => {
  const all = await opened(['a']);
  await all.writer.append([acceptedOn(today - 40, 1), acceptedOn(today, 2)]);
  await passApart(all, 'a', 1, 2);
  await all.writer.discard({received: (today - 30) * millisecondsADay, day: 0}, 100);
  const {dropped, parked, waiting} = await all.queue.standing('a');
  assert.equal([dropped, parked, waiting], [1, 1, 1]);
});

test('a queue of the version before is read, and goes on where it was', async () => {
  const first = await opened(['a']);
  await first.writer.append([1, 2].map((one) => acceptedOn(today, one)));
  await first.queue.close();
  await first.writer.close();
  const disk = new DatabaseSync(first.path);
  disk.exec(`DROP TABLE parked; PRAGMA user_version = ${schemaVersion - 1}`);
  disk.close();
  assert.equal((await first.store.maintenance.contents()).relay, [{sink: 'a', waiting: 2}]);
  const all = await opened(['a'], first.path);
  assert.equal((await all.queue.standing('a')).waiting, 2);
  await passApart(all, 'a', 2);
  assert.equal((await all.queue.standing('a')).parked, 1);
  assert.equal(await all.store.maintenance.problems(), []);
});

test('a store is a queue from the start, or never', async () => {
  const kept = newPath();
  const first = await storeAt(kept, false).writer({create: true});
  await first.append([acceptedOn(today, 1)]);
  await first.close();
  const asQueue = await storeAt(kept).writer({create: true});
  assert.is(asQueue.relay, undefined);
  assert.is(await storeAt(kept).maintenance.passesOnlyTo(), undefined);
  await asQueue.close();
  const {path, writer, store} = await opened(['a']);
  assert.equal(await store.maintenance.passesOnlyTo(), ['a']);
  await writer.close();
  const asStore = await storeAt(path, false).writer({create: true});
  assert.ok(asStore.relay);
  assert.equal((await store.maintenance.contents()).relay, [{sink: 'a', waiting: 0}]);
  assert.equal(await store.maintenance.problems(), []);
});

test('a start that was killed before it was a queue is finished', async () => {
  const path = newPath();
  await (await storeAt(path, false).writer({create: true})).close();
  assert.ok((await storeAt(path).writer({create: true})).relay);
});

test.run();
