// What Helm may have in memory, by both ways of looking at it: each is tried wherever it is there.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {familyIn, killFamily, watchMemory} from '../../src/helm/child-bounds.ts';

const listing = `
    1     0   1000
   10     1    100
   11    10     50
   12    11      7
   13     1   9999
   14    10      3
`;
const families: [name: string, text: string, pid: number, bytes: number, members: number[]][] = [
  ['a program with what it started', listing, 10, 160 * 1024, [12, 11, 14, 10]],
  ['one that started nothing', listing, 13, 9999 * 1024, [13]],
  ['one that is gone', listing, 99, 0, []],
  ['one whose children are still there', listing.replace(/^ +10 .*$/m, ''), 10, 0, []],
  ['a listing that can’t be', '  5   5  1\n  6  5 1\n  5  6  1\nx\n\n', 5, 2048, [6, 5]],
  ['no listing', '', 1, 0, []],
];
for (const [name, text, pid, bytes, members] of families)
  test(`ps: ${name}`, () => assert.equal(familyIn(text, pid), {bytes, members}));

const grow = 'const all = []; for (;;) all.push(Buffer.alloc(4 << 20, 1))';
/** A shell whose child is the program; that of the child is what it prints. */
async function wrapped(code: string): Promise<{pid: number; child: number; ended: Promise<unknown[]>}> {
  const shell = spawn('sh', ['-c', '"$@" & echo $!; wait', 'sh', process.execPath, '-e', code], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(shell, 'exit');
  const [line] = await once(shell.stdout, 'data');
  return {pid: shell.pid!, child: Number(line), ended};
}
/** A process that nobody has buried runs no more. */
function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== 'linux' || !/^State:\s*Z/m.test(readFileSync(`/proc/${pid}/status`, 'latin1'));
  } catch {
    return false;
  }
}
const gone = async (pid: number) => {
  while (isRunning(pid)) await new Promise((resolve) => setTimeout(resolve, 10));
};

const sources = (['proc', 'ps'] as const).filter((one) => existsSync(one === 'ps' ? '/bin/ps' : '/proc/self/task'));
test('there is a way to look', () => assert.ok(sources.length > 0));
for (const source of sources) {
  test(`${source}: what takes too much is killed, with what started it`, async () => {
    const {pid, child, ended} = await wrapped(grow);
    let told = 0;
    const unwatch = watchMemory(pid, 200 * 2 ** 20, () => told++, source);
    assert.equal(await ended, [null, 'SIGKILL']);
    unwatch();
    await gone(child);
    assert.ok(told > 0);
  });
  test(`${source}: what stays below runs on, and is killed with its family at last`, async () => {
    const {pid, child, ended} = await wrapped('setInterval(() => {}, 1000)');
    const unwatch = watchMemory(pid, 2 ** 40, () => assert.unreachable(), source);
    // Longer than a look takes.
    await new Promise((resolve) => setTimeout(resolve, 600));
    assert.ok(isRunning(pid) && isRunning(child));
    unwatch();
    killFamily(pid, source);
    assert.equal(await ended, [null, 'SIGKILL']);
    await gone(child);
  });
}

test.run();
