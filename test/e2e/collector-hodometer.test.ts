// A collector and the client that Hodometer itself sends with.
import {mkdirSync, renameSync, statSync} from 'node:fs';
import {createServer as createHttpServer, type Server as HttpServer, request} from 'node:http';
import {connect, createServer, type Server} from 'node:net';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import * as assert from 'uvu/assert';
import {retries, retryAfter} from '../../src/collector/hodometer/track.ts';
import {levels} from '../../src/report/hodometer/properties.ts';
import {eventOf, trackPath} from '../collector/hodometer/event.ts';
import {startProgram} from '../collector/program.ts';
import {eventually, send} from '../collector/send.ts';
import {newFolder} from '../folder.ts';
import {rigSuite} from '../rig/available.ts';
import {eventAt, startHodometer} from '../rig/hodometer.ts';

const test = rigSuite('Hodometer’s client', ['hodometer']);

function stored(path: string): {once: string; body: string}[] {
  const database = new DatabaseSync(path, {readOnly: true});
  const rows = database.prepare('SELECT once, body FROM hodometer_report ORDER BY id').all();
  database.close();
  return rows as never;
}
const newPath = () => join(newFolder(), 'reports.db');

test('events of each level are taken as they are sent, with and without a slash at the end of the address', async () => {
  const path = newPath();
  const server = await startProgram(path);
  const sent: Record<string, unknown>[] = [];
  for (const end of ['', '/']) {
    const client = await startHodometer(`http://127.0.0.1:${server.port}${end}`);
    for (const level of levels) {
      const event = eventAt(level);
      assert.equal(await client.send(event), {error: '', attempts: 1, wait: 0, waited: 0});
      sent.push(event.properties);
    }
    client.close();
  }
  const there = stored(path).map(({once, body}) => ({$insert_id: once, ...JSON.parse(body)}));
  for (const [i, properties] of sent.entries()) assert.equal(there[i], properties);
  assert.is(there.length, sent.length);
  assert.is(await server.stop(), 0);
});

test('whatever the base64 of an event has in it, it is read', async () => {
  const path = newPath();
  const server = await startProgram(path);
  const client = await startHodometer(`http://127.0.0.1:${server.port}`);
  // Of all lengths and with every character, so that padding, + and / are among them.
  for (let i = 0; i < 95; i++) {
    const text = `${'~?>'.slice(i % 3)}${String.fromCharCode(0x20 + i).repeat(1 + (i % 7))}>>>???`;
    const {properties, ...event} = eventAt('feature');
    assert.is((await client.send({...event, properties: {...properties, collector_version: text}})).error, '', text);
    assert.is(JSON.parse(stored(path).at(-1)!.body).collector_version, text);
  }
  client.close();
  assert.is(await server.stop(), 0);
});

test('what does not check is refused at the first attempt, and the client says why', async () => {
  const server = await startProgram(newPath());
  const client = await startHodometer(`http://127.0.0.1:${server.port}`);
  const {properties, ...event} = eventAt('cluster');
  const {error, attempts} = await client.send({...event, properties: {...properties, model_count: -1}});
  assert.is(attempts, 1);
  assert.match(error, /error=properties\.model_count must be a whole number from 0; status=0; httpCode=400$/);
  client.close();
  assert.is(await server.stop(), 0);
});

/** Passes connections on to where `to` says; when the first answer comes back, `meanwhile` happens and nobody gets to see it. */
function listenBetween(to: () => number, meanwhile: () => Promise<unknown>): Promise<Server> {
  let isFirst = true;
  const server = createServer((client) => {
    const onward = connect(to(), '127.0.0.1');
    client.pipe(onward);
    client.on('error', () => onward.destroy());
    onward.on('error', () => client.destroy());
    onward.on('close', () => client.destroy());
    onward.on('data', (bytes) => {
      if (!isFirst) {
        client.write(bytes);
        return;
      }
      isFirst = false;
      void meanwhile().finally(() => client.destroy());
    });
  });
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)));
}

test('kill -9 between storing and answering: the retry is answered, and the event is there once', async () => {
  const path = newPath();
  const server = await startProgram(path);
  // Not the same port again: another program may have it by then.
  let {port} = server;
  const between = await listenBetween(
    () => port,
    () => server.kill(),
  );
  const client = await startHodometer(`http://127.0.0.1:${(between.address() as {port: number}).port}`, 3000);
  const event = eventAt('feature');
  const outcome = client.send(event);
  await eventually(() => server.child.signalCode === 'SIGKILL');
  assert.is(stored(path).length, 1, 'it was stored, and nobody was told');
  const again = await startProgram(path);
  port = again.port;
  const {error, attempts} = await outcome;
  assert.is(error, '');
  assert.ok(attempts > 1, `${attempts} attempts`);
  client.close();
  assert.is(await again.stop(), 0);
  between.close();
  assert.equal(
    stored(path).map(({once}) => once),
    [event.properties.$insert_id],
  );
});

/** Passes requests on, each whole; before one of that number `meanwhile` happens. */
async function forwardBetween(port: number, number: number, meanwhile: () => Promise<unknown>): Promise<HttpServer> {
  let seen = 0;
  const server = createHttpServer(async (incoming, outgoing) => {
    if (++seen === number) await meanwhile();
    const {method = '', url = '', headers} = incoming;
    const onward = request({port, host: '127.0.0.1', method, path: url, headers}, (answer) => {
      outgoing.writeHead(answer.statusCode!, answer.headers);
      answer.pipe(outgoing);
    });
    onward.once('error', () => outgoing.destroy());
    onward.end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/** Puts the files of a store elsewhere; what it returns brings them back. */
function takeAway(path: string): () => void {
  const away = `${path}.away`;
  mkdirSync(away);
  const ends = ['', '-wal', '-shm'];
  for (const end of ends) renameSync(path + end, join(away, `reports.db${end}`));
  return () => {
    for (const end of ends)
      if (statSync(join(away, `reports.db${end}`), {throwIfNoEntry: false}))
        renameSync(join(away, `reports.db${end}`), path + end);
  };
}

/** Milliseconds. */
const tenMinutes = 600_000;

for (const away of [1, 5, retries])
  test(`a store that is away for ${away} tries: the client waits as it is told, and the next one delivers`, async () => {
    const path = newPath();
    const server = await startProgram(path);
    const metrics = async () => (await send(server.adminPort, {method: 'GET', path: '/metrics'})).text;
    let back = () => {};
    // Before its first request nothing is away: that is the event that made the store's connection.
    const between = await forwardBetween(server.port, away + 2, async () => {
      const refused = new RegExp(`reports_refused_total\\{reason="store"\\} ${away}$`, 'm');
      await eventually(async () => refused.test(await metrics()));
      back();
      // Two of these tries are a minute apart in the world, where the store has long been opened again.
      await eventually(
        async () => (await send(server.port, {method: 'GET', path: trackPath(eventOf(3))})).status === 200,
      );
    });
    const client = await startHodometer(`http://127.0.0.1:${(between.address() as {port: number}).port}`);
    assert.is((await client.send(eventAt('feature', 1))).error, '');
    back = takeAway(path);
    const {error, attempts, wait, waited} = await client.send(eventAt('feature', 2));
    assert.is(error, '');
    assert.is(attempts, away + 1);
    assert.is(wait, retryAfter * 1000, 'Retry-After counts');
    assert.is(waited, away * retryAfter * 1000);
    client.close();
    between.close();
    assert.is(await server.stop(), 0);
    assert.is(stored(path).length, 3);
  });

test('its tries reach over ten minutes: also of a store that went away right before the first, and with a try to spare', () => {
  assert.ok((retries - 1) * retryAfter * 1000 > tenMinutes);
});

test('of a store that is away for longer the client says so after its last try, and the next event is taken', async () => {
  const path = newPath();
  const server = await startProgram(path);
  const client = await startHodometer(`http://127.0.0.1:${server.port}`);
  assert.is((await client.send(eventAt('feature', 1))).error, '');
  const back = takeAway(path);
  const {error, attempts, waited} = await client.send(eventAt('feature', 2));
  assert.match(error, new RegExp(`giving up after ${retries + 1} attempt`));
  assert.is(attempts, retries + 1);
  assert.ok(waited > tenMinutes);
  back();
  const third = eventAt('feature', 3);
  assert.is((await client.send(third)).error, '');
  client.close();
  assert.is(await server.stop(), 0);
  assert.is(stored(path).at(-1)!.once, third.properties.$insert_id);
});

test.run();
