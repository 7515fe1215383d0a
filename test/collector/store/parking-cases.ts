import type {Test} from 'uvu';
import * as assert from 'uvu/assert';
import type {KindName} from '../../../src/collector/kinds.ts';
import type {Accepted} from '../../../src/collector/store/contract.ts';
import type {Again, Parked, Queue} from '../../../src/collector/store/queue.ts';
import {acceptedOn, eventOn, millisecondsADay, type Opened, today} from './suite.ts';

const many = {reports: 100, bytes: 8 << 20};
const nobody: ReadonlyMap<number, string> = new Map();
/** Any time: what waits apart is due by a clock that is given. */
const now = 1_800_000_000_000;
const parked = (due: number, tries = 1): Parked => ({tries, due, reason: 'it answers 403'});
/** One is due until now, or far ahead. */
const due = (until = now) => ({until, from: until + millisecondsADay});
const both: readonly KindName[] = ['spartakus', 'hodometer'];

/** What waits apart for a sink and is due, of any kind. */
const again = (queue: Queue, sink = 'a', until = now) => queue.again(sink, many, {kinds: both, due: due(until)});
const clusters = (reports: readonly {readonly cluster: string}[]) => reports.map(({cluster}) => cluster);

/** Settles what comes next of a sink: of some clusters the reports wait apart. */
async function settle(queue: Queue, sink: string, apart: ReadonlyMap<string, Parked>): Promise<string[]> {
  const {reports} = await queue.next(sink, many, 100);
  const [first] = reports;
  if (!first) return [];
  const some = new Map(
    reports.flatMap(({number, cluster}) => (apart.has(cluster) ? [[number, apart.get(cluster)!]] : [])),
  );
  const delivered = reports.length - some.size;
  const done = {kind: first.kind, upTo: reports.at(-1)!.number, delivered, refused: nobody, parked: some};
  await queue.settle(sink, done, now);
  return clusters(reports);
}

/** Settles reports that were tried again, all in one way. */
async function settleAgain(
  queue: Queue,
  reports: readonly Again[],
  how: 'delivered' | 'refused' | Parked,
  sink = 'a',
): Promise<void> {
  const numbers = reports.map(({number}) => number);
  const done = {kind: reports[0]!.kind, delivered: [] as number[], refused: nobody, parked: new Map<number, Parked>()};
  if (how === 'delivered') done.delivered = numbers;
  else if (how === 'refused') done.refused = new Map(numbers.map((number) => [number, 'it answers 403, 14 times']));
  else done.parked = new Map(numbers.map((number) => [number, how]));
  await queue.settleAgain(sink, done, now);
}

/** What every engine does with reports that a sink did not take while it took others. */
export function parkingCases(test: Test, open: () => Promise<Opened>): void {
  for (const [kind, make] of [
    ['spartakus', acceptedOn],
    ['hodometer', eventOn],
  ] as const) {
    const name = (cluster: number) => make(today, cluster).cluster;
    const ofKind = (count: number) => ({spartakus: 0, hodometer: 0, [kind]: count});
    const batch = (...all: number[]): Accepted[] => all.map((one) => make(today, one));
    const begin = async (sinks: readonly string[] = ['a']) => {
      const opened = await open();
      await opened.writer.passOn(sinks);
      return {...opened, queue: await opened.store.queue()};
    };

    test(`${kind}: what waits apart holds up nothing, comes when it is due, and ends as what became of it`, async () => {
      const {store, writer, queue} = await begin(['a', 'b']);
      await writer.append(batch(1, 2, 3, 4, 5));
      const first = (await queue.next('a', many, 100)).reports;
      const apart = new Map([2, 3, 4].map((one) => [name(one), parked(now + one)]));
      assert.equal(await settle(queue, 'a', apart), [1, 2, 3, 4, 5].map(name));
      assert.equal(await queue.standing('a'), {waiting: 3, parked: ofKind(3), delivered: 2, refused: 0, dropped: 0});
      assert.equal((await queue.next('a', many, 100)).reports, []);
      await writer.append(batch(6));
      assert.equal(await settle(queue, 'a', new Map()), [name(6)], 'others go on');
      assert.equal(await again(queue), [], 'nothing is due');
      const second = await again(queue, 'a', now + 2);
      assert.equal(second, [{...first[1]!, tries: 1, due: now + 2}], 'it is what it was');
      assert.equal(clusters(await again(queue, 'a', now + 9)), [2, 3, 4].map(name));
      assert.equal(clusters(await queue.again('a', {reports: 2, bytes: 1 << 20}, {kinds: both, due: due(now + 9)})), [
        name(2),
        name(3),
      ]);
      assert.is((await queue.again('a', {reports: 9, bytes: 1}, {kinds: both, due: due(now + 9)})).length, 1);
      assert.equal(await queue.again('a', many, {kinds: both.filter((one) => one !== kind), due: due(now + 9)}), []);
      // It was tried, and waits on.
      await settleAgain(queue, await again(queue, 'a', now + 2), parked(now + 20, 2));
      assert.equal(
        (await again(queue, 'a', now + 99)).map(({cluster, tries}) => [cluster, tries]),
        [
          [name(3), 1],
          [name(4), 1],
          [name(2), 2],
        ],
      );
      await settleAgain(queue, await again(queue, 'a', now + 3), 'delivered');
      await settleAgain(queue, await again(queue, 'a', now + 4), 'refused');
      assert.equal(await queue.standing('a'), {waiting: 1, parked: ofKind(1), delivered: 4, refused: 1, dropped: 0});
      assert.equal(await queue.standing('b'), {waiting: 6, parked: ofKind(0), delivered: 0, refused: 0, dropped: 0});
      assert.equal(await again(queue, 'b', now + 99), []);
      // Another process goes on.
      await queue.close();
      await writer.passOn(['a', 'b']);
      const other = await store.queue();
      assert.equal(clusters(await again(other, 'a', now + 99)), [name(2)]);
      assert.equal(await settle(other, 'b', new Map()), [1, 2, 3, 4, 5, 6].map(name), 'other sinks have nothing of it');
      await settleAgain(other, await again(other, 'a', now + 99), 'delivered');
      assert.equal(await other.standing('a'), {waiting: 0, parked: ofKind(0), delivered: 5, refused: 1, dropped: 0});
      await other.close();
    });

    test(`${kind}: what waits apart comes under the epoch that it had first, and is due where the clock was put back`, async () => {
      const {writer, queue} = await begin();
      await writer.append(batch(1));
      const [one] = (await queue.next('a', many, 100)).reports;
      await settle(queue, 'a', new Map([[name(1), parked(now + 2 * millisecondsADay)]]));
      await writer.passOn(['a']);
      await writer.append(batch(2));
      const [two] = (await queue.next('a', many, 100)).reports;
      const [late] = await again(queue);
      assert.equal([late!.number, late!.epoch], [one!.number, one!.epoch]);
      assert.ok(two!.epoch > late!.epoch);
      await queue.close();
    });

    test(`${kind}: nothing of a cluster that is forgotten waits apart, also if it is on its way`, async () => {
      const {store, writer, queue} = await begin();
      await writer.append(batch(1, 2, 3));
      await settle(queue, 'a', new Map([1, 2].map((one) => [name(one), parked(now)])));
      assert.is((await again(queue)).length, 2);
      await writer.forget(name(1), today);
      assert.equal(clusters(await again(queue)), [name(2)]);
      assert.equal((await queue.next('a', many, 100)).erase?.cluster, name(1));
      // While it is tried again it is forgotten; whatever becomes of it, nothing is left.
      const [under] = await again(queue);
      await writer.forget(name(2), today);
      await settleAgain(queue, [under!], parked(now));
      assert.equal(await again(queue), []);
      await settleAgain(queue, [under!], 'refused');
      assert.is((await queue.standing('a')).refused, 0);
      // So while it is tried for the first time.
      for (
        let erase = (await queue.next('a', many, 100)).erase;
        erase;
        erase = (await queue.next('a', many, 100)).erase
      )
        await queue.erased('a', erase, 'gone', now);
      await writer.append(batch(4, 5));
      const {reports} = await queue.next('a', many, 100);
      await writer.forget(name(4), today);
      const apart = new Map(reports.map(({number}) => [number, parked(now)]));
      await queue.settle('a', {kind, upTo: reports.at(-1)!.number, delivered: 0, refused: nobody, parked: apart}, now);
      assert.equal(clusters(await again(queue)), [name(5)]);
      assert.equal((await queue.standing('a')).parked, ofKind(1));
      assert.equal(await store.maintenance.problems(), []);
      await queue.close();
    });

    test(`${kind}: what waits apart goes with its age, not with what is too much, and with its sink`, async () => {
      const {writer, queue} = await begin(['a', 'b']);
      await writer.append([make(today - 9, 1), make(today, 2)]);
      await writer.append(batch(3, 4, 5));
      const apart = new Map([1, 2].map((one) => [name(one), parked(now)]));
      await settle(queue, 'a', apart);
      assert.is((await queue.standing('a')).delivered, 3);
      await writer.append(batch(6, 7, 8));
      assert.equal(clusters((await queue.next('a', many, 2)).reports), [7, 8].map(name));
      assert.equal(await queue.standing('a'), {waiting: 4, parked: ofKind(2), delivered: 3, refused: 0, dropped: 1});
      while ((await writer.discard({received: (today - 4) * millisecondsADay, day: 0}, 100)).reports > 0);
      assert.equal(clusters(await again(queue)), [name(2)]);
      assert.equal(await queue.standing('a'), {waiting: 3, parked: ofKind(1), delivered: 3, refused: 0, dropped: 2});
      await writer.passOn(['b']);
      await writer.passOn(['a', 'b']);
      assert.equal(await again(queue), []);
      assert.is((await queue.standing('a')).waiting, 0);
      await queue.close();
    });

    test(`${kind}: some that wait further on are shown, none of them large or apart, and stay where they are`, async () => {
      const {writer, queue} = await begin();
      await writer.append(batch(1, 2, 3));
      await settle(queue, 'a', new Map([1, 2, 3].map((one) => [name(one), parked(now)])));
      assert.equal(await queue.further('a', kind, 0, 8), []);
      await writer.append(batch(4, 5, 6));
      await writer.append([{...make(today, 7), body: JSON.stringify({text: 'x'.repeat(3 << 20)})}]);
      const {reports} = await queue.next('a', many, 100);
      const seen = new Set<string>();
      for (let i = 0; i < 40; i++) {
        for (const one of await queue.further('a', kind, reports[0]!.number, 8)) {
          seen.add(one.cluster);
          assert.equal(
            one,
            reports.find(({number}) => number === one.number),
          );
        }
      }
      assert.ok(seen.size > 0);
      assert.equal(
        [...seen].filter((one) => ![name(5), name(6)].includes(one)),
        [],
      );
      assert.equal(await queue.further('a', kind, reports[2]!.number, 8), []);
      assert.equal((await queue.next('a', many, 100)).reports, reports);
      await queue.close();
    });
  }
}
