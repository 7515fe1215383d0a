import {spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Statistics} from '../../src/collector/series.ts';
import {newFolder} from '../folder.ts';
import {type Program, startProgram} from './program.ts';
import {eventually, json, post, send} from './send.ts';

const folder = newFolder();
const tokenFile = join(folder, 'token');
const token = 'correct-horse-battery-staple';
writeFileSync(tokenFile, `${token}\n`);
let server: Program;
let guarded: Program;
test.before(async () => {
  server = await startProgram(join(folder, 'reports.db'));
  guarded = await startProgram(join(folder, 'guarded.db'), ['--admin-token-file', tokenFile]);
  for (let i = 0; i < 40; i++) assert.is((await post(server.port, i)).status, 204);
  assert.is((await send(server.port, {headers: json, body: '{}'})).status, 400);
  await eventually(async () => active((await ask('grain=day&series=active')).series) === 40);
  await eventually(async () => (await ask('grain=day&series=refused')).series[0]!.values[0]?.data.at(-1) === 1);
});
test.after(async () => {
  await server.stop();
  await guarded.stop();
});

const get = (path: string, headers: Record<string, string> = {}, to = server) =>
  send(to.adminPort, {method: 'GET', path, headers});
async function ask(query: string): Promise<Statistics> {
  return JSON.parse((await get(`/api/v1/stats?${query}`)).text);
}
const active = ([series]: Statistics['series']) => series!.values[0]!.data.at(-1);

const answers: [path: string, status: number, type: RegExp, text?: RegExp][] = [
  ['/', 200, /^text\/html/, /<title>Usage of Seldon Core/],
  ['/page.js', 200, /^text\/javascript/],
  ['/page.css', 200, /^text\/css/],
  ['/icon.svg', 200, /^image\/svg/],
  ['/healthz', 200, /^text\/plain/, /^ok$/m],
  ['/metrics', 200, /^text\/plain; version=/, /^seldon_usage_reports_accepted_total \d+$/m],
  ['/api/v1/stats', 200, /^application\/json/],
  ['/api/v1/stats.csv', 200, /^text\/csv/, /^series,grain,period,/],
  ['/api/v1', 404, /^text\/plain/],
  ['/constructor', 404, /^text\/plain/],
  ['/api/v1/stats?grain=year', 400, /^text\/plain/, /grain must be day, week, month/],
  ['/api/v1/stats?series=x', 400, /^text\/plain/, /series must be active, /],
  ['/api/v1/stats?min-cell=0', 400, /^text\/plain/, /min-cell must be/],
  ['/api/v1/stats?periods=99999', 400, /^text\/plain/, /periods must be/],
  ['/api/v1/stats?mincell=1', 400, /^text\/plain/, /unknown parameter/],
];
for (const [path, status, type, text] of answers) {
  test(`GET ${path}`, async () => {
    const answer = await get(path);
    assert.is(answer.status, status);
    assert.match(answer.headers['content-type']!, type);
    assert.match(answer.headers['content-security-policy'] as string, /^default-src 'none'; script-src 'self';/);
    assert.is(answer.headers['x-content-type-options'], 'nosniff');
    if (text) assert.match(answer.text, text);
  });
}

test('POST is not allowed', async () => {
  assert.is((await send(server.adminPort, {path: '/api/v1/stats', headers: json, body: '{}'})).status, 405);
});

test('every series over days, weeks and months, the running period marked', async () => {
  const {series, minCell} = await ask('');
  assert.is(minCell, 10);
  assert.is(series.length, 48);
  for (const {periods, values, over} of series) {
    assert.is(periods.at(-1)!.complete, false);
    assert.match(over, /in UTC/);
    for (const {data} of values) assert.is(data.length, periods.length);
  }
});

test('no cell of fewer than ten clusters leaves, unless asked for', async () => {
  const counts = ({series}: Statistics) =>
    series.filter(({unit}) => unit === 'clusters').flatMap(({values}) => values.flatMap(({data}) => data));
  assert.ok(counts(await ask('')).every((count) => count === null || count === 0 || count >= 10));
  assert.ok(counts(await ask('min-cell=1')).some((count) => count !== null && count > 0 && count < 10));
  const csv = (await get('/api/v1/stats.csv')).text
    .trim()
    .split('\r\n')
    .slice(1)
    .map((line) => line.split(','));
  assert.ok(csv.length > 48);
  assert.ok(csv.every((cells) => cells.length === 9));
  assert.ok(
    csv.every(
      ([, , , , , , , unit, count]) => unit !== 'clusters' || count === '' || count === '0' || Number(count) >= 10,
    ),
  );
});

const hosts: [host: string, status: number][] = [
  ['127.0.0.1:9090', 200],
  ['localhost', 200],
  ['[::1]:9090', 200],
  ['evil.example', 421],
  ['evil.example:9090', 421],
  ['127.0.0.1.evil.example', 421],
];
for (const [host, status] of hosts) {
  test(`asked for as ${host}: ${status}`, async () => assert.is((await get('/', {Host: host})).status, status));
}

const basic = (pair: string) => `Basic ${Buffer.from(pair).toString('base64')}`;
const tokens: [name: string, header: Record<string, string>, status: number][] = [
  ['none', {}, 401],
  ['Bearer', {Authorization: `Bearer ${token}`}, 200],
  ['Basic', {Authorization: basic(`anybody:${token}`)}, 200],
  ['wrong', {Authorization: 'Bearer wrong-horse-battery-staple'}, 401],
  ['wrong password', {Authorization: basic(`${token}:x`)}, 401],
  ['empty', {Authorization: 'Bearer '}, 401],
];
for (const [name, header, status] of tokens) {
  test(`token: ${name}`, async () => {
    for (const path of ['/', '/metrics', '/api/v1/stats']) assert.is((await get(path, header, guarded)).status, status);
  });
}

const program = new URL('../../bin/run.js', import.meta.url).pathname;
const run = (...args: string[]) => spawnSync(process.execPath, [program, ...args], {encoding: 'utf8'});
const url = () => ['--url', `http://127.0.0.1:${server.adminPort}`];

test('stats prints tables', () => {
  const {stdout, status, stderr} = run('stats', ...url());
  assert.is(status, 0, stderr);
  assert.match(stdout, /^Active clusters\nClusters that reported in each week/);
  assert.match(stdout, /^ {2}clusters +40$/m);
  assert.ok(stdout.split('\n').every((line) => line.length <= 80));
});

test('stats --json is what the collector answers, stats --csv too', async () => {
  const answer = JSON.parse(run('stats', ...url(), '--json', '--grain', 'day', '--series', 'active').stdout);
  assert.equal(answer.series, (await ask('grain=day&series=active')).series);
  assert.is(run('stats', ...url(), '--csv').stdout, (await get('/api/v1/stats.csv')).text);
  assert.is(JSON.parse(run('stats', ...url(), '--json', '--min-cell', '3').stdout).minCell, 3);
});

test('stats with the token', () => {
  const args = ['stats', '--url', `http://127.0.0.1:${guarded.adminPort}`, '--json'];
  assert.match(run(...args).stderr, /asks for its token/);
  assert.is(run(...args, '--token-file', tokenFile).status, 0);
});

const refusals: [name: string, args: string[], status: number, message: RegExp][] = [
  [
    'nobody there',
    ['--url', 'http://127.0.0.1:47'],
    4,
    /No collector answers at http:\/\/127\.0\.0\.1:47 .*ECONNREFUSED[\s\S]*seldon-usage serve must run/,
  ],
  ['a port that nothing dials', ['--url', 'http://127.0.0.1:10080'], 4, /\(neither browsers nor Node dial this port\)/],
  ['no address', ['--url', 'nonsense'], 2, /not an http or https address/],
  ['no series', ['--series', 'x'], 2, /There is no series "x"/],
];
for (const [name, args, status, message] of refusals) {
  test(`stats: ${name}`, () => {
    const result = run('stats', ...args);
    assert.is(result.status, status);
    assert.match(result.stderr, message);
  });
}

test('stats asks a server that is no collector', () => {
  assert.match(
    run('stats', '--url', `http://127.0.0.1:${server.port}`).stderr,
    /answers 404[\s\S]*the one of the dashboard/,
  );
});

const flags: [name: string, args: string[], status: number, message: RegExp][] = [
  ['statistics for all without a token', ['--admin-listen', ':0'], 2, /need a token/],
  ['no address', ['--listen', 'nowhere'], 2, /is not an address/],
  ['too few days', ['--keep-days', '10'], 2, /62 or more/],
  ['no size', ['--max-body', 'many'], 2, /is not a size/],
  ['a store that is none', ['--store', 'mysql://x'], 2, /names no store/],
  ['half of TLS', ['--tls-cert', tokenFile], 2, /go together/],
  ['no token in the file', ['--admin-token-file', program], 4, /must be 16 characters/],
];
for (const [name, args, status, message] of flags) {
  test(`serve: ${name}`, () => {
    const result = run(
      'serve',
      ...(args.includes('--store') ? [] : ['--store', `sqlite:${join(folder, 'none.db')}`]),
      ...args,
    );
    assert.is(result.status, status, result.stderr);
    assert.match(result.stderr, message);
  });
}

test('forget, backup, check and restore while the server runs, and after', async () => {
  const store = ['--store', `sqlite:${join(folder, 'reports.db')}`];
  const backup = join(folder, 'backup.db');
  assert.match(run('serve', 'backup', backup, ...store).stdout, /Backed up to .* checked/);
  const id = JSON.parse((await import('./send.ts')).reportOf(3)).clusterID;
  assert.is(run('serve', 'forget', id, ...store).status, 2);
  assert.match(run('serve', 'forget', id, '--yes', ...store).stdout, /^Erased: 1 report, 1 daily row\.$/m);
  await eventually(async () => active((await ask('grain=day&series=active')).series) === 39);
  const again = run('serve', 'forget', id, '--yes', ...store);
  assert.is(again.status, 0);
  assert.match(again.stdout, new RegExp(`^Nothing was erased: .* no report and no daily row of ${id}\\.`));
  assert.is(again.stderr, '');
  const checked = JSON.parse(run('serve', 'check', '--json', ...store).stdout);
  assert.is(checked.sound, true);
  assert.is(checked.reports, 39);
  const busy = run('serve', 'restore', backup, '--yes', ...store);
  assert.is(busy.status, 4);
  assert.match(busy.stderr, /Another seldon-usage serve/);
  const other = ['--store', `sqlite:${join(folder, 'other.db')}`];
  assert.match(run('serve', 'restore', backup, '--yes', ...other).stdout, /^Restored .*: 40 reports, checked\.$/m);
  const missing = run('serve', 'restore', join(folder, 'missing.db'), '--yes', ...other);
  assert.is(missing.status, 4);
  assert.match(missing.stderr, /There is no backup file .*missing\.db/);
  writeFileSync(join(folder, 'broken.db'), 'x'.repeat(9000));
  const broken = run('serve', 'check', '--store', `sqlite:${join(folder, 'broken.db')}`);
  assert.is(broken.status, 4);
  assert.match(broken.stderr, /damaged/);
});

test.run();
