import * as assert from 'uvu/assert';
import {schemaVersion} from '../../../../src/collector/store/postgres/schema.ts';
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

test('a process of the version before stores and passes on beside a newer one, and forgets what waits apart', async () => {
  const server = await startPostgres({version: 15});
  const url = await server.newDatabase();
  const database = new URL(url).pathname.slice(1);
  const store = await storeAt(url);
  const old = await store.writer({create: true});
  await old.passOn(['a']);
  await old.append([1, 2].map((one) => acceptedOn(today, one)));
  // As the version before had it.
  await server.ask(
    database,
    `ALTER TABLE seldon_usage.waiting DROP COLUMN due, DROP COLUMN tries, DROP COLUMN reason;
      ALTER TABLE seldon_usage.hodometer_waiting DROP COLUMN due, DROP COLUMN tries, DROP COLUMN reason;
      UPDATE seldon_usage.meta SET version = ${schemaVersion - 1}`,
  );
  await old.append([acceptedOn(today, 3), eventOn(today, 3)]);
  const writer = await store.writer({create: true});
  await old.append([acceptedOn(today, 4)]);
  const queue = await store.queue();
  const most = {reports: 100, bytes: 1 << 20};
  const {reports} = await queue.next('a', most, 100, [], {kinds: ['spartakus']});
  assert.is(reports.length, 4);
  const parked = new Map(reports.map(({number}) => [number, {tries: 1, due: 0, reason: 'it answers 403'}]));
  const done = {
    kind: 'spartakus',
    upTo: reports.at(-1)!.number,
    delivered: 0,
    refused: new Map<number, string>(),
  } as const;
  await queue.settle('a', {...done, parked}, 5);
  const again = async () => (await queue.again('a', most, {kinds: ['spartakus'], due: {until: 1, from: 9}})).length;
  assert.is(await again(), 4);
  // Its statement, which knows of no more than what waits.
  await server.ask(database, `DELETE FROM seldon_usage.waiting WHERE cluster = '${acceptedOn(today, 1).cluster}'`);
  assert.is(await again(), 3);
  // Of the two that pass on, the older one takes them for what waits; what it settles is done.
  await server.ask(database, `DELETE FROM seldon_usage.waiting WHERE arrived = ${reports[1]!.number}`);
  assert.is(await again(), 2);
  assert.is((await queue.standing('a')).waiting, 3);
  assert.equal(await store.maintenance.problems(), []);
  await queue.close();
  for (const one of [old, writer]) await one.close();
  await server.stop('immediate');
});

test.run();
