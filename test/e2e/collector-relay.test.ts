import {spawnSync} from 'node:child_process';
import {readFileSync, statSync, writeFileSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {exampleCluster} from '../../examples/example-clusters.ts';
import {startProgram} from '../collector/program.ts';
import {eventually, json, post, reportOf, send} from '../collector/send.ts';
import {newFolder} from '../folder.ts';

// A collector whose store is a sink: it keeps nothing, and loses nothing that it acknowledged.

const program = new URL('../../bin/run.js', import.meta.url).pathname;
const run = (...args: string[]) => spawnSync(process.execPath, [program, ...args], {encoding: 'utf8', timeout: 20_000});
const newQueue = () => join(newFolder(), 'queue.db');
const metrics = async (port: number) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
/** Reports in the file of a collector, which may be at work on it: a process that tells it costs as much as it takes to wait. */
function reportsIn(path: string, table = 'report'): number {
  const disk = new DatabaseSync(path, {readOnly: true, timeout: 10_000});
  try {
    return Number(disk.prepare(`SELECT count(*) AS n FROM ${table}`).get()!.n);
  } finally {
    disk.close();
  }
}
const clusterOf = (body: string) => JSON.parse(body).clusterID as string;

/** Another collector, by the protocol alone; it answers what it is told, and knows no events. */
async function farSide(): Promise<{
  url: string;
  got: string[];
  /** Clusters whose reports it answers with 403, and how often it did. */
  state: {status: number; blocked: Set<string>; blocks: number};
  close(): void;
}> {
  const got: string[] = [];
  const state = {status: 204, blocked: new Set<string>(), blocks: 0};
  const server: Server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (request.url === '/track') {
      response.writeHead(404).end();
      return;
    }
    const body = Buffer.concat(chunks).toString('utf8');
    if (state.blocked.has(clusterOf(body))) {
      state.blocks++;
      response.writeHead(403).end();
      return;
    }
    if (state.status === 204) got.push(body);
    response.writeHead(state.status, state.status === 503 ? {'Retry-After': '1'} : {}).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as {port: number}).port}`;
  return {
    ...{url, got, state},
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** Sends an event, as Hodometer does. */
function track(port: number, $insert_id: string): ReturnType<typeof send> {
  const cluster_id = '00000000-0000-4000-8000-000000000001';
  const event = {event: 'collect metrics', properties: {cluster_id, collector_version: '2.8.5', $insert_id}};
  return send(port, {method: 'GET', path: `/track?data=${Buffer.from(JSON.stringify(event)).toString('base64')}`});
}

test('what it takes is passed on to the byte, and then nothing of it is left here', async () => {
  const far = await farSide();
  const queue = newQueue();
  const server = await startProgram(far.url, ['--queue', `sqlite:${queue}`]);
  for (let i = 0; i < 30; i++) assert.is((await post(server.port, i)).status, 204);
  await eventually(() => far.got.length === 30);
  assert.equal(new Set(far.got.map(clusterOf)), new Set(Array.from({length: 30}, (_, i) => clusterOf(reportOf(i)))));
  await eventually(() => reportsIn(queue) === 0);
  assert.is(JSON.parse(run('serve', 'check', '--json', '--store', `sqlite:${queue}`).stdout).reports, 0);
  const check = run('serve', 'check', '--store', far.url, '--queue', `sqlite:${queue}`);
  assert.match(check.stdout, /is sound \(schema \d+\)\. It is the queue of a collector that only passes on/);
  assert.match(check.stdout, /\/api\/v1: 0 reports wait\./);
  await eventually(async () =>
    /^seldon_usage_sink_reports_total\{.*outcome="delivered"\} 30$/m.test(await metrics(server.adminPort)),
  );
  const page = await send(server.adminPort, {method: 'GET', path: '/'});
  assert.is(page.status, 200);
  assert.ok(page.text.includes(`only passes on what it takes`) && page.text.includes(`${far.url}/api/v1`));
  const stats = run('stats', '--url', `http://127.0.0.1:${server.adminPort}`);
  assert.is(stats.status, 4);
  assert.match(stats.stderr, new RegExp(`only passes reports on, to ${far.url}/api/v1: it keeps none`));
  assert.is(await server.stop(), 0);
  for (const file of [queue, `${queue}-wal`]) {
    if (!statSync(file, {throwIfNoEntry: false})) continue;
    for (const body of far.got) assert.not.ok(readFileSync(file).includes(clusterOf(body)), 'a trace of a cluster');
  }
  far.close();
});

test('events of Hodometer go on as well, from one collector to the other, each once', async () => {
  const kept = join(newFolder(), 'reports.db');
  const other = await startProgram(kept);
  const queue = newQueue();
  const near = await startProgram(`http://127.0.0.1:${other.port}`, ['--queue', `sqlite:${queue}`]);
  for (const $insert_id of ['a', 'b', 'a']) {
    const answer = await track(near.port, $insert_id);
    assert.equal([answer.status, JSON.parse(answer.text).status], [200, 1]);
  }
  const check = () => JSON.parse(run('serve', 'check', '--json', '--store', `sqlite:${kept}`).stdout);
  await eventually(() => reportsIn(kept, 'hodometer_report') === 2);
  assert.is(await near.stop(), 0);
  assert.is(await other.stop(), 0);
  assert.equal(check().hodometer.reports, 2);
});

test('nothing that was acknowledged is lost by kill -9, nor while the sink is away', async () => {
  const far = await farSide();
  far.state.status = 503;
  const flags = ['--queue', `sqlite:${newQueue()}`];
  let server = await startProgram(far.url, flags);
  for (let round = 0; round < 6; round++) {
    for (let i = 0; i < 10; i++) assert.is((await post(server.port, 10 * round + i)).status, 204);
    if (round === 3) {
      far.state.status = 204;
      await eventually(() => far.got.length > 0, 60_000);
    }
    await server.kill();
    server = await startProgram(far.url, flags);
  }
  const all = new Set(Array.from({length: 60}, (_, i) => clusterOf(reportOf(i))));
  await eventually(() => new Set(far.got.map(clusterOf)).size === all.size, 60_000);
  assert.equal(new Set(far.got.map(clusterOf)), all);
  assert.is(await server.stop(), 0);
  far.close();
});

test('a report that the sink never takes holds up no other, outlives a restart, comes when it is due, and is given up at last', async () => {
  const far = await farSide();
  const bad = clusterOf(reportOf(0));
  far.state.blocked.add(bad);
  const path = newQueue();
  const flags = ['--queue', `sqlite:${path}`];
  const check = () => JSON.parse(run('serve', 'check', '--json', '--store', `sqlite:${path}`).stdout);
  const metric = async (port: number, name: string) =>
    Number(
      new RegExp(`^seldon_usage_sink_${name}\\{sink="[^"]*"(?:,outcome="refused")?\\} (.*)$`, 'm').exec(
        await metrics(port),
      )?.[1],
    );
  const change = (sql: string) => {
    const disk = new DatabaseSync(path, {timeout: 10_000});
    disk.exec(sql);
    disk.close();
  };
  let server = await startProgram(far.url, flags);
  for (let i = 0; i < 10; i++) assert.is((await post(server.port, i)).status, 204);
  await eventually(() => far.got.length === 9);
  // What came while the first ones were on their way is settled after them.
  await eventually(async () => {
    const found = [];
    for (const name of ['parked', 'waiting', 'up']) found.push(await metric(server.adminPort, name));
    return found.join() === '1,1,1';
  });
  const isApart = /takes others, and not 1 reports: it answers 403\. They wait apart, and are tried again\./;
  await eventually(() => isApart.test(server.errors()));
  await eventually(() => reportsIn(path) === 1);
  assert.is(check().reports, 1);
  assert.is(check().relay[0].waiting, 1);
  await server.kill();
  const other = run(
    'serve',
    '--store',
    'https://other.example',
    '--queue',
    `sqlite:${path}`,
    '--listen',
    '127.0.0.1:0',
  );
  assert.match(other.stderr, /1 reports wait for .*, which is no longer named/);

  server = await startProgram(far.url, flags);
  assert.is((await post(server.port, 10)).status, 204);
  await eventually(() => far.got.length === 10);
  const {blocks} = far.state;
  change('UPDATE parked SET due = 0');
  await eventually(() => far.state.blocks > blocks);
  // That it was tried is noted: else that would undo what is changed next.
  await eventually(() => reportsIn(path, 'parked WHERE due > 0') === 1);
  assert.is(await server.stop(), 0);

  server = await startProgram(far.url, flags);
  assert.is((await post(server.port, 11)).status, 204);
  await eventually(() => far.got.length === 11);
  await eventually(async () => (await metric(server.adminPort, 'waiting')) === 1);
  change('UPDATE parked SET due = 0, tries = 13');
  await eventually(async () => (await metric(server.adminPort, 'reports_total')) === 1);
  assert.is(await metric(server.adminPort, 'parked'), 0);
  const isGivenUp = /took others, and never 1 reports, which are given up: it answers 403, 14 times\./;
  await eventually(() => isGivenUp.test(server.errors()));
  await eventually(() => reportsIn(path) === 0);
  assert.is(check().reports, 0);
  assert.is(await server.stop(), 0);
  assert.not.ok(far.got.map(clusterOf).includes(bad));
  assert.is(new Set(far.got.map(clusterOf)).size, 11);
  far.close();
});

test('a queue that is full takes no more, and loses nothing; with room again it goes on', async () => {
  const far = await farSide();
  far.state.status = 503;
  const flags = ['--queue', `sqlite:${newQueue()}`, '--queue-limit', '1000', '--shared-address', '127.0.0.1'];
  const server = await startProgram(far.url, flags);
  let taken = 0;
  let full: Awaited<ReturnType<typeof post>> | undefined;
  for (let i = 0; !full && i < 1100; i++) {
    const answer = await post(server.port, i);
    if (answer.status === 204) taken++;
    else full = answer;
  }
  assert.is(taken, 1000);
  assert.is(full?.status, 503);
  assert.ok(Number(full?.headers['retry-after']) > 0);
  const isTold = () =>
    /The queue is full: 1000 reports wait\. More of them are answered with 503\./.test(server.errors());
  await eventually(isTold);
  assert.equal(JSON.parse((await track(server.port, 'a')).text).status, 1, 'events have room of their own');
  await eventually(async () => (await send(server.adminPort, {method: 'GET', path: '/healthz'})).status === 503);
  assert.match(await metrics(server.adminPort), /^seldon_usage_store_up 0$/m);
  far.state.status = 204;
  await eventually(() => new Set(far.got.map(clusterOf)).size === taken, 90_000);
  await eventually(async () => (await send(server.adminPort, {method: 'GET', path: '/healthz'})).status === 200);
  await eventually(() => /The queue has room for reports again\./.test(server.errors()));
  await eventually(async () => (await post(server.port, 2000)).status === 204);
  assert.is(await server.stop(), 0);
  far.close();
});

test('one host can’t fill the queue while the sink is away: others find room', async () => {
  const far = await farSide();
  far.state.status = 503;
  const server = await startProgram(far.url, ['--queue', `sqlite:${newQueue()}`, '--queue-limit', '1000']);
  const counts: Record<number, number> = {};
  for (let i = 0; i < 1200; i += 50) {
    const answers = await Promise.all(Array.from({length: 50}, (_, k) => post(server.port, i + k)));
    for (const {status} of answers) counts[status] = (counts[status] ?? 0) + 1;
  }
  assert.equal(counts, {204: 500, 503: 700});
  for (let i = 0; i < 20; i++) {
    const honest = {headers: json, body: reportOf(2000 + i), from: `127.0.0.${2 + i}`};
    assert.is((await send(server.port, honest)).status, 204);
  }
  await eventually(() => /Of one network 500 reports wait: more of it are answered with 503\./.test(server.errors()));
  assert.is((await send(server.adminPort, {method: 'GET', path: '/healthz'})).status, 200);
  far.state.status = 204;
  await eventually(() => new Set(far.got.map(clusterOf)).size === 520, 90_000);
  // There is room again when what was delivered is noted.
  await eventually(async () => (await post(server.port, 3000)).status === 204);
  assert.is(await server.stop(), 0);
  far.close();
});

test('a store that keeps is no queue, and a queue no store; commands that need one say so', async () => {
  const far = await farSide();
  const kept = join(newFolder(), 'reports.db');
  const first = await startProgram(kept);
  assert.is((await post(first.port, 1)).status, 204);
  assert.is(await first.stop(), 0);
  const asQueue = run('serve', '--store', far.url, '--queue', `sqlite:${kept}`, '--listen', '127.0.0.1:0');
  assert.is(asQueue.status, 4);
  assert.match(
    asQueue.stderr,
    /is the store of a collector that keeps reports: one that only passes on would erase them/,
  );
  assert.is(JSON.parse(run('serve', 'check', '--json', '--store', `sqlite:${kept}`).stdout).reports, 1);

  const queue = newQueue();
  const server = await startProgram(far.url, ['--queue', `sqlite:${queue}`]);
  const asStore = run('serve', '--store', `sqlite:${queue}`, '--listen', '127.0.0.1:0');
  assert.is(asStore.status, 4);
  assert.match(asStore.stderr, /Another seldon-usage serve has the store/);
  for (const [status, ...args] of [
    [4, 'serve', 'clusters'],
    [4, 'serve', 'backup', join(newFolder(), 'copy.db')],
    [4, 'serve', 'export'],
    [4, 'stats'],
  ] as const) {
    for (const store of [`sqlite:${queue}`, far.url]) {
      const said = run(...args, '--store', store);
      assert.is(said.status, status, args.join(' '));
      assert.match(
        said.stderr,
        /is the queue of a collector that only passes on, to http:.*: it keeps no reports and no figures/,
      );
    }
  }
  const input = join(newFolder(), 'x');
  writeFileSync(input, '');
  assert.match(run('serve', 'import', input, '--store', far.url).stderr, /takes no import/);
  const {clusterID} = exampleCluster(3, 1_790_000_000, 2);
  const forgot = run('serve', 'forget', clusterID, '--yes', '--store', far.url, '--queue', `sqlite:${queue}`);
  assert.match(forgot.stdout, /waits until a running collector has passed it on|is beyond reach/);
  await eventually(() =>
    /beyond reach/.test(run('serve', 'forget', clusterID, '--yes', '--store', `sqlite:${queue}`).stdout),
  );
  assert.is(await server.stop(), 0);
  assert.match(
    run('serve', '--store', `sqlite:${queue}`, '--listen', '127.0.0.1:0').stderr,
    /is the queue of a collector that only passes on, and keeps nothing/,
  );
  assert.match(run('serve', 'import', input, '--store', `sqlite:${queue}`).stderr, /only passes on/);
  far.close();
});

test('with another sink it does not start while reports wait that nobody else has', async () => {
  const far = await farSide();
  const other = await farSide();
  far.state.status = 503;
  const queue = `sqlite:${newQueue()}`;
  const server = await startProgram(far.url, ['--queue', queue]);
  for (let i = 0; i < 3; i++) assert.is((await post(server.port, i)).status, 204);
  await server.kill();
  const refused = run('serve', '--store', other.url, '--queue', queue, '--listen', '127.0.0.1:0');
  assert.is(refused.status, 4);
  assert.match(refused.stderr, /3 reports wait for .*, which is no longer named, and nobody else has them/);
  far.state.status = 204;
  const both = await startProgram(other.url, ['--queue', queue, '--also', far.url]);
  assert.is((await post(both.port, 7)).status, 204);
  await eventually(() => new Set(far.got.map(clusterOf)).size === 4);
  await eventually(() => other.got.length === 1);
  assert.is(await both.stop(), 0);
  const last = await startProgram(other.url, ['--queue', queue]);
  assert.is(await last.stop(), 0);
  far.close();
  other.close();
});

test.run();
