// Whom each command dials, by the system calls that it makes in a network namespace which holds nothing but loopback: a
// real API server with a release, and a collector. docs/egress.md says the same, from one table.
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readdirSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {egress, type Peer} from '../../build/egress.ts';
import manifest from '../../oclif.manifest.json' with {type: 'json'};
import {startProgram} from '../collector/program.ts';
import {startReceiver} from '../delivery/receiver.ts';
import {makeWorld, type World} from '../helm/world.ts';
import {folder} from '../program.ts';
import {rigSuite} from '../rig/available.ts';
import {shortLived} from '../rig/go.ts';
import {helmBinary, kubeApiserver} from '../rig/toolchain.ts';

const program = join(import.meta.dirname, '../../bin/run.js');
const inside = 'SELDON_USAGE_TEST_NAMESPACE';

/** Whom the system calls of a trace dialled: `address:port`, without sockets of the machine itself. */
function dialled(trace: string): Set<string> {
  const found = new Set<string>();
  // A port of 0 asks the kernel for a route, and sends nothing.
  for (const [, port, , address] of trace.matchAll(
    /sin6?_port=htons\((\d+)\)[^}]*?(sin_addr=inet_addr\(|inet_pton\(AF_INET6, )"([^"]+)"/g,
  ))
    if (port !== '0') found.add(`${address}:${port}`);
  return found;
}

let traces = 0;
const traced = (file: string): [string, ...string[]] => [
  ...(['strace', '-f', '--seccomp-bpf', '-qq', '-e', 'trace=connect,sendto,sendmsg,sendmmsg', '-o', file] as const),
  ...[process.execPath, program],
];

/** Runs the program to its end; whom it dialled, and how it ended. */
async function trace(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const file = join(folder, `trace-${traces++}`);
  const [command, ...first] = traced(file);
  const child = spawn(command, [...first, ...args], {
    cwd: folder,
    env: {PATH: process.env.PATH, HOME: folder, ...shortLived, ...env},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const [status] = await once(child, 'close');
  return {status: status as number, stderr, dialled: dialled(readFileSync(file, 'utf8'))};
}

function define(): void {
  const test = rigSuite<{world: World; collector: Awaited<ReturnType<typeof startReceiver>>}>('egress', [
    'apiserver',
    'helm3',
  ]);
  const example = join(import.meta.dirname, '../../examples/report.json');
  const nodes = join(import.meta.dirname, '../../examples/nodes.json');
  const store = `sqlite:${join(folder, 'reports.db')}`;
  const clusterID = '846db7e9-c861-43d7-8d08-31578af59878';
  const seen = new Set<string>();
  test.before(async (context) => {
    context.world = await makeWorld(3);
    context.collector = await startReceiver();
  });
  test.after(({collector}) => collector.close());

  /** Peers instead of addresses; what is none stays an address. */
  const named = (dialled: Set<string>, {world, collector}: {world: World; collector: {url: string}}, gate = false) => {
    const known = {
      [new URL(world.server.url).host]: 'cluster',
      [new URL(collector.url).host]: 'collector',
    } as Record<string, Peer>;
    return [
      ...new Set([...dialled].map((at) => known[at] ?? (gate && at.startsWith('127.0.0.1:') ? 'gate' : at))),
    ].sort();
  };
  const cluster = ({world}: {world: World}) => ['--kubeconfig', world.kubeconfig];
  const helm = ({world}: {world: World}) => [...cluster({world}), '--helm', world.helmPath];

  const calls: [id: string, args: (context: {world: World; collector: {url: string}}) => string[], status?: number][] =
    [
      ['collect', cluster],
      ['completion', () => ['bash']],
      ['config', () => []],
      ['config:set', () => ['omit', 'nodes.osImage']],
      ['config:unset', () => ['omit']],
      ['history', () => []],
      ['history:discard', () => ['nothing'], 2],
      ['id', cluster],
      ['manifests', () => [], 2],
      ['manifests:send', () => ['--image', 'a/b:1', '--url', 'https://usage.example.com']],
      ['manifests:serve', () => ['--image', 'a/b:1']],
      ['show', cluster],
      ['status', helm],
      ['send', (context) => ['--yes', '--url', context.collector.url, ...cluster(context)]],
      ['enable', (context) => ['--yes', ...helm(context)]],
      ['toggle', (context) => ['--dry-run', ...helm(context)]],
      ['disable', (context) => ['--yes', ...helm(context)]],
    ];
  for (const [id, args, wanted = 0] of calls) {
    seen.add(id);
    test(`${id} dials ${Object.keys(egress[id]!).join(', ') || 'nobody'}`, async (context) => {
      const {status, stderr, dialled} = await trace([...id.split(':'), ...args(context)]);
      assert.is(status, wanted, stderr);
      assert.equal(named(dialled, context, 'gate' in egress[id]!), Object.keys(egress[id]!).sort());
    });
  }

  for (const id of ['serve', 'stats']) seen.add(id);
  test('serve dials nobody, and stats the dashboard alone', async () => {
    const file = join(folder, 'trace-serve');
    const served = await startProgram(store.slice('sqlite:'.length), [], 0, process.env, traced(file));
    const url = `http://127.0.0.1:${served.adminPort}`;
    const headers = {'content-type': 'application/json'};
    const posted = {method: 'POST', headers, body: readFileSync(example)};
    assert.is((await fetch(`http://127.0.0.1:${served.port}/api/v1`, posted)).status, 204);
    const {status, stderr, dialled: asked} = await trace(['stats', '--url', url]);
    assert.is(status, 0, stderr);
    assert.equal([...asked], [new URL(url).host]);
    // strace itself would leave it running.
    const [pid] = readFileSync(`/proc/${served.child.pid}/task/${served.child.pid}/children`, 'utf8').split(' ');
    process.kill(Number(pid), 'SIGTERM');
    await served.ended();
    assert.equal([...dialled(readFileSync(file, 'utf8'))], []);
  });
  const [copy, lines] = [join(folder, 'copy.db'), join(folder, 'all.ndjson')];
  for (const [id, args] of [
    ['serve:check', []],
    ['serve:clusters', []],
    ['serve:backup', [copy]],
    ['serve:forget', [clusterID]],
    ['serve:restore', [copy, '--yes']],
    ['serve:export', ['--output', lines]],
    ['serve:import', [lines, '--store', `sqlite:${join(folder, 'imported.db')}`]],
  ] as const) {
    seen.add(id);
    test(`${id} dials nobody`, async () => {
      const here = args.some((one) => one === '--store') ? [] : ['--store', store];
      const {stderr, dialled} = await trace([...id.split(':'), ...args, ...here]);
      assert.equal([...dialled], [], stderr);
    });
  }

  test('no command is missing here, nor in docs/egress.md', () => {
    assert.equal([...seen].sort(), Object.keys(manifest.commands).sort());
    assert.equal(Object.keys(egress).sort(), Object.keys(manifest.commands).sort());
  });

  const url = ['--url', 'https://collector.example/api/v1'];
  const silent: [name: string, args: string[], status: number, env?: NodeJS.ProcessEnv][] = [
    ['--version', ['--version'], 0],
    ['--help', ['--help'], 0],
    ['the Tab key', ['__complete', 'show', '--context', ''], 0],
    ['DO_NOT_TRACK', ['send', example, '--yes', ...url], 6, {DO_NOT_TRACK: '1'}],
    ['DO_NOT_TRACK, with --period', ['send', '--yes', '--period', '1h', ...url], 6, {DO_NOT_TRACK: '1'}],
    ['nobody agreed', ['send', example, ...url], 6],
    ['a dry run of a file', ['send', example, '--dry-run', ...url], 0],
    ['nothing waits', ['send', '--pending', '--yes'], 0],
    ['a report', ['show', example], 0],
    ['nodes of a file', ['collect', '--nodes', nodes, '--cluster-id', clusterID], 0],
  ];
  for (const [name, args, wanted, env] of silent)
    test(`${name}: silent, no name is resolved`, async () => {
      const {status, stderr, dialled} = await trace(args, env);
      assert.is(status, wanted, stderr);
      assert.equal([...dialled], []);
    });

  test('where it may be sent, the name is resolved: what is silent above would be seen', async () => {
    const {status, dialled} = await trace(['send', example, '--yes', ...url]);
    assert.is(status, 5);
    assert.ok([...dialled].some((at) => at.endsWith(':53')));
  });

  test('a cluster that forbids it: the cluster alone is dialled, and no name resolved', async (context) => {
    const path = '/api/v1/namespaces/kube-system/configmaps';
    const veto = {metadata: {name: 'seldon-usage'}, data: {reporting: 'never'}};
    const there = await context.world.get(`${path}/seldon-usage`);
    const {request} = context.world.server;
    await request(there ? 'PUT' : 'POST', there ? `${path}/seldon-usage` : path, veto);
    const {status, stderr, dialled} = await trace(['send', '--yes', ...url, ...cluster(context)]);
    assert.is(status, 6, stderr);
    assert.equal(named(dialled, context), ['cluster']);
  });

  test.run();
}

function hasStrace(): boolean {
  const there = () =>
    existsSync('/usr/bin/strace') && ['/usr/sbin', '/sbin', '/usr/bin'].some((at) => readdirSync(at).includes('ip'));
  if (!there() && process.env.CI && process.getuid?.() === 0) {
    const quiet = {stdio: 'ignore', env: {...process.env, DEBIAN_FRONTEND: 'noninteractive'}} as const;
    spawnSync('apt-get', ['update', '-qq'], quiet);
    spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'strace', 'iproute2'], quiet);
  }
  return there();
}

if (process.env[inside]) define();
else if (!process.env.CI && !(hasStrace() && spawnSync('unshare', ['--net', 'true']).status === 0))
  console.error('SKIPPED egress: that takes strace, ip and root');
else {
  hasStrace();
  // Built here: in the namespace nothing can be fetched.
  await kubeApiserver();
  await helmBinary(3);
  const {status, signal} = spawnSync(
    'unshare',
    [
      '--net',
      'sh',
      '-c',
      'PATH=$PATH:/usr/sbin:/sbin; ip link set lo up; exec "$@"',
      'sh',
      process.execPath,
      import.meta.filename,
    ],
    {stdio: 'inherit', env: {...process.env, [inside]: '1'}},
  );
  process.exitCode = status ?? (signal ? 1 : 0);
}
