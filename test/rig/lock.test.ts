import {existsSync, mkdtempSync, rmSync, utimesSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {withLock} from './lock.ts';

const directory = mkdtempSync(join(tmpdir(), 'seldon-usage-lock-'));
const path = join(directory, 'lock');

test.after(() => rmSync(directory, {recursive: true}));

test('work is done one after the other, also after a failure', async () => {
  const events: string[] = [];
  const work = (name: string) => async () => {
    events.push(`${name} begins`);
    await sleep(20);
    events.push(`${name} ends`);
    throw new Error(name);
  };
  const results = await Promise.allSettled([withLock(path, work('a')), withLock(path, work('b'))]);
  assert.equal(
    results.map((result) => result.status),
    ['rejected', 'rejected'],
  );
  assert.is(events[0]?.slice(0, 1), events[1]?.slice(0, 1));
  assert.is(events.length, 4);
  assert.not(existsSync(path));
});

test('a lock whose holder died is taken over', async () => {
  writeFileSync(path, '');
  const longAgo = new Date(Date.now() - 60_000);
  utimesSync(path, longAgo, longAgo);
  assert.is(await withLock(path, async () => 'done'), 'done');
});

test.run();
