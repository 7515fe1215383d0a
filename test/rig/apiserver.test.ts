import {once} from 'node:events';
import {statSync} from 'node:fs';
import type {IncomingMessage} from 'node:http';
import {Agent, request as httpsRequest} from 'node:https';
import * as assert from 'uvu/assert';
import {type Apiserver, sharedApiserver, startApiserver} from './apiserver.ts';
import {rigSuite} from './available.ts';
import {createNodes, realisticNode} from './nodes.ts';
import {requestJson} from './request.ts';

const protobuf = {accept: 'application/vnd.kubernetes.protobuf'};
const test = rigSuite('a real API server');

test('is of the version that it was built from', async () => {
  const {request} = await sharedApiserver();
  const {body} = await request('GET', '/version');
  assert.match(body.gitVersion, /^v1\.\d+\.\d+$/);
});

test('keeps the status of a created node', async () => {
  const server = await sharedApiserver();
  await createNodes(server, 3);
  const node = realisticNode(2);
  const {body} = await server.request('GET', `/api/v1/nodes/${node.metadata.name}`);
  assert.equal(body.status.capacity, node.status.capacity);
  assert.equal(body.status.nodeInfo, node.status.nodeInfo);
  assert.is(body.status.images.length, 50);
});

const mayList: [user: 'admin' | 'reader' | 'nobody', path: string, status: number][] = [
  ['admin', '/api/v1/nodes', 200],
  ['reader', '/api/v1/nodes', 200],
  ['reader', '/api/v1/namespaces/kube-system', 403],
  ['nobody', '/api/v1/nodes', 403],
];
for (const [user, path, status] of mayList) {
  test(`${user} gets ${status} for ${path}`, async () => {
    const {request, tokens} = await sharedApiserver();
    const answer = await request('GET', path, undefined, {token: tokens[user]});
    assert.is(answer.status, status);
  });
}

test('knows nobody by a wrong token', async () => {
  const {request} = await sharedApiserver();
  const answer = await request('GET', '/api/v1/nodes', undefined, {token: 'wrong'});
  assert.is(answer.status, 401);
});

test('grants more rights on demand', async () => {
  const {request, tokens, allow} = await sharedApiserver();
  await allow('nobody', [{apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list']}], 'kube-system');
  const path = '/api/v1/namespaces/kube-system/configmaps';
  const answer = await request('GET', path, undefined, {token: tokens.nobody});
  assert.is(answer.status, 200);
});

test('lists nodes as protobuf', async () => {
  const {request, tokens} = await sharedApiserver();
  const answer = await request('GET', '/api/v1/nodes?resourceVersion=0', undefined, {
    token: tokens.reader,
    headers: protobuf,
  });
  assert.is(answer.headers['content-type'], protobuf.accept);
  assert.is(answer.body.subarray(0, 4).toString('latin1'), 'k8s\0');
});

test('knows the admin and others by their client certificates', async () => {
  const {url, ca, adminCert, adminKey, authority} = await sharedApiserver();
  const whoami = async (identity: {cert: string; key: string}) => {
    const review = {apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview'};
    const agent = new Agent({ca, ...identity});
    const path = '/apis/authentication.k8s.io/v1/selfsubjectreviews';
    const {body} = await requestJson(url + path, agent, {method: 'POST'}, review);
    return [body.status.userInfo.username, body.status.userInfo.groups];
  };
  const jane = await authority.client({user: 'jane', groups: ['developers', 'operators']});
  assert.equal(await whoami({cert: adminCert, key: adminKey}), ['admin', ['system:masters', 'system:authenticated']]);
  assert.equal(await whoami(jane), ['jane', ['developers', 'operators', 'system:authenticated']]);
});

test('issues tokens of service accounts', async () => {
  const {request} = await sharedApiserver();
  const accounts = '/api/v1/namespaces/default/serviceaccounts';
  await request('POST', accounts, {metadata: {name: 'robot'}});
  const {body} = await request('POST', `${accounts}/robot/token`, {spec: {}});
  const answer = await request('GET', '/api/v1/nodes', undefined, {token: body.status.token});
  assert.is(answer.status, 403);
  assert.match(answer.body.message, 'system:serviceaccount:default:robot');
});

test('writes private kubeconfigs', async () => {
  const {kubeconfig} = await sharedApiserver();
  assert.is(statSync(kubeconfig({user: 'reader'})).mode & 0o777, 0o600);
});

test.run();

const ended = rigSuite<{server: Apiserver}>('an API server of one’s own');

ended.before(async (context) => {
  context.server = await startApiserver();
  await createNodes(context.server, 1_000);
});
ended.after(({server}) => server.close());

// Only the first bytes are read: the server cannot finish, since most of the list fits into no buffer on the way.
async function beginList({url, ca, tokens}: Apiserver): Promise<IncomingMessage> {
  const headers = {authorization: `Bearer ${tokens.reader}`};
  const request = httpsRequest(`${url}/api/v1/nodes`, {ca, headers}).end();
  const [response] = await once(request, 'response');
  await once(response, 'readable');
  return response;
}

ended('that is killed in the middle of a list cuts the stream, and comes back with its data', async ({server}) => {
  const response = await beginList(server);
  await server.kill();
  const error = await response
    .resume()
    .toArray()
    .catch((reason) => reason);
  assert.is(error.code, 'ECONNRESET');
  await server.restart();
  const {body} = await server.request('GET', '/api/v1/nodes');
  assert.is(body.items.length, 1_000);
});

ended('that is stopped answers when it goes on', async ({server}) => {
  await server.stop();
  let answered = false;
  const answer = server.request('GET', '/version').finally(() => (answered = true));
  await new Promise((resolve) => setTimeout(resolve, 100));
  assert.not(answered);
  server.cont();
  assert.is((await answer).status, 200);
});

ended.run();
