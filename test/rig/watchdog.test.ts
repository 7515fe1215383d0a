import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdtempSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {startWatchdog} from './watchdog.ts';

// A process that starts a sleeper under a watchdog and waits. Both hold the same pipe, which closes when both are gone:
// asking for the sleeper's number instead would also find a dead one that nobody has buried yet.
const program = `
  import {spawn} from 'node:child_process';
  const {startWatchdog} = await import(${JSON.stringify(import.meta.resolve('./watchdog.ts'))});
  const sleeper = spawn('sleep', ['60'], {detached: true, stdio: ['ignore', 'inherit', 'ignore']});
  startWatchdog(process.argv[1]).watch([sleeper.pid]);
  console.log('ready');
  process.stdin.resume();`;

const newDirectory = () => mkdtempSync(join(tmpdir(), 'seldon-usage-rig-'));

async function isGone(directory: string): Promise<boolean> {
  for (let tries = 0; tries < 200 && existsSync(directory); tries++) await sleep(25);
  return !existsSync(directory);
}

for (const signal of ['SIGKILL', 'SIGINT', 'SIGTERM'] as const) {
  test(`${signal} leaves no process and no directory behind`, async () => {
    const directory = newDirectory();
    const args = ['--input-type=module', '-e', program, directory];
    const child = spawn(process.execPath, args, {stdio: ['pipe', 'pipe', 'inherit']});
    await once(child.stdout, 'data');
    const closed = once(child.stdout, 'close').then(() => 'closed');
    child.kill(signal);
    assert.is(await Promise.race([closed, sleep(10_000, 'still open', {ref: false})]), 'closed');
    assert.ok(await isGone(directory));
  });
}

test('a watchdog that is dismissed ends nothing', async () => {
  const directory = newDirectory();
  const sleeper = spawn('sleep', ['60'], {stdio: 'ignore'});
  const watchdog = startWatchdog(directory);
  watchdog.watch([sleeper.pid as number]);
  watchdog.dismiss();
  assert.ok(await isGone(directory));
  assert.is(sleeper.exitCode ?? sleeper.signalCode, null);
  sleeper.kill();
});

test.run();
