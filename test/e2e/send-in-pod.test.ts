// As in a pod: a service account's files, a read-only root file system and one writable volume, against a real API server.
import {type ChildProcess, spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import * as assert from 'uvu/assert';
import {startReceiver} from '../delivery/receiver.ts';
import {type SharedApiserver, sharedApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {realisticNode} from '../rig/nodes.ts';
import {seeVeto} from '../rig/rbac.ts';

const test = rigSuite('send in a pod');
const root = join(import.meta.dirname, '../..');

/** In a mount namespace of its own: the volume, the service account, and then everything else read-only. */
const pod = `
  set -e
  mount -t tmpfs tmpfs /run
  account=/run/secrets/kubernetes.io/serviceaccount
  mkdir -p $account /run/volume
  printf %s "$TOKEN" > $account/token
  cp "$CA" $account/ca.crt
  printf send-pod > $account/namespace
  unset TOKEN CA
  mount -o remount,bind,ro /
  exec "$@"`;

function startPod(server: SharedApiserver, user: string, args: string[]): ChildProcess {
  const program = [process.execPath, join(root, 'bin/run.js'), 'send', '--yes', ...args];
  return spawn('unshare', ['-m', 'sh', '-c', pod, 'sh', ...program], {
    cwd: '/',
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String(server.port),
      TOKEN: server.tokens[user],
      CA: server.caFile,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
}

function inPod(name: string, work: () => Promise<void>): void {
  const {status, stderr, error} = spawnSync('unshare', [
    '-m',
    'sh',
    '-c',
    'mount -t tmpfs tmpfs /run && mount -o remount,bind,ro /',
  ]);
  if (status === 0 || process.env.CI) test(name, work);
  else {
    console.error(`SKIPPED ${name}: no mount namespaces here: ${error?.message ?? stderr}`);
    test.skip(name);
  }
}

inPod('it stays, reports and keeps the ID in the cluster', async () => {
  const server = await sharedApiserver();
  await server.request('POST', '/api/v1/nodes', realisticNode(0));
  const receiver = await startReceiver();
  const child = startPod(server, 'admin', [
    '--url',
    receiver.url,
    '--state-dir',
    '/run/volume/state',
    '--period',
    '24h',
  ]);
  const ended = once(child, 'close');
  const lines: string[] = [];
  for await (const line of createInterface({input: child.stderr!})) {
    lines.push(line);
    if (/ next: /.test(line)) break;
  }
  child.kill('SIGTERM');
  assert.equal(await ended, [0, null]);
  assert.match(lines.join('\n'), / delivered: .* \(204\)/);
  const {body} = await server.request('GET', '/api/v1/namespaces/kube-system/configmaps/seldon-usage');
  assert.is(JSON.parse(String(receiver.bodies[0])).clusterID, body.data['cluster-id']);
  await server.request('DELETE', '/api/v1/namespaces/kube-system/configmaps/seldon-usage');
  await receiver.close();
});

const refusals: [what: string, user: string, args: string[], status: number, says: RegExp][] = [
  ['an ID that can’t be stored', 'reader', ['--state-dir', '/run/volume/state'], 6, /counted many times/],
  ['nowhere to write', 'admin', [], 5, /Nothing was sent: .*read-only file system/],
];
for (const [what, user, args, status, says] of refusals) {
  inPod(`${what}: ${status}`, async () => {
    const server = await sharedApiserver();
    await server.allow('reader', [seeVeto]);
    const receiver = await startReceiver();
    const child = startPod(server, user, ['--url', receiver.url, ...args]);
    let said = '';
    child.stderr!.on('data', (chunk) => (said += chunk));
    const [code] = await once(child, 'close');
    assert.is(code, status, said);
    assert.match(said, says);
    assert.equal(receiver.headers, []);
    await receiver.close();
  });
}

test.run();
