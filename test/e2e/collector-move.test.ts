import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {dayOf} from '../../src/collector/periods.ts';
import {addressOf} from '../../src/collector/store/sqlite/address.ts';
import {sqlite} from '../../src/collector/store/sqlite/index.ts';
import {startProgram} from '../collector/program.ts';
import {post} from '../collector/send.ts';
import {acceptedOn} from '../collector/store/suite.ts';
import {newFolder} from '../folder.ts';
import {interruptedExport, reportsOfParts} from './interrupted-export.ts';

// Everything that a store holds goes to another one, while a collector runs on it, and through kills.

const program = new URL('../../bin/run.js', import.meta.url).pathname;
const run = (args: readonly string[], input?: string) =>
  spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    ...(input === undefined ? {} : {input}),
  });
const at = (path: string) => ['--store', `sqlite:${path}`];
const pieces = (lines: string) => lines.trimEnd().split('\n').slice(1);

/** A store with so many reports of three days, counted. */
async function filled(reports: number): Promise<string> {
  const path = join(newFolder(), 'reports.db');
  const writer = await sqlite.at(addressOf(path)).writer({create: true});
  const today = dayOf(Date.now());
  // As of now, or the collector that comes after would take its clock for one that is ahead.
  const daysAgo = (days: number) => Date.now() - days * 86_400_000;
  const report = (i: number) => ({...acceptedOn(today - (i % 3), i), received: daysAgo(i % 3)});
  await writer.append(Array.from({length: reports}, (_, i) => report(i)));
  while (await writer.count({today, oldest: 0}, 10_000));
  await writer.close();
  return path;
}

test('a store is exported while a collector runs on it, and statistics are read of both', async () => {
  const path = await filled(50);
  const server = await startProgram(path);
  assert.is((await post(server.port, 1)).status, 204);
  const {stdout, status, stderr} = run(['serve', 'export', ...at(path)]);
  assert.is(status, 0, stderr);
  assert.is((await post(server.port, 2)).status, 204);
  const target = join(newFolder(), 'other.db');
  const imported = run(['serve', 'import', '-', '--json', ...at(target)], stdout);
  assert.is(imported.status, 0, imported.stderr);
  assert.is(JSON.parse(imported.stdout).sums.report.count, 51);
  assert.is(statSync(target).mode & 0o777, 0o600);
  assert.equal(pieces(run(['serve', 'export', ...at(target)]).stdout), pieces(stdout));
  const ask = ['stats', '--json', '--grain', 'day', '--series', 'active', '--series', 'kubernetes'];
  const figures = (args: readonly string[]) => {
    const answer = run([...ask, ...args]);
    assert.is(answer.status, 0, answer.stderr);
    // The running day is counted on meanwhile.
    return JSON.parse(answer.stdout).series.map(({values}: {values: {name: string; data: unknown[]}[]}) =>
      values.map(({name, data}) => [name, data.slice(0, 2)]),
    );
  };
  const running = figures(['--url', `http://127.0.0.1:${server.adminPort}`]);
  assert.equal(figures(['--store', path]), running);
  assert.equal(figures(at(target)), running);
  assert.match(run(['stats', '--csv', '--store', target]).stdout, /^series,grain,/);
  // Where a collector runs nothing is imported.
  const busy = run(['serve', 'import', '-', ...at(path)], stdout);
  assert.is(busy.status, 4);
  assert.match(busy.stderr, /Another seldon-usage serve/);
  assert.is(await server.stop(), 0);
});

/** Lines that an import has taken into a store; -1: none was begun. */
function linesIn(path: string): number {
  try {
    const database = new DatabaseSync(path, {readOnly: true});
    const row = database.prepare('SELECT lines FROM moved').get() as {lines: number} | undefined;
    database.close();
    return row?.lines ?? -1;
  } catch {
    // It is not there, or is being made.
    return -1;
  }
}

test('an import that is killed goes on, and until then nothing is served', async () => {
  const file = join(newFolder(), 'all.ndjson');
  const exported = run(['serve', 'export', '--output', file, ...at(await filled(6000))]);
  assert.match(exported.stdout, /^Exported to \S*all\.ndjson: 6,000\s+reports, 6,000\s+clusters/);
  const target = join(newFolder(), 'other.db');
  const all = readFileSync(file);
  // Some of it, and then nothing more: what came is taken by and by. The last one is killed while it compares.
  for (const part of [0.02, 0.3, 0.5, 0.9, 1]) {
    const before = linesIn(target);
    const child = spawn(process.execPath, [program, 'serve', 'import', '-', ...at(target)], {
      stdio: ['pipe', 'ignore', 'inherit'],
    });
    child.stdin.on('error', () => {});
    child.stdin.write(all.subarray(0, all.length * part));
    while (linesIn(target) <= before) await new Promise((next) => setTimeout(next, 10));
    child.kill('SIGKILL');
    await once(child, 'exit');
  }
  const early = await startProgram(target).catch((error: Error) => error.message);
  assert.match(String(early), /An import into \S+ is not finished/);
  const {status, stdout, stderr} = run(['serve', 'import', file, '--json', ...at(target)]);
  assert.is(status, 0, stderr);
  assert.ok(JSON.parse(stdout).taken > 0);
  assert.equal(pieces(run(['serve', 'export', ...at(target)]).stdout), pieces(readFileSync(file, 'utf8')));
  const server = await startProgram(target);
  assert.is((await post(server.port, 1)).status, 204);
  assert.is(await server.stop(), 0);
});

test('an export that broke off is told as such, and a new one goes into an empty store', async () => {
  const path = await filled(300);
  const exported = () => run(['serve', 'export', ...at(path)]).stdout;
  const whole = exported();
  const part = whole.slice(0, whole.length * 0.6);
  const target = join(newFolder(), 'other.db');
  const broken = run(['serve', 'import', '-', ...at(target)], part);
  assert.is(broken.status, 4);
  const said = broken.stderr.replace(/\s+/g, ' ');
  assert.match(
    said,
    new RegExp(`The export is cut off after line ${part.split('\n').length - 1}: its last line is missing`),
  );
  assert.match(said, /If the export itself broke off, make a new one and import it into an empty store/);
  assert.match(run(['serve', 'import', '-', ...at(target)], exported()).stderr, /holds a part of another export/);
  const empty = join(newFolder(), 'new.db');
  assert.is(run(['serve', 'import', '-', ...at(empty)], exported()).status, 0);
  assert.equal(pieces(run(['serve', 'export', ...at(empty)]).stdout), pieces(whole));
});

test('an export that is interrupted anywhere goes on, while a collector runs and a cluster is forgotten', async () => {
  const path = await filled(1500);
  const [forgotten] = [acceptedOn(0, 7).cluster];
  const file = join(newFolder(), 'all.ndjson');
  const server = await startProgram(path);
  let most = 0;
  for (const [fault, end] of [
    ['openSync 1 kill', 'SIGKILL'],
    ['writeSync 20 kill', 'SIGKILL'],
    // It has less than the one before, which stays.
    ['writeSync 12 kill', 'SIGKILL'],
    // Nor does what fills the disk of a collector: the room is free again.
    ['writeSync 14 full', 4],
    // The one before is outgrown: not yet on the disk, not yet removed, removed.
    ['fsyncSync 1 kill', 'SIGKILL'],
    ['rmSync 2 kill', 'SIGKILL'],
    ['writeSync 26 wait', 130],
    ['writeSync 28 kill', 'SIGKILL'],
    // All of it is there, but for its name.
    ['renameSync 1 kill', 'SIGKILL'],
    // It has its name, and what was before it is still there.
    ['rmSync 1 kill', 'SIGKILL'],
  ] as const) {
    const ended = await interruptedExport(file, at(path), fault, async (pid) => process.kill(pid, 'SIGINT'));
    assert.is(ended.signal ?? ended.status, end, `${fault}: ${ended.stderr}`);
    if (end !== 'SIGKILL') assert.match(ended.stderr, /What was written stays in \S+all[.]ndjson[.][*][.]partial: /);
    const parts = reportsOfParts(file);
    if (end === 4) {
      assert.match(ended.stderr, /can't be written \(ENOSPC\)/);
      assert.is(parts.length, 1);
    }
    assert.ok((parts[0] ?? 0) >= most, `${fault}: ${parts} reports, before ${most}`);
    assert.ok(parts.length <= 2, fault);
    most = parts[0] ?? 0;
    // In what is there but for its name is all that the next one asks for.
    if (!fault.startsWith('renameSync')) assert.is((await post(server.port, 10_000 + most)).status, 204);
    assert.is(existsSync(file), fault.startsWith('rmSync 1'));
  }
  assert.is(run(['serve', 'forget', forgotten, '--yes', ...at(path)]).status, 0);
  assert.is(await server.stop(), 0);
  const {stdout, stderr, status} = run(['serve', 'export', '--output', file, '--json', ...at(path)]);
  assert.is(status, 0, stderr);
  assert.match(stderr, /partial is of an export that was interrupted: what it has is not\s+read\s+again/);
  assert.equal([JSON.parse(stdout).taken, reportsOfParts(file)], [most - 1, []]);
  const text = readFileSync(file, 'utf8');
  assert.equal(pieces(text), pieces(run(['serve', 'export', ...at(path)]).stdout));
  assert.not(text.includes(forgotten));
});

test('what is no export is told of', () => {
  const folder = newFolder();
  const file = join(folder, 'x.ndjson');
  const said = (text: string | Buffer, more: readonly string[] = []) => {
    writeFileSync(file, text);
    const {status, stderr} = run(['serve', 'import', file, ...at(join(folder, 'x.db')), ...more]);
    return `${status} ${stderr.split('\n')[0]}`;
  };
  assert.match(said(''), /^4 Error: The export is cut off after line 0/);
  assert.match(said('{}\n'), /^4 Error: Line 1 is not the first line of an export/);
  assert.match(said(Buffer.of(255, 10)), /^4 Error: Line 1 is not UTF-8/);
  assert.match(said('x'.repeat(10_000), ['--max-body', '1Ki']), /^4 Error: Line 1 is longer than 7168 bytes/);
  const {status, stderr} = run(['serve', 'import', join(folder, 'none'), ...at(join(folder, 'x.db'))]);
  assert.match(`${status} ${stderr}`, /^4 Error: \S+none can't be read \(ENOENT\)/);
  assert.match(run(['serve', 'export', ...at(join(folder, 'none.db'))]).stderr, /There is no store/);
  assert.match(run(['stats', '--store', join(folder, 'none.db')]).stderr, /There is no store/);
});

test.run();
