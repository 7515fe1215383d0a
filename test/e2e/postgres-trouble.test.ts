// A database that is full or slow, or that was promoted without the last moments of the one before.
import {execFileSync, spawnSync} from 'node:child_process';
import {appendFileSync, chownSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {type Program, startProgram} from '../collector/program.ts';
import {eventually, post, send} from '../collector/send.ts';
import {rigSuite} from '../rig/available.ts';
import {type Postgres, startPostgres} from '../rig/postgres.ts';
import {tcpProxy} from '../rig/tcp-proxy.ts';
import {load, requireNoneLost} from './postgres-load.ts';

const test = rigSuite('serve on a PostgreSQL in trouble', ['postgres15', 'postgres18']);
const bin = new URL('../../bin/run.js', import.meta.url).pathname;
const nameOf = (url: string) => new URL(url).pathname.slice(1);

async function refusesAndComesBack(program: Program, end: () => unknown, why: RegExp): Promise<void> {
  const refused = await eventually(async () => {
    const sent = await post(program.port, 1, 100_000);
    return sent.status === 503 ? sent : undefined;
  }, 60_000);
  assert.match(refused!.headers['retry-after']!, /^\d+$/);
  await eventually(() => why.test(program.errors())).catch(() => assert.match(program.errors(), why));
  await end();
  await eventually(async () => (await post(program.port, 1, 100_001)).status === 204, 60_000);
}

const mount = (disk: string) => spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=48m', 'tmpfs', disk]).status === 0;
function canMount(): boolean {
  const disk = mkdtempSync(join(tmpdir(), 'disk-'));
  const can = process.geteuid?.() === 0 && mount(disk);
  if (can) spawnSync('umount', ['-l', disk]);
  rmSync(disk, {recursive: true});
  return can;
}

/** Writes into the file until the disk has no room: the database writes too, so that nobody can say how much there is. */
function fill(file: string): void {
  for (const size of [1024 * 1024, 4096]) {
    try {
      for (;;) appendFileSync(file, Buffer.alloc(size));
    } catch (error) {
      assert.is((error as NodeJS.ErrnoException).code, 'ENOSPC');
    }
  }
}

const isPossible = canMount() || process.env.CI !== undefined;
if (!isPossible) console.error('SKIPPED a disk that is full: only root can mount one');
for (const version of [15, 18] as const)
  (isPossible ? test : test.skip)(
    `PostgreSQL ${version} on a disk that is full: 503, nothing lost, and on by itself`,
    async () => {
      const server = await startPostgres({version});
      const disk = mkdtempSync(join(tmpdir(), 'disk-'));
      assert.ok(mount(disk));
      let sending: ReturnType<typeof load> | undefined;
      try {
        chownSync(disk, 65_534, 65_534);
        await server.ask('postgres', `CREATE TABLESPACE small LOCATION '${disk}'`);
        const url = await server.newDatabase();
        await server.ask('postgres', `ALTER DATABASE ${nameOf(url)} SET TABLESPACE small`);
        const program = await startProgram(url);
        const under = load(() => program, 4);
        sending = under;
        await eventually(() => under.acknowledged.size >= 50);
        const filler = join(disk, 'filler');
        fill(filler);
        await refusesAndComesBack(program, () => rmSync(filler), /the disk of the database is full/);
        const before = under.acknowledged.size;
        await eventually(() => under.acknowledged.size >= before + 50);
        await under.end();
        await requireNoneLost(server, url, under.acknowledged);
        assert.is(await program.stop(), 0, program.errors());
      } finally {
        // What failed must not post for ever.
        await sending?.end().catch(() => {});
        await server.stop('immediate');
        spawnSync('umount', ['-l', disk]);
        rmSync(disk, {recursive: true});
      }
    },
  );

test('a slow database: reports take longer, and are refused once they take too long', async () => {
  const server = await startPostgres({version: 15});
  const url = await server.newDatabase();
  const proxy = await tcpProxy(server.port);
  const program = await startProgram(url.replace(`:${server.port}/`, `:${proxy.port}/`));
  proxy.delay(300);
  const before = performance.now();
  assert.is((await post(program.port, 1, 1)).status, 204);
  assert.ok(performance.now() - before > 500);
  // The database ends a transaction that waits for us too long, or we give up: whichever is first.
  proxy.delay(16_000);
  await refusesAndComesBack(program, () => proxy.delay(0), /was cut|did not answer in time/);
  // What else was under way on the slow connections may have its trouble yet.
  await eventually(async () => (await post(program.port, 2, 2)).status === 204, 60_000);
  assert.is(await program.stop(), 0, program.errors());
  proxy.close();
  await server.stop('immediate');
});

test('a statement that takes too long, since somebody holds a table: 503, and on by itself', async () => {
  const server = await startPostgres({version: 18});
  const url = await server.newDatabase();
  const program = await startProgram(url);
  assert.is((await post(program.port, 1, 1)).status, 204);
  const held = server.ask(nameOf(url), 'BEGIN; LOCK TABLE seldon_usage.pending; SELECT pg_sleep(600)').catch(() => {});
  const end = () =>
    server.ask('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query ~ '^BEGIN; LOCK'");
  await refusesAndComesBack(program, end, /holds a lock for too long|did not answer in time/);
  await held;
  assert.is(await program.stop(), 0, program.errors());
  await server.stop('immediate');
});

/** Clusters that the statistics of a collector have today. */
async function active(program: Program): Promise<number> {
  const query = '/api/v1/stats?grain=day&series=active&min-cell=1';
  const {text} = await send(program.adminPort, {method: 'GET', path: query});
  return JSON.parse(text).series[0]?.values[0]?.data.at(-1);
}

test('a standby that was promoted without the last moments: they are gone, and everything goes on', async () => {
  const primary = await startPostgres({version: 15, settings: {wal_level: 'replica', max_wal_senders: 4}});
  const url = await primary.newDatabase();
  const standby = await startPostgres({version: 15, standbyOf: primary});
  const both = `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/${nameOf(url)}`;
  const sink = ['--also', 'http://127.0.0.1:9'];
  const programs = [await startProgram(both, sink)];
  const sendAll = async (from: number, to: number) => {
    for (let i = from; i < to; i++)
      await eventually(async () => (await post(programs[i % programs.length]!.port, i, i + 1)).status === 204);
  };
  await sendAll(0, 10);
  await eventually(async () => (await active(programs[0]!)) === 10);
  const [{lsn}] = (await primary.ask('postgres', 'SELECT pg_current_wal_lsn() AS lsn')) as [{lsn: string}];
  await eventually(async () => {
    const [row] = await standby.ask('postgres', `SELECT pg_last_wal_replay_lsn() >= '${lsn}' AS there`);
    return row!.there;
  });
  await standby.stop('fast');
  // Only the first one has what comes now: clusters, numbers, another process with its clock.
  programs.push(await startProgram(both, sink));
  await sendAll(10, 30);
  await eventually(async () => (await active(programs[0]!)) === 30);
  await primary.stop('kill');
  await standby.start();
  await standby.promote();
  await sendAll(20, 40);
  await eventually(async () => (await active(programs[1]!)) === 30, 60_000);
  const rowsOf = async (server: Postgres, what: string) =>
    Number((await server.ask(nameOf(url), `SELECT ${what} AS n`))[0]!.n);
  assert.is(await rowsOf(standby, '(SELECT count(*) FROM seldon_usage.report)'), 30);
  assert.is(await rowsOf(standby, '(SELECT count(DISTINCT arrived) FROM seldon_usage.report)'), 30);
  assert.is(await rowsOf(standby, '(SELECT count(*) FROM seldon_usage.waiting)'), 30);
  // What was lost is taken when it is sent again.
  await sendAll(10, 20);
  await eventually(async () => (await active(programs[0]!)) === 40);
  const run = (...args: string[]) =>
    execFileSync(process.execPath, [bin, ...args, '--store', both], {encoding: 'utf8'});
  assert.match(run('serve', 'check'), /is sound .*\nIt holds 40 reports.*; 40 clusters, 40 daily rows/);
  for (const program of programs) {
    assert.is(await program.stop(), 0, program.errors());
    assert.not.match(program.errors(), /bug/);
  }
  await standby.stop('immediate');
});

test.run();
