// A collector that passes on to BigQuery: the built program with Google's own client, and a server that speaks its API.
import {spawnSync} from 'node:child_process';
import {cpSync, mkdirSync, symlinkSync} from 'node:fs';
import {createServer} from 'node:http';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {startProgram} from '../collector/program.ts';
import {eventually, post, reportOf} from '../collector/send.ts';
import {newFolder} from '../folder.ts';
import {secretWord, startBigQuery} from '../rig/bigquery.ts';
import {listenOnLoopback} from '../rig/scripted.ts';

const root = join(import.meta.dirname, '../..');
const sink = 'bigquery:project-1.usage.reports';
const also = ['--also', sink];

/** The program as npm installs it, in a folder of its own. */
function installed(): {program: string; modules: string} {
  const modules = join(newFolder(), 'node_modules');
  const here = join(modules, 'seldon-usage');
  for (const name of ['bin', 'dist', 'package.json', 'oclif.manifest.json'])
    cpSync(join(root, name), join(here, name), {recursive: true});
  return {program: join(here, 'bin/run.js'), modules};
}

test('without Google’s client it does not start, and says which package and how; beside it the client is found', async () => {
  const {program, modules} = installed();
  const path = join(newFolder(), 'reports.db');
  const {status, stderr} = spawnSync(
    process.execPath,
    [
      program,
      'serve',
      '--store',
      `sqlite:${path}`,
      '--listen',
      '127.0.0.1:0',
      '--admin-listen',
      '127.0.0.1:0',
      ...also,
    ],
    {encoding: 'utf8', timeout: 60_000},
  );
  assert.is(status, 2, stderr);
  assert.match(stderr, /@google-cloud\/bigquery, and it is not installed/);
  assert.match(stderr.replace(/\s+/g, ' '), /npm install --global @google-cloud\/bigquery@9/);
  mkdirSync(join(modules, '@google-cloud'));
  symlinkSync(join(root, 'node_modules/@google-cloud/bigquery'), join(modules, '@google-cloud/bigquery'));
  const rig = await startBigQuery(newFolder());
  const server = await startProgram(path, also, 0, {...process.env, ...rig.env}, [process.execPath, program]);
  assert.is((await post(server.port, 1)).status, 204);
  await eventually(() => rig.rows().length === 1);
  assert.is(await server.stop(), 0);
  await rig.close();
});

test('without credentials the log says so, and nothing else does', async () => {
  const metadata = await listenOnLoopback(
    createServer((_, response) => response.writeHead(403).end()),
    '127.0.0.1',
  );
  const {GOOGLE_APPLICATION_CREDENTIALS: _, ...rest} = process.env;
  const env = {...rest, HOME: newFolder(), GCE_METADATA_HOST: `127.0.0.1:${metadata.port}`};
  const server = await startProgram(join(newFolder(), 'reports.db'), also, 0, env);
  await eventually(() => /takes nothing at present/.test(server.errors()));
  assert.is(await server.stop(), 0);
  assert.not.match(server.errors(), /Warning/);
  await metadata.close();
});

test('what was acknowledged becomes rows, through faults and kill -9; a cluster is forgotten once the buffer lets it', async () => {
  const rig = await startBigQuery(newFolder());
  const path = join(newFolder(), 'reports.db');
  const env = {...process.env, ...rig.env};
  let server = await startProgram(path, also, 0, env);
  let said = '';
  const bad = JSON.parse(reportOf(7)).clusterID;
  rig.judge = ({clusterID}) => (clusterID === bad ? 'invalid' : undefined);
  rig.faults.push(
    {of: 'insertAll', status: 503},
    {of: 'insertAll', status: 200, after: true},
    {of: 'insertAll', status: 0},
  );
  for (let i = 0; i < 10; i++) assert.is((await post(server.port, i)).status, 204);
  await server.kill();
  said += server.errors();
  server = await startProgram(path, also, 0, env);
  for (let i = 10; i < 20; i++) assert.is((await post(server.port, i)).status, 204);
  const wanted = Array.from({length: 20}, (_, i) => JSON.parse(reportOf(i))).filter(({clusterID}) => clusterID !== bad);
  const ids = (rows: {clusterID: string}[]) => rows.map(({clusterID}) => clusterID).toSorted();
  await eventually(() => rig.rows().length === 19, 60_000);
  assert.equal(ids(rig.rows()), ids(wanted));
  await eventually(async () => {
    const text = await (await fetch(`http://127.0.0.1:${server.adminPort}/metrics`)).text();
    return text.includes(`seldon_usage_sink_reports_total{sink="${sink}",outcome="refused"} 1`);
  });

  const {clusterID} = wanted[3];
  const forget = (...flags: string[]) =>
    spawnSync(
      process.execPath,
      [join(root, 'bin/run.js'), 'serve', 'forget', clusterID, '--yes', '--store', `sqlite:${path}`, ...flags],
      {encoding: 'utf8'},
    ).stdout;
  assert.match(forget(), /waits until a running collector has passed it on/);
  await eventually(() => /can't erase a cluster yet: its rows are still in the streaming buffer/.test(server.errors()));
  assert.equal(JSON.parse(forget('--json')).sinks, [{sink, state: 'waiting'}]);
  // Reports go on meanwhile.
  assert.is((await post(server.port, 30)).status, 204);
  await eventually(() => rig.rows().length === 20);
  rig.flush();
  // It would be tried again in five minutes; a collector that starts tries at once.
  assert.is(await server.stop(), 0);
  said += server.errors();
  server = await startProgram(path, also, 0, env);
  await eventually(() => /"deleted"/.test(forget('--json')));
  assert.not.ok(ids(rig.rows()).includes(clusterID));
  assert.is(rig.rows().length, 19);
  const [{state, at, goneBy}] = JSON.parse(forget('--json')).sinks;
  assert.equal([state, goneBy - at], ['deleted', 14 * 86_400_000]);
  assert.match(
    forget().replace(/\s+/g, ' '),
    /rows were deleted there at \S+; what is deleted can be brought back until \S+Z at most\./,
  );
  assert.is(await server.stop(), 0);
  said += server.errors();
  assert.not.match(said, new RegExp(secretWord));
  assert.not.match(said, new RegExp(clusterID));
  await rig.close();
});

test.run();
