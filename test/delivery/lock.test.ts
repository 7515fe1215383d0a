import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {withLock} from '../../src/delivery/lock.ts';
import type {UserError} from '../../src/errors.ts';

function folder(): string {
  return mkdtempSync(join(tmpdir(), 'lock-'));
}

async function code(work: Promise<unknown>): Promise<string> {
  try {
    await work;
  } catch (error) {
    return (error as UserError).code;
  }
  return 'none';
}

test('one after the other, also within a process', async () => {
  const path = folder();
  const log: string[] = [];
  const work = (name: string) =>
    withLock(path, 10_000, async () => {
      log.push(`${name} in`);
      await new Promise((resolve) => setImmediate(resolve));
      log.push(`${name} out`);
    });
  await Promise.all([work('a'), work('b'), work('c')]);
  for (let i = 0; i < log.length; i += 2) assert.is(log[i]!.replace('in', 'out'), log[i + 1]);
  assert.is(statSync(join(path, 'lock')).mode & 0o777, 0o600);
  rmSync(path, {recursive: true});
});

test('it is let go when the work fails', async () => {
  const path = folder();
  const failed = withLock(path, 0, () => Promise.reject(new Error('work')));
  assert.is(await failed.catch((error: Error) => error.message), 'work');
  assert.is(await withLock(path, 0, async () => 'again'), 'again');
  rmSync(path, {recursive: true});
});

test('whoever does not get it in time is told so', async () => {
  const path = folder();
  await withLock(path, 0, async () => {
    assert.is(await code(withLock(path, 100, async () => {})), 'delivery');
  });
  rmSync(path, {recursive: true});
});

test('it ends with a process that is killed, and not before', async () => {
  const path = folder();
  const module = JSON.stringify(join(import.meta.dirname, '../../src/delivery/lock.ts'));
  const source = `import {withLock} from ${module};
    await withLock(${JSON.stringify(path)}, 0, () => {
      setInterval(() => {}, 1000);
      // Nothing refers to work that never ends: the lock must not go with it as garbage.
      setTimeout(() => {
        globalThis.gc();
        setImmediate(() => console.log('held'));
      });
      return new Promise(() => {});
    });`;
  const child = spawn(process.execPath, ['--expose-gc', '--input-type=module', '-e', source], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(child.stdout, 'data');
    assert.is(await code(withLock(path, 0, async () => {})), 'delivery');
  } finally {
    child.kill('SIGKILL');
  }
  await once(child, 'close');
  assert.is(await withLock(path, 0, async () => 'mine'), 'mine');
  rmSync(path, {recursive: true});
});

test('where it can’t be made, nothing is sent', async () => {
  const path = folder();
  writeFileSync(join(path, 'file'), '');
  assert.is(await code(withLock(join(path, 'file'), 0, async () => {})), 'delivery');
  assert.is(await code(withLock(join(path, 'absent'), 0, async () => {})), 'delivery');
  rmSync(path, {recursive: true});
});

test.run();
