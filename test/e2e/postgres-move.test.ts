// Everything that a store holds goes into a PostgreSQL, through kills and beside another import.
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {setTimeout as sleep} from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {dayOf} from '../../src/collector/periods.ts';
import {addressOf} from '../../src/collector/store/sqlite/address.ts';
import {sqlite} from '../../src/collector/store/sqlite/index.ts';
import {startProgram} from '../collector/program.ts';
import {eventually, post} from '../collector/send.ts';
import {acceptedOn} from '../collector/store/suite.ts';
import {newFolder} from '../folder.ts';
import {rigSuite} from '../rig/available.ts';
import {startPgbouncer} from '../rig/pgbouncer.ts';
import {type Postgres, startPostgres} from '../rig/postgres.ts';
import {interruptedExport, reportsOfParts} from './interrupted-export.ts';

const test = rigSuite('moving into PostgreSQL', ['postgres15', 'pgbouncer']);
const program = new URL('../../bin/run.js', import.meta.url).pathname;
const run = (...args: string[]) =>
  spawnSync(process.execPath, [program, ...args], {encoding: 'utf8', maxBuffer: 1 << 28});
const pieces = (lines: string) => lines.trimEnd().split('\n').slice(1).toSorted();

let server: Postgres;
let file: string;
test.before(async () => {
  server = await startPostgres({version: 15});
  const path = join(newFolder(), 'reports.db');
  const writer = await sqlite.at(addressOf(path)).writer({create: true});
  const today = dayOf(Date.now());
  const report = (i: number) => ({...acceptedOn(today - (i % 3), i), received: Date.now() - (i % 3) * 86_400_000});
  await writer.append(Array.from({length: 6000}, (_, i) => report(i)));
  while (await writer.count({today, oldest: 0}, 10_000));
  await writer.close();
  file = join(newFolder(), 'all.ndjson');
  assert.is(run('serve', 'export', '--output', file, '--store', `sqlite:${path}`).status, 0);
});

test('an import that is killed again and again goes on; until then nothing is served', async () => {
  const url = await server.newDatabase();
  const ask = (statement: string) => server.ask(new URL(url).pathname.slice(1), statement);
  const linesTaken = () =>
    ask('SELECT lines FROM seldon_usage.moved').then(
      ([row]) => Number(row?.lines ?? -1),
      () => -1,
    );
  const all = readFileSync(file);
  // The last one is killed while it compares.
  for (const part of [0.02, 0.3, 0.5, 0.9, 1]) {
    const before = await linesTaken();
    const child = spawn(process.execPath, [program, 'serve', 'import', '-', '--store', url], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.on('error', () => {});
    child.stdin.write(all.subarray(0, all.length * part));
    while ((await linesTaken()) <= before) await sleep(10);
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const early = await startProgram(url).catch((error: Error) => error.message);
  assert.match(String(early), /An import into \S+ is not finished/);
  const {status, stdout, stderr} = run('serve', 'import', file, '--json', '--store', url);
  assert.is(status, 0, stderr);
  assert.ok(JSON.parse(stdout).taken > 0);
  const [rows] = await ask(`SELECT (SELECT count(*) FROM seldon_usage.report) AS reports,
    (SELECT count(*) FROM seldon_usage.cluster_day) AS days, (SELECT count(*) FROM seldon_usage.cluster) AS clusters`);
  assert.equal(rows, {reports: '6000', days: '6000', clusters: '6000'});
  assert.equal(pieces(run('serve', 'export', '--store', url).stdout), pieces(all.toString()));
  const collector = await startProgram(url);
  assert.is((await post(collector.port, 1)).status, 204);
  assert.is(await collector.stop(), 0);
});

test('an export goes on that lost the database, or was killed, while a collector runs', async () => {
  const url = await server.newDatabase();
  const at = ['--store', url];
  assert.is(run('serve', 'import', file, ...at).status, 0);
  const collector = await startProgram(url);
  const output = join(newFolder(), 'all.ndjson');
  const lose = () =>
    server.ask(
      new URL(url).pathname.slice(1),
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%all_of_it%' AND pid <> pg_backend_pid()`,
    );
  const lost = await interruptedExport(output, at, 'writeSync 60 wait', lose);
  assert.is(lost.status, 4, lost.stderr);
  assert.match(lost.stderr, /What was written stays in \S+: the same command goes on with it\. Error: /);
  const [had = 0] = reportsOfParts(output);
  assert.is((await post(collector.port, 20_001)).status, 204);
  assert.is((await interruptedExport(output, at, 'writeSync 90 kill')).signal, 'SIGKILL');
  const [more = 0] = reportsOfParts(output);
  assert.ok(0 < had && had < more && more < 6000, `${had} ${more}`);
  assert.is((await post(collector.port, 20_002)).status, 204);
  assert.is(run('serve', 'forget', acceptedOn(0, 0).cluster, '--yes', ...at).status, 0);
  const {status, stdout, stderr} = run('serve', 'export', '--output', output, '--json', ...at);
  assert.is(status, 0, stderr);
  const {taken, sums} = JSON.parse(stdout);
  assert.ok(more - 1 <= taken && taken <= more, `${taken} of ${more}`);
  assert.is(sums.report.count, 6001);
  const target = `sqlite:${join(newFolder(), 'other.db')}`;
  const imported = run('serve', 'import', output, '--json', '--store', target);
  assert.is(imported.status, 0, imported.stderr);
  assert.equal(JSON.parse(imported.stdout).sums, sums);
  assert.is(await collector.stop(), 0);
});

test('behind pgbouncer in transaction mode two imports at once are kept apart', async () => {
  const url = await server.newDatabase();
  const bouncer = await startPgbouncer(server);
  const pooled = bouncer.through(url);
  const taken = () =>
    server
      .ask(new URL(url).pathname.slice(1), 'SELECT lines FROM seldon_usage.moved')
      .then(([row]) => Number(row?.lines));
  try {
    await eventually(() => run('serve', 'clusters', '--store', pooled).stderr.includes('There is no store'));
    // The first has a transaction's worth of it and waits for more: the other goes on there, as if it had been killed.
    const all = readFileSync(file, 'utf8').split(/^/m);
    const first = spawn(process.execPath, [program, 'serve', 'import', '-', '--store', pooled], {
      stdio: ['pipe', 'ignore', 'pipe'],
    });
    first.stdin.on('error', () => {});
    const [said, ended] = [text(first.stderr), once(first, 'close')];
    first.stdin.write(all.slice(0, 1001).join(''));
    await eventually(async () => (await taken()) === 1001, 60_000);
    const other = run('serve', 'import', file, '--store', pooled);
    assert.is(other.status, 0, other.stderr);
    first.stdin.end(all.slice(1001).join(''));
    assert.equal(await ended, [4, null], await said);
    assert.match(await said, /^Error: Another seldon-usage serve import is at work on the store\./);
    assert.equal(pieces(run('serve', 'export', '--store', pooled).stdout), pieces(all.join('')));
  } finally {
    bouncer.stop();
  }
});

test.run();
