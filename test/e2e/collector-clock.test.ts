// A machine whose clock was wrong when the collector started: a battery, a virtual machine before its first synchronisation.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {startProgram} from '../collector/program.ts';
import {eventually, post, send} from '../collector/send.ts';
import {newFolder} from '../folder.ts';

const day = 24 * 3_600_000;

/** Starts `serve` on a wall clock that is ahead by the milliseconds which the file holds. */
async function startAt(path: string, ahead: number, flags: readonly string[] = []) {
  const folder = newFolder();
  const preload = join(folder, 'clock.mjs');
  const offset = join(folder, 'ahead');
  const set = (ahead: number) => writeFileSync(offset, String(ahead));
  set(ahead);
  writeFileSync(
    preload,
    `import {readFileSync} from 'node:fs';
const right = Date.now.bind(Date);
Date.now = () => right() + Number(readFileSync(${JSON.stringify(offset)}, 'utf8'));`,
  );
  const server = await startProgram(path, flags, 0, {...process.env, NODE_OPTIONS: `--import=file://${preload}`});
  return {...server, set};
}

function reports(path: string): {count: number; marked: number; oldest: number; newest: number} {
  const database = new DatabaseSync(path, {readOnly: true});
  try {
    const row = database
      .prepare(
        'SELECT count(*) AS count, sum(marked) AS marked, min(received) AS oldest, max(received) AS newest FROM report',
      )
      .get()!;
    return row as ReturnType<typeof reports>;
  } finally {
    database.close();
  }
}

const metric = async (port: number, name: string) =>
  Number(
    new RegExp(`^seldon_usage_${name} (.*)$`, 'm').exec(
      (await send(port, {path: '/metrics', method: 'GET'})).text,
    )?.[1],
  );

/** Sixty clusters that reported while the clock was right. */
async function filled(): Promise<string> {
  const path = join(newFolder(), 'reports.db');
  const server = await startAt(path, 0);
  for (let number = 1; number <= 60; number++) assert.is((await post(server.port, number)).status, 204);
  await server.stop();
  return path;
}

for (const [name, ahead] of Object.entries({'two years ahead': 730 * day, 'two years behind': -730 * day})) {
  test(`${name}: said, nothing erased, what comes is dated by the time of the store`, async () => {
    const path = await filled();
    const before = reports(path);
    const server = await startAt(path, ahead);
    await eventually(() => /--trust-clock/.test(server.errors()));
    await eventually(async () => (await metric(server.adminPort, 'clock_trusted')) === 0);
    for (let number = 61; number <= 65; number++) assert.is((await post(server.port, number)).status, 204);
    assert.is(await metric(server.adminPort, 'discarded_reports_total'), 0);
    // Its clock is set right, and it is believed again without a restart.
    server.set(0);
    await eventually(async () => (await metric(server.adminPort, 'clock_trusted')) === 1);
    await server.stop();
    const after = reports(path);
    assert.is(after.count, 65);
    assert.is(after.oldest, before.oldest);
    assert.ok(Math.abs(after.newest - Date.now()) < day, new Date(after.newest).toISOString());
  });
}

test('a new store whose first clock was years behind: set right, its reports get their dates at once', async () => {
  const path = join(newFolder(), 'reports.db');
  const server = await startAt(path, -730 * day);
  for (let number = 1; number <= 5; number++) assert.is((await post(server.port, number)).status, 204);
  server.set(0);
  await eventually(() => reports(path).oldest > Date.now() - day);
  assert.is((await post(server.port, 6)).status, 204);
  await server.stop();
  const {count, marked} = reports(path);
  assert.equal([count, marked], [6, 0]);
});

test('kill -9 in between, then a right clock: all are there', async () => {
  const path = await filled();
  const wrong = await startAt(path, 730 * day);
  assert.is((await post(wrong.port, 61)).status, 204);
  await wrong.kill();
  const server = await startAt(path, 0);
  await server.stop();
  assert.not.match(server.errors(), /--trust-clock/);
  assert.is(reports(path).count, 61);
});

test('an hour ahead, and all is kept for half an hour: nothing is too old by a clock that is not sure', async () => {
  const path = await filled();
  const server = await startAt(path, day / 24, ['--keep', '30m']);
  assert.is((await post(server.port, 61)).status, 204);
  await server.stop();
  assert.is(reports(path).count, 61);
});

test('--trust-clock: two years later what is too old goes', async () => {
  const path = await filled();
  const server = await startAt(path, 730 * day, ['--trust-clock']);
  await eventually(() => reports(path).count === 0);
  await server.stop();
});

test.run();
