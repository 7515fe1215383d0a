// Imports into PostgreSQL: several at once, some of them killed, beside collectors that start too early.
import * as assert from 'uvu/assert';
import {exportLines} from '../../../../src/collector/move/export.ts';
import {importLines} from '../../../../src/collector/move/import.ts';
import type {Store, Writer} from '../../../../src/collector/store/contract.ts';
import {StoreTrouble} from '../../../../src/collector/store/trouble.ts';
import {rigSuite} from '../../../rig/available.ts';
import {type Postgres, startPostgres} from '../../../rig/postgres.ts';
import {acceptedOn, millisecondsADay, numbers, opened, sealChanged, today} from '../suite.ts';
import {storeAt} from './suite-of.ts';

const test = rigSuite('imports into PostgreSQL', ['postgres15']);
let server: Postgres;
/** An export with reports in doubt. */
let lines: string[];
const heading = {id: '0b5b3c1e-8d4e-4d62-9d6a-2f6d5b1c9a10', made: '2026-11-22', by: '0'};
async function exported(store: Store): Promise<string[]> {
  const all: string[] = [];
  for await (const line of exportLines(store, heading)) all.push(line.trimEnd());
  return all;
}
test.before(async () => {
  server = await startPostgres({version: 15});
  const source = await opened(await storeAt(await server.newDatabase()));
  for (let i = 0; i < 9; i++) await source.writer.append([acceptedOn(today - i, 1), acceptedOn(today - i, 2)]);
  const spans = {open: [{id: 1, shift: 0}], due: [], spans: 1};
  await source.writer.keepClock({trusted: 1, floor: 1, wall: 2, observed: 3, credit: 4, state: 'doubted', ...spans});
  for (let i = 0; i < 9; i++) await source.writer.append([{...acceptedOn(today - i, 3), span: 1}]);
  await sealChanged(source);
  lines = await exported(source.store);
});
async function* given(some: Iterable<string>) {
  yield* some;
}
const take = async (store: Store, some: Iterable<string>, writer?: Writer) =>
  importLines(store, writer ?? (await store.writer({create: true})), given(some));
const said = (work: Promise<unknown>) =>
  work.then(
    () => 'it was done',
    (error: Error) => error.message,
  );

test('an import that another process goes on with has the marks of one clock, wherever the first one was killed', async () => {
  for (const [i, line] of lines.entries()) {
    const {kind, span} = JSON.parse(line);
    if (i === 0 || !(span > 0 || kind === 'clock' || kind === 'cluster') || i % 3 > 0) continue;
    const store = await storeAt(await server.newDatabase());
    assert.match(await said(take(store, lines.slice(0, i + 1))), /cut off/);
    const both = await opened(store);
    assert.equal((await importLines(store, both.writer, given(lines))).taken, i + 1);
    await both.writer.close();
    // A collector takes over what is in doubt, and dates all of it.
    const collector = await store.writer({create: false});
    assert.equal((await collector.clock())!.open, [{id: 1, shift: 0}]);
    let dated = 0;
    for (let some = 1; some > 0; dated += some) some = await collector.redate({id: 1, shift: millisecondsADay}, 100);
    assert.is(dated, 9, `${i}`);
    await sealChanged({...both, writer: collector});
    assert.equal(await numbers(both, 'day', 'active'), {clusters: [2, ...Array.from({length: 8}, () => 3)]});
  }
});

/** What becomes of imports of which none goes on beyond its first lines before each other one has come as far, or has ended. */
async function sideBySide(store: Store, all: readonly (readonly string[])[]): Promise<string[]> {
  const come = all.map(() => Promise.withResolvers<void>());
  async function* together(some: readonly string[], i: number) {
    for (const [at, line] of some.entries()) {
      if (at === 20) {
        come[i]!.resolve();
        await Promise.all(come.map(({promise}) => promise));
      }
      yield line;
    }
  }
  return Promise.all(
    all.map(async (some, i) => {
      const result = await said(
        store.writer({create: true}).then((writer) => importLines(store, writer, together(some, i))),
      );
      come[i]!.resolve();
      return result;
    }),
  );
}

test('of two imports at once, of one export or of two, one is finished and the other is told', async () => {
  for (const id of ['', '1']) {
    const store = await storeAt(await server.newDatabase());
    const others = lines.with(0, lines[0]!.replace('0b5b', id ? '1b5b' : '0b5b'));
    const results = await sideBySide(store, [lines, others]);
    results.sort();
    assert.match(
      results[0]!,
      /^Another seldon-usage serve import is at work|^The store holds a part of another export/,
    );
    assert.is(results[1], 'it was done');
    assert.equal((await exported(store)).slice(1).toSorted(), lines.slice(1).toSorted());
  }
});

test('an import that stood still leaves the store to the one that has gone on', async () => {
  const store = await storeAt(await server.newDatabase());
  let thaw = () => {};
  const frozen = new Promise<void>((resolve) => (thaw = resolve));
  let stands = () => {};
  const still = new Promise<void>((resolve) => (stands = resolve));
  const first = said(
    importLines(
      store,
      await store.writer({create: true}),
      (async function* () {
        for (const [i, line] of lines.entries()) {
          if (i === 40) {
            stands();
            await frozen;
          }
          yield line;
        }
      })(),
    ),
  );
  await still;
  assert.is(await said(take(store, lines)), 'it was done');
  thaw();
  assert.match(await first, /Another seldon-usage serve import/);
  assert.equal((await exported(store)).slice(1).toSorted(), lines.slice(1).toSorted());
});

test('a collector that was there first is told of, and one that comes meanwhile waits', async () => {
  const store = await storeAt(await server.newDatabase());
  const collector = await store.writer({create: true});
  const importer = await store.writer({create: true});
  await importer.put([], {id: heading.id, lines: 0});
  const trouble = async (work: Promise<unknown>) =>
    assert.instance(await work.catch((error: unknown) => error), StoreTrouble);
  await trouble(collector.append([acceptedOn(today, 1)]));
  await trouble(collector.countRefused(today, {'not-json': 1}));
  const spans = {open: [], due: [], spans: 0};
  const clock = {trusted: 1, floor: 1, wall: 2, observed: 3, credit: 4, state: 'settled', ...spans} as const;
  await trouble(collector.keepClock(clock));
  assert.is(await collector.count({today, oldest: 0}, 10), false);
  assert.equal(await collector.discard({received: today * millisecondsADay, day: today}, 10), {reports: 0, days: 0});
  assert.is(await said(take(store, lines)), 'it was done');
  await collector.append([acceptedOn(today, 1)]);
  const used = await storeAt(await server.newDatabase());
  const first = await used.writer({create: true});
  const late = await used.writer({create: true});
  await first.append([acceptedOn(today, 1)]);
  assert.match(await said(late.put([], {id: heading.id, lines: 0})), /has begun to use the store/);
});

test.run();
