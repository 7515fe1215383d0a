// The built program, from outside: exit codes, streams, Spartakus' flags, and a process that stays.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {startReceiver} from '../delivery/receiver.ts';
import {cacheHome, type Ended, folder, jsonError, run} from '../program.ts';
import {startScripted} from '../rig/scripted.ts';
import {clusterID, exampleNodes} from './nodes.ts';

writeFileSync(join(folder, 'nodes.json'), exampleNodes);
mkdirSync(join(folder, 'seldon-usage'));
writeFileSync(join(folder, 'seldon-usage/config.yaml'), 'url: [');
writeFileSync(join(folder, 'report.json'), readFileSync('examples/report.json'));
const offline = ['--nodes', 'nodes.json', '--cluster-id', clusterID];

/** Starts the program; the test serves what it calls, so that it must not be waited for synchronously. */
function start(args: readonly string[], env: NodeJS.ProcessEnv = {}, state = freshState()): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, '../../bin/run.js'), 'send', ...args], {
    cwd: folder,
    env: {PATH: process.env.PATH, HOME: folder, XDG_CACHE_HOME: cacheHome, SELDON_USAGE_STATE_DIR: state, ...env},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function freshState(): string {
  return mkdtempSync(join(folder, 'state-'));
}

async function end(child: ChildProcess): Promise<Ended> {
  const out = {stdout: '', stderr: ''};
  for (const name of ['stdout', 'stderr'] as const) child[name]!.on('data', (chunk) => (out[name] += chunk));
  const [status] = (await once(child, 'close')) as [number | null];
  return {status, ...out};
}

const collector = await startReceiver();
const refusing = await startScripted({
  tls: false,
  routes: {'*': {status: 400, body: 'Error: failed to decode record'}},
});
const url = ['--url', collector.url];

const calls: Record<string, [args: string[], status: number, says: RegExp, env?: NodeJS.ProcessEnv]> = {
  'nodes of a file': [[...offline, ...url, '--yes'], 0, /^Sent [\d.]+ KiB to http:\/\/127.0.0.1:\d+\/api\/v1 \(204\)/],
  'a report': [['report.json', ...url, '-y'], 0, /^Sent /],
  'without a terminal': [['report.json', ...url], 6, /Nobody agreed/],
  'with --period': [[...offline, ...url, '--period', '24h'], 6, /Nobody agreed/],
  "Spartakus' flags imply nothing": [[...offline, '--database', collector.url, '--period=24h'], 6, /Nobody agreed/],
  'DO_NOT_TRACK, and settings that can’t be read': [
    ['report.json', ...url, '-y'],
    6,
    /DO_NOT_TRACK is set: nothing was read/,
    {DO_NOT_TRACK: '1', XDG_CONFIG_HOME: folder},
  ],
  DO_NOT_TRACK: [['report.json', ...url, '-y'], 6, /DO_NOT_TRACK is set/, {DO_NOT_TRACK: '1'}],
  'the default destination': [['report.json', '-y'], 6, /seldon-core-stats\.seldon\.io\/api\/v1: plain http/],
  'credentials in the URL': [['report.json', '-y', '--url', 'https://u:hunter2@c.example'], 2, /holds credentials/],
  'a report that refuses flags': [['report.json', '-y', ...url, '--omit', 'nodes'], 2, /--omit: without effect/],
  'no report waits with the ID': [['--pending', 'report.json', '-y'], 2, /No waiting report has the ID report\.json/],
  'no report': [['absent.json', ...url, '-y'], 4, /absent\.json can't be read/],
  'a bad period': [[...offline, ...url, '-y', '--period', 'daily'], 2, /not a duration/],
  'no time': [['report.json', ...url, '-y', '--timeout', '0'], 2, /longer than 0/],
  'not delivered': [
    ['report.json', '-y', '--url', refusing.url],
    5,
    /finds the report invalid \(400\).*does not wait: it would be refused again/,
  ],
  'a dry run': [['report.json', ...url, '--dry-run'], 0, /Would go to/],
  'nothing waits': [['--pending', '--yes'], 0, /^Nothing waits/],
  'too much time': [['report.json', ...url, '-y', '--timeout', '1000h'], 2, /at most 24h/],
  'no CA': [['report.json', ...url, '-y', '--cacert', 'absent'], 2, /--cacert absent can't be read/],
};
for (const [name, [args, status, says, env]] of Object.entries(calls)) {
  test(`${name}: ${status}`, async () => {
    const before = collector.headers.length;
    const ended = await end(start(args, env));
    assert.is(ended.status, status, ended.stderr);
    assert.match(status === 0 ? ended.stdout : ended.stderr, says);
    if (status !== 0) assert.is(ended.stdout, '');
    assert.not.match(ended.stdout + ended.stderr, 'hunter2');
    if (status !== 0 || name === 'a dry run') assert.is(collector.headers.length, before);
  });
}

test("Spartakus' flags work as they are", async () => {
  writeFileSync(join(folder, 'extensions.json'), '{"team": "a"}');
  const spartakus = [
    `--cluster-id=${clusterID}`,
    `--database=${collector.url}`,
    '--extensions=extensions.json',
    '--period=0',
  ];
  const ended = await end(start(['--nodes=nodes.json', ...spartakus, '--yes']));
  assert.is(ended.status, 0, ended.stderr);
  const report = JSON.parse(String(collector.bodies.at(-1)));
  assert.is(report.clusterID, clusterID);
  assert.equal(report.extensions, [{name: 'team', value: 'a'}]);
});

test('--json: the result on standard output, a failure on standard error', async () => {
  const good = await end(start(['report.json', ...url, '-y', '--json']));
  const {destinations, ...rest} = JSON.parse(good.stdout);
  assert.is(rest.dryRun, false);
  assert.is(rest.bytes, collector.bodies.at(-1)!.length);
  assert.equal([destinations[0].delivered, destinations[0].status], [true, 204]);
  const both = await end(start(['report.json', ...url, '--url', refusing.url, '-y', '--json']));
  assert.is(both.status, 5);
  assert.equal(
    JSON.parse(both.stdout).destinations.map((each: {delivered: boolean}) => each.delivered),
    [true, false],
  );
  assert.is(jsonError({...both, stdout: ''}).code, 'delivery');
});

test('a reader of the messages that is gone ends nothing', async () => {
  const count = collector.bodies.length;
  const child = start([...offline, ...url, '--yes', '--period', '100ms']);
  const ended = once(child, 'close');
  child.stderr!.destroy();
  while (child.exitCode === null && collector.bodies.length < count + 2)
    await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill('SIGTERM');
  assert.equal(await ended, [0, null]);
});

test('what waits, --pending and history, by the program', async () => {
  const state = freshState();
  const flaky = await startScripted({tls: false, routes: {'*': [{status: 301}, {status: 301}, {status: 204}]}});
  try {
    assert.is((await end(start(['report.json', '--url', flaky.url, '-y'], {}, state))).status, 5);
    assert.is((await end(start(['report.json', '--url', `${flaky.url}/other`, '-y'], {}, state))).status, 5);
    const listed = async (...filter: string[]): Promise<{id: string; destination: string; state: string}[]> => {
      const {stdout} = run(['history', '--json', '--state-dir', state, ...filter]);
      return JSON.parse(stdout).entries;
    };
    const [newest, oldest] = await listed();
    assert.equal([newest!.destination, oldest!.destination], [`${flaky.url}/other`, `${flaky.url}/api/v1`]);
    assert.equal(await listed('--limit', '1'), [newest]);
    assert.equal(await listed('--destination', '/other'), [newest]);
    assert.equal(await listed('--since', '1h', '--outcome', 'waiting', '--cluster-id', clusterID), [newest, oldest]);
    assert.equal(await listed('--outcome', 'delivered'), []);
    assert.is(run(['history', '--since', 'yesterday']).status, 2);
    const alone = run(['history', 'discard', newest!.id, '--state-dir', state]);
    assert.is(alone.status, 2);
    assert.match(alone.stderr, /^Error: Nothing was discarded\.\n.*--yes/);
    const discarded = run(['history', 'discard', newest!.id.slice(-6), '--yes', '--state-dir', state]);
    assert.is(discarded.status, 0, discarded.stderr);
    assert.match(discarded.stdout, new RegExp(`^Discarded ${newest!.id}\\.`));
    assert.equal(
      (await listed('--outcome', 'discarded')).map(({id}) => id),
      [newest!.id],
    );
    assert.match(
      run(['history', 'discard', newest!.id, '--yes', '--state-dir', state]).stderr,
      /does not wait: it was discarded/,
    );
    assert.is(run(['history', newest!.id, '--state-dir', state]).status, 0);
    const sent = await end(start(['--pending', oldest!.id, '-y', '--json'], {}, state));
    assert.is(sent.status, 0, sent.stderr);
    assert.is(JSON.parse(sent.stdout).destinations[0].delivered, true);
    assert.is(readdirSync(join(state, 'sent')).length, 1);
  } finally {
    await flaky.close();
  }
});

test('--period: now and then, a line for each event, and SIGTERM ends it within a second', async () => {
  const args = [...offline, ...url, '--yes', '--period', '1h', '--log-format', 'json'];
  const child = start(args);
  const ended = once(child, 'close');
  const events: {event: string; at?: string; time: string}[] = [];
  for await (const line of createInterface({input: child.stderr!})) {
    events.push(JSON.parse(line));
    if (events.at(-1)!.event === 'next') break;
  }
  assert.equal(
    events.map(({event}) => event),
    ['started', 'delivered', 'next'],
  );
  const wait = Date.parse(events[2]!.at!) - Date.parse(events[2]!.time);
  assert.ok(wait > 29 * 60_000 && wait < 91 * 60_000, String(wait));
  const asked = performance.now();
  child.kill('SIGTERM');
  assert.equal(await ended, [0, null]);
  // It waits for half an hour at least.
  assert.ok(performance.now() - asked < 60_000);
});

test('--period: a collector that hangs keeps SIGTERM from nothing, and the report waits', async () => {
  const state = freshState();
  const hanging = await startScripted({tls: false, routes: {'*': {hang: true}}});
  try {
    const child = start([...offline, '--url', hanging.url, '--yes', '--period', '1h'], {}, state);
    const ended = once(child, 'close');
    while (hanging.requests.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
    const asked = performance.now();
    child.kill('SIGTERM');
    assert.equal(await ended, [0, null]);
    // The collector would have a minute to answer, and the next report an hour.
    assert.ok(performance.now() - asked < 30_000);
    const [name] = readdirSync(join(state, 'outbox'));
    assert.is(readFileSync(join(state, 'outbox', name!), 'utf8'), hanging.requests[0]!.body);
  } finally {
    await hanging.close();
  }
});

const troubles: [what: string, args: string[], events: string[]][] = [
  ['a collector that refuses', [...offline, '--url', refusing.url], ['started', 'failed', 'next']],
  ['no cluster', [...url, '--kubeconfig', 'gone.yaml'], ['started', 'error', 'next']],
];
for (const [what, args, expected] of troubles) {
  test(`--period: ${what} does not end it; it waits no longer than a minute at first`, async () => {
    writeFileSync(
      join(folder, 'gone.yaml'),
      JSON.stringify({
        clusters: [{name: 'a', cluster: {server: 'https://127.0.0.1:1'}}],
        contexts: [{name: 'a', context: {cluster: 'a', user: 'a'}}],
        users: [{name: 'a', user: {token: 'hunter2'}}],
        'current-context': 'a',
      }),
    );
    const child = start([...args, '--yes', '--period', '24h', '--log-format', 'json']);
    const ended = once(child, 'close');
    const events: {event: string; at?: string; time: string}[] = [];
    for await (const line of createInterface({input: child.stderr!})) {
      assert.not.match(line, 'hunter2');
      events.push(JSON.parse(line));
      if (events.at(-1)!.event === 'next') break;
    }
    child.kill('SIGTERM');
    await ended;
    assert.equal(
      events.map(({event}) => event),
      expected,
    );
    const wait = Date.parse(events.at(-1)!.at!) - Date.parse(events.at(-1)!.time);
    assert.ok(wait > 25_000 && wait <= 60_000, String(wait));
  });
}

test('--period: the next period comes, and each report is new', async () => {
  const count = collector.bodies.length;
  const child = start([...offline, ...url, '--yes', '--period', '100ms']);
  const ended = once(child, 'close');
  child.stderr!.resume();
  while (collector.bodies.length < count + 3) await new Promise((resolve) => setTimeout(resolve, 10));
  child.kill('SIGTERM');
  await ended;
});

test.after(async () => {
  await collector.close();
  await refusing.close();
});

test.run();
