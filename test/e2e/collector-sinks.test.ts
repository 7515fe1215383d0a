import {spawnSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {exampleCluster} from '../../examples/example-clusters.ts';
import {startProgram} from '../collector/program.ts';
import {eventually, post, reportOf} from '../collector/send.ts';
import {newFolder} from '../folder.ts';

// A collector that passes on: to another one, to standard output, through kills and outages.

const program = new URL('../../bin/run.js', import.meta.url).pathname;
const run = (...args: string[]) => spawnSync(process.execPath, [program, ...args], {encoding: 'utf8'});
const reportsIn = (path: string) =>
  JSON.parse(run('serve', 'check', '--json', '--store', `sqlite:${path}`).stdout).reports;
const newPath = () => join(newFolder(), 'reports.db');
const metrics = async (port: number) => (await fetch(`http://127.0.0.1:${port}/metrics`)).text();

test('what one collector takes another one has, to the byte, and the metrics tell', async () => {
  const [near, far] = [newPath(), newPath()];
  const other = await startProgram(far);
  const url = `http://127.0.0.1:${other.port}`;
  const server = await startProgram(near, ['--also', url]);
  for (let i = 0; i < 30; i++) assert.is((await post(server.port, i)).status, 204);
  const sink = `sink="${url}/api/v1"`;
  await eventually(async () => {
    const lines = (await metrics(server.adminPort)).split('\n');
    return ['reports_total{S,outcome="delivered"} 30', 'up{S} 1', 'waiting{S} 0'].every((line) =>
      lines.includes(`seldon_usage_sink_${line.replace('S', sink)}`),
    );
  });
  const {clusterID} = exampleCluster(3, 1_790_000_000, 2);
  const forgot = run('serve', 'forget', clusterID, '--yes', '--store', `sqlite:${near}`);
  assert.match(forgot.stdout, /waits until a running collector has passed it on|is beyond reach/);
  await eventually(() =>
    /beyond reach/.test(run('serve', 'forget', clusterID, '--yes', '--store', `sqlite:${near}`).stdout),
  );
  assert.is(await server.stop(), 0);
  assert.is(await other.stop(), 0);
  assert.is(reportsIn(far), 30);
});

test('nothing that was acknowledged is lost to a sink that is away, nor by kill -9', async () => {
  const bodies: string[] = [];
  let isAway = true;
  const sink = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (isAway) response.writeHead(503, {'Retry-After': '1'}).end();
    else {
      bodies.push(Buffer.concat(chunks).toString('utf8'));
      response.writeHead(204).end();
    }
  });
  await new Promise<void>((listening) => sink.listen(0, '127.0.0.1', listening));
  const also = ['--also', `http://127.0.0.1:${(sink.address() as {port: number}).port}/api/v1?key=s3cret`];
  const path = newPath();
  let server = await startProgram(path, also);
  for (let i = 0; i < 5; i++) assert.is((await post(server.port, i)).status, 204);
  await eventually(() => /takes no reports at present: it answers 503/.test(server.errors()));
  assert.not.match(server.errors() + (await metrics(server.adminPort)), /s3cret/);
  for (let round = 1; round <= 4; round++) {
    await server.kill();
    isAway = round < 3;
    server = await startProgram(path, also);
    for (let i = 0; i < 5; i++) assert.is((await post(server.port, 5 * round + i)).status, 204);
  }
  const all = Array.from({length: 25}, (_, i) => reportOf(i));
  const known = () =>
    all.filter((one) => bodies.some((body) => JSON.parse(body).clusterID === JSON.parse(one).clusterID));
  await eventually(() => known().length === all.length, 60_000);
  assert.is(await server.stop(), 0);
  sink.closeAllConnections();
  sink.close();
});

test('a sink with credentials is refused, and they are not repeated', () => {
  const {status, stderr} = run(
    'serve',
    '--also',
    'https://me:s3cret@usage.example.com',
    '--store',
    `sqlite:${newPath()}`,
  );
  assert.is(status, 2);
  assert.match(stderr, /usage\.example\.com holds credentials/);
  assert.not.match(stderr, /s3cret/);
});

test('standard output gets reports alone, a line each', async () => {
  const path = newPath();
  // Else the first line would be that there was no store.
  await (await startProgram(path)).stop();
  const server = await startProgram(path, [], 0, process.env, [
    'bash',
    '-c',
    // The first line that startProgram reads is that of the program itself, from its standard error.
    `exec 3>&1; exec ${process.execPath} ${program} "$@" --also stdout 2>&3 1>${join(path, '..', 'lines')}`,
    'bash',
  ]);
  for (let i = 0; i < 3; i++) assert.is((await post(server.port, i)).status, 204);
  const lines = join(path, '..', 'lines');
  await eventually(() => readFileSync(lines, 'utf8').split('\n').length === 4);
  assert.equal(
    readFileSync(lines, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line).clusterID),
    [0, 1, 2].map((i) => JSON.parse(reportOf(i)).clusterID),
  );
  assert.is(await server.stop(), 0);
});

test.run();
