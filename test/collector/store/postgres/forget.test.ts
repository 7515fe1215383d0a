import * as assert from 'uvu/assert';
import {clusterKey} from '../../../../src/collector/cluster-key.ts';
import {postgresAddress} from '../../../../src/collector/store/postgres/address.ts';
import {counting} from '../../../../src/collector/store/postgres/counting.ts';
import {beginForgetting} from '../../../../src/collector/store/postgres/forget.ts';
import {leaseOf} from '../../../../src/collector/store/postgres/lease.ts';
import {sessions} from '../../../../src/collector/store/postgres/sessions.ts';
import {rigSuite} from '../../../rig/available.ts';
import {type Postgres, startPostgres} from '../../../rig/postgres.ts';
import {acceptedOn, eventOn, millisecondsADay, numbers, opened, sealChanged, today} from '../suite.ts';
import {storeAt} from './suite-of.ts';

const test = rigSuite('forgetting in PostgreSQL that is interrupted', ['postgres15']);
let server: Postgres;
test.before(async () => {
  server = await startPostgres({version: 15});
});

/** A store in which forgetting the first cluster was interrupted as soon as it could be. */
async function interrupted() {
  const url = await server.newDatabase();
  const ask = (statement: string) => server.ask(new URL(url).pathname.slice(1), statement);
  const store = await opened(await storeAt(url));
  for (let i = 0; i < 12; i++)
    await store.writer.append([acceptedOn(today - i, 1), acceptedOn(today - i, 2), eventOn(today - i, 1)]);
  const spans = {open: [{id: 1, shift: 0}], due: [], spans: 1};
  await store.writer.keepClock({trusted: 1, floor: 1, wall: 2, observed: 3, credit: 4, state: 'doubted', ...spans});
  await store.writer.append([{...acceptedOn(today - 11, 1, {version: 'v1.0.9'}), span: 1}]);
  await sealChanged(store);
  const pool = sessions(postgresAddress(url)!, {most: 1, reading: false, patience: 5000});
  const each = {spartakus: counting('spartakus'), hodometer: counting('hodometer')};
  await leaseOf(pool, 5).now((session) => beginForgetting(session, clusterKey(name), today, each));
  await pool.close();
  const left = async () => {
    const [row] =
      await ask(`SELECT (SELECT count(*) FROM seldon_usage.forgetting) + (SELECT count(*) FROM seldon_usage.report r
      WHERE NOT EXISTS (SELECT 1 FROM seldon_usage.cluster c WHERE c.id = r.cluster)) + (SELECT count(*) FROM seldon_usage.cluster_day d
      WHERE NOT EXISTS (SELECT 1 FROM seldon_usage.cluster c WHERE c.id = d.cluster)) AS count`);
    return Number(row!.count);
  };
  return {...store, ask, left};
}
const name = acceptedOn(today, 1).cluster;

test('nothing is told of the cluster any more, and what comes of it is of another', async () => {
  const store = await interrupted();
  assert.ok((await store.left()) > 20);
  await sealChanged(store);
  assert.is((await numbers(store, 'day', 'active')).clusters!.at(-1), 1);
  for await (const piece of store.store.maintenance.pieces())
    assert.ok(!('cluster' in piece) || piece.cluster !== name || ('of' in piece && piece.of), JSON.stringify(piece));
  await store.writer.append([acceptedOn(today, 1)]);
  await sealChanged(store);
  assert.is((await numbers(store, 'day', 'active')).clusters!.at(-1), 2);
});

test('the same command again finishes it, and tells what was erased in all', async () => {
  const store = await interrupted();
  assert.equal(await store.writer.forget(name, today), {reports: 13, days: 12, settled: true});
  assert.is(await store.left(), 0);
});

test('a collector finishes it, but not while somebody is at it', async () => {
  const store = await interrupted();
  const discard = () => store.writer.discard({received: 0, day: 0}, 500);
  assert.equal(await discard(), {reports: 0, days: 0});
  assert.ok((await store.left()) > 20);
  await store.ask("UPDATE seldon_usage.forgetting SET seen = seen - interval '2 minutes'");
  assert.equal(await discard(), {reports: 13, days: 12});
  assert.is(await store.left(), 0);
});

test('a report of it that is dated anew meanwhile escapes to no other day', async () => {
  const store = await interrupted();
  while ((await store.writer.redate({id: 1, shift: millisecondsADay * 20}, 10)) > 0);
  await store.writer.forget(name, today);
  assert.is(await store.left(), 0);
});

test.run();
