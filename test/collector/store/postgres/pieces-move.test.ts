import {once} from 'node:events';
import {type AddressInfo, connect, createServer} from 'node:net';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {exportLines} from '../../../../src/collector/move/export.ts';
import {importLines} from '../../../../src/collector/move/import.ts';
import type {Store} from '../../../../src/collector/store/contract.ts';
import {engineOf, storeAddress} from '../../../../src/collector/store/engines.ts';
import {newFolder} from '../../../folder.ts';
import {rigSuite} from '../../../rig/available.ts';
import {type Postgres, startPostgres} from '../../../rig/postgres.ts';
import {exported, goneOn, reportsIn} from '../export-cases.ts';
import {acceptedOn, millisecondsADay, numbers, opened, sealChanged, today} from '../suite.ts';
import {storeAt} from './suite-of.ts';

const test = rigSuite('moving between SQLite and PostgreSQL', ['postgres15']);
let server: Postgres;
test.before(async () => {
  server = await startPostgres({version: 15});
});

async function newSqlite(): Promise<Store> {
  const address = storeAddress(`sqlite:${join(newFolder(), 'reports.db')}`, {env: {}} as never);
  return (await engineOf(address)).at(address);
}

async function* lines(store: Store) {
  for await (const line of exportLines(store, heading)) yield line.trimEnd();
}
const heading = {id: '0b5b3c1e-8d4e-4d62-9d6a-2f6d5b1c9a10', made: '2026-11-22', by: '0'};

for (const [name, from, to] of [
  ['SQLite to PostgreSQL', newSqlite, async () => storeAt(await server.newDatabase())],
  ['PostgreSQL to SQLite', async () => storeAt(await server.newDatabase()), newSqlite],
] as const)
  test(`${name}: everything comes along, and counts the same`, async () => {
    const [source, target] = [await opened(await from()), await opened(await to())];
    for (let day = today - 3; day <= today; day++)
      await source.writer.append([acceptedOn(day, 1), acceptedOn(day, 2), acceptedOn(day, 1)]);
    await sealChanged(source);
    await source.writer.append([{...acceptedOn(today - 1, 3), span: 1}]);
    await source.writer.countRefused(today, {'not-json': 3}, 1);
    const spans = {open: [{id: 1, shift: 0}], due: [], spans: 1};
    await source.writer.keepClock({trusted: 1, floor: 1, wall: 2, observed: 3, credit: 4, state: 'doubted', ...spans});
    await importLines(target.store, target.writer, lines(source.store));
    for (const {writer} of [source, target]) {
      assert.is(await writer.redate({id: 1, shift: millisecondsADay}, 10), 1);
      assert.is(await writer.redate({id: 1, shift: millisecondsADay}, 10), 0);
    }
    for (const store of [source, target]) await sealChanged(store);
    for (const question of ['active', 'change', 'nodes', 'refused'])
      for (const grain of ['day', 'week'] as const)
        assert.equal(
          await numbers(target, grain, question),
          await numbers(source, grain, question),
          `${grain} ${question}`,
        );
    const [there, here] = [await target.store.maintenance.contents(), await source.store.maintenance.contents()];
    assert.equal({...there, schema: 0}, {...here, schema: 0});
  });

/** A way to the server that counts what it says. */
async function counted(url: string): Promise<{url: string; bytes(): number; close(): void}> {
  let bytes = 0;
  const proxy = createServer((client) => {
    const onward = connect(server.port, '127.0.0.1');
    onward.on('data', (chunk) => {
      bytes += chunk.length;
    });
    for (const [from, to] of [
      [client, onward],
      [onward, client],
    ] as const)
      from.on('error', () => to.destroy()).pipe(to);
  });
  await once(proxy.listen(0, '127.0.0.1'), 'listening');
  const through = new URL(url);
  through.port = String((proxy.address() as AddressInfo).port);
  return {url: through.href, bytes: () => bytes, close: () => proxy.close()};
}

test('what an interrupted export had does not come over the network again; a body that is not the store’s does', async () => {
  const url = await server.newDatabase();
  const {store, writer} = await opened(await storeAt(url));
  for (let day = today - 3; day <= today; day++)
    await writer.append(Array.from({length: 300}, (_, i) => acceptedOn(day, i, {}, 20)));
  const lines = await exported(store);
  const way = await counted(url);
  const far = await storeAt(way.url);
  const read = async (part: readonly string[]) => {
    const before = way.bytes();
    const gone = await goneOn(far, part);
    assert.equal(gone.lines, lines);
    return {taken: gone.taken, bytes: way.bytes() - before};
  };
  const nothing = await read(lines.slice(0, 1));
  const half = await read(lines.slice(0, lines.length - Math.floor(reportsIn(lines).length / 2)));
  const all = await read(lines);
  assert.ok(all.bytes < nothing.bytes / 5 && half.bytes < nothing.bytes, JSON.stringify({nothing, half, all}));
  assert.is(all.taken, 1200);
  // The same length, and a report as good as any.
  const at = lines.findIndex((line) => JSON.parse(line).kind === 'report');
  const forged = lines[at]!.replace('linux', 'xunil');
  assert.is.not(forged, lines[at]);
  assert.is((await read(lines.with(at, forged))).taken, 1199);
  way.close();
  // In a store that was imported a report is known by another sum.
  const copy = await opened(await storeAt(await server.newDatabase()));
  await importLines(copy.store, copy.writer, fromList(lines));
  assert.equal(await goneOn(copy.store, lines), {lines, taken: 1200});
});

async function* fromList(all: readonly string[]) {
  yield* all;
}

test.run();
