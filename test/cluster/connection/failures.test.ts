import {execFile} from 'node:child_process';
import {setTimeout as sleep} from 'node:timers/promises';
import {promisify} from 'node:util';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {noAnswer, refusal} from '../../../src/cluster/connection/failures.ts';
import {getJson, HttpError} from '../../../src/cluster/connection/request.ts';
import {readNodes} from '../../../src/cluster/nodes.ts';
import {storeClusterID} from '../../../src/cluster/stored-id.ts';
import {UserError} from '../../../src/errors.ts';
import {sharedApiserver} from '../../rig/apiserver.ts';
import {rigSuite} from '../../rig/available.ts';
import {expired, makeAuthority, makeSelfSigned, notYetValid} from '../../rig/certificates.ts';
import {freePort} from '../../rig/ports.ts';
import {startScripted, startSilent} from '../../rig/scripted.ts';
import {kubectlBinary} from '../../rig/toolchain.ts';
import {connectBy, failure, kubeconfigOf, temporaryFolder} from './connecting.ts';

const hostile = {server: 'https://k8s.example:6443', context: 'a\u001b[2J\u009b2Jb', user: 'c\u001b[2Jd'};
for (const [what, error] of [
  ['no answer', noAnswer(Object.assign(new Error('x'), {code: 'ECONNREFUSED'}), hostile)],
  ['an odd one', noAnswer(new Error('x'), hostile)],
  ...[401, 403, 404, 500].map((status) => [String(status), refusal(status, '', '', hostile)] as const),
] as const)
  test(`${what}: names in a kubeconfig move no cursor`, () =>
    assert.not.match([error.message, ...error.suggestions].join(''), /[\u0000-\u001f\u007f-\u009f]/));

const where = {server: 'https://k8s.example:6443', context: 'prod', user: 'jane'};
const codes: [code: string, message: string][] = [
  ['ENOTFOUND', 'The name of the API server https://k8s.example:6443 is unknown.'],
  ['EAI_AGAIN', "The name of the API server https://k8s.example:6443 can't be resolved now."],
  ['ECONNREFUSED', 'The API server https://k8s.example:6443 refuses connections.'],
  ['ECONNRESET', 'The API server https://k8s.example:6443 closed the connection in the middle.'],
  ['EPIPE', 'The API server https://k8s.example:6443 closed the connection in the middle.'],
  ['ETIMEDOUT', 'The API server https://k8s.example:6443 does not answer.'],
  ['EHOSTUNREACH', 'There is no route to the API server https://k8s.example:6443.'],
  ['CERT_HAS_EXPIRED', 'The certificate of the API server https://k8s.example:6443 has expired'],
  [
    'HPE_INVALID_CONSTANT',
    "The API server https://k8s.example:6443 can't be talked to: what answers there does not speak HTTP",
  ],
  ['EWHATEVER', "The API server https://k8s.example:6443 can't be talked to: some words"],
];
for (const [code, message] of codes) {
  test(`${code}: ${message}`, () => {
    const cause = Object.assign(new Error('some words'), {code});
    const error = noAnswer(new Error('outer', {cause}), where);
    if (code !== 'EWHATEVER') assert.ok(error.message.startsWith(message), error.message);
    assert.ok(noAnswer(cause, where).message.startsWith(message), noAnswer(cause, where).message);
    assert.is(error.code, 'cluster');
    assert.ok(error.suggestions.length > 0);
  });
}

test('of several addresses that all refuse, one sentence is made', () => {
  const each = Object.assign(new Error('refused'), {code: 'ECONNREFUSED'});
  assert.match(noAnswer(new AggregateError([each, each]), where).message, 'refuses connections');
});

test('what is a sentence already stays', () => {
  const known = new UserError('usage', 'known');
  assert.is(noAnswer(known, where), known);
});

const forbiddenBody = (user: string) =>
  JSON.stringify({kind: 'Status', message: `nodes is forbidden: User ${JSON.stringify(user)} cannot list resource`});
const named: [user: string, flag: string][] = [
  ['jane', '--user=jane'],
  ['jane@example.com', '--user=jane@example.com'],
  ['system:serviceaccount:models:robot', '--user=system:serviceaccount:models:robot'],
  ['jane; rm -rf /', '--user=USER'],
  ['$(reboot)', '--user=USER'],
];
test('nobody is told to grant rights to those whom the server does not know', () => {
  for (const permission of [undefined, {verb: 'list', resource: 'nodes'} as const]) {
    const {message, suggestions} = refusal(
      403,
      'application/json',
      forbiddenBody('system:anonymous'),
      where,
      permission,
    );
    assert.match(message, 'did not recognise the credentials of the user');
    assert.not.match(suggestions.join('\n'), /create|anonymous|unauthenticated/);
  }
});

for (const [user, flag] of named) {
  test(`a binding for ${user} has ${flag}`, () => {
    const error = refusal(403, 'application/json', forbiddenBody(user), where, {verb: 'list', resource: 'nodes'});
    const binding = `kubectl create clusterrolebinding seldon-usage-list-nodes:${flag.replace('--user=', '')}`;
    assert.is(error.suggestions.at(-1), `${binding} --clusterrole=seldon-usage-list-nodes ${flag}`);
  });
}

test('a resource of a group is named with it', () => {
  const permission = {verb: 'get', resource: 'deployments', group: 'apps', namespace: 'models'} as const;
  const {message, suggestions} = refusal(403, 'application/json', forbiddenBody('jane'), where, permission);
  assert.match(message, 'may not get deployments.apps in the namespace models');
  const role = 'kubectl create role seldon-usage-get-deployments --verb=get --resource=deployments.apps';
  assert.is(suggestions[1], `${role} --namespace=models`);
});

/** The message of one request to a server, whatever it is. */
async function messageOf(kubeconfig: string, requestTimeout = 0): Promise<string> {
  const connection = await connectBy(kubeconfig, {requestTimeout});
  try {
    const error = await failure(getJson(connection, '/version'));
    assert.is(error.code, 'cluster');
    return error.message;
  } finally {
    connection.close();
  }
}

test('a port where nobody listens', async () => {
  const server = {url: `https://127.0.0.1:${await freePort()}`, ca: (await makeAuthority()).cert};
  assert.match(await messageOf(kubeconfigOf(server)), 'refuses connections');
});

test('a name that nobody has', async () => {
  const server = {url: 'https://no-such-name.invalid:6443', ca: (await makeAuthority()).cert};
  assert.match(await messageOf(kubeconfigOf(server)), /name of the API server .* (is unknown|can't be resolved now)/);
});

test('a server that says nothing at all', async () => {
  const silent = await startSilent();
  const server = {url: `https://127.0.0.1:${silent.port}`, ca: (await makeAuthority()).cert};
  assert.match(await messageOf(kubeconfigOf(server), 200), 'does not answer');
  await silent.close();
});

test('plain HTTP where TLS is expected', async () => {
  const plain = await startScripted({routes: {}, tls: false});
  const server = {url: plain.url.replace('http:', 'https:'), ca: plain.ca};
  assert.match(await messageOf(kubeconfigOf(server)), 'does not speak TLS');
  await plain.close();
});

const authority = await makeAuthority();
const certificates: [what: string, tls: Awaited<ReturnType<typeof makeSelfSigned>>, message: RegExp][] = [
  ['an expired certificate', await authority.server({...expired}), /has expired/],
  ['a certificate of the future', await authority.server({...notYetValid}), /is not valid yet/],
  ['a certificate of another name', await authority.server({hosts: ['other.example']}), /is for another name/],
  ['a certificate of another CA', await (await makeAuthority('other')).server(), /not signed by a CA that is trusted/],
  ['a certificate that it signed itself', await makeSelfSigned(), /not signed by a CA that is trusted/],
];
for (const [what, tls, message] of certificates) {
  test(`${what} is its own sentence`, async () => {
    const server = await startScripted({routes: {}, tls});
    assert.match(await messageOf(kubeconfigOf({url: server.url, ca: authority.cert})), message);
    await server.close();
  });
}

test.run();

const real = rigSuite('refusals of a real API server', ['apiserver', 'kubectl']);

/** Runs lines that were suggested, word for word, as the admin, in a folder of their own. */
async function runAsAdmin(lines: readonly string[], kubeconfig: string): Promise<void> {
  const kubectl = await kubectlBinary();
  for (const line of lines) {
    const [program, ...args] = line.split(' ');
    assert.is(program, 'kubectl');
    await promisify(execFile)(kubectl, args, {
      cwd: temporaryFolder(),
      env: {KUBECONFIG: kubeconfig, HOME: temporaryFolder()},
    });
  }
}

/** Runs `attempt` until it is no longer forbidden: the server learns of new roles by a watch. */
async function untilAllowed(attempt: () => Promise<unknown>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await attempt();
      return;
    } catch (error) {
      if (!(error instanceof HttpError && error.status === 403) || tries === 400) throw error;
      await sleep(25);
    }
  }
}

real('the lines that a 403 names give the right to list nodes', async () => {
  const server = await sharedApiserver();
  const connection = await connectBy(server.kubeconfig({user: 'nobody'}));
  const read = () => readNodes(connection, {start: () => {}, node: () => {}});
  const error = await failure(read());
  assert.match(error.message, /^The user nobody may not list nodes: nodes is forbidden: User "nobody" cannot list/);
  const lines = (error.suggestions ?? []).filter((line) => line.startsWith('kubectl '));
  assert.equal(lines, [
    'kubectl create clusterrole seldon-usage-list-nodes --verb=list --resource=nodes',
    'kubectl create clusterrolebinding seldon-usage-list-nodes:nobody --clusterrole=seldon-usage-list-nodes --user=nobody',
  ]);
  await runAsAdmin(lines, server.kubeconfig());
  await untilAllowed(read);
  connection.close();
});

real('the lines that a 403 names give the right to store an ID, one after the other', async () => {
  const server = await sharedApiserver();
  const robot = '/api/v1/namespaces/default/serviceaccounts';
  await server.request('POST', robot, {metadata: {name: 'robot'}});
  const {body} = await server.request('POST', `${robot}/robot/token`, {spec: {}});
  const connection = await connectBy(server.kubeconfig({credentials: {token: body.status.token}}));
  const id = '0f9d2c4e-1b7a-4a57-8a55-0123456789ab';
  const error = await failure(storeClusterID(connection, 'kube-system', id));
  const lines = (error.suggestions ?? []).filter((line) => line.startsWith('kubectl '));
  assert.match(lines[1] ?? '', ' --user=system:serviceaccount:default:robot --namespace=kube-system');
  await runAsAdmin(lines, server.kubeconfig());
  await untilAllowed(() => storeClusterID(connection, 'kube-system', id));
  connection.close();
});

real('a wrong token is told from a missing right', async () => {
  const server = await sharedApiserver();
  const connection = await connectBy(server.kubeconfig({credentials: {token: 'wrong-token-of-jane'}}));
  const error = await failure(getJson(connection, '/api/v1/nodes'));
  assert.match(error.message, 'does not accept the credentials of the user admin (401)');
  assert.not.match(JSON.stringify([error.message, error.suggestions]), 'wrong-token-of-jane');
  connection.close();
});

real('nobody at all may not list nodes either', async () => {
  const server = await sharedApiserver();
  const connection = await connectBy(server.kubeconfig({credentials: {}}));
  const error = await failure(readNodes(connection, {start: () => {}, node: () => {}}));
  assert.match(error.message, /system:anonymous|\(401\)/);
  connection.close();
});

real.run();
