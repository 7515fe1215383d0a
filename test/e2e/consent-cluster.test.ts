// Consent on a real API server, tried with the built program: what waits and whom it asks, a process that stays, and what is
// told of an ID.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import * as assert from 'uvu/assert';
import {type Printed, runBuilt} from '../cluster/built-program.ts';
import {ensureNamespace} from '../cluster/on-cluster.ts';
import {startReceiver} from '../delivery/receiver.ts';
import {newFolder} from '../folder.ts';
import {cacheHome} from '../program.ts';
import {type SharedApiserver, sharedApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {realisticNode} from '../rig/nodes.ts';
import {seeVeto} from '../rig/rbac.ts';
import {startScripted} from '../rig/scripted.ts';

const test = rigSuite<{server: SharedApiserver; receiver: Awaited<ReturnType<typeof startReceiver>>}>('consent');
const program = join(import.meta.dirname, '../../bin/run.js');
const pathOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const uuid = '846db7e9-c861-43d7-8d08-31578af59878';
const flat = (text: string) => text.replace(/\s+/g, ' ');

test.before(async (context) => {
  context.server = await sharedApiserver();
  context.receiver = await startReceiver();
  await ensureNamespace(context.server, 'models');
  await context.server.request('POST', '/api/v1/nodes', realisticNode(0));
  // May list nodes, as the README grants it, and see the no in the two places where it is always looked for.
  await context.server.allow('reader', [seeVeto]);
});
test.after(({receiver}) => receiver.close());
test.after.each(async ({server}) => {
  for (const namespace of ['kube-system', 'models'])
    await server.request('DELETE', `${pathOf(namespace)}/seldon-usage`);
});

function person({kubeconfig}: SharedApiserver, user = 'admin') {
  const home = newFolder('consent-cluster-');
  const env = {KUBECONFIG: kubeconfig({user})};
  const run = (...args: string[]): Promise<Printed> => runBuilt(args, env, home);
  return {home, env, run, waiting: () => readdirSync(join(home, '.local/state/seldon-usage/waiting')).length};
}

/** A person whose report waits, and what then becomes of the record of where it is to go. */
async function withWaiting(server: SharedApiserver, url: string, ...args: string[]) {
  const who = person(server);
  const failing = await startScripted({tls: false, routes: {'*': {status: 301}}});
  const ended = await who.run('send', '--yes', '--url', failing.url, ...args);
  await failing.close();
  assert.is(ended.status, 5, ended.stderr);
  const folder = join(who.home, '.local/state/seldon-usage/waiting');
  const record = join(folder, readdirSync(folder).find((name) => name.endsWith('.json'))!);
  const content = JSON.parse(readFileSync(record, 'utf8'));
  const write = (change: object) =>
    writeFileSync(record, JSON.stringify({...content, url: `${url}/api/v1`, destination: `${url}/api/v1`, ...change}));
  write({});
  return {...who, write};
}

const forbids = (server: SharedApiserver, namespace: string) =>
  server.request('POST', pathOf(namespace), {metadata: {name: 'seldon-usage'}, data: {reporting: 'never'}});

type Waiting = Awaited<ReturnType<typeof withWaiting>>;
const pending: Record<
  string,
  {
    args?: string[];
    first: (who: Waiting, server: SharedApiserver) => unknown;
    pending?: string[];
    status: number;
    says?: RegExp;
  }
> = {
  'after id --reset': {first: ({run}) => run('id', '--reset', '--yes'), status: 0},
  'with an ID that was given': {args: ['--cluster-id', uuid], first: ({run}) => run('id', '--store'), status: 0},
  'of a context that means another server, which has the ID': {
    first: ({write}) => write({server: 'https://10.0.0.1'}),
    status: 0,
  },
  'of a context that means another server, which has another ID': {
    first: ({write, run}) => [write({server: 'https://10.0.0.1'}), run('id', '--reset', '--yes')][1],
    status: 6,
    says: /now means another cluster.*\n *seldon-usage history discard \d{8}T/s,
  },
  'of a context that is gone': {
    first: ({write}) => write({context: 'gone'}),
    status: 6,
    says: /context gone can't be asked/,
  },
  'of a cluster that has said no since': {
    first: (_, server) =>
      server.request('DELETE', `${pathOf('kube-system')}/seldon-usage`).then(() => forbids(server, 'kube-system')),
    status: 6,
    says: /reporting: never/,
  },
  'with a no in a namespace that was named when it was built': {
    args: ['-n', 'models'],
    first: (_, server) =>
      server.request('DELETE', `${pathOf('models')}/seldon-usage`).then(() => forbids(server, 'models')),
    status: 6,
    says: /models says reporting: never/,
  },
  'with a no in a namespace that is named': {
    first: (_, server) => forbids(server, 'models'),
    pending: ['-n', 'models'],
    status: 6,
    says: /models says reporting: never/,
  },
};
for (const [what, {args = [], first, pending: more = [], status, says = /^/}] of Object.entries(pending)) {
  test(`what waits ${what}: ${status}`, async ({server, receiver}) => {
    const who = await withWaiting(server, receiver.url, ...args);
    const before = receiver.bodies.length;
    await first(who, server);
    const ended = await who.run('send', '--pending', '--yes', ...more);
    assert.is(ended.status, status, ended.stderr);
    assert.match(ended.stderr.replace(/ *\n {2}(?! )/g, ' \n  '), says);
    assert.is(receiver.bodies.length, before + (status === 0 ? 1 : 0));
    assert.is(who.waiting(), status === 0 ? 0 : 1);
  });
}

/** The lines of a process that stays, until one has been seen so often; then it is ended, as a kubelet does. */
async function staying(home: string, env: NodeJS.ProcessEnv, args: string[], what: RegExp, often: number) {
  const child = spawn(process.execPath, [program, 'send', '--period', '1s', '--yes', ...args], {
    cwd: home,
    env: {PATH: process.env.PATH, HOME: home, XDG_CACHE_HOME: cacheHome, ...env},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'close');
  const lines: string[] = [];
  for await (const line of createInterface({input: child.stderr!})) {
    lines.push(line);
    if (lines.filter((one) => what.test(one)).length === often) break;
  }
  child.kill('SIGTERM');
  assert.equal(await ended, [0, null], lines.join('\n'));
  return lines;
}

test('a process that stays tells what is wider each period, until another run agreed to it', async ({
  server,
  receiver,
}) => {
  const {home, env, run} = person(server);
  assert.is((await run('send', '--yes', '--url', receiver.url, '--omit', 'nodes.osImage')).status, 0);
  const before = receiver.bodies.length;
  await staying(home, env, ['--url', receiver.url], / error: .*nodes\.osImage.*--accept-wider/, 2);
  assert.is(receiver.bodies.length, before);
  assert.is((await run('send', '--yes', '--url', receiver.url, '--accept-wider')).status, 0);
  await staying(home, env, ['--url', receiver.url], / delivered: /, 1);
});

test('a process that stays asks a cluster that forbids each period, and tells of the ConfigMap that it makes', async ({
  server,
  receiver,
}) => {
  const {home, env} = person(server);
  await forbids(server, 'kube-system');
  await staying(home, env, ['--url', receiver.url], / error: .*reporting: never/, 2);
  await server.request('DELETE', `${pathOf('kube-system')}/seldon-usage`);
  const lines = await staying(home, env, ['--url', receiver.url], / delivered: /, 1);
  assert.match(lines.join('\n'), / made: ConfigMap seldon-usage, namespace kube-system, cluster-id: [\da-f-]{36}\n/);
});

test('in a pod that may not keep an ID it stays too, and tells the rights', async ({server, receiver}) => {
  const {home, env} = person(server, 'reader');
  const before = receiver.bodies.length;
  const pod = {...env, KUBERNETES_SERVICE_HOST: '127.0.0.1'};
  await staying(home, pod, ['--url', receiver.url], / error: .*counted many times/, 2);
  assert.is(receiver.bodies.length, before);
});

test('only an ID that was stored is said to be in the cluster', async ({server, receiver}) => {
  const send = (user: string, ...more: string[]) =>
    person(server, user).run('send', '--yes', '--url', receiver.url, ...more);
  const reader = await send('reader');
  assert.is(reader.status, 0);
  assert.not.match(reader.stdout, /ConfigMap/);
  assert.is(JSON.parse((await send('reader', '--json')).stdout).makes, undefined);
  const {stdout} = await send('admin');
  assert.match(flat(stdout), /ConfigMap seldon-usage, namespace kube-system, cluster-id: [\da-f-]{36}/);
});

for (const more of [[], ['-n', 'models']]) {
  test(`that neither an ID nor a no could be looked for everywhere is told: ${more}`, async ({server, receiver}) => {
    await server.allow('reader', [{apiGroups: ['apps'], resources: ['deployments'], verbs: ['list']}], 'models');
    const {run} = person(server, 'reader');
    for (const args of [
      ['show'],
      ['show', '--json'],
      ['collect'],
      ['id'],
      ['id', '--json'],
      ['send', '--yes', '--url', receiver.url],
    ]) {
      const {stdout, stderr} = await run(...args, ...more);
      assert.match(flat(stdout + stderr), /could not be looked for in all namespaces.*nor an ID that/, args.join());
    }
  });
}

test.run();
