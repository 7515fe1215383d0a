import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {
  chownSync,
  existsSync,
  linkSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {isOwner, tryLock} from '../../src/host/kernel-lock.ts';
import {hostileJournal} from '../rig/hostile-journal.ts';

let folder: string;
test.before.each(() => {
  folder = mkdtempSync(join(tmpdir(), 'kernel-lock-'));
});
test.after.each(() => rmSync(folder, {recursive: true}));

test('one holder at a time, also within a process', () => {
  const path = join(folder, 'lock');
  const first = tryLock(path);
  assert.ok(first);
  assert.is(tryLock(path), undefined);
  first[Symbol.dispose]();
  first[Symbol.dispose]();
  assert.ok(tryLock(path));
});

test('another name of the file is the same lock, and asking by it lets nothing go', async () => {
  const path = join(folder, 'lock');
  const first = tryLock(path);
  assert.ok(first);
  linkSync(path, join(folder, 'hard'));
  symlinkSync(folder, join(folder, 'link'));
  assert.is(tryLock(join(folder, 'hard')), undefined);
  assert.is(tryLock(join(folder, 'link', 'lock')), undefined);
  const source = `import {isOwner, tryLock} from ${JSON.stringify(join(import.meta.dirname, '../../src/host/kernel-lock.ts'))};
    console.log(tryLock(${JSON.stringify(path)}) ? 'held' : 'busy');`;
  const other = spawnSync(process.execPath, ['--input-type=module', '-e', source], {encoding: 'utf8'});
  assert.is(other.stdout.trim(), 'busy', other.stderr);
  first[Symbol.dispose]();
});

test('the file is for its owner only', () => {
  tryLock(join(folder, 'lock'));
  assert.is(statSync(join(folder, 'lock')).mode & 0o777, 0o600);
});

test('what SIGKILL ends lets go', async () => {
  const path = join(folder, 'lock');
  const source = `import {isOwner, tryLock} from ${JSON.stringify(join(import.meta.dirname, '../../src/host/kernel-lock.ts'))};
    console.log(tryLock(${JSON.stringify(path)}) ? 'held' : 'busy'); setInterval(() => {}, 1000);`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', source], {stdio: ['ignore', 'pipe', 'inherit']});
  const [said] = await once(child.stdout, 'data');
  assert.is(String(said).trim(), 'held');
  assert.is(tryLock(path), undefined);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.ok(tryLock(path));
});

test('what others put there is neither written into nor played back', () => {
  const path = join(folder, 'lock');
  const [mine, other] = [join(folder, 'mine'), join(folder, 'other')];
  for (const file of [mine, other]) writeFileSync(file, 'as it was'.padEnd(4096));
  linkSync(mine, path);
  writeFileSync(`${path}-journal`, hostileJournal(Buffer.alloc(4096, 'hostile'), other));
  assert.throws(() => tryLock(path), /EOWNER/);
  for (const file of [mine, other]) assert.is(readFileSync(file, 'utf8').trim(), 'as it was');
  // As kill -9 left it with 0.1.0.
  rmSync(path);
  assert.ok(tryLock(path));
  assert.not.ok(existsSync(`${path}-journal`));
  assert.is(statSync(path).size, 0);
  assert.is(readFileSync(other, 'utf8').trim(), 'as it was');
});

// Only root can give something away.
if (process.geteuid?.() === 0) {
  test('a file of another user could be filled at any moment', () => {
    const path = join(folder, 'lock');
    writeFileSync(path, '');
    chownSync(path, 4242, 4242);
    assert.throws(() => tryLock(path), /EOWNER/);
    assert.equal(readdirSync(folder), ['lock']);
  });

  test('but not by its user alone who owns the data too', () => {
    const [path, data] = [join(folder, 'lock'), join(folder, 'data')];
    for (const file of [path, data]) writeFileSync(file, '');
    chownSync(path, 4242, 4242);
    assert.throws(() => tryLock(path, data), /EOWNER/);
    chownSync(data, 4242, 4242);
    assert.ok(tryLock(path, data));
  });
}

test('a volume that tells another number for what this user makes has files of this user', () => {
  for (const [uid, ofNew, ours] of [
    [1000n, 1000n, true],
    [0n, 65_534n, true],
    [65_534n, 65_534n, true],
    [65_534n, 1000n, false],
  ] as const)
    assert.is(
      isOwner(uid, () => ofNew, 1000),
      ours,
    );
});

test('a folder that is not there is an error, not a lock', () => {
  assert.throws(() => tryLock(join(folder, 'missing', 'lock')), /ENOENT/);
});

test.run();
