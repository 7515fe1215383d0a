import {execFile, execFileSync} from 'node:child_process';
import {mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {connect} from 'node:net';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {promisify} from 'node:util';
import {suite, test} from 'uvu';
import * as assert from 'uvu/assert';
import {startProgram} from '../collector/program.ts';
import {eventually, json, post, reportOf, send} from '../collector/send.ts';
import {storedTimestamps} from '../collector/stored.ts';
import {newFolder} from '../folder.ts';

const program = new URL('../../bin/run.js', import.meta.url).pathname;
const newPath = () => join(newFolder(), 'reports.db');
const stored = (path: string) => new Set(storedTimestamps(path));

test('20 × kill -9 under load: every acknowledged report is there', async () => {
  const path = newPath();
  const acknowledged = new Set<number>();
  let next = 1;
  for (let round = 0; round < 20; round++) {
    const server = await startProgram(path);
    const first = acknowledged.size;
    let isOver = false;
    const senders = Array.from({length: 16}, async () => {
      while (!isOver) {
        const number = next++;
        // The timestamp of the report tells it from every other.
        const sent = await post(server.port, number % 50, number).catch(() => undefined);
        if (sent === undefined) break;
        assert.is(sent.status, 204);
        acknowledged.add(number);
      }
    });
    await eventually(() => acknowledged.size >= first + 100 + 20 * round);
    await server.kill();
    isOver = true;
    await Promise.all(senders);
  }
  const there = stored(path);
  const lost = [...acknowledged].filter((number) => !there.has(number));
  assert.ok(acknowledged.size > 4000, `${acknowledged.size} acknowledged`);
  assert.equal(lost, []);
});

test('SIGTERM: what is in flight is finished, then exit 0 and nothing left in the log', async () => {
  const path = newPath();
  const server = await startProgram(path);
  const body = reportOf(1, 4711);
  const socket = connect({port: server.port, host: '127.0.0.1'});
  const head = `POST /api/v1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`;
  socket.write(head + body.slice(0, 10));
  // The request counts once its headers are read.
  await eventually(async () =>
    /http_requests_total 1/.test((await send(server.adminPort, {method: 'GET', path: '/metrics'})).text),
  );
  const ended = server.stop();
  await eventually(() =>
    post(server.port, 2).then(
      () => false,
      () => true,
    ),
  );
  socket.write(body.slice(10));
  let answer = '';
  for await (const chunk of socket) answer += chunk;
  assert.match(answer, /^HTTP\/1.1 204 /);
  assert.is(await ended, 0);
  assert.is(statSync(`${path}-wal`, {throwIfNoEntry: false}), undefined);
  assert.ok(stored(path).has(4711));
});

test('a store that is gone: 503 until it is back, and then on', async () => {
  const path = newPath();
  const server = await startProgram(path);
  assert.is((await post(server.port, 1, 1)).status, 204);
  const away = `${path}.away`;
  mkdirSync(away);
  for (const end of ['', '-wal', '-shm']) renameSync(path + end, join(away, `reports.db${end}`));
  const refused = await post(server.port, 2, 2);
  assert.is(refused.status, 503);
  assert.match(refused.headers['retry-after']!, /^\d+$/);
  assert.is((await post(server.port, 3, 3)).status, 503);
  assert.is(statSync(path, {throwIfNoEntry: false}), undefined);
  await eventually(async () => (await send(server.adminPort, {method: 'GET', path: '/healthz'})).status === 503);
  for (const end of ['', '-wal', '-shm']) {
    if (statSync(join(away, `reports.db${end}`), {throwIfNoEntry: false}))
      renameSync(join(away, `reports.db${end}`), path + end);
  }
  await eventually(async () => (await post(server.port, 4, 4)).status === 204);
  // Statistics follow to the file that is there now.
  await eventually(async () => {
    const query = '/api/v1/stats?grain=day&series=active&min-cell=1';
    const {text, status} = await send(server.adminPort, {method: 'GET', path: query});
    // The report that was refused when the file had just gone may be in it all the same.
    return status === 200 && JSON.parse(text).series[0].values[0].data.at(-1) >= 2;
  });
  assert.is(await server.stop(), 0);
  const there = stored(path);
  assert.ok(there.has(1) && there.has(4) && !there.has(3));
  assert.match(server.errors(), /takes nothing at present[\s\S]*takes reports again/);
});

test('a store that another program locks: 503 until it lets go', async () => {
  const path = newPath();
  const server = await startProgram(path);
  const other = new DatabaseSync(path);
  other.exec('BEGIN IMMEDIATE');
  assert.is((await post(server.port, 1)).status, 503);
  other.exec('COMMIT');
  other.close();
  await eventually(async () => (await post(server.port, 1)).status === 204);
  assert.is(await server.stop(), 0);
});

test('two servers on one store, and two on one port', async () => {
  const path = newPath();
  const server = await startProgram(path);
  const refusal = (promise: Promise<unknown>) =>
    promise.then(
      () => 'started',
      (error) => JSON.parse(error.message).error,
    );
  const second = await refusal(startProgram(path));
  assert.is(second.code, 'input');
  assert.match(second.message, /Another seldon-usage serve has the store/);
  const third = await refusal(startProgram(newPath(), [], server.port));
  assert.is(third.code, 'usage');
  assert.match(third.message, /it is in use/);
  assert.is((await post(server.port, 1)).status, 204);
  await server.kill();
  // The lock goes with the process, however it ends.
  const next = await startProgram(path);
  assert.is(await next.stop(), 0);
});

test('backup and forget under load: both get through, and nothing acknowledged is lost', async () => {
  const path = newPath();
  const server = await startProgram(path);
  const acknowledged = new Set<number>();
  let isOver = false;
  const senders = Array.from({length: 16}, async (_, sender) => {
    for (let number = sender + 1; !isOver; number += 16) {
      const {status} = await post(server.port, 100 + (number % 50), number);
      assert.ok(status === 204 || status === 503, String(status));
      if (status === 204) acknowledged.add(number);
    }
  });
  await eventually(() => acknowledged.size > 300);
  assert.is((await post(server.port, 7, 777_777)).status, 204);
  const command = (...args: string[]) =>
    promisify(execFile)(process.execPath, [program, 'serve', ...args, '--store', `sqlite:${path}`]);
  await command('backup', `${path}.copy`);
  await command('forget', JSON.parse(reportOf(7)).clusterID, '--yes');
  isOver = true;
  await Promise.all(senders);
  assert.is(await server.stop(), 0);
  const [there, copied] = [stored(path), stored(`${path}.copy`)];
  assert.ok(copied.has(777_777) && copied.size > 300);
  assert.not(there.has(777_777));
  assert.equal(
    [...acknowledged].filter((number) => !there.has(number)),
    [],
  );
});

test('a damaged store is refused with the way out', async () => {
  const path = newPath();
  writeFileSync(path, 'x'.repeat(20_000));
  const error = await startProgram(path).then(
    () => undefined,
    (error) => JSON.parse(error.message).error,
  );
  assert.is(error.code, 'input');
  assert.match(error.suggestions.join(), /serve restore FILE/);
  assert.is(readFileSync(path, 'utf8'), 'x'.repeat(20_000));
});

test('a clock that goes back: reports are stored, and counted on their day', async () => {
  const path = newPath();
  const server = await startProgram(path);
  assert.is((await post(server.port, 1, 1)).status, 204);
  await server.stop();
  // As if the server's clock had been ahead by ten days so far.
  const database = new DatabaseSync(path);
  database.exec(
    'UPDATE report SET received = received + 864000000; UPDATE cluster_day SET day = day + 10; UPDATE cluster SET first_day = first_day + 10, last_day = last_day + 10',
  );
  database.close();
  const again = await startProgram(path);
  assert.is((await post(again.port, 1, 2)).status, 204);
  assert.is((await post(again.port, 2, 3)).status, 204);
  await eventually(async () => {
    const {text} = await send(again.adminPort, {
      method: 'GET',
      path: '/api/v1/stats?grain=day&series=change&min-cell=1',
    });
    const values = JSON.parse(text).series[0].values as {name: string; data: number[]}[];
    return values.find(({name}) => name === 'new')!.data.at(-1) === 2;
  });
  assert.is(await again.stop(), 0);
  assert.equal([...stored(path)].sort(), [1, 2, 3]);
});

/** Suites that need a file system of their own; only root can mount one. */
function mounted(name: string) {
  const canMount = process.getuid?.() === 0;
  const mounts = suite<{folder: string}>(name);
  if (!canMount) {
    console.log(`skipped: ${name}: only root can mount a tmpfs`);
    mounts.skip(name);
    return undefined;
  }
  mounts.before.each((context) => {
    context.folder = newFolder();
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'tmpfs', context.folder]);
  });
  mounts.after.each(({folder}) => {
    execFileSync('umount', ['-l', folder]);
  });
  return mounts;
}

const disks = mounted('small disks');
disks?.('a full disk: 503, nothing acknowledged is lost, and on when there is room', async ({folder}) => {
  const path = join(folder, 'reports.db');
  const filler = join(folder, 'filler');
  const server = await startProgram(path);
  const acknowledged = new Set<number>();
  writeFileSync(filler, Buffer.alloc(1_000_000));
  let refusals = 0;
  for (let number = 1; refusals < 20; number++) {
    const {status} = await post(server.port, number % 9, number);
    assert.ok(status === 204 || status === 503, String(status));
    if (status === 204) acknowledged.add(number);
    else refusals++;
  }
  rmSync(filler);
  await eventually(async () => (await post(server.port, 1, 999_999)).status === 204);
  acknowledged.add(999_999);
  assert.is(await server.stop(), 0);
  const there = stored(path);
  assert.equal(
    [...acknowledged].filter((number) => !there.has(number)),
    [],
  );
  assert.match(server.errors(), /the disk is full/);
});

disks?.('a file system that becomes read-only: 503, and on when it is writable', async ({folder}) => {
  const path = join(folder, 'reports.db');
  const server = await startProgram(path);
  assert.is((await post(server.port, 1, 1)).status, 204);
  await server.stop();
  execFileSync('mount', ['-o', 'remount,ro', folder]);
  const error = await startProgram(path).then(
    () => undefined,
    (error) => JSON.parse(error.message).error,
  );
  assert.is(error.code, 'input');
  assert.match(error.message, /can't be/);
  execFileSync('mount', ['-o', 'remount,rw', folder]);
  const again = await startProgram(path);
  assert.is((await send(again.port, {headers: json, body: reportOf(1, 2)})).status, 204);
  assert.is(await again.stop(), 0);
});
disks?.run();

test.run();
