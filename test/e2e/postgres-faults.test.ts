import {execFileSync} from 'node:child_process';
import * as assert from 'uvu/assert';
import {type Program, startProgram} from '../collector/program.ts';
import {eventually, post, send} from '../collector/send.ts';
import {rigSuite} from '../rig/available.ts';
import {startPgbouncer} from '../rig/pgbouncer.ts';
import {type Postgres, startPostgres} from '../rig/postgres.ts';
import {tcpProxy} from '../rig/tcp-proxy.ts';
import {load, numbersIn, requireNoneLost} from './postgres-load.ts';

const test = rigSuite('serve on a PostgreSQL, and what happens to that', ['postgres15', 'pgbouncer']);
let server: Postgres;
test.before(async () => {
  server = await startPostgres({version: 15, settings: {max_connections: 30}});
});

const bin = new URL('../../bin/run.js', import.meta.url).pathname;
const through = (url: string, port: number) => url.replace(`:${server.port}/`, `:${port}/`);
const health = async (program: Program) => (await send(program.adminPort, {method: 'GET', path: '/healthz'})).status;

test('two processes on one store: the commands see both, one counts, and it does not matter which', async () => {
  const url = await server.newDatabase();
  const [one, other] = [await startProgram(url), await startProgram(url)];
  for (let i = 0; i < 12; i++) assert.is((await post((i % 2 ? one : other).port, i, i + 1)).status, 204);
  const run = (...args: string[]) => execFileSync(process.execPath, [bin, ...args, '--store', url], {encoding: 'utf8'});
  assert.match(run('serve', 'check'), /is sound \(schema \d+\)\.\nIt holds 12 reports.*; 12 clusters, 12 daily rows/);
  const clusters = JSON.parse(run('serve', 'clusters', '--json')).clusters as {clusterID: string}[];
  assert.is(clusters.length, 12);
  assert.match(run('serve', 'forget', '--yes', clusters[0]!.clusterID), /1 report/);
  const active = () => {
    const answer = JSON.parse(run('stats', '--json', '--series', 'active', '--grain', 'day', '--min-cell', '1'));
    return answer.series[0].values[0].data.at(-1);
  };
  await eventually(() => active() === 11);
  for (const program of [one, other]) {
    const query = '/api/v1/stats?grain=day&series=active&min-cell=1';
    const {text} = await send(program.adminPort, {method: 'GET', path: query});
    assert.is(JSON.parse(text).series[0].values[0].data.at(-1), 11);
  }
  await one.kill();
  await eventually(async () => (await post(other.port, 50, 50)).status === 204);
  await eventually(() => active() === 12);
  assert.is(await other.stop(), 0);
});

test('a network that swallows everything: 503, and on by itself', async () => {
  const url = await server.newDatabase();
  const proxy = await tcpProxy(server.port);
  const program = await startProgram(`${through(url, proxy.port)}?connect_timeout=1`);
  assert.is((await post(program.port, 1, 1)).status, 204);
  proxy.set('silent');
  const refused = await post(program.port, 2, 2);
  assert.is(refused.status, 503);
  assert.match(refused.headers['retry-after']!, /^\d+$/);
  await eventually(async () => (await health(program)) === 503);
  proxy.set('closed');
  assert.is((await post(program.port, 3, 3)).status, 503);
  proxy.set('open');
  await eventually(async () => (await post(program.port, 4, 4)).status === 204);
  await eventually(async () => (await health(program)) === 200);
  assert.match(program.errors(), /did not answer in time/);
  assert.is(await program.stop(), 0);
  proxy.close();
});

test('a connection cut after the commit: the report is there once, however often it comes', async () => {
  const url = await server.newDatabase();
  const proxy = await tcpProxy(server.port);
  const program = await startProgram(through(url, proxy.port));
  assert.is((await post(program.port, 1, 1)).status, 204);
  const cut = proxy.cutAfter('INSERT INTO seldon_usage.pending');
  proxy.set('open');
  const first = post(program.port, 2, 2);
  await cut;
  await first;
  await eventually(async () => (await post(program.port, 2, 2)).status === 204);
  assert.is((await post(program.port, 2, 2)).status, 204);
  const [row] = await server.ask(new URL(url).pathname.slice(1), 'SELECT count(*) AS count FROM seldon_usage.report');
  assert.is(row!.count, '2');
  assert.is(await program.stop(), 0);
  proxy.close();
});

test('no connection left: 503 until there is one', async () => {
  const url = await server.newDatabase();
  const name = new URL(url).pathname.slice(1);
  await server.ask('postgres', `CREATE ROLE plain LOGIN; GRANT CREATE ON DATABASE ${name} TO plain`);
  const program = await startProgram(url.replace('//postgres@', '//plain@'));
  assert.is((await post(program.port, 1, 1)).status, 204);
  await server.ask(
    'postgres',
    "ALTER ROLE plain CONNECTION LIMIT 0; SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'plain'",
  );
  await eventually(async () => (await post(program.port, 2, 2)).status === 503);
  await eventually(() => /takes no more connections/.test(program.errors()));
  await server.ask('postgres', 'ALTER ROLE plain CONNECTION LIMIT -1');
  await eventually(async () => (await post(program.port, 3, 3)).status === 204);
  assert.is(await program.stop(), 0);
});

test('behind pgbouncer in transaction mode everything works', async () => {
  const url = await server.newDatabase();
  const bouncer = await startPgbouncer(server);
  try {
    const pooled = bouncer.through(url);
    const programs = await eventually(async () => [await startProgram(pooled), await startProgram(pooled)]);
    let turn = 0;
    const sending = load(() => programs[turn++ % 2], 4);
    await eventually(() => sending.acknowledged.size >= 200);
    await sending.end();
    await requireNoneLost(server, url, sending.acknowledged);
    const query = '/api/v1/stats?grain=day&series=active&min-cell=1';
    await eventually(async () => {
      const {text} = await send(programs[0]!.adminPort, {method: 'GET', path: query});
      return JSON.parse(text).series[0]?.values[0]?.data.at(-1) === 40;
    });
    const [{clusterID}] = JSON.parse(
      execFileSync(process.execPath, [bin, 'serve', 'clusters', '--json', '--limit', '1', '--store', pooled], {
        encoding: 'utf8',
      }),
    ).clusters;
    execFileSync(process.execPath, [bin, 'serve', 'forget', '--yes', clusterID, '--store', pooled]);
    assert.match(
      execFileSync(process.execPath, [bin, 'serve', 'check', '--store', pooled], {encoding: 'utf8'}),
      /39 clusters/,
    );
    for (const program of programs) assert.is(await program.stop(), 0, program.errors());
  } finally {
    bouncer.stop();
  }
});

test('failover to a synchronous standby loses nothing', async () => {
  const primary = await startPostgres({version: 15, settings: {wal_level: 'replica', max_wal_senders: 4}});
  const standby = await startPostgres({version: 15, standbyOf: primary, settings: {}});
  const url = await primary.newDatabase();
  await primary.ask('postgres', "ALTER SYSTEM SET synchronous_standby_names = '*'");
  await primary.ask('postgres', 'SELECT pg_reload_conf()');
  await eventually(async () => {
    const [row] = await primary.ask('postgres', 'SELECT sync_state FROM pg_stat_replication');
    return row?.sync_state === 'sync';
  });
  const both = `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}${new URL(url).pathname}`;
  const program = await startProgram(both);
  const sending = load(() => program, 4);
  await eventually(() => sending.acknowledged.size >= 100);
  await primary.stop('kill');
  const acknowledged = sending.acknowledged.size;
  await standby.promote();
  await eventually(() => sending.acknowledged.size >= acknowledged + 50);
  await sending.end();
  await requireNoneLost(standby, url, sending.acknowledged);
  assert.ok((await numbersIn(standby, url)).size >= 150);
  assert.is(await program.stop(), 0, program.errors());
});

test.run();
