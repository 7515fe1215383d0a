// Hodometer's protocol, as a program of its own answers it.
import {spawn, spawnSync} from 'node:child_process';
import {mkdirSync, renameSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {gzipSync} from 'node:zlib';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {properties} from '../../src/report/hodometer/properties.ts';
import {eventOf, trackPath} from '../collector/hodometer/event.ts';
import {type Program, startProgram} from '../collector/program.ts';
import {eventually, json, type Message, post, type Sent, send} from '../collector/send.ts';
import {newFolder} from '../folder.ts';

const path = join(newFolder(), 'reports.db');
let server: Program;
test.before(async () => {
  server = await startProgram(path, ['--new-clusters', '5']);
});
test.after(async () => {
  await server.stop();
});

const get = (event: unknown, at = '/track'): Partial<Message> => ({method: 'GET', path: trackPath(event, at)});
const text = JSON.stringify(eventOf(1));
const base64 = Buffer.from(text).toString('base64');
const form = {'Content-Type': 'application/x-www-form-urlencoded'};
const success = '{"status":1,"error":""}';

/** Each is the event of another cluster, so that each is stored. */
const taken: [name: string, message: (event: unknown) => Partial<Message>][] = [
  ['GET /track', (event) => get(event)],
  ['GET //track', (event) => get(event, '//track')],
  ['POST with data in the query', (event) => ({path: trackPath(event)})],
  ['POST of a form', (event) => ({path: '/track', headers: form, body: trackPath(event, '').slice(1)})],
  ['POST of JSON', (event) => ({path: '//track', headers: json, body: JSON.stringify(event)})],
  ['POST of JSON without a media type', (event) => ({path: '/track', body: JSON.stringify(event)})],
  [
    'POST with gzip',
    (event) => ({path: '/track', headers: {'Content-Encoding': 'gzip'}, body: gzipSync(JSON.stringify(event))}),
  ],
  [
    'POST in pieces',
    (event) => ({path: '/track', headers: {'Transfer-Encoding': 'chunked'}, body: JSON.stringify(event)}),
  ],
];
taken.forEach(([name, message], i) => {
  test(`${name} is stored, then answered`, async () => {
    const answer = await send(server.port, message(eventOf(100 + i, {model_count: i})));
    assert.equal([answer.status, answer.text], [200, success]);
    assert.match(answer.headers['content-type']!, /^application\/json/);
    const stored = rows().find(({name}) => name.endsWith(String(100 + i)));
    assert.equal(JSON.parse(stored!.body).model_count, i);
  });
});

const refused: [name: string, message: Partial<Message>, status: number, error: RegExp][] = [
  ['no data', {method: 'GET', path: '/track'}, 400, /no data/],
  ['an empty body', {path: '/track'}, 400, /no data/],
  ['no base64', {method: 'GET', path: '/track?data=%7e'}, 400, /not base64/],
  ['half of an event', {method: 'GET', path: `/track?data=${base64.slice(0, 200)}`}, 400, /not JSON/],
  ['an event of somebody else', get({...eventOf(1), event: 'x'}), 400, /must be/],
  ['a wrong type', get(eventOf(1, {model_count: 'x'})), 400, /model_count/],
  ['a report of the other kind', {path: '/track', headers: json, body: '{"version":"v1"}'}, 400, /must be/],
  ['a body beyond the bound', {path: '/track', body: `{${' '.repeat(70_000)}`}, 413, /too large/],
  [
    'a bomb',
    {path: '/track', headers: {'Content-Encoding': 'gzip'}, body: gzipSync(Buffer.alloc(1e7))},
    413,
    /too large/,
  ],
  ['no gzip', {path: '/track', headers: {'Content-Encoding': 'gzip'}, body: text}, 400, /gzip/],
  ['another encoding', {path: '/track', headers: {'Content-Encoding': 'br'}, body: text}, 415, /encoding/],
];
for (const [name, message, status, error] of refused) {
  test(`refused: ${name}`, async () => {
    const answer = await send(server.port, message);
    assert.is(answer.status, status, answer.text);
    const said = JSON.parse(answer.text);
    assert.is(said.status, 0);
    assert.match(said.error, error);
  });
}

for (const [method, path, status] of [
  ['PUT', '/track', 405],
  ['HEAD', '/track', 405],
  ['DELETE', '//track', 405],
  ['GET', '/track/', 404],
  ['GET', '///track', 404],
  ['GET', '/api/v1/track', 404],
] as const) {
  test(`${method} ${path}: ${status}`, async () => {
    const answer = await send(server.port, {method, path});
    assert.is(answer.status, status);
    if (status === 405) assert.is(answer.headers.allow, 'GET, POST');
  });
}

test('a query longer than any header may be is refused', async () => {
  assert.is((await send(server.port, get(eventOf(1, {x: 'x'.repeat(20_000)})))).status, 431);
});

const program = new URL('../../bin/run.js', import.meta.url).pathname;
function run(flags: readonly string[]): string {
  const {stdout, stderr, status} = spawnSync(process.execPath, [program, ...flags], {
    encoding: 'utf8',
    env: {...process.env, COLUMNS: '120'},
  });
  assert.is(status, 0, stderr);
  return stdout + stderr;
}

function rows(file = path): {name: string; body: string; once: string | null}[] {
  const database = new DatabaseSync(file, {readOnly: true});
  const found = database
    .prepare(
      'SELECT name, body, once FROM hodometer_report r JOIN hodometer_cluster c ON c.id = r.cluster ORDER BY r.id',
    )
    .all();
  database.close();
  return found as never;
}

test('a retry is answered as the first was, and stored once', async () => {
  const before = rows().length;
  for (let i = 0; i < 3; i++) assert.is((await send(server.port, get(eventOf(200)))).text, success);
  await Promise.all(Array.from({length: 20}, () => send(server.port, get(eventOf(201)))));
  assert.is(rows().length, before + 2);
});

test('the database has the properties of the levels, and no address, token or time of the sender', async () => {
  const marks = {token: 'tokentokentoken', ip: '203.0.113.9', time: 1_234_567_890, hostname: 'node-17.acme'};
  assert.is((await send(server.port, get(eventOf(202, marks)))).status, 200);
  const {body, once} = rows().at(-1)!;
  assert.equal(
    Object.keys(JSON.parse(body)),
    properties.map(({name}) => name),
  );
  assert.is(once, '1790000000000000000');
  const database = new DatabaseSync(path, {readOnly: true});
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all();
  const dump = tables.map(({name}) => JSON.stringify(database.prepare(`SELECT * FROM "${name}"`).all())).join();
  database.close();
  assert.not.match(dump, /tokentoken|203\.0\.113|127\.0\.0\.1|1234567890|node-17/);
});

const stats = async (query: string) => {
  const {text} = await send(server.adminPort, {method: 'GET', path: `/api/v1/stats?grain=day&min-cell=1&${query}`});
  return JSON.parse(text).series as {name: string; values: {name: string; data: (number | null)[]}[]}[];
};

test('clusters beyond the bound of their network are taken all the same, and not told apart', async () => {
  assert.is((await post(server.port, 1)).status, 204);
  await eventually(async () => {
    const [active, version] = await stats('series=core2-active&series=core2-version');
    const of = (name: string) => version!.values.find((value) => value.name === name)?.data.at(-1);
    return active!.values[0]!.data.at(-1) === 11 && of('2.8.5') === 5 && of('other') === 6;
  });
  // They take nothing from the bound of the others.
  await eventually(async () => {
    const [size] = await stats('series=size');
    return size!.values.find(({name}) => name === '2–3')?.data.at(-1) === 1;
  });
});

test('series, CSV and metrics have them', async () => {
  const all = (await stats('')).map(({name}) => name);
  for (const name of [
    'active',
    'version',
    'seen',
    'models',
    'pipelines',
    'experiments',
    'servers',
    'replicas',
    'multimodel',
    'overcommit',
  ])
    assert.ok(all.includes(`core2-${name}`), name);
  const csv = await send(server.adminPort, {method: 'GET', path: '/api/v1/stats.csv?min-cell=1&series=core2-models'});
  assert.match(csv.text, /^core2-models,day,\d{4}-\d\d-\d\d,.*,models,models,\d+\r$/m);
  // Each thread tells its counts once a second.
  await eventually(async () => {
    const {text} = await send(server.adminPort, {method: 'GET', path: '/metrics'});
    const count = (name: string) => Number(new RegExp(`^seldon_usage_${name} (\\d+)$`, 'm').exec(text)?.[1]);
    return (
      count('events_accepted_total') === 8 + 23 + 1 && count('reports_refused_total{reason="event-not-base64"}') === 3
    );
  });
});

test('serve --watch prints what arrives, once it is on disk', async () => {
  const folder = newFolder();
  const flags = ['--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0', '--store', `sqlite:${folder}/reports.db`];
  const child = spawn(process.execPath, [program, 'serve', '--watch', ...flags], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => (text += chunk));
    const port = await eventually(() => Number(/Reports: +http:\/\/127\.0\.0\.1:(\d+)/.exec(text)?.[1]));
    assert.is((await send(port, get(eventOf(1, {model_count: 7})))).status, 200);
    await eventually(() => /an event of Hodometer, cluster 0{8}-.*\n[\s\S]*^ {2}model_count +7 +models/m.test(text));
    assert.is((await post(port, 1)).status, 204);
    await eventually(() => /a report of the cluster/.test(text));
  } finally {
    child.kill();
  }
});

test('nothing of a query is in the log', () =>
  assert.match(server.errors(), /^\S+ There was no store: a new, empty one was made, \S+\n$/));

test('clusters, check, backup, forget and restore know the events', async () => {
  const file = join(newFolder(), 'reports.db');
  const other = await startProgram(file);
  assert.is((await send(other.port, get(eventOf(1)))).status, 200);
  assert.is((await send(other.port, get(eventOf(2)))).status, 200);
  const serve = (...rest: string[]) => run(['serve', ...rest, '--store', `sqlite:${file}`]);
  assert.match(serve('clusters'), /^0{8}-0000-4000-8000-0{11}1 .* 1\.30 +2\.8\.5$/m);
  serve('backup', `${file}.backup`);
  assert.match(serve('forget', '00000000-0000-4000-8000-000000000001', '--yes'), /1 report, 1 daily row/);
  assert.match(serve('check'), /Of Hodometer, 1 event, .* 1 cluster, 1 daily row\./);
  assert.is(await other.stop(), 0);
  serve('restore', `${file}.backup`, '--yes');
  assert.match(serve('check'), /Of Hodometer, 2 events/);
});

test('while the store is away: 503 with Retry-After; afterwards the same event is stored once', async () => {
  const file = join(newFolder(), 'reports.db');
  const other = await startProgram(file);
  const track = (number: number): Promise<Sent> => send(other.port, get(eventOf(number)));
  assert.is((await track(1)).status, 200);
  const away = `${file}.away`;
  mkdirSync(away);
  for (const end of ['', '-wal', '-shm']) renameSync(file + end, join(away, `reports.db${end}`));
  await track(2);
  const answer = await track(2);
  assert.is(answer.status, 503);
  assert.match(answer.headers['retry-after']!, /^\d+$/);
  assert.is(JSON.parse(answer.text).status, 0);
  for (const end of ['', '-wal', '-shm'])
    if (statSync(join(away, `reports.db${end}`), {throwIfNoEntry: false}))
      renameSync(join(away, `reports.db${end}`), file + end);
  await eventually(async () => (await track(2)).status === 200);
  assert.is(await other.stop(), 0);
  assert.is(rows(file).length, 2);
});

test.run();
