// The table of places against what the built program writes: each command in a home and a TMPDIR of its own, with every
// path noted that it writes to, and what lies there afterwards.
import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join, relative} from 'node:path';
import {createInterface} from 'node:readline';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {makeWorkspace} from '../../src/helm/workspace.ts';
import {type Place, patternOf, places, type Root} from '../../src/host/places.ts';
import {sampleReport} from '../delivery/sandbox.ts';
import {writeKubeconfig} from '../rig/kubeconfig.ts';
import {startScripted} from '../rig/scripted.ts';

const test = suite('places');
const top = mkdtempSync(join(tmpdir(), 'places-'));
const home = join(top, 'home');
const temporary = join(top, 'tmp');
const named = join(top, 'named');
const writes = join(top, 'writes');
for (const each of [home, temporary, named]) mkdirSync(each);
writeFileSync(writes, '');
test.after(() => rmSync(top, {recursive: true, force: true}));

const rootFolders: Record<Root, string> = {
  state: join(home, '.local/state/seldon-usage'),
  config: join(home, '.config/seldon-usage'),
  cache: join(home, '.cache/seldon-usage'),
  data: join(home, '.local/share/seldon-usage'),
  temporary,
  named,
};

/** Starts the built program; whatever it writes is noted. */
function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(import.meta.dirname, '../../bin/run.js'), ...args], {
    cwd: named,
    env: {
      PATH: process.env.PATH,
      HOME: home,
      TMPDIR: temporary,
      WRITES: writes,
      NODE_OPTIONS: `--require=${join(import.meta.dirname, 'writes.cjs')}`,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

/** Runs it to its end, and looks at the disk afterwards. */
async function run(status: number, ...args: string[]): Promise<string> {
  const child = start(...args);
  let said = '';
  let out = '';
  child.stderr!.on('data', (chunk) => (said += chunk));
  child.stdout!.on('data', (chunk) => (out += chunk));
  const [code] = await once(child, 'close');
  look();
  assert.is(code, status, `${args.join(' ')}: ${said}`);
  return out;
}

const seen = new Set<string>();

/** Takes down what is on the disk now. */
function look(): void {
  for (const folder of [home, temporary, named])
    for (const name of readdirSync(folder, {recursive: true, encoding: 'utf8'})) seen.add(join(folder, name));
}

/** The place that a path is; undefined for none. Folders that lead to a place are part of it. */
function placeOf(path: string): Place | 'on the way' | 'being written' | undefined {
  if (path.endsWith('.tmp') || path.endsWith('.tmp-journal')) return 'being written';
  for (const place of places) {
    const root = rootFolders[place.root];
    if (`${root}/`.startsWith(`${path}/`)) return 'on the way';
    const below = relative(root, path);
    if (below.startsWith('..')) continue;
    if (place.root === 'named') continue;
    if (patternOf(place).test(below)) return place;
    const depth = below.split('/').length;
    const above = {...place, path: place.path.split('/').slice(0, depth).join('/')};
    if (depth < place.path.split('/').length && patternOf(above).test(below)) return 'on the way';
  }
  return undefined;
}

test('every command writes where the table says, and nowhere else', async () => {
  const input = join(top, 'report.json');
  writeFileSync(input, JSON.stringify(sampleReport(1)));
  const nodes = join(import.meta.dirname, '../../examples/nodes.json');
  const clusterID = '846db7e9-c861-43d7-8d08-31578af59878';
  const collector = await startScripted({
    tls: false,
    routes: {'/api/v1': {status: 204}, '*': [{status: 301}, {status: 204}, {status: 301}]},
  });
  const api = await startScripted({
    routes: {
      '/apis/apps/v1/deployments': {body: {kind: 'DeploymentList', apiVersion: 'apps/v1', metadata: {}, items: []}},
      '/apis/apps/v1/statefulsets': {body: {kind: 'StatefulSetList', apiVersion: 'apps/v1', metadata: {}, items: []}},
      '/version': {body: {gitVersion: 'v1.36.3'}},
      '/api/v1/nodes': {body: {kind: 'NodeList', apiVersion: 'v1', metadata: {}, items: []}},
      '/api/v1/namespaces/kube-system': {body: {metadata: {uid: clusterID}}},
    },
  });
  const kubeconfig = join(top, 'kubeconfig');
  writeKubeconfig(kubeconfig, {server: api.url, ca: api.ca, credentials: {token: 't'}, userName: 'u', context: 'c'});
  const cluster = ['--kubeconfig', kubeconfig];
  try {
    await run(0, '--version');
    await run(0, '--help');
    await run(0, 'show', input);
    await run(0, 'show', '--nodes', nodes, '--cluster-id', clusterID);
    await run(0, 'collect', '--nodes', nodes, '--cluster-id', clusterID, '--output', 'collect.json');
    await run(0, 'config', 'set', 'keep-reports', '50');
    await run(0, 'config', 'unset', 'keep-reports');
    await run(0, 'config');
    await run(0, 'send', input, '--yes', '--dry-run', '--url', collector.url);
    await run(0, 'send', input, '--yes', '--url', collector.url);
    await run(5, 'send', input, '--yes', '--url', `${collector.url}/other`);
    await run(0, 'send', '--pending', '--yes');
    await run(5, 'send', input, '--yes', '--url', `${collector.url}/other`);
    const {entries} = JSON.parse(await run(0, 'history', '--json')) as {entries: {id: string}[]};
    await run(0, 'history', 'discard', entries[0]!.id, '--yes');
    await run(0, 'show', input, '--diff');
    await run(0, 'id', ...cluster);
    await run(0, 'collect', '--output', 'cluster.json', ...cluster);
    await run(0, 'show', ...cluster);
    const status = start('status', ...cluster);
    await once(status, 'close');
    look();
    await serving();
  } finally {
    await collector.close();
    await api.close();
  }
  const noted = readFileSync(writes, 'utf8').trimEnd().split('\n');
  assert.ok(noted.length > 50, 'the recorder has noted nothing');
  const allowed = new Set(
    ['collect.json', 'cluster.json', 'backup.db', 'backup.db-journal'].map((name) => join(named, name)),
  );
  const stray = [...new Set([...noted, ...seen])].filter(
    (path) => placeOf(path) === undefined && !allowed.has(path) && path !== '/dev/null',
  );
  assert.equal(stray, []);
  assert.equal(readdirSync(named).sort(), ['backup.db', 'cluster.json', 'collect.json']);
  // No row of the table is for nothing.
  const written = new Set([...noted, ...seen].map(placeOf));
  assert.equal(
    places.filter((place) => !['named', 'temporary'].includes(place.root) && !written.has(place)).map(({path}) => path),
    [],
  );
});

/** A collector that receives a report, and the commands about its store. */
async function serving(): Promise<void> {
  const child = start('serve', '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0');
  try {
    const lines = createInterface({input: child.stdout!});
    let said = '';
    for await (const line of lines) {
      said += line;
      const [url] = /http:\S+\/api\/v1$/.exec(line) ?? [];
      if (!url) continue;
      const answer = await fetch(url, {
        method: 'POST',
        body: JSON.stringify(sampleReport(1)),
        headers: {'content-type': 'application/json'},
      });
      assert.is(answer.status, 204, said);
      break;
    }
    look();
    await run(0, 'serve', 'backup', 'backup.db');
    await run(0, 'serve', 'check');
  } finally {
    child.kill('SIGTERM');
    if (child.exitCode === null) await once(child, 'close');
  }
  look();
  await run(0, 'serve', 'clusters');
  await run(0, 'serve', 'restore', 'backup.db', '--yes');
  await run(0, 'serve', 'forget', sampleReport(1).clusterID, '--yes');
  await passingOn();
}

/** One that only passes on. */
async function passingOn(): Promise<void> {
  const only = ['--store', 'http://127.0.0.1:9/', '--listen', '127.0.0.1:0', '--admin-listen', '127.0.0.1:0'];
  const child = start('serve', ...only);
  const lines = createInterface({input: child.stdout!});
  for await (const line of lines) if (/Queue: /.test(line)) break;
  look();
  child.kill('SIGTERM');
  if (child.exitCode === null) await once(child, 'close');
}

test('a run of enable has its folder where the table says', async () => {
  const {folder, write, remove} = await makeWorkspace(temporary);
  try {
    write('chart/values.yaml', '');
    assert.is(statSync(folder).mode & 0o777, 0o700);
    for (const name of readdirSync(folder, {recursive: true, encoding: 'utf8'}))
      assert.is((placeOf(join(folder, name)) as Place).root, 'temporary');
  } finally {
    remove();
  }
  assert.not(existsSync(folder));
});

test.run();
