// A thousand hostile requests of each kind to /track, with honest ones beside them.
import {readFileSync} from 'node:fs';
import {Agent, request} from 'node:http';
import {connect, type Socket} from 'node:net';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {gzipSync} from 'node:zlib';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {eventOf, trackPath} from '../collector/hodometer/event.ts';
import {type Program, quietLog, startProgram} from '../collector/program.ts';
import {eventually, type Message} from '../collector/send.ts';
import {newFolder} from '../folder.ts';

const count = Number(process.env.HOSTILE_REQUESTS ?? 500);
const parallel = 16;
const [attacker, honest] = ['127.0.0.2', '127.0.0.3'];
/** What a hostile request may leave behind in memory, beside what the program needs. */
const mostMemory = 500 * 1024 * 1024;
/** Stands in every hostile request where there is room for it. */
const mark = 'hunter2-secret';

const path = join(newFolder(), 'reports.db');
let server: Program;
test.before(async () => {
  server = await startProgram(path, ['--new-clusters', '1000000']);
});
test.after(async () => {
  await server.stop();
});

function ask(message: Partial<Message>, localAddress: string, agent: Agent): Promise<number> {
  const {method = 'GET', path = '/track', headers = {}, body} = message;
  return new Promise((resolve) => {
    const sender = request(
      {host: '127.0.0.1', port: server.port, localAddress, agent, method, path, headers},
      (answer) => {
        answer.resume();
        answer.once('close', () => resolve(answer.statusCode!));
      },
    );
    // A body that is not read is cut off; the status came before, or the connection with it.
    sender.once('error', () => resolve(0));
    sender.end(body);
  });
}

const data = (text: string | Uint8Array) => ({path: `/track?data=${Buffer.from(text).toString('base64')}`});
const good = (i: number) => JSON.stringify(eventOf(i, {secret: mark}));
const properties = (change: Record<string, unknown>) => data(JSON.stringify(eventOf(1, change)));
const post = (body: string | Uint8Array, headers: Record<string, string> = {}) => ({method: 'POST', headers, body});
const wrong: unknown[] = [null, true, {}, [], -1, 1.5, '1', 1e300, '\u0000', '\ud800', 'a'.repeat(5000), [[[]]]];
const names = ['model_count', 'server_count', 'cluster_id', 'collector_version', '$insert_id'];
const bomb = gzipSync(Buffer.alloc(20_000_000, 0x20));
const types = ['text/xml', 'multipart/form-data; boundary=x', 'application/octet-stream', 'a/b; charset=utf-7', mark];
const keys = (many: number) => Object.fromEntries(Array.from({length: many}, (_, i) => [`${mark}${i}`, i]));

const kinds: [name: string, message: (i: number) => Partial<Message>, statuses: readonly number[]][] = [
  ['no base64', (i) => ({path: `/track?data=${mark}~${i}`}), [400]],
  ['base64 of anything', (i) => data(Buffer.alloc(i % 3000, i)), [400]],
  ['an event that is cut off', (i) => data(good(1).slice(0, i % good(1).length)), [400]],
  ['an event with a byte changed', (i) => data(Buffer.from(good(1)).fill(i % 256, i % 600, (i % 600) + 1)), [200, 400]],
  ['percent signs', (i) => ({path: `/track?data=%${i % 100}%zz%`}), [400]],
  ['data twice', (i) => ({path: `${data(good(i)).path}&data=${mark}`}), [400]],
  ['a query beyond all bounds', () => ({path: `/track?data=${'A'.repeat(17_000)}`}), [431]],
  ['values of a wrong type', (i) => properties({[names[i % names.length]!]: wrong[i % wrong.length]}), [200, 400]],
  ['names of prototypes', (i) => data(good(1).replace('{', `{"__proto__":{"event":${i}},"constructor":1,`)), [200]],
  ['a key twice', (i) => data(good(1).replace('"event":', `"event":"${mark}${i}","event":`)), [200]],
  ['deep nesting', (i) => data('['.repeat(1 + i) + ']'.repeat(i)), [400]],
  ['deep nesting in a body', (i) => post(`{"event":${'['.repeat(20_000 + i)}`), [400]],
  ['many keys in a body', (i) => post(JSON.stringify({...keys(2000), i})), [400]],
  ['a body beyond its bound', () => post(`{${' '.repeat(70_000)}`), [413, 0]],
  ['bombs', () => post(bomb, {'Content-Encoding': 'gzip'}), [413]],
  ['gzip that is none', (i) => post(`${mark}${i}`, {'Content-Encoding': 'gzip'}), [400]],
  ['several events at once', (i) => post(`[${good(i)},${good(i + 1)}]`), [400]],
  [
    'other fields of the query',
    (i) => ({path: `/track?ip=1&verbose=${i}&redirect=//x/${mark}&${data(good(1)).path.slice(7)}`}),
    [200],
  ],
  ['media types', (i) => post(good(1), {'Content-Type': types[i % types.length]!}), [200, 400]],
  ['chunks', (i) => post(good(1) + ' '.repeat(i), {'Transfer-Encoding': 'chunked'}), [200]],
  ['an event under the $insert_id of another', (i) => properties({$insert_id: '1', model_count: i}), [200]],
  ['other methods', (i) => ({method: ['PUT', 'DELETE', 'PATCH', 'OPTIONS'][i % 4]!, ...data(good(i))}), [405]],
  ['other paths', (i) => ({path: `${data(good(i)).path.replace('/track', '/track/engage')}`}), [404]],
];

const events: number[] = [];
/** Sends honest events of other clusters as long as something goes on; what was not taken, and the slowest of them. */
async function meanwhile(work: Promise<unknown>): Promise<void> {
  let isOver = false;
  const agent = new Agent({keepAlive: true, maxSockets: 1});
  work = work.finally(() => (isOver = true));
  let slowest = 0;
  do {
    const number = 500_000 + events.length;
    const before = performance.now();
    assert.is(await ask({path: trackPath(eventOf(number))}, honest, agent), 200);
    slowest = Math.max(slowest, performance.now() - before);
    events.push(number);
  } while (!isOver);
  agent.destroy();
  await work;
  assert.ok(slowest < 10_000, `an honest event took ${Math.round(slowest)} ms`);
}

for (const [name, message, statuses] of kinds) {
  test(`${count} times ${name}`, async () => {
    const agent = new Agent({keepAlive: true, maxSockets: parallel});
    let next = 0;
    const seen = new Map<number, number>();
    const one = async () => {
      for (let i = next++; i < count; i = next++) {
        const status = await ask(message(i), attacker, agent);
        seen.set(status, (seen.get(status) ?? 0) + 1);
      }
    };
    await meanwhile(Promise.all(Array.from({length: parallel}, one)));
    agent.destroy();
    for (const status of seen.keys()) assert.ok(statuses.includes(status), `${status}: ${seen.get(status)} times`);
  });
}

test(`${count} requests that never end`, async () => {
  const beginnings = [
    'GET /track?data=QUJD',
    'POST /track HTTP/1.1\r\nHost: x\r\nContent-Length: 900\r\n\r\n{"event":',
    'GET /track HTTP/1.1\r\nHost: x\r\n',
  ];
  const sockets: Socket[] = [];
  const open = Array.from({length: count}, (_, i) => {
    const socket = connect({port: server.port, host: '127.0.0.1', localAddress: attacker});
    sockets.push(socket);
    return new Promise((resolve) => {
      socket.once('error', resolve);
      socket.write(beginnings[i % 3]!, resolve);
    });
  });
  await meanwhile(Promise.all(open));
  await meanwhile(Promise.resolve());
  for (const socket of sockets) socket.destroy();
});

test(`${count} invented clusters are all taken`, async () => {
  const agent = new Agent({keepAlive: true, maxSockets: parallel});
  let next = 0;
  const one = async () => {
    for (let i = next++; i < count; i = next++)
      assert.is(await ask({path: trackPath(eventOf(100_000 + i))}, attacker, agent), 200);
  };
  await meanwhile(Promise.all(Array.from({length: parallel}, one)));
  agent.destroy();
});

test('afterwards every honest event is there once, and nothing hostile is anywhere', async () => {
  const database = new DatabaseSync(path, {readOnly: true});
  const all = database
    .prepare('SELECT name, body FROM hodometer_report r JOIN hodometer_cluster c ON c.id = r.cluster')
    .all();
  const sent = new Set(events);
  const honest = all.filter(({name}) => sent.has(Number(String(name).slice(24))));
  assert.is(honest.length, events.length);
  assert.is(new Set(honest.map(({name}) => name)).size, events.length);
  assert.is(all.filter(({name}) => /-0000001\d{5}$/.test(String(name))).length, count);
  const dump = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map(({name}) => JSON.stringify(database.prepare(`SELECT * FROM "${name}"`).all()))
    .join();
  database.close();
  assert.not.match(dump, new RegExp(mark));
  assert.match(server.errors(), quietLog, 'and nothing in the log');
  const memory = () =>
    Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${server.child.pid}/status`, 'utf8'))![1]) * 1024;
  if (process.platform === 'linux') await eventually(() => memory() < mostMemory);
});

test.run();
