import * as assert from 'uvu/assert';
import type {Store, Writer} from '../../../../src/collector/store/contract.ts';
import {postgresAddress} from '../../../../src/collector/store/postgres/address.ts';
import {connect} from '../../../../src/collector/store/postgres/connect.ts';
import {leaseOf} from '../../../../src/collector/store/postgres/lease.ts';
import {schemaVersion} from '../../../../src/collector/store/postgres/schema.ts';
import {sessions} from '../../../../src/collector/store/postgres/sessions.ts';
import {StoreTrouble} from '../../../../src/collector/store/trouble.ts';
import {rigSuite} from '../../../rig/available.ts';
import {freePort} from '../../../rig/ports.ts';
import {type Postgres, startPostgres} from '../../../rig/postgres.ts';
import {tcpProxy} from '../../../rig/tcp-proxy.ts';
import {eventually} from '../../send.ts';
import {acceptedOn, millisecondsADay, numbers, opened, sealChanged, today} from '../suite.ts';
import {storeAt} from './suite-of.ts';

const test = rigSuite('the PostgreSQL engine', ['postgres15']);
let server: Postgres;
test.before(async () => {
  const plans = {session_preload_libraries: 'auto_explain', 'auto_explain.log_min_duration': 0};
  const more = {'auto_explain.log_nested_statements': 'on', 'auto_explain.log_timing': 'off', log_min_messages: 'log'};
  server = await startPostgres({version: 15, settings: {...plans, ...more, max_connections: 200}});
});

const nameOf = (url: string) => new URL(url).pathname.slice(1);
/** A store in a database of its own, and how to ask that. */
async function newStore() {
  const url = await server.newDatabase();
  const ask = (statement: string) => server.ask(nameOf(url), statement);
  return {url, ask, store: await storeAt(url)};
}
const countOf = async (store: Store) => {
  const {reports, clusters, clusterDays} = await store.maintenance.contents();
  return {reports, clusters, clusterDays};
};
const refused = (work: Promise<unknown>) =>
  work.then(
    (): Error => {
      throw new Error('it was done');
    },
    (error: unknown) => error as Error,
  );

test('a report that comes again, because its answer was lost, is one report', async () => {
  const {store, url} = await newStore();
  const proxy = await tcpProxy(server.port);
  const writer = await (await storeAt(url.replace(String(server.port), String(proxy.port)))).writer({create: true});
  await writer.append([acceptedOn(today, 1)]);
  const cut = proxy.cutAfter('COMMIT\0');
  const batch = [acceptedOn(today, 2), acceptedOn(today, 3)];
  const said = await refused(writer.append(batch));
  assert.instance(said, StoreTrouble);
  await cut;
  assert.equal(await countOf(store), {reports: 3, clusters: 3, clusterDays: 3}, 'it was committed');
  await writer.append(batch);
  assert.equal(await countOf(store), {reports: 3, clusters: 3, clusterDays: 3});
  const both = await opened(store);
  await sealChanged(both);
  assert.equal(await numbers(both, 'day', 'active'), {clusters: [3]});
});

test('processes that start together make one schema', async () => {
  const {store} = await newStore();
  const writers = await Promise.all(Array.from({length: 5}, () => store.writer({create: true})));
  await Promise.all(
    writers.map((writer, i) => writer.append([acceptedOn(today, i), acceptedOn(today - 1, i), acceptedOn(today, 9)])),
  );
  assert.equal(await countOf(store), {reports: 11, clusters: 6, clusterDays: 11});
});

test('many writers at once, with the same clusters in different order, lose and double nothing', async () => {
  const {store} = await newStore();
  const writers = await Promise.all(Array.from({length: 4}, () => store.writer({create: true})));
  const batch = (turn: number) =>
    Array.from({length: 60}, (_, i) => acceptedOn(today - (i % 2), (i * 7 + turn * 13) % 60));
  let counts = 0;
  const counting = (async () => {
    for (; counts < 5; counts++) while (await writers[0]!.count({today, oldest: 0}, 10));
  })();
  await Promise.all(
    writers.map(async (writer, i) => {
      for (let turn = 0; turn < 5; turn++) await writer.append(batch(i + turn));
    }),
  );
  await counting;
  const both = await opened(store);
  await sealChanged(both);
  const {reports, clusters, clusterDays} = await countOf(store);
  assert.equal([clusters, clusterDays], [60, reports]);
  assert.is((await numbers(both, 'week', 'active')).clusters!.at(-1), 60);
});

test('counting goes on elsewhere within seconds where its process stands still', async () => {
  const {store, url, ask} = await newStore();
  const both = await opened(store);
  await both.writer.append([acceptedOn(today, 1)]);
  const client = await connect(postgresAddress(url)!, {reading: false, patience: 5000});
  // What a process that was stopped in the middle leaves: a lease that lasts, and its row locked.
  await client.query(
    `UPDATE seldon_usage.lease SET holder = 1, fence = 7, until = clock_timestamp() + interval '1 hour'`,
  );
  await client.query(
    `BEGIN; SET LOCAL idle_in_transaction_session_timeout = 1500; UPDATE seldon_usage.lease SET fence = 8`,
  );
  assert.is(await both.writer.count({today, oldest: 0}, 100), false, 'it is not its turn');
  // The server ends that transaction, and some time the lease is over.
  await ask('UPDATE seldon_usage.lease SET until = clock_timestamp()');
  await eventually(async () => {
    while (await both.writer.count({today, oldest: 0}, 100));
    return (await numbers(both, 'day', 'active')).clusters!.at(-1) === 1;
  });
  await client.end().catch(() => {});
  const [lease] = await ask('SELECT fence, holder <> 1 AS other FROM seldon_usage.lease');
  assert.equal(lease, {fence: '8', other: true});
});

/** What keeps this process from going on: nothing of it runs, or only this transaction waits, and is told in between that it ended. */
const standingStill: Record<string, () => unknown> = {
  'this process': () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3000),
  'its own work': () => new Promise((resolve) => setTimeout(resolve, 3000)),
};
for (const [what, standStill] of Object.entries(standingStill))
  test(`a transaction in which ${what} stood still for longer than the server waits is done again`, async () => {
    const {url, ask, store} = await newStore();
    const pool = sessions(postgresAddress(url)!, {most: 1, reading: false, patience: 60_000});
    await store.writer({create: true});
    let attempts = 0;
    await pool.transaction(
      async (session) => {
        await session.query('INSERT INTO seldon_usage.changed VALUES (1)');
        if (++attempts === 1) await standStill();
        await session.query('INSERT INTO seldon_usage.changed VALUES (2)');
      },
      {limits: {statement: 60_000, idle: 1500}},
    );
    await pool.close();
    assert.equal([attempts > 1, ...(await ask('TABLE seldon_usage.changed'))], [true, {day: 1}, {day: 2}]);
  });

test('work under a lease that is not its own any more is undone at the commit', async () => {
  const {store, url, ask} = await newStore();
  await store.writer({create: true});
  const lease = leaseOf(sessions(postgresAddress(url)!, {most: 2, reading: false, patience: 5000}), 5);
  const work = lease.ifMine(
    async (session) => {
      await session.query('INSERT INTO seldon_usage.changed VALUES (1)');
      await session.query('UPDATE seldon_usage.lease SET fence = fence + 1');
    },
    () => true,
  );
  assert.match((await refused(work)).message, /lease was lost/);
  assert.equal(await ask('SELECT * FROM seldon_usage.changed'), []);
});

test('an older program beside a newer one goes on storing, and leaves counting to that', async () => {
  const {store, ask} = await newStore();
  const old = await store.writer({create: true});
  await ask(`UPDATE seldon_usage.meta SET version = ${schemaVersion + 1}, definition = 'newer';
    ALTER TABLE seldon_usage.cluster_day ADD COLUMN newer integer NOT NULL DEFAULT 0`);
  for (const writer of [old, await store.writer({create: true})]) {
    await writer.append([acceptedOn(today, 1)]);
    assert.is(await writer.count({today, oldest: 0}, 10), false);
    assert.equal(
      await writer.forget(acceptedOn(today, 1).cluster, today).then(({reports, days}) => [reports, days]),
      [1, 1],
    );
  }
  assert.equal(await ask('SELECT definition FROM seldon_usage.meta'), [{definition: 'newer'}]);
  await ask(`UPDATE seldon_usage.meta SET oldest = ${schemaVersion + 1}`);
  assert.match((await refused(store.writer({create: true}))).message, /newer seldon-usage/);
});

test('a cluster that is forgotten while reports of it come has no row that nobody finds', async () => {
  const {store, ask} = await newStore();
  const [server, other] = [await store.writer({create: true}), await store.writer({create: false})];
  const {cluster} = acceptedOn(today, 1);
  const busy = (async (writer: Writer) => {
    for (let i = 0; i < 30; i++) await writer.append([acceptedOn(today - (i % 3), 1), acceptedOn(today, 2)]);
  })(server);
  for (let i = 0; i < 5; i++) assert.ok((await other.forget(cluster, today)).settled);
  await busy;
  await other.forget(cluster, today);
  const lost = (table: string) =>
    ask(
      `SELECT 1 FROM seldon_usage.${table} t WHERE NOT EXISTS (SELECT 1 FROM seldon_usage.cluster c WHERE c.id = t.cluster)`,
    );
  for (const table of ['report', 'cluster_day', 'cluster_period']) assert.equal(await lost(table), [], table);
  assert.equal(await countOf(store), {reports: 1, clusters: 1, clusterDays: 1});
});

test('with 400 days no plan of a report or a count reads another day than its own', async () => {
  const {store} = await newStore();
  const both = await opened(store);
  await both.writer.append(Array.from({length: 400}, (_, i) => acceptedOn(today - i, i % 9)));
  await sealChanged(both, 0, 1000);
  const before = server.log().length;
  await both.writer.append([acceptedOn(today, 1, {masterVersion: 'v1.30.0'}), acceptedOn(today, 500)]);
  await sealChanged(both);
  await both.writer.newest();
  await numbers(both, 'day', 'kubernetes');
  const plans = server.log().slice(before);
  assert.match(plans, /Insert on report|report_pkey|Insert on cluster_day/);
  const days = new Set(
    [...plans.matchAll(/ (?:on|using) (?:report|cluster_day)_(\d+)/g)].map(([, day]) => Number(day)),
  );
  assert.equal([...days], [today]);
});

test('retention drops partitions, and makes no report wait for a reader', async () => {
  const {store, url, ask} = await newStore();
  const writer = await store.writer({create: true});
  await writer.append([acceptedOn(today - 9, 1), acceptedOn(today, 2)]);
  const before = {received: today * millisecondsADay, day: today - 5};
  while (await writer.count({today, oldest: 0}, 10));
  const reader = await connect(postgresAddress(url)!, {reading: true, patience: 5000});
  await reader.query('BEGIN; SELECT count(*) FROM seldon_usage.report');
  assert.equal(await writer.discard(before, 10), {reports: 0, days: 0}, 'somebody reads');
  await writer.append([acceptedOn(today, 3)]);
  await reader.end();
  assert.equal(await writer.discard(before, 10), {reports: 1, days: 1});
  const partitions = await ask(
    "SELECT relname FROM pg_class WHERE relname ~ '^(report|cluster_day)_[0-9]+$' ORDER BY 1",
  );
  assert.equal(
    partitions.map(({relname}) => relname),
    [`cluster_day_${today}`, `report_${today}`],
  );
  // A report of a day that is gone has its place again.
  await writer.append([acceptedOn(today - 9, 1)]);
  assert.is((await countOf(store)).reports, 3);
});

test('clusters come in order, a page at a time, with what is known of their last day', async () => {
  const {store} = await newStore();
  const writer = await store.writer({create: true});
  await writer.append(Array.from({length: 2500}, (_, i) => acceptedOn(today - (i % 3), i)));
  const names: string[] = [];
  const days: string[] = [];
  for await (const {clusterID, lastSeen, nodes} of store.maintenance.clusters()) {
    assert.is(nodes, 2);
    names.push(clusterID);
    days.push(lastSeen);
  }
  assert.is(new Set(names).size, 2500);
  assert.equal(days, [...days].sort().reverse());
  for await (const one of store.maintenance.clusters()) {
    assert.ok(one);
    break;
  }
  assert.equal(await store.maintenance.problems(), []);
});

test('a partition that is missing is a problem of the store', async () => {
  const {store, ask} = await newStore();
  const writer = await store.writer({create: true});
  await writer.append([acceptedOn(today, 1)]);
  await ask(`DROP TABLE seldon_usage.report_${today}`);
  assert.match((await store.maintenance.problems()).join(), new RegExp(`report_${today} is missing`));
  const said = await refused(writer.append([acceptedOn(today, 2)]));
  assert.instance(said, StoreTrouble);
  assert.match(said.message, /lacks the table of a day/);
});

test('what a role or a database has set for all who come changes nothing', async () => {
  const {store, url, ask} = await newStore();
  await ask(`ALTER DATABASE ${nameOf(url)} SET client_encoding = 'LATIN1'`);
  await ask(`ALTER DATABASE ${nameOf(url)} SET search_path = public, seldon_usage`);
  // What takes its argument more exactly is called before the server's own, where it is found.
  await ask(`CREATE FUNCTION public.convert_to(text, text) RETURNS bytea LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'called'; END $$`);
  const both = await opened(store);
  const one = acceptedOn(today, 1);
  await both.writer.append([{...one, body: '{"é":"ü"}'}]);
  await sealChanged(both);
  assert.equal(await ask("SELECT encode(convert_to(body, 'UTF8'::name), 'hex') AS body FROM seldon_usage.report"), [
    {body: Buffer.from('{"é":"ü"}').toString('hex')},
  ]);
  assert.equal(await store.maintenance.problems(), []);
});

test('of several hosts one that was told to be read-only is passed over, for writing', async () => {
  const {url, ask} = await newStore();
  await ask(`ALTER DATABASE ${nameOf(url)} SET default_transaction_read_only = on`);
  const said = await refused((await storeAt(url)).writer({create: true}));
  assert.instance(said, StoreTrouble);
  assert.match(said.message, /read-only: it was told to be/);
});

test('where there is no store, no database or no server, that is said', async () => {
  const {store, url} = await newStore();
  assert.match((await refused(store.reader())).message, /There is no store in postgres:/);
  assert.match((await refused(store.writer({create: false}))).message, /There is no store/);
  assert.match((await refused(store.maintenance.contents())).message, /There is no store/);
  const none = await storeAt(url.replace(/store_.*/, 'nothing'));
  assert.match((await refused(none.writer({create: true}))).message, /there is no such database/);
  const nobody = await storeAt(`postgres://127.0.0.1:${await freePort()}/d`);
  const said = await refused(nobody.writer({create: true}));
  assert.instance(said, StoreTrouble);
  assert.match(said.message, /no database listens there \(ECONNREFUSED\)/);
});

test('backup and restore name the programs that do it', async () => {
  const {maintenance} = (await newStore()).store;
  assert.match((await refused(maintenance.backUp('x'))).message, /PostgreSQL’s own programs/);
  assert.match((await refused(maintenance.requireBackup('x'))).message, /PostgreSQL’s own programs/);
});

test.run();
