import {suite, type Test} from 'uvu';
import * as assert from 'uvu/assert';
import {exampleCluster} from '../../../examples/example-clusters.ts';
import {accept} from '../../../src/collector/accept.ts';
import type {Span} from '../../../src/collector/clock.ts';
import {acceptEvent} from '../../../src/collector/hodometer/event.ts';
import {type KindName, kindNames, kinds} from '../../../src/collector/kinds.ts';
import {exportLines} from '../../../src/collector/move/export.ts';
import {importLines} from '../../../src/collector/move/import.ts';
import {newcomers} from '../../../src/collector/newcomers.ts';
import {grains, isoDay, movePeriod, periodOf} from '../../../src/collector/periods.ts';
import {statistics} from '../../../src/collector/statistics.ts';
import type {Accepted, Cell, Erased, State, Store, Writer} from '../../../src/collector/store/contract.ts';
import {kinds as pieceKinds} from '../../../src/collector/store/pieces.ts';
import type {Queue} from '../../../src/collector/store/queue.ts';
import {UserError} from '../../../src/errors.ts';
import type {Report} from '../../../src/report/index.ts';
import {exportCases} from './export-cases.ts';
import {cellsOf, type Known, lines} from './model.ts';
import {parkingCases} from './parking-cases.ts';

/** Nothing waits apart. */
const none = {spartakus: 0, hodometer: 0};

/** A store under test, opened. */
export interface Opened {
  readonly store: Store;
  readonly writer: Writer;
  /** Reads one state of it. */
  still<T>(read: (state: State) => Promise<T>): Promise<T>;
}

/** What is to be closed of the stores that were opened. */
const unclosed = new Set<() => Promise<void>>();

/** Opens a store for a test; both ends are left to `closeOpened`, or to the end of the process. */
export async function opened(store: Store): Promise<Opened> {
  const writer = await store.writer({create: true});
  const reader = await store.reader();
  for (const one of [reader, writer]) unclosed.add(() => one.close());
  return {store, writer, still: (read) => reader.still(read)};
}

/** Closes what a test opened: a hundred open stores take half a processor. */
export async function closeOpened(): Promise<void> {
  const all = [...unclosed];
  unclosed.clear();
  await Promise.all(all.map((close) => close()));
}

export const millisecondsADay = 86_400_000;
/** A Sunday, the last day of its week. */
export const today = 20_779;

/** The report of the `cluster`th made-up cluster on a day, as the store takes it. */
export function acceptedOn(day: number, cluster: number, change: Partial<Report> = {}, nodes = 2): Accepted {
  const received = day * millisecondsADay + 1000;
  const report = {...exampleCluster(cluster, Math.floor(received / 1000), nodes), ...change};
  const judged = accept(Buffer.from(JSON.stringify(report)), received);
  if (!judged.accepted) throw new Error(judged.message);
  return judged.accepted;
}

/** The event of the `cluster`th made-up cluster of Core 2 on a day, as the store takes it. */
export function eventOn(day: number, cluster: number, change: Record<string, unknown> = {}, id?: string): Accepted {
  const properties = {
    cluster_id: `00000000-0000-4000-8000-${String(cluster).padStart(12, '0')}`,
    collector_version: '2.8.5',
    kubernetes_version: 'v1.30.1',
    ...change,
    ...(id === undefined ? {} : {$insert_id: id}),
  };
  const event = {event: 'collect metrics', properties};
  const judged = acceptEvent(Buffer.from(JSON.stringify(event)), day * millisecondsADay + 1000);
  if (!judged.accepted) throw new Error(judged.message);
  return judged.accepted;
}

/** Counts what changed, a few rows at a time, as while it runs. */
export async function sealChanged({writer}: Opened, oldest = 0, most = 7): Promise<void> {
  while (await writer.count({today, oldest}, most));
}

/** The numbers of one series by the names of its values, newest period last. */
export async function numbers({still}: Opened, grain: 'day' | 'week' | 'month', name: string, minCell = 1) {
  const [series] = await still((state) => statistics(state, {today, minCell, grains: [grain], names: [name as never]}));
  return Object.fromEntries(series!.values.map((value) => [value.name, value.data]));
}

/**
 * What every engine has to do. `newStore` gives a new, empty store at each call; `seeds`: of the histories by chance, each
 * of which takes a real server ten seconds.
 */
export function storeSuite(
  engine: string,
  newStore: () => Promise<Store>,
  seeds: readonly number[] = [1, 2, 3, 4, 5, 6, 7, 8],
): Test {
  const test = suite(`store ${engine}`);
  const open = async () => opened(await newStore());
  test.after.each(closeOpened);

  test('a new store has nothing', async () => {
    const store = await open();
    assert.equal(await numbers(store, 'day', 'active'), {clusters: [0]});
    assert.is(await store.still((state) => state.firstPeriod('spartakus', 'day')), undefined);
  });

  test('a cluster counts once a day, by its last report', async () => {
    const store = await open();
    await store.writer.append([acceptedOn(today, 1, {masterVersion: 'v1.29.0'}), acceptedOn(today, 2)]);
    await store.writer.append([acceptedOn(today, 1, {masterVersion: 'v1.30.0'}, 7)]);
    await sealChanged(store);
    assert.equal(await numbers(store, 'day', 'active'), {clusters: [2]});
    assert.equal((await numbers(store, 'day', 'kubernetes'))['1.30'], [1]);
    assert.equal(await numbers(store, 'day', 'nodes'), {nodes: [9]});
  });

  const mark = (span: number, one: Accepted): Accepted => ({...one, span});
  const redate = async ({writer}: Opened, span: Span): Promise<number> => {
    let dated = 0;
    // A few at a time, as while it runs.
    for (let count = 1; count > 0; dated += count) count = await writer.redate(span, 2);
    return dated;
  };
  const kubernetes = (version: string): Partial<Report> => ({masterVersion: `v${version}.0`});
  /** Versions of Kubernetes that the clusters of each day have, from so many days before today to today. */
  const versions = async (store: Opened, of: number) => {
    await sealChanged(store);
    const named = Object.entries(await numbers(store, 'day', 'kubernetes'));
    return Array.from({length: of + 1}, (_, i) =>
      named.flatMap(([name, data]) => Array(data.at(i - of - 1) ?? 0).fill(name)).sort(),
    );
  };
  /** New clusters of a day. */
  const firstSeen = async ({still}: Opened, day: number) =>
    (await still((state) => state.series('spartakus', 'day', 'change', day, day))).find(({value}) => value === 'new')
      ?.clusters ?? 0;

  test('what came while the clock was in doubt is dated anew, and what is certain stays', async () => {
    const store = await open();
    const wrong = today - 2;
    await store.writer.append([acceptedOn(wrong, 1, kubernetes('1.29'))]);
    await store.writer.append([
      mark(1, acceptedOn(wrong, 1, kubernetes('1.31'))),
      mark(1, acceptedOn(wrong, 2, kubernetes('1.28'))),
    ]);
    await store.writer.append([mark(1, acceptedOn(wrong, 2, kubernetes('1.32')))]);
    await store.writer.append([acceptedOn(today, 3, kubernetes('1.33'))]);
    assert.is(await store.writer.newest(), today * millisecondsADay + 1000);
    assert.is(await redate(store, {id: 1, shift: 2 * millisecondsADay}), 3);
    await sealChanged(store);
    assert.equal(await versions(store, 2), [['1.29'], [], ['1.31', '1.32', '1.33']]);
    assert.is(await firstSeen(store, wrong), 1);
    assert.is(await firstSeen(store, today), 2);
    assert.is((await numbers(store, 'day', 'kubernetes'))['1.32']?.at(-1), 1);
  });

  test('each clock that was wrong has a shift of its own', async () => {
    const store = await open();
    const wrong = today - 3;
    for (const [span, version] of [
      [1, '1.25'],
      [2, '1.26'],
      [3, '1.27'],
    ] as const)
      await store.writer.append([mark(span, acceptedOn(wrong, 1, kubernetes(version)))]);
    await redate(store, {id: 2, shift: 2 * millisecondsADay});
    await redate(store, {id: 3, shift: 0});
    await redate(store, {id: 1, shift: 3 * millisecondsADay});
    assert.equal(await versions(store, 3), [['1.27'], [], ['1.26'], ['1.25']]);
    await sealChanged(store);
    assert.equal((await numbers(store, 'day', 'change')).new, [1, 0, 0, 0]);
  });

  test('a row that a wrongly dated report took is there again when that is dated anew', async () => {
    const store = await open();
    // The first two belong to the day before, the third is the one of the day.
    await store.writer.append([mark(1, acceptedOn(today - 1, 1, kubernetes('1.25')))]);
    await store.writer.append([mark(2, acceptedOn(today - 1, 1, kubernetes('1.26')))]);
    await redate(store, {id: 2, shift: millisecondsADay});
    await redate(store, {id: 1, shift: 0});
    assert.equal(await versions(store, 1), [['1.25'], ['1.26']]);
    const late = await open();
    await late.writer.append([acceptedOn(today, 1, kubernetes('1.25'))]);
    await late.writer.append([mark(1, acceptedOn(today, 1, kubernetes('1.26')))]);
    await redate(late, {id: 1, shift: 1000});
    assert.equal(await versions(late, 0), [['1.26']], 'it arrived last');
  });

  test('a cluster that is dated anew was first and last seen where it has rows', async () => {
    const store = await open();
    await store.writer.append([acceptedOn(today - 5, 1), acceptedOn(today - 3, 1), mark(1, acceptedOn(today, 1))]);
    await store.writer.append([mark(1, acceptedOn(today - 8, 2)), acceptedOn(today - 2, 2)]);
    await redate(store, {id: 1, shift: -4 * millisecondsADay});
    await sealChanged(store);
    assert.is(await firstSeen(store, today - 12), 1);
    assert.is(await firstSeen(store, today - 5), 1);
    assert.equal((await numbers(store, 'day', 'active')).clusters, [1, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0].slice(-13));
  });

  test('refused reports of a wrong clock are counted on the day that it was', async () => {
    const store = await open();
    await store.writer.append([acceptedOn(today - 2, 1)]);
    await sealChanged(store);
    await store.writer.countRefused(today - 2, {'not-json': 1});
    await store.writer.countRefused(today - 2, {'not-json': 2, 'too-large': 1}, 1);
    await store.writer.countRefused(today - 2, {'not-json': 4}, 2);
    await redate(store, {id: 1, shift: 2 * millisecondsADay});
    assert.equal(await numbers(store, 'day', 'refused'), {'not-json': [5, 0, 2], 'too-large': [0, 0, 1]});
    await redate(store, {id: 2, shift: 1000});
    assert.equal(await numbers(store, 'day', 'refused'), {'not-json': [5, 0, 2], 'too-large': [0, 0, 1]});
  });

  test('marks go without a new date where the clock was right', async () => {
    const store = await open();
    await store.writer.append([mark(1, acceptedOn(today, 1))]);
    assert.is(await store.writer.newest(), undefined);
    assert.is(await store.writer.redate({id: 1, shift: 0}, 10), 1);
    assert.is(await store.writer.redate({id: 1, shift: 0}, 10), 0);
    assert.is(await store.writer.newest(), today * millisecondsADay + 1000);
  });

  test('the last report is the one that arrived last, whatever its date', async () => {
    const store = await open();
    // The clock was a day ahead, by less than is doubted, and was set right.
    await store.writer.append([acceptedOn(today, 1, kubernetes('1.29'))]);
    await store.writer.append([acceptedOn(today - 1, 1, kubernetes('1.30'))]);
    // What is erased gives its number to nobody.
    await store.writer.discard({received: (today + 1) * millisecondsADay, day: 0}, 10);
    await store.writer.append([acceptedOn(today - 2, 1, kubernetes('1.31'))]);
    await sealChanged(store);
    assert.equal(await numbers(store, 'week', 'kubernetes'), {1.31: [1]});
    assert.equal((await numbers(store, 'day', 'kubernetes'))['1.30'], [0, 1, 0]);
  });

  test('reports that were packed are dated anew, forgotten and erased as others are', async () => {
    const store = await open();
    for (let cluster = 1; cluster <= 5; cluster++)
      await store.writer.append([mark(1, acceptedOn(today - 1, cluster, kubernetes(`1.${24 + cluster}`)))]);
    while (await store.writer.pack(2));
    await store.writer.append([mark(1, acceptedOn(today - 1, 6, kubernetes('1.30')))]);
    assert.is(await redate(store, {id: 1, shift: millisecondsADay}), 6);
    const {settled, ...forgot} = await store.writer.forget(acceptedOn(today, 3).cluster, today);
    assert.equal(forgot, {reports: 1, days: 1});
    assert.equal(await versions(store, 1), [[], ['1.25', '1.26', '1.28', '1.29', '1.30']]);
    assert.is((await store.store.maintenance.contents()).reports, 5);
    assert.is((await store.writer.discard({received: (today + 1) * millisecondsADay, day: 0}, 100)).reports, 5);
    while (await store.writer.pack(2));
  });

  const exported = async ({store}: Opened): Promise<string[]> => {
    const heading = {id: '0b5b3c1e-8d4e-4d62-9d6a-2f6d5b1c9a10', made: '2026-11-22', by: '0'};
    const lines: string[] = [];
    for await (const line of exportLines(store, heading)) lines.push(line.trimEnd());
    return lines;
  };
  const given = async function* (lines: readonly string[]) {
    yield* lines;
  };
  /** A store with something of everything. */
  const full = async () => {
    const store = await open();
    const {writer} = store;
    await writer.append([acceptedOn(today - 400, 8)]);
    for (let day = today - 9; day <= today - 2; day++)
      await writer.append([acceptedOn(day, 1), acceptedOn(day, 2), acceptedOn(day, 3 + (day % 3))]);
    await sealChanged(store);
    await writer.append([acceptedOn(today, 9)], () => false);
    await writer.discard({received: (today - 4) * millisecondsADay, day: today - 300}, 1000);
    while (await writer.pack(5));
    await writer.countRefused(today - 1, {'not-json': 2});
    await writer.countRefused(today, {'not-json': 2, 'too-large': 1}, 2);
    const spans = {open: [{id: 2, shift: 0}], due: [], spans: 2};
    await writer.keepClock({trusted: 1, floor: 1, wall: 2, observed: 3, credit: 4, state: 'doubted', ...spans});
    await writer.append([mark(2, acceptedOn(today - 1, 1, kubernetes('1.31'))), acceptedOn(today, 7)]);
    await writer.append([eventOn(today - 3, 1, {model_count: 3}, 'a'), eventOn(today - 2, 2)], () => false);
    await sealChanged(store);
    await writer.append([mark(2, eventOn(today - 1, 2, {}, 'b'))]);
    await writer.append([acceptedOn(today - 1, 2)]);
    return store;
  };

  exportCases(test, full);

  test('what is exported is the same in the store that it is imported into, and goes on from there', async () => {
    const [source, target] = [await full(), await open()];
    const lines = await exported(source);
    assert.equal(new Set(lines.map((line) => JSON.parse(line).kind)), new Set(['export', ...pieceKinds, 'end']));
    const {sums, taken} = await importLines(target.store, target.writer, given(lines));
    assert.equal([taken, sums.report.count, sums.clock.count], [0, 16, 1]);
    assert.equal(await exported(target), lines);
    assert.is(await target.writer.moved(), undefined);
    // From here on both do the same, and are the same.
    for (const {writer} of [source, target]) {
      await writer.append([acceptedOn(today, 1), acceptedOn(today, 11)]);
      await writer.append([eventOn(today, 1, {}, 'a'), eventOn(today, 3, {}, 'a')]);
      await redate({writer} as Opened, {id: 2, shift: millisecondsADay});
      await writer.forget(acceptedOn(today, 2).cluster, today);
      await writer.discard({received: (today - 1) * millisecondsADay, day: today - 299}, 1000);
    }
    for (const store of [source, target]) await sealChanged(store);
    assert.equal((await exported(target)).toSorted(), (await exported(source)).toSorted());
    assert.equal(await versions(target, 9), await versions(source, 9));
  });

  test('an import that is cut off goes on where it stopped, and nothing is served before', async () => {
    const [source, target] = [await full(), await open()];
    const lines = await exported(source);
    const take = (some: readonly string[]) => importLines(target.store, target.writer, given(some));
    await rejects(take(lines.slice(0, 8)), /cut off after line 8/);
    assert.equal(await target.writer.moved(), {id: JSON.parse(lines[0]!).id, lines: 8});
    await rejects(take(lines.slice(0, 20).with(0, lines[0]!.replace('0b5b', '1b5b'))), /part of another export/);
    await rejects(take([...lines.slice(0, 20), '{"kind":"nonsense"}']), /^Line 21 is of an unknown kind\.$/);
    await rejects(take([...lines.slice(0, 30), '{']), /^Line 31 is not JSON\.$/);
    // What came before what is wrong may be there, or may not.
    assert.ok((await take(lines)).taken >= 8);
    assert.equal(await exported(target), lines);
    await rejects(take(lines), /not empty/);
  });

  test('an export that was tampered with is told of', async () => {
    const lines = await exported(await full());
    const at = lines.findIndex((line) => JSON.parse(line).kind === 'cell');
    const other = lines[at]!.replace(/"clusters":\d+/, '"clusters":77');
    for (const some of [lines.with(at, other), lines.toSpliced(at, 1), lines.toSpliced(at, 0, lines[at]!)]) {
      const target = await open();
      await rejects(importLines(target.store, target.writer, given(some)), /does not hold what it says \(cell: /);
      assert.ok(await target.writer.moved());
    }
    const target = await open();
    const orphan = lines.filter((line) => JSON.parse(line).kind !== 'cluster');
    await rejects(importLines(target.store, target.writer, given(orphan)), /has no cluster/);
  });

  const most = {reports: 2, bytes: 1 << 20};
  const many = {reports: 100, bytes: 1 << 20};
  const nobody = new Map<number, string>();
  /** Takes all that waits for a sink, and settles it; the clusters in order, those to be erased with a minus. */
  const passed = async (queue: Queue, sink: string, bound = 100): Promise<string[]> => {
    const all: string[] = [];
    for (;;) {
      const {reports, erase} = await queue.next(sink, most, bound);
      if (erase) {
        all.push(`-${erase.cluster}`);
        await queue.erased(sink, erase, 'gone', 5);
      } else if (reports.length === 0) return all;
      else {
        assert.ok(reports.length <= 2);
        all.push(...reports.map(({cluster}) => cluster));
        await queue.settle(
          sink,
          {kind: reports[0]!.kind, upTo: reports.at(-1)!.number, delivered: reports.length, refused: nobody},
          5,
        );
      }
    }
  };
  const name = (cluster: number) => acceptedOn(today, cluster).cluster;

  test('a report waits for each sink until that has it, in the order of arrival and to the byte', async () => {
    const {store, writer} = await open();
    await writer.append([acceptedOn(today, 1)]);
    await writer.passOn(['a', 'b']);
    const queue = await store.queue();
    assert.equal(await queue.next('a', most, 100), {reports: []}, 'only what comes from now on');
    const later = [acceptedOn(today, 3), acceptedOn(today, 2), acceptedOn(today - 1, 4)];
    await writer.append(later.slice(0, 2), () => false);
    await writer.append(later.slice(2));
    while (await writer.pack(10));
    const {reports} = await queue.next('a', most, 100);
    assert.equal(await queue.next('a', most, 100), {reports}, 'until it is settled');
    assert.equal(
      reports.map(({number, epoch, ...rest}) => rest),
      later.slice(0, 2).map(({kind, cluster, received, body}) => ({kind, cluster, received, body, unranked: true})),
    );
    assert.ok(reports[0]!.number < reports[1]!.number);
    assert.equal(await passed(queue, 'a'), [name(3), name(2), name(4)]);
    assert.equal(await queue.standing('a'), {waiting: 0, parked: none, delivered: 3, refused: 0, dropped: 0});
    const again = await store.queue();
    assert.is((await again.standing('b')).waiting, 3);
    assert.equal(await passed(again, 'b'), [name(3), name(2), name(4)]);
    await again.close();
    // A restart with the same sinks loses no place, and one without a sink forgets it.
    await writer.append([acceptedOn(today, 5)]);
    await writer.passOn(['b']);
    await writer.passOn(['a', 'b']);
    assert.equal(await passed(queue, 'a'), []);
    assert.equal(await passed(queue, 'b'), [name(5)]);
  });

  test('what a sink refuses, what is too much and what is too old is counted, and waits no more', async () => {
    const {store, writer} = await open();
    await writer.passOn(['a']);
    const queue = await store.queue();
    for (let cluster = 1; cluster <= 9; cluster++) await writer.append([acceptedOn(today - 9 + cluster, cluster)]);
    const {reports} = await queue.next('a', most, 100);
    const refused = new Map([[reports[0]!.number, 'answered with 400']]);
    await queue.settle('a', {kind: 'spartakus', upTo: reports[1]!.number, delivered: 1, refused}, 5);
    assert.equal(await queue.standing('a'), {waiting: 7, parked: none, delivered: 1, refused: 1, dropped: 0});
    await writer.discard({received: (today - 4) * millisecondsADay, day: 0}, 100);
    assert.is((await queue.standing('a')).dropped, 2);
    assert.equal(await passed(queue, 'a', 3), [name(7), name(8), name(9)]);
    assert.equal(await queue.standing('a'), {waiting: 0, parked: none, delivered: 4, refused: 1, dropped: 4});
  });

  test('for an erasing that rests nothing waits, and it comes when it rests no more', async () => {
    const {store, writer} = await open();
    await writer.passOn(['a']);
    const queue = await store.queue();
    await writer.append([acceptedOn(today, 1)]);
    await writer.forget(name(1), today);
    await writer.append([acceptedOn(today, 2), acceptedOn(today, 3), acceptedOn(today, 4)]);
    await writer.forget(name(3), today);
    const clusters = async (resting: string[]) => {
      const {reports, erase} = await queue.next('a', most, 100, resting);
      if (reports.length > 0)
        await queue.settle(
          'a',
          {kind: 'spartakus', upTo: reports.at(-1)!.number, delivered: reports.length, refused: nobody},
          5,
        );
      return [...reports.map(({cluster}) => cluster), ...(erase ? [`-${erase.cluster}`] : [])];
    };
    assert.equal(await clusters([]), [`-${name(1)}`]);
    assert.equal(await clusters([name(1)]), [name(2), name(4)]);
    assert.equal(await clusters([name(1)]), [`-${name(3)}`]);
    assert.equal(await clusters([name(1), name(3)]), []);
    await writer.append([acceptedOn(today, 5)]);
    assert.equal(await clusters([name(1), name(3)]), [name(5)]);
    assert.equal(await passed(queue, 'a'), [`-${name(1)}`, `-${name(3)}`]);
  });

  test('a cluster is forgotten in the queue, and at each sink after what came before', async () => {
    const {store, writer} = await open();
    await writer.passOn(['a', 'b']);
    const queue = await store.queue();
    await writer.append([acceptedOn(today, 1), acceptedOn(today, 2)]);
    await writer.forget(name(1), today);
    await writer.append([acceptedOn(today, 3), acceptedOn(today, 1)]);
    const states = async () =>
      (await store.maintenance.erasures(name(1))).map(({sink, state}) => `${sink} ${state}`).toSorted();
    assert.equal(await states(), ['a waiting', 'b waiting']);
    assert.equal(await passed(queue, 'a'), [name(2), `-${name(1)}`, name(3), name(1)]);
    assert.equal(await states(), ['a gone', 'b waiting']);
    // However often it is asked for, it is erased once where the store has nothing of it.
    await writer.forget(name(9), today);
    await writer.forget(name(9), today);
    assert.equal(await passed(queue, 'a'), [`-${name(9)}`]);
    assert.equal(await passed(queue, 'b'), [name(2), `-${name(1)}`, name(3), name(1), `-${name(9)}`]);
    assert.equal(await store.maintenance.erasures(name(3)), []);
    await writer.forget(name(1), today);
    assert.equal(await states(), ['a waiting', 'b waiting']);
  });

  test('what comes after a start is told to be later than what came before, whatever its number', async () => {
    const {store, writer} = await open();
    const queue = await store.queue();
    const epochs = async () => (await queue.next('a', many, 100)).reports.map(({epoch}) => epoch);
    await writer.passOn(['a']);
    await writer.append([acceptedOn(today, 1)]);
    const [before] = await epochs();
    await writer.passOn(['a']);
    await writer.append([acceptedOn(today, 2)]);
    assert.ok((await epochs())[1]! > before!);
    assert.ok(Math.abs(before! - Date.now()) < 3_600_000);
  });

  test('events wait as reports do, each kind in its order and neither behind the other; an erasing is of both', async () => {
    const {store, writer} = await open();
    await writer.passOn(['a']);
    const queue = await store.queue();
    await writer.append([acceptedOn(today, 1), eventOn(today, 1, {}, 'x'), eventOn(today, 2), acceptedOn(today, 2)]);
    const {cluster} = eventOn(today, 2);
    await writer.forget(cluster, today);
    // What is stored already does not wait again.
    await writer.append([eventOn(today, 2), eventOn(today, 1, {}, 'x')]);
    const got: string[] = [];
    for (let i = 0; i < 9; i++) {
      const {reports, erase} = await queue.next('a', {reports: 1, bytes: 1}, 100);
      if (erase) await queue.erased('a', erase, 'gone', Date.now());
      if (erase) got.push(`-${erase.cluster}`);
      const [one] = reports;
      if (!one) continue;
      got.push([one.kind, one.cluster, ...(one.once ? [one.once] : [])].join(' '));
      const done = {kind: one.kind, upTo: one.number, delivered: 1, refused: nobody};
      await queue.settle('a', done, 5);
    }
    assert.equal(got, [
      ...[`spartakus ${name(1)}`, `hodometer ${eventOn(today, 1).cluster} x`, `spartakus ${name(2)}`],
      ...[`-${cluster}`, `hodometer ${cluster}`],
    ]);
    assert.equal(await queue.standing('a'), {waiting: 0, parked: none, delivered: 4, refused: 0, dropped: 0});
  });

  test('of events, too, what is refused, too much or too old waits no more', async () => {
    const {store, writer} = await open();
    await writer.passOn(['a']);
    const queue = await store.queue();
    await writer.append([1, 2, 3, 4].map((one) => eventOn(today - 3, one)));
    const {reports} = await queue.next('a', many, 3);
    assert.is(reports.length, 3);
    const refused = new Map([[reports[0]!.number, 'no']]);
    await queue.settle('a', {kind: 'hodometer', upTo: reports[1]!.number, delivered: 1, refused}, 5);
    await writer.discard({received: (today - 1) * millisecondsADay, day: 0}, 100);
    assert.equal(await passed(queue, 'a'), []);
    assert.equal(await queue.standing('a'), {waiting: 0, parked: none, delivered: 1, refused: 1, dropped: 2});
  });

  test('of a kind that is not asked for nothing comes, and it still waits', async () => {
    const {store, writer} = await open();
    await writer.passOn(['a']);
    const queue = await store.queue();
    await writer.append([eventOn(today, 1), acceptedOn(today, 1)]);
    const asked = (how: Parameters<typeof queue.next>[4]) => queue.next('a', many, 100, [], how);
    const {reports} = await asked({kinds: ['spartakus']});
    assert.equal(
      reports.map(({kind}) => kind),
      ['spartakus'],
    );
    await queue.settle('a', {kind: 'spartakus', upTo: reports[0]!.number, delivered: 1, refused: nobody}, 5);
    assert.equal((await asked({kinds: ['spartakus']})).reports, []);
    assert.is((await asked({})).reports[0]?.kind, 'hodometer');
    assert.is((await queue.standing('a')).waiting, 1);
  });

  test('where a sink keeps dates what has one in doubt waits for the right one, of each kind', async () => {
    const {store, writer} = await open();
    await writer.passOn(['a']);
    const queue = await store.queue();
    for (const [kind, make] of [
      ['spartakus', acceptedOn],
      ['hodometer', eventOn],
    ] as const) {
      // The mark of a new store's first clock is no doubt.
      await writer.append([
        {...make(today - 3, 1), span: 1},
        {...make(today - 2, 2), span: 2, held: true},
      ]);
      const waiting = async (isDated: boolean) =>
        (await queue.next('a', many, 100, [], {kinds: [kind], dated: isDated ? [kind] : []})).reports.map(
          ({cluster, received}) => [cluster, received],
        );
      const [fresh, doubted] = [make(today - 3, 1), make(today - 2, 2)];
      assert.equal(await waiting(true), [[fresh.cluster, fresh.received]]);
      assert.is((await waiting(false)).length, 2);
      while ((await writer.redate({id: 2, shift: 2 * millisecondsADay}, 1)) > 0);
      await writer.append([make(today, 3)]);
      const dated = [doubted.cluster, doubted.received + 2 * millisecondsADay];
      assert.equal((await waiting(true))[1], dated);
      assert.is((await waiting(true)).length, 3);
      assert.equal(await waiting(false), await waiting(true));
    }
  });

  parkingCases(test, open);

  test('what is kept of the clock comes back', async () => {
    const store = await open();
    assert.is(await store.writer.clock(), undefined);
    const spans = {open: [{id: 3, shift: 0}], due: [{id: 2, shift: -5}], spans: 3};
    const record = {trusted: 1, floor: 1, wall: 2, observed: 3, credit: 4, state: 'doubted', ...spans} as const;
    await store.writer.keepClock(record);
    assert.equal(await store.writer.clock(), record);
    await store.writer.keepClock({...record, state: 'settled', observed: 3.4});
    assert.equal(await store.writer.clock(), {...record, state: 'settled'});
  });

  test('what is read as one state stays so, whatever is written meanwhile, and two are read side by side', async () => {
    const store = await open();
    await store.writer.append([acceptedOn(today, 1)]);
    await sealChanged(store);
    const clusters = async (state: State) => (await state.series('spartakus', 'day', 'all', today, today))[0]?.clusters;
    const [first, second] = await Promise.all([
      store.still(async (state) => {
        const before = await clusters(state);
        await store.writer.append([acceptedOn(today, 2)]);
        await sealChanged(await opened(store.store));
        return [before, await clusters(state)];
      }),
      store.still(clusters),
    ]);
    assert.equal(first, [1, 1]);
    assert.ok(second === 1 || second === 2);
    assert.is(await store.still(clusters), 2);
  });

  test('a week counts a cluster once, by its last report', async () => {
    const store = await open();
    for (const [day, version] of [
      [today - 5, 'v1.27.0'],
      [today - 2, 'v1.31.0'],
    ] as const) {
      await store.writer.append([acceptedOn(day, 1, {masterVersion: version})]);
    }
    await sealChanged(store);
    assert.equal(await numbers(store, 'week', 'active'), {clusters: [1]});
    assert.equal(await numbers(store, 'week', 'kubernetes'), {1.31: [1]});
    assert.equal(await numbers(store, 'day', 'active'), {clusters: [1, 0, 0, 1, 0, 0]});
  });

  test('new clusters of the days add up to those of the week: with small groups hidden only weeks tell them', async () => {
    const store = await open();
    for (const [day, clusters] of [
      [today - 1, 12],
      [today, 15],
    ] as const) {
      await store.writer.append(Array.from({length: clusters}, (_, one) => acceptedOn(day, one)));
    }
    await sealChanged(store);
    const of = async (grain: 'day' | 'week' | 'month') => (await numbers(store, grain, 'change', 10)).new;
    assert.equal([await of('day'), await of('week'), await of('month')], [[null, null], [15], [null]]);
    assert.equal((await numbers(store, 'day', 'change', 1)).new, [12, 3]);
  });

  test('new, returning, staying, gone', async () => {
    const store = await open();
    const reports: [day: number, clusters: number[]][] = [
      [today - 4, [1, 2, 3]],
      [today - 3, [1, 2]],
      [today - 1, [1, 3, 4]],
      [today, [4]],
    ];
    for (const [day, clusters] of reports) await store.writer.append(clusters.map((one) => acceptedOn(day, one)));
    await sealChanged(store);
    assert.equal(await numbers(store, 'day', 'change'), {
      new: [3, 0, 0, 1, 0],
      returning: [0, 0, 0, 2, 0],
      staying: [0, 2, 0, 0, 1],
      gone: [0, 1, 2, 0, null],
    });
  });

  test('a report that comes late changes its day and the ones that compare with it', async () => {
    const store = await open();
    await store.writer.append([acceptedOn(today - 1, 1), acceptedOn(today, 2)]);
    await sealChanged(store);
    await store.writer.append([acceptedOn(today - 1, 2)]);
    await sealChanged(store);
    assert.equal(await numbers(store, 'day', 'active'), {clusters: [2, 1]});
    assert.equal((await numbers(store, 'day', 'change')).staying, [0, 1]);
  });

  test('what changes while it is counted is counted too', async () => {
    const store = await open();
    await store.writer.append([acceptedOn(today, 1), acceptedOn(today - 40, 1)]);
    for (let cluster = 2; await store.writer.count({today, oldest: 0}, 1); cluster++)
      if (cluster < 9) await store.writer.append([acceptedOn(today, cluster), acceptedOn(today - 40, cluster)]);
    assert.is((await numbers(store, 'day', 'active')).clusters!.at(-1), 8);
    assert.equal(await numbers(store, 'month', 'active'), {clusters: [8, 8]});
    assert.equal((await numbers(store, 'month', 'change')).staying, [0, 8]);
  });

  test('what is too old goes, a little at a time; counters stay', async () => {
    const store = await open();
    for (let day = today - 9; day <= today; day++) await store.writer.append([acceptedOn(day, 1), acceptedOn(day, 2)]);
    await sealChanged(store);
    const before = {received: (today - 1) * millisecondsADay, day: today - 4};
    const steps: Erased[] = [];
    for (;;) {
      const erased = await store.writer.discard(before, 7);
      if (erased.reports + erased.days === 0) break;
      assert.ok(erased.reports + erased.days <= 7);
      steps.push(erased);
    }
    const sum = (key: 'reports' | 'days') => steps.reduce((total, step) => total + step[key], 0);
    assert.is(sum('reports'), 16);
    assert.is(sum('days'), 10);
    await sealChanged(store);
    assert.equal((await numbers(store, 'day', 'active')).clusters!.slice(0, 2), [2, 2]);
  });

  test('a day that was not counted yet is not discarded', async () => {
    const store = await open();
    await store.writer.append([acceptedOn(today - 9, 1)]);
    await store.writer.discard({received: 0, day: today}, 100);
    await sealChanged(store);
    assert.is((await numbers(store, 'day', 'active')).clusters![0], 1);
  });

  test('a cluster that comes back after all its rows are gone is new', async () => {
    const store = await open();
    await store.writer.append([acceptedOn(today - 9, 1)]);
    await sealChanged(store);
    await store.writer.discard({received: today * millisecondsADay, day: today - 5}, 100);
    await store.writer.discard({received: today * millisecondsADay, day: today - 5}, 100);
    await store.writer.append([acceptedOn(today, 1)]);
    await sealChanged(store);
    assert.is((await numbers(store, 'day', 'change')).new!.at(-1), 1);
  });

  test('refused requests are counted by day and reason', async () => {
    const store = await open();
    await store.writer.append([acceptedOn(today - 1, 1)]);
    await sealChanged(store);
    await store.writer.countRefused(today - 1, {'not-json': 2});
    await store.writer.countRefused(today, {'not-json': 1, 'too-large': 1});
    await store.writer.countRefused(today, {'not-json': 1});
    assert.equal(await numbers(store, 'day', 'refused'), {'not-json': [2, 2], 'too-large': [0, 1]});
    assert.equal(await numbers(store, 'week', 'refused'), {'not-json': [4], 'too-large': [1]});
  });

  test('small groups are folded, and what could be subtracted goes with them', async () => {
    const store = await open();
    const version = (value: string) => ({extensions: [{name: 'seldon-core-version', value}]});
    const batch = Array.from({length: 40}, (_, i) =>
      acceptedOn(today - 1, i, version(i < 3 ? '1.1.1' : i < 18 ? '1.2.2' : '1.3.3')),
    );
    await store.writer.append(batch);
    await store.writer.append(batch.slice(0, 36).map((_, i) => acceptedOn(today, i, version('1.3.3'))));
    await sealChanged(store);
    assert.equal(await numbers(store, 'day', 'seldon', 10), {'1.3.3': [22, 36], other: [18, 0]});
    // Four are gone: they and those that stayed make up the forty of the day before.
    const change = await numbers(store, 'day', 'change', 10);
    assert.equal(change.gone, [null, null]);
    assert.equal(change.staying, [null, null]);
    assert.equal(await numbers(store, 'day', 'active', 50), {clusters: [null, null]});
  });

  test('the accelerators of a few clusters among many are not told', async () => {
    const store = await open();
    const few = (cluster: number, day: number, some: number) => {
      const capacity = cluster < some ? [{resource: 'nvidia.com/gpu', value: '8'}] : [];
      return acceptedOn(day, cluster, {nodes: [{id: 'a', capacity}]});
    };
    for (const [day, some] of [
      [today - 2, 0],
      [today - 1, 3],
      [today, 12],
    ] as const)
      await store.writer.append(Array.from({length: 30}, (_, i) => few(i, day, some)));
    await sealChanged(store);
    assert.equal(await numbers(store, 'day', 'devices', 10), {devices: [0, null, 96]});
    assert.equal(await numbers(store, 'day', 'devices', 1), {devices: [0, 24, 96]});
  });

  test('a flood of values does not grow the counters without end', async () => {
    const store = await open();
    const batch = Array.from({length: 500}, (_, i) =>
      acceptedOn(today, i, {extensions: [{name: 'seldon-core-version', value: `1.${i}.0`}]}, 1),
    );
    await store.writer.append(batch);
    await sealChanged(store);
    const values = await numbers(store, 'day', 'seldon');
    assert.is(Object.keys(values).length, 200);
    assert.is(
      Object.values(values).reduce((sum, [count]) => sum + count!, 0),
      500,
    );
  });

  const from = (network: number, report: Accepted): Accepted => ({...report, network});
  const seldon = (value: string): Partial<Report> => ({extensions: [{name: 'seldon-core-version', value}]});

  test('one network that invents clusters and versions takes no place from real ones', async () => {
    const store = await open();
    const {admits, settle} = newcomers(100);
    const invented = Array.from({length: 5000}, (_, i) => {
      const change = {masterVersion: `v${1 + (i % 2)}.${i % 100}.0`, ...seldon(`9.${i % 200}.0`)};
      return from(1, acceptedOn(today, 1000 + i, change));
    });
    const honest = Array.from({length: 50}, (_, i) => {
      const change = {masterVersion: `v1.${25 + (i % 10)}.0`, ...seldon(`1.${i % 5}.0`)};
      return from(2 + i, acceptedOn(today, i, change));
    });
    await store.writer.append([...invented, ...honest], admits);
    assert.is(settle(true), 4900);
    await sealChanged(store);
    assert.equal(await numbers(store, 'day', 'active'), {clusters: [5050]});
    assert.equal(await numbers(store, 'day', 'nodes'), {nodes: [2 * 150]});
    assert.equal((await numbers(store, 'day', 'size')).other, [4900]);
    assert.equal((await numbers(store, 'day', 'change')).new, [5050]);
    const versions = await numbers(store, 'day', 'seldon');
    for (let i = 0; i < 5; i++) assert.equal(versions[`1.${i}.0`], [10], `1.${i}.0`);
    const kubernetes = await numbers(store, 'day', 'kubernetes');
    for (let i = 25; i < 35; i++) assert.ok(kubernetes[`1.${i}`]![0]! >= 5, `1.${i}`);
  });

  test('what is beyond the bound of its network is ranked on its second day, and the day adds to the bound anew', async () => {
    const store = await open();
    const {admits, settle} = newcomers(3);
    const day = (on: number, first: number, last: number) =>
      Array.from({length: last - first + 1}, (_, i) => from(7, acceptedOn(on, first + i, seldon('1.2.3'))));
    await store.writer.append(day(today - 1, 1, 5), admits);
    // Again on the same day: no other day, and not new any more.
    await store.writer.append(day(today - 1, 1, 5), admits);
    assert.is(settle(true), 2);
    await sealChanged(store);
    assert.equal(await numbers(store, 'day', 'seldon'), {'1.2.3': [3, 0], other: [2, 0]});
    await store.writer.append(day(today, 1, 9), admits);
    assert.is(settle(true), 1);
    await sealChanged(store);
    assert.equal(await numbers(store, 'day', 'seldon'), {'1.2.3': [3, 8], other: [2, 1]});
    assert.equal(await numbers(store, 'week', 'seldon'), {'1.2.3': [8], other: [1]});
  });

  test('unranked clusters hide no small group in a sum', async () => {
    const store = await open();
    const {admits} = newcomers(1);
    const gpu = {nodes: [{id: 'a', capacity: [{resource: 'nvidia.com/gpu', value: '8'}]}]};
    await store.writer.append(
      Array.from({length: 30}, (_, i) => from(i < 3 ? i + 1 : 1, acceptedOn(today, i, gpu))),
      admits,
    );
    await sealChanged(store);
    for (const name of ['active', 'nodes', 'cpu', 'memory', 'devices']) {
      assert.equal(Object.values(await numbers(store, 'day', name, 10)), [[null]], name);
    }
    assert.equal(await numbers(store, 'day', 'size', 10), {});
  });

  test('a small group among unranked clusters is folded with another of its kind', async () => {
    const store = await open();
    const {admits} = newcomers(1);
    const some = (first: number, last: number, version: string, network = 0) =>
      Array.from({length: last - first + 1}, (_, i) => from(network, acceptedOn(today, first + i, seldon(version))));
    await store.writer.append(
      [...some(1, 15, '1.1.1'), ...some(16, 40, '1.2.2'), ...some(41, 43, '1.3.3'), ...some(50, 90, '9.9.9', 5)],
      admits,
    );
    await sealChanged(store);
    // Three and one are too few: they take the fifteen with them, not the forty that are unranked.
    assert.equal(await numbers(store, 'day', 'seldon', 10), {'1.2.2': [25], other: [15 + 3 + 1 + 40]});
    assert.equal((await numbers(store, 'day', 'size', 10)).other, [40]);
  });

  test('an event of Hodometer has its own clusters and series, also with the ID of a report', async () => {
    const store = await open();
    const {cluster} = eventOn(today, 1);
    await store.writer.append([acceptedOn(today, 1, {clusterID: cluster}), eventOn(today, 1), eventOn(today, 2)]);
    await sealChanged(store);
    assert.equal(await numbers(store, 'day', 'active'), {clusters: [1]});
    assert.equal(await numbers(store, 'day', 'core2-active'), {clusters: [2]});
    assert.equal(await numbers(store, 'day', 'core2-version'), {'2.8.5': [2]});
    const {hodometer, ...spartakus} = await store.store.maintenance.contents();
    assert.equal([spartakus.reports, spartakus.clusters, hodometer?.reports, hodometer?.clusters], [1, 1, 2, 2]);
    const known: unknown[] = [];
    for await (const {clusterID, kind} of store.store.maintenance.clusters()) known.push([clusterID, kind]);
    assert.equal(known, [
      [cluster, undefined],
      [cluster, 'hodometer'],
      [eventOn(today, 2).cluster, 'hodometer'],
    ]);
    const {settled, ...forgot} = await store.writer.forget(cluster, today);
    assert.equal(forgot, {reports: 2, days: 2});
    await sealChanged(store);
    assert.equal(await numbers(store, 'day', 'active'), {clusters: [0]});
    assert.equal(await numbers(store, 'day', 'core2-active'), {clusters: [1]});
  });

  test('what is known by the same name is stored once: also on another day, in one batch and in two', async () => {
    const store = await open();
    const reports = async () => (await store.store.maintenance.contents()).hodometer?.reports;
    await store.writer.append([eventOn(today - 1, 1, {}, 'a'), eventOn(today - 1, 1, {model_count: 9}, 'a')]);
    assert.is(await reports(), 1);
    await store.writer.append([eventOn(today, 1, {}, 'a'), eventOn(today - 1, 2, {}, 'a')]);
    assert.is(await reports(), 2, 'another cluster may use the name');
    await sealChanged(store);
    assert.equal(await numbers(store, 'day', 'core2-active'), {clusters: [2, 0]});
    assert.equal(await numbers(store, 'week', 'core2-seen'), {'one day': [2]}, 'a retry is no second day');
    await store.writer.append([eventOn(today, 1, {}, 'b'), eventOn(today, 1)]);
    await store.writer.append([eventOn(today, 1)]);
    assert.is(await reports(), 5, 'what has no name is another each time');
    await store.writer.forget(eventOn(today, 1).cluster, today);
    await store.writer.append([eventOn(today, 1, {}, 'a')]);
    assert.is(await reports(), 2, 'what is forgotten is not known any more');
  });

  test('Core 2 clusters of several days are told apart from those of one, each from its second day on', async () => {
    const store = await open();
    await store.writer.append([eventOn(today - 1, 1), eventOn(today - 1, 2), eventOn(today - 1, 3)]);
    await sealChanged(store);
    await store.writer.append([eventOn(today, 1), eventOn(today, 4)]);
    await sealChanged(store);
    assert.equal(await numbers(store, 'day', 'core2-seen'), {'one day': [3, 1], 'several days': [0, 1]});
    assert.equal(await numbers(store, 'week', 'core2-seen'), {'one day': [3], 'several days': [1]});
  });

  test('of an amount that few have neither a few who have it are told nor a few who have none', async () => {
    const store = await open();
    const models = (cluster: number, some: number) => eventOn(today, cluster, {model_count: cluster < some ? 2 : 0});
    for (const [some, told] of [
      [0, [0, 0]],
      [3, [null, null]],
      [12, [24, 12]],
      [28, [56, null]],
      [30, [60, 30]],
    ] as const) {
      await store.writer.append(Array.from({length: 30}, (_, i) => models(i, some)));
      await sealChanged(store);
      const {models: sum} = await numbers(store, 'day', 'core2-models', 10);
      const {models: clusters} = await numbers(store, 'day', 'core2-with', 10);
      assert.equal([sum, clusters], [[told[0]], [told[1]]], String(some));
    }
    assert.equal(await numbers(store, 'day', 'core2-active', 31), {clusters: [null]});
  });

  test('new clusters of Core 2 have a bound of their own, and none is refused', async () => {
    const store = await open();
    const bounds = {spartakus: newcomers(2), hodometer: newcomers(3)};
    const batch = Array.from({length: 10}, (_, i) => [
      from(7, acceptedOn(today, i)),
      from(7, eventOn(today, i)),
    ]).flat();
    await store.writer.append(batch, (network, day, kind) => bounds[kind].admits(network, day));
    assert.equal([bounds.spartakus.settle(true), bounds.hodometer.settle(true)], [8, 7]);
    await sealChanged(store);
    assert.equal(await numbers(store, 'day', 'core2-active'), {clusters: [10]});
    assert.equal(await numbers(store, 'day', 'core2-version'), {'2.8.5': [3], other: [7]});
    assert.equal((await numbers(store, 'day', 'size')).other, [8]);
  });

  test('events that came while the clock was in doubt are dated anew, too', async () => {
    const store = await open();
    await store.writer.append([
      mark(1, acceptedOn(today - 2, 1)),
      mark(1, eventOn(today - 2, 1)),
      eventOn(today - 3, 2),
    ]);
    assert.is(await store.writer.newest(), (today - 3) * millisecondsADay + 1000);
    assert.is(await redate(store, {id: 1, shift: 2 * millisecondsADay}), 2);
    await sealChanged(store);
    assert.equal(await numbers(store, 'day', 'core2-active'), {clusters: [1, 0, 0, 1]});
    assert.is(await store.writer.newest(), today * millisecondsADay + 1000);
    assert.equal(await store.writer.discard({received: (today + 1) * millisecondsADay, day: today}, 100), {
      reports: 3,
      days: 1,
    });
  });

  /** A report of some kind, of one of nine clusters, with some of its values by chance. */
  const anyOf: Readonly<Record<KindName, (day: number, cluster: number, by: (most: number) => number) => Accepted>> = {
    spartakus: (day, cluster, by) =>
      acceptedOn(day, cluster, {masterVersion: `v1.${25 + by(3)}.0`, ...seldon(`1.${by(2)}.0`)}, by(5)),
    hodometer: (day, cluster, by) =>
      eventOn(day, cluster, {
        kubernetes_version: `v1.${25 + by(3)}.0`,
        collector_version: `2.${by(2)}.0`,
        model_count: by(3),
        server_memory_gb_sum: by(2) * 2.5,
      }),
  };
  for (const seed of seeds) {
    const kind = kindNames[(seed + 1) % 2]!;
    test(`whatever comes in whatever order, cells are what the contract says they are (${kind}, ${seed})`, async () => {
      const store = await open();
      const by = chance(seed);
      const known: Known[] = [];
      const spans = [1, 2, 3].map((id) => ({id, shift: (by(41) - 20) * millisecondsADay}));
      const names = Array.from({length: 9}, (_, cluster) => anyOf[kind](today, cluster, () => 0).cluster);
      const shifts = new Map<Known, number>();
      const add = async (day: number, marked: boolean) => {
        const accepted = anyOf[kind](day, by(9), by);
        const isNew = !known.some(({cluster}) => cluster === accepted.cluster);
        const isBeyond = isNew ? by(2) === 0 : known.find(({cluster}) => cluster === accepted.cluster)!.isBeyond;
        const span = marked ? spans[by(3)] : undefined;
        await store.writer.append([span ? mark(span.id, accepted) : accepted], () => !isBeyond);
        const one = {cluster: accepted.cluster, day, facts: accepted.facts, isBeyond};
        known.push(one);
        if (span) shifts.set(one, span.shift / millisecondsADay);
      };
      for (let i = 0; i < 80; i++) {
        const what = by(12);
        // While a clock is in doubt nothing is erased.
        if (what === 0) {
          const name = names[by(9)]!;
          await store.writer.forget(name, today);
          for (let at = known.length - 1; at >= 0; at--) if (known[at]!.cluster === name) known.splice(at, 1);
        } else if (what === 4 && i < 40)
          await store.writer.discard({received: (today - by(60)) * millisecondsADay, day: 0}, 5);
        else if (what < 3) await store.writer.count({today, oldest: 0}, 1 + by(9));
        else if (what === 3) await sealChanged(store, 0, 20 + by(50));
        else await add(today - (by(3) === 0 ? by(75) : by(4)), what > 9 && i >= 40);
      }
      for (const span of spans) await redate(store, span);
      for (const [one, days] of shifts) one.day += days;
      // What is forgotten stays in counters of periods that are over, until one of their days changes.
      const last = Array.from({length: 76}, (_, i) => anyOf[kind](today - i, 10, by));
      await store.writer.append(last);
      known.push(...last.map(({cluster, facts}, i) => ({cluster, day: today - i, facts, isBeyond: false})));
      await sealChanged(store, 0, 1000);
      await store.still(async (state) => {
        for (const grain of grains) {
          const [first, running] = [periodOf(grain, today - 75), periodOf(grain, today)];
          const all: (Cell & {period: number})[] = [];
          for (const dimension of ['all', 'change', ...kinds[kind].told] as const)
            all.push(...(await state.series(kind, grain, dimension, first, running)));
          const found = Map.groupBy(all, ({period}) => period);
          for (let period = first; period <= running; period = movePeriod(grain, period, 1)) {
            assert.equal(
              lines(kinds[kind], found.get(period) ?? []),
              cellsOf(kinds[kind], known, grain, period),
              `${grain} of ${isoDay(period)}`,
            );
          }
        }
      });
    });
  }

  return test;
}

async function rejects(promise: Promise<unknown>, message: RegExp): Promise<void> {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(error instanceof UserError && error.code === 'input', String(error));
  assert.match(error.message, message);
}

/** Numbers below `most`, the same for the same seed (mulberry32). */
function chance(seed: number): (most: number) => number {
  let state = seed;
  return (most) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % most;
  };
}
