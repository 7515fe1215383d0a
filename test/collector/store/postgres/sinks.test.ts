import * as assert from 'uvu/assert';
import {rigSuite} from '../../../rig/available.ts';
import {startPostgres} from '../../../rig/postgres.ts';
import {acceptedOn, eventOn, today} from '../suite.ts';
import {storeAt} from './suite-of.ts';

const test = rigSuite('sinks of a store on PostgreSQL', ['postgres15']);

test('on another server, whose numbers begin again, what comes is told to be later; once for all processes', async () => {
  const server = await startPostgres({version: 15});
  const url = await server.newDatabase();
  const database = new URL(url).pathname.slice(1);
  const store = await storeAt(url);
  const [one, other] = [await store.writer({create: true}), await store.writer({create: false})];
  for (const writer of [one, other]) await writer.passOn(['a']);
  const waiting = async () =>
    (await server.ask(
      database,
      `SELECT arrived::int AS number, epoch::float8 AS epoch FROM seldon_usage.waiting
        UNION ALL SELECT arrived::int, epoch::float8 FROM seldon_usage.hodometer_waiting ORDER BY epoch, number`,
    )) as {number: number; epoch: number}[];
  await one.append([acceptedOn(today, 1), eventOn(today, 1)]);
  await other.append([acceptedOn(today, 2)]);
  const before = await waiting();
  assert.is(new Set(before.map(({epoch}) => epoch)).size, 1);
  // As a standby is that was promoted without the last moments: numbers again, and what tells of the server is another one's.
  await server.ask(
    database,
    `UPDATE seldon_usage.sink SET server = '2026-01-01'; SELECT setval('seldon_usage.arrival', 1, false),
      setval('seldon_usage.hodometer_arrival', 1, false)`,
  );
  await Promise.all([one.append([acceptedOn(today, 3), eventOn(today, 3)]), other.append([acceptedOn(today, 4)])]);
  await one.append([acceptedOn(today, 5)]);
  const after = (await waiting()).slice(before.length);
  assert.is(after.length, 4);
  assert.is(new Set(after.map(({epoch}) => epoch)).size, 1);
  assert.ok(after[0]!.epoch > before[0]!.epoch);
  assert.ok(after[0]!.number <= before.at(-1)!.number);
  for (const writer of [one, other]) await writer.close();
  await server.stop('immediate');
});

test.run();
