import {spawnSync} from 'node:child_process';
import {copyFileSync, cpSync, existsSync, readdirSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {addressOf} from '../../src/collector/store/sqlite/address.ts';
import {sqlite} from '../../src/collector/store/sqlite/index.ts';
import {startProgram} from '../collector/program.ts';
import {post} from '../collector/send.ts';
import {storedTimestamps} from '../collector/stored.ts';
import {newFolder} from '../folder.ts';

const program = new URL('../../bin/run.js', import.meta.url).pathname;
const preload = new URL('../collector/kill-at.mjs', import.meta.url).pathname;

/** Timestamps of the reports that a store holds: they tell each from every other. */
function stored(path: string): number[] {
  return storedTimestamps(path).sort((a, b) => a - b);
}

/** A store as kill -9 leaves it, its last reports only in its log, and a backup of another one. */
const made = newFolder();
const backup = join(made, 'backup.db');
const [before, after] = [
  [1, 2, 3, 4, 5],
  [11, 12],
];
test.before(async () => {
  const path = join(made, 'old', 'reports.db');
  let server = await startProgram(path);
  for (const number of before.slice(0, 3)) await post(server.port, number, number);
  await server.stop();
  server = await startProgram(path);
  for (const number of before.slice(3)) await post(server.port, number, number);
  await server.kill();
  server = await startProgram(join(made, 'other.db'));
  for (const number of after) await post(server.port, number, number);
  await server.stop();
  renameSync(join(made, 'other.db'), backup);
});

function restored(path: string, more: NodeJS.ProcessEnv = {}) {
  const args = ['serve', 'restore', backup, '--yes', '--json', '--store', `sqlite:${path}`];
  return spawnSync(process.execPath, ['--import', preload, program, ...args], {
    env: {...process.env, ...more},
    encoding: 'utf8',
  });
}

/** A new folder with what is left of the old store. */
function leftOf(ends: readonly string[]): string {
  const path = join(newFolder(), 'reports.db');
  for (const end of ends) copyFileSync(join(made, 'old', `reports.db${end}`), path + end);
  return path;
}

/** How a store was opened, and what was said. */
type Opening = (path: string) => Promise<{refused?: string; said: string}>;

const byServe: Opening = async (path) => {
  try {
    const server = await startProgram(path);
    assert.is(await server.stop(), 0);
    return {said: server.errors()};
  } catch (error) {
    return {refused: JSON.parse((error as Error).message).error.message, said: ''};
  }
};

/** As `serve` opens it, in this process. */
const byEngine: Opening = async (path) => {
  let said = '';
  try {
    const {address, isNew, release} = await sqlite.lock(addressOf(path), (line) => (said += `${line}\n`));
    try {
      await (await sqlite.at(address).writer({create: true})).close();
    } finally {
      await release();
    }
    return {said: isNew ? `${said}There was no store` : said};
  } catch (error) {
    return {refused: (error as Error).message, said};
  }
};

/** What a restore leaves that ends at some moment is the old store or the new one, once it is opened. */
async function requireEither(path: string, ends: readonly string[], open: Opening, when: string): Promise<void> {
  const old = !ends.includes('') ? undefined : ends.includes('-wal') ? before : before.slice(0, 3);
  const {refused, said} = await open(path);
  if (refused !== undefined) {
    // Only a log that has lost its database keeps a server from starting.
    assert.ok(old === undefined && ends.includes('-wal'), refused);
    assert.match(refused, /is gone, and its log .* is left/);
    assert.is(restored(path).status, 0);
  } else {
    const now = stored(path);
    const isEmpty = now.length === 0 && old === undefined;
    if (isEmpty) assert.match(said, /There was no store/);
    else if (now.length === after.length) assert.equal(now, after);
    else assert.equal(now, old);
  }
  const left = readdirSync(join(path, '..')).filter((file) => /restor/.test(file));
  assert.equal(left, [], when);
}

const all = ['', '-wal', '-shm'];
test('restore killed before each step: the old store or the new one, and never an empty one', async () => {
  let steps = 0;
  for (let killAt = 1; ; killAt++) {
    const path = leftOf(all);
    const run = restored(path, {KILL_AT: String(killAt)});
    if (run.status === 0) {
      assert.equal(stored(path), after);
      break;
    }
    steps++;
    assert.is(run.signal, 'SIGKILL', run.stderr);
    await requireEither(path, all, byServe, `after ${killAt}`);
  }
  assert.ok(steps > 5, `${steps} steps`);
});

const remains: [name: string, ends: string[]][] = [
  ['all of it', all],
  ['no -shm', ['', '-wal']],
  ['the database alone', ['']],
  ['the log alone', ['-wal']],
  ['nothing', []],
];
for (const [name, ends] of remains) {
  test(`as restore leaves it before each step, ${name} being there: the old store or the new one, and never an empty one`, async () => {
    const path = leftOf(ends);
    const copies = newFolder();
    const {status, stderr} = restored(path, {COPIES: copies, COPIED: path});
    assert.is(status, 0, stderr);
    assert.equal(stored(path), after);
    const steps = readdirSync(copies);
    assert.ok(steps.length > 5, `${steps.length} steps`);
    for (const step of steps) await requireEither(join(copies, step, 'reports.db'), ends, byEngine, `before ${step}`);
  });
}

test('what was there is kept with its log, and can be restored again', () => {
  const path = join(newFolder(), 'reports.db');
  for (const end of ['', '-wal']) copyFileSync(join(made, 'old', `reports.db${end}`), path + end);
  const {replaced} = JSON.parse(restored(path).stdout);
  assert.equal(stored(replaced), before);
  // Twice in a second: neither takes the name of the other.
  const again = JSON.parse(restored(path).stdout);
  assert.is.not(again.replaced, replaced);
  assert.equal(stored(replaced), before);
  assert.equal(stored(again.replaced), after);
});

test('while a restore is not finished, no other command opens the store', () => {
  const folder = newFolder();
  const path = join(folder, 'reports.db');
  cpSync(backup, path);
  writeFileSync(`${path}.restore-mark`, '{"kept":"reports.db.replaced-1"}');
  const run = (...args: string[]) =>
    spawnSync(process.execPath, [program, 'serve', ...args, '--store', `sqlite:${path}`], {encoding: 'utf8'});
  for (const args of [['check'], ['backup', join(folder, 'x')], ['forget', 'x', '--yes'], ['clusters']]) {
    const {status, stderr} = run(...args);
    assert.is(status, 4, args[0]);
    assert.match(stderr, /restore of .* is under way, or was interrupted/);
  }
});

const marks = [
  '',
  '{',
  'null',
  '{"kept":7}',
  '{"kept":"../reports.db.replaced-1"}',
  '{"kept":"reports.db.replaced-/../../x"}',
  '{"kept":"other"}',
];
for (const mark of marks) {
  test(`a mark that says ${JSON.stringify(mark)} moves nothing`, async () => {
    const path = join(newFolder(), 'reports.db');
    cpSync(backup, path);
    cpSync(backup, `${path}.restoring`);
    writeFileSync(`${path}.restore-mark`, mark);
    const error = await startProgram(path).catch((error: Error) => error);
    assert.match((error as Error).message, /mark .* can't be read/);
    assert.ok(existsSync(`${path}.restoring`));
    rmSync(`${path}.restore-mark`);
    assert.equal(stored(path), after);
  });
}

test('a backup is not put beside a log that is not its own', () => {
  const path = join(newFolder(), 'x.db');
  writeFileSync(`${path}-wal`, 'x');
  const {status, stderr} = spawnSync(
    process.execPath,
    [program, 'serve', 'backup', path, '--store', `sqlite:${backup}`],
    {encoding: 'utf8'},
  );
  assert.is(status, 4);
  assert.match(stderr, /x.db-wal is there already/);
});

test.run();
