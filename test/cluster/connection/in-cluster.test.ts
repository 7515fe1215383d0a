import {execFile, spawnSync} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {open} from '../../../src/cluster/connection/connect.ts';
import {inClusterTarget} from '../../../src/cluster/connection/in-cluster.ts';
import {type SharedApiserver, sharedApiserver} from '../../rig/apiserver.ts';
import {rigSuite} from '../../rig/available.ts';
import {startScripted} from '../../rig/scripted.ts';
import {kubectlBinary} from '../../rig/toolchain.ts';
import {temporaryFolder} from './connecting.ts';
import {type Seen, seenBy, userOf} from './whoami.ts';

/** A folder with the files of a service account, as Kubernetes mounts it. */
function serviceAccount(files: Record<string, string>): string {
  const folder = temporaryFolder();
  for (const [name, content] of Object.entries(files)) writeFileSync(join(folder, name), content);
  return folder;
}

const test = suite('the pod that this runs in');
const pod = {KUBERNETES_SERVICE_HOST: '10.96.0.1', KUBERNETES_SERVICE_PORT: '443'};
const jwt = (payload: object) => `h.${Buffer.from(JSON.stringify(payload)).toString('base64url')}.s`;
const robot = 'system:serviceaccount:seldon-system:robot';

const targets: [name: string, env: NodeJS.ProcessEnv, files: Record<string, string>, expected: string | undefined][] = [
  [
    'a pod',
    pod,
    {token: 't', 'ca.crt': 'CA', namespace: 'seldon-system\n'},
    'https://10.96.0.1:443 seldon-system, service account, CA',
  ],
  ['a pod without namespace', pod, {token: 't', 'ca.crt': 'CA'}, 'https://10.96.0.1:443 default, service account, CA'],
  [
    'a pod with POD_NAMESPACE',
    {...pod, POD_NAMESPACE: 'a'},
    {token: 't', namespace: 'b'},
    'https://10.96.0.1:443 a, service account',
  ],
  ['a pod without a CA', pod, {token: 't'}, 'https://10.96.0.1:443 default, service account'],
  [
    'a pod with IPv6',
    {...pod, KUBERNETES_SERVICE_HOST: 'fd00::1'},
    {token: 't'},
    'https://[fd00::1]:443 default, service account',
  ],
  ['a token that names its account', pod, {token: jwt({sub: robot})}, `https://10.96.0.1:443 default, ${robot}`],
  [
    'a token that names something else',
    pod,
    {token: jwt({sub: 'planted'})},
    'https://10.96.0.1:443 default, service account',
  ],
  ['no token', pod, {'ca.crt': 'CA'}, undefined],
  ['no host', {KUBERNETES_SERVICE_PORT: '443'}, {token: 't'}, undefined],
  ['no port', {KUBERNETES_SERVICE_HOST: '10.96.0.1'}, {token: 't'}, undefined],
];
for (const [name, env, files, expected] of targets) {
  test(name, () => {
    const target = inClusterTarget({env, home: ''}, serviceAccount(files));
    const ca = target?.cluster['certificate-authority'] ? ', CA' : '';
    assert.is(target && `${target.cluster.server} ${target.namespace}, ${target.userName}${ca}`, expected);
  });
}

test('presents the token that the file holds now, and tries once more with one that came meanwhile', async () => {
  const folder = serviceAccount({token: 't1'});
  const rotate = (token: string) => writeFileSync(join(folder, 'token'), `${token}\n`);
  let known = 't1';
  const server = await startScripted({
    routes: {
      '/version': ({headers}, response) => {
        // The kubelet renews the token just as it is refused.
        if (known === 't3') rotate('t3');
        response.writeHead(headers.authorization === `Bearer ${known}` ? 200 : 401).end();
      },
    },
  });
  writeFileSync(join(folder, 'ca.crt'), server.ca);
  const around = {env: {KUBERNETES_SERVICE_HOST: '127.0.0.1', KUBERNETES_SERVICE_PORT: String(server.port)}, home: ''};
  const connection = open(inClusterTarget(around, folder)!, {}, around);
  const ask = async () => (await connection.request('/version')).resume().statusCode;
  assert.is(await ask(), 200);
  rotate('t2');
  known = 't2';
  assert.is(await ask(), 200);
  known = 't3';
  assert.is(await ask(), 200);
  known = 'unknown';
  assert.is(await ask(), 401);
  assert.equal(
    server.requests.map(({headers}) => headers.authorization?.slice('Bearer '.length)),
    ['t1', 't2', 't2', 't3', 't3'],
  );
  connection.close();
  await server.close();
});

test.run();

// In a mount namespace of its own a process finds the files at their real place, like in a pod.
const canMount = spawnSync('unshare', ['--map-root-user', '--mount', 'true']).status === 0;
const real = canMount
  ? rigSuite<{server: SharedApiserver; account: string}>('a pod, as kubectl finds it', ['apiserver', 'kubectl'])
  : undefined;
if (!canMount) console.error('SKIPPED a pod, as kubectl finds it: unshare --mount is not allowed here');

const script = `
  mount -t tmpfs none /run && mkdir -p /var/run/secrets/kubernetes.io/serviceaccount || exit 9
  cp "$0"/* /var/run/secrets/kubernetes.io/serviceaccount
  exec "$@"`;

/** Runs a program that prints whom the server saw, in a pod that has these files. */
function inPod(folder: string, env: NodeJS.ProcessEnv, program: string, args: string[]): Promise<Seen> {
  const command = ['--map-root-user', '--mount', 'sh', '-c', script, folder, program, ...args];
  return new Promise((resolve) => {
    execFile('unshare', command, {env: {PATH: process.env.PATH, HOME: folder, ...env}}, (error, stdout, stderr) =>
      resolve(error ? {error: stderr || error.message} : seenBy(JSON.parse(stdout))),
    );
  });
}

const account = ({account, server}: {account: string; server: SharedApiserver}) => ({
  token: account,
  'ca.crt': server.ca,
});
const noContext = JSON.stringify({users: [{name: 'u', user: {token: 'planted'}}]});

type Pod = [
  name: string,
  files: (world: {account: string; server: SharedApiserver}) => Record<string, string>,
  expected: string | RegExp,
  env?: NodeJS.ProcessEnv,
];
const pods: Pod[] = [
  ['a service account', account, 'system:serviceaccount:default:robot'],
  [
    'a service account beside a kubeconfig without context',
    (w) => ({...account(w), kubeconfig: noContext}),
    'system:serviceaccount:default:robot',
    {KUBECONFIG: 'kubeconfig'},
  ],
  [
    'a service account beside a missing kubeconfig',
    account,
    'system:serviceaccount:default:robot',
    {KUBECONFIG: 'missing'},
  ],
  [
    'a kubeconfig over the service account',
    (w) => ({...account(w), kubeconfig: kubeconfigOf(w.server)}),
    'reader',
    {KUBECONFIG: 'kubeconfig'},
  ],
  ['a token that nobody knows', (w) => ({...account(w), token: 'planted'}), /does not accept the credentials/],
  ['no token', ({server}) => ({'ca.crt': server.ca}), /There is no kubeconfig.*not a pod/],
];

function kubeconfigOf({url, ca, tokens}: SharedApiserver): string {
  return JSON.stringify({
    'current-context': 'c',
    contexts: [{name: 'c', context: {cluster: 'c', user: 'u'}}],
    clusters: [{name: 'c', cluster: {server: url, 'certificate-authority-data': btoa(ca)}}],
    users: [{name: 'u', user: {token: tokens.reader}}],
  });
}

real?.before(async (world) => {
  world.server = await sharedApiserver();
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  await world.server.request('POST', accounts, {metadata: {name: 'robot'}});
  const {body} = await world.server.request('POST', `${accounts}/robot/token`, {spec: {}});
  world.account = body.status.token;
});

for (const [name, files, expected, more = {}] of pods) {
  real?.(name, async (world) => {
    const folder = serviceAccount(files(world));
    const {KUBECONFIG: file} = more;
    const env = {
      KUBERNETES_SERVICE_HOST: '127.0.0.1',
      KUBERNETES_SERVICE_PORT: String(world.server.port),
      ...(file ? {KUBECONFIG: join(folder, file)} : {}),
    };
    const program = join(import.meta.dirname, 'whoami-process.ts');
    const [ours, theirs] = await Promise.all([
      inPod(folder, env, process.execPath, [program]),
      inPod(folder, env, await kubectlBinary(), ['auth', 'whoami', '-o', 'json', '--cache-dir', '/nonexistent']),
    ]);
    if (typeof expected === 'string') {
      assert.equal(ours, theirs);
      assert.is(userOf(ours), expected);
    } else {
      assert.match('error' in ours ? ours.error : '', expected);
      assert.ok('error' in theirs, JSON.stringify(theirs));
    }
  });
}

real?.run();
