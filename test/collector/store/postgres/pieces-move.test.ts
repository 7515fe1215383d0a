import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {exportLines} from '../../../../src/collector/move/export.ts';
import {importLines} from '../../../../src/collector/move/import.ts';
import type {Store} from '../../../../src/collector/store/contract.ts';
import {engineOf, storeAddress} from '../../../../src/collector/store/engines.ts';
import {rigSuite} from '../../../rig/available.ts';
import {type Postgres, startPostgres} from '../../../rig/postgres.ts';
import {newFolder} from '../../folder.ts';
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

test.run();
