// What comes to the gate besides what Helm asks, written byte by byte: none of it reaches the cluster.
import {once} from 'node:events';
import tls from 'node:tls';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Gate, openGate} from '../../../src/helm/gate/gate.ts';
import {type FakeCluster, fakeCluster, fakeRelease, permitted} from './fake-cluster.ts';

interface Context {
  cluster: FakeCluster;
  gate: Gate;
  address: {port: number; ca: string; token: string};
}

const test = suite<Context>('gate');
test.before.each(async (context) => {
  context.cluster = fakeCluster();
  context.gate = await openGate(context.cluster.connection, fakeRelease());
  context.gate.admit({permitted: async () => permitted('created'), checkRecord: () => []});
  const {clusters, users} = JSON.parse(context.gate.kubeconfig('c', 'seldon'));
  const {server, 'certificate-authority-data': data} = clusters[0].cluster;
  context.address = {
    port: Number(new URL(server).port),
    ca: Buffer.from(data, 'base64').toString(),
    token: users[0].user.token,
  };
});
test.after.each(({gate}) => gate.close());

/** Sends the bytes and answers what comes until the gate closes, or answers as often as it is asked. */
async function send({port, ca, token}: Context['address'], text: string): Promise<string> {
  const socket = tls.connect({host: '127.0.0.1', port, ca});
  await once(socket, 'secureConnect');
  let said = '';
  socket.setEncoding('latin1').on('data', (chunk) => {
    said += chunk;
  });
  socket.on('error', () => {});
  const closed = new Promise((resolve) => socket.once('close', resolve));
  socket.write(text.replaceAll('TOKEN', `Bearer ${token}`).replaceAll('\n', '\r\n'), 'latin1');
  await closed;
  return said;
}

const head = (line: string, ...more: string[]) =>
  `${[line, 'Host: 127.0.0.1', 'Authorization: TOKEN', 'Connection: close', ...more].join('\n')}\n\n`;
const kept = '/api/v1/namespaces/seldon/configmaps/kept';

test('discovery passes, as the user, with no header of Helm’s besides its form', async ({address, cluster}) => {
  const said = await send(
    address,
    head('GET /version?timeout=32s HTTP/1.1', 'Accept: application/json', 'Impersonate-User: x'),
  );
  assert.match(said, /^HTTP\/1.1 200[\s\S]*v1\.36\.3/);
  assert.equal(cluster.asked, [{path: '/version', headers: {Accept: 'application/json'}}]);
});

test('OpenAPI passes, for a Helm that asks for it all the same', async ({address, cluster}) => {
  const path = '/openapi/v3/apis/apps/v1?hash=AB01';
  cluster.answers['GET /openapi/v3/apis/apps/v1'] = {body: {openapi: '3.0.0'}};
  assert.match(await send(address, head(`GET ${path} HTTP/1.1`)), /^HTTP\/1.1 200[\s\S]*"3\.0\.0"/);
  assert.equal(
    cluster.asked.map((one) => one.path),
    [path],
  );
});

test('an object of the plan can be read', async ({address, cluster, gate}) => {
  cluster.answers[`GET ${kept}`] = {body: {kind: 'ConfigMap'}};
  assert.match(await send(address, head(`GET ${kept} HTTP/1.1`, 'Cookie: a=b')), /^HTTP\/1.1 200[\s\S]*ConfigMap/);
  assert.equal(cluster.asked, [{path: kept, headers: {Accept: 'application/json'}}]);
  assert.is(gate.refusal(), undefined);
});

const strangers: Record<string, string> = {
  'no token': 'GET /version HTTP/1.1\nHost: a\nConnection: close\n\n',
  'another token': 'GET /version HTTP/1.1\nHost: a\nAuthorization: Bearer x\nConnection: close\n\n',
  'the token in another writing': 'GET /version HTTP/1.1\nHost: a\nAuthorization: bearer TOKEN\nConnection: close\n\n',
  'the token in the query': 'GET /version?access_token=TOKEN HTTP/1.1\nHost: a\nConnection: close\n\n'.replace(
    'TOKEN',
    'x',
  ),
};
for (const [name, text] of Object.entries(strangers))
  test(`${name}: nothing is answered, and the run goes on`, async ({address, cluster, gate}) => {
    assert.match(await send(address, text), /^HTTP\/1.1 401/);
    assert.equal(cluster.asked, []);
    assert.is(gate.refusal(), undefined);
  });

test('a connection that does not trust the gate’s own certificate alone is none', async ({address}) => {
  const socket = tls.connect({host: '127.0.0.1', port: address.port});
  const [error] = await once(socket, 'error');
  assert.match(String(error.code), /SELF_SIGNED/);
});

const evil = '/api/v1/namespaces/kube-system/secrets/some-secret';

/** By the line of the request, or by all of its head. */
const tricks: Record<string, string> = {
  'another object': head(`GET ${evil} HTTP/1.1`),
  'a list of another kind': head('GET /api/v1/namespaces/kube-system/secrets HTTP/1.1'),
  'a list of all namespaces': head('GET /api/v1/secrets HTTP/1.1'),
  'a list of records without a name': head('GET /api/v1/namespaces/seldon/secrets?labelSelector=owner%3Dhelm HTTP/1.1'),
  'a list of records with a set': head(
    'GET /api/v1/namespaces/seldon/secrets?labelSelector=owner%3Dhelm%2Cname+in+(core,x) HTTP/1.1',
  ),
  'a list of all Secrets': head('GET /api/v1/namespaces/seldon/secrets HTTP/1.1'),
  'a watch': head('GET /api/v1/namespaces/seldon/secrets?labelSelector=owner%3Dhelm%2Cname%3Dcore&watch=true HTTP/1.1'),
  'another record': head('GET /api/v1/namespaces/seldon/secrets/sh.helm.release.v1.other.v1 HTTP/1.1'),
  'two slashes': head(`GET //${kept.slice(1)} HTTP/1.1`),
  'a slash at the end': head(`GET ${kept}/ HTTP/1.1`),
  'a written slash': head('GET /api/v1/namespaces/seldon%2Fconfigmaps/kept HTTP/1.1'),
  'a step up': head(`GET /version/..${evil} HTTP/1.1`),
  'a written step up': head(`GET /version/%2e%2e${evil} HTTP/1.1`),
  'a step up twice written': head(`GET /version/%252e%252e${evil} HTTP/1.1`),
  'discovery with a tail': head(`GET /apis/../..${evil} HTTP/1.1`),
  'discovery of a namespace': head('GET /apis/apps/v1/deployments HTTP/1.1'),
  'OpenAPI with a tail': head(`GET /openapi/v3/../..${evil} HTTP/1.1`),
  'a backslash': head(`GET /version\\..${evil} HTTP/1.1`),
  'a semicolon': head(`GET ${kept};x=/secrets HTTP/1.1`),
  'a NUL': head('GET /api/v1/namespaces/seldon/configmaps/kept%00 HTTP/1.1'),
  'broken UTF-8': head('GET /api/v1/namespaces/seldon/configmaps/%ff HTTP/1.1'),
  'the whole URL': head(`GET https://127.0.0.1${evil} HTTP/1.1`),
  'the whole URL of something planned': head(`GET https://127.0.0.1${kept} HTTP/1.1`),
  'a fragment': head(`GET ${kept}#/${evil} HTTP/1.1`),
  'a parameter that is not known': head(`GET ${kept}?export=true HTTP/1.1`),
  'a parameter twice': head('GET /version?timeout=1s&timeout=2s HTTP/1.1'),
  'a subresource': head(`GET ${kept}/status HTTP/1.1`),
  'a shell in a pod': head('POST /api/v1/namespaces/seldon/pods/a/exec?command=sh HTTP/1.1', 'Content-Length: 0'),
  'the proxy of the API server': head('GET /api/v1/namespaces/seldon/services/a/proxy/ HTTP/1.1'),
  'a method that Helm has not': head(`PUT ${kept} HTTP/1.1`, 'Content-Length: 0'),
  'a method that nobody has': head(`PROPFIND ${kept} HTTP/1.1`),
  HEAD: head(`HEAD ${kept} HTTP/1.1`),
  'an upgrade': head(`GET ${kept} HTTP/1.1`, 'Upgrade: SPDY/3.1').replace(
    'Connection: close',
    'Connection: upgrade, close',
  ),
  'a reading with a body': `${head(`GET ${kept} HTTP/1.1`, 'Content-Length: 1')}x`,
  'another method in a header': head(`GET ${kept} HTTP/1.1`, 'X-HTTP-Method-Override: DELETE'),
  'another method in a header of another name': head(`GET ${kept} HTTP/1.1`, 'X-Method-Override: DELETE'),
  'another method in a third': head(`GET ${kept} HTTP/1.1`, 'X-HTTP-Method: DELETE'),
  'a body that waits to be asked for': head(
    `PATCH ${kept} HTTP/1.1`,
    'Expect: 100-continue',
    'Content-Type: application/merge-patch+json',
    'Content-Length: 2',
  ),
  'HTTP/2 over the same connection': head(`GET ${kept} HTTP/1.1`, 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'),
  'a trial that would be none': `${head(`PATCH ${kept}?dryRun=All HTTP/1.1`, 'Content-Type: application/merge-patch+json', 'Content-Length: 2')}{}`,
  'a trial twice, once for real': `${head(`PATCH ${kept}?dryRun=All&dryRun= HTTP/1.1`, 'Content-Type: application/merge-patch+json', 'Content-Length: 2')}{}`,
  'a parameter in another writing': `${head(`PATCH ${kept}?%64ryRun=All HTTP/1.1`, 'Content-Type: application/merge-patch+json', 'Content-Length: 2')}{}`,
  'fields of others, by force': `${head(`PATCH ${kept}?fieldManager=helm&force=true HTTP/1.1`, 'Content-Type: application/apply-patch+yaml', 'Content-Length: 2')}{}`,
  'a kept object is deleted': head(`DELETE ${kept} HTTP/1.1`, 'Content-Length: 0'),
  'a kept collection is deleted': head('DELETE /api/v1/namespaces/seldon/configmaps HTTP/1.1', 'Content-Length: 0'),
  'a patch of an unknown type': `${head(`PATCH ${kept} HTTP/1.1`, 'Content-Type: application/json', 'Content-Length: 2')}{}`,
  'a watch of one object': head(`GET ${kept}?watch=1 HTTP/1.1`),
  'the older path of a watch': head('GET /api/v1/watch/namespaces/seldon/configmaps/kept HTTP/1.1'),
  'a log': head('GET /api/v1/namespaces/seldon/pods/a/log HTTP/1.1'),
  'a token of an account': head(
    'POST /api/v1/namespaces/kube-system/serviceaccounts/seldon-spartakus-volunteer/token HTTP/1.1',
    'Content-Length: 0',
  ),
  'an eviction': head('POST /api/v1/namespaces/seldon/pods/a/eviction HTTP/1.1', 'Content-Length: 0'),
  'what one may do': head('POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews HTTP/1.1', 'Content-Length: 0'),
  'another name of the scale': head(
    'PATCH /apis/apps/v1/namespaces/seldon/deployments/a/scale HTTP/1.1',
    'Content-Length: 0',
  ),
  'a metrics endpoint': head('GET /metrics HTTP/1.1'),
  'a body in pieces': `${head(`PATCH ${kept} HTTP/1.1`, 'Content-Type: application/json', 'Transfer-Encoding: chunked')}2\n{}\n0\n\n`,
  'a body that is packed': `${head(`PATCH ${kept} HTTP/1.1`, 'Content-Encoding: gzip', 'Content-Length: 2')}{}`,
  'a body too large': `${head(`PATCH ${kept} HTTP/1.1`, `Content-Length: ${9 * 1024 * 1024}`)}${'x'.repeat(9 * 1024 * 1024)}`,
};
for (const [name, text] of Object.entries(tricks))
  test(`refused, and the run ended: ${name}`, async ({address, cluster, gate}) => {
    const said = await send(address, text);
    // A body that is too large may be cut off before there is an answer.
    if (name !== 'a body too large') assert.match(said, /^HTTP\/1.1 403/);
    // Which kind a resource is, for the message, and nothing else.
    assert.equal(
      cluster.asked.filter(({path}) => !/^\/apis?\/[^/]+(?:\/v1)?$/.test(path)),
      [],
    );
    assert.ok(gate.refusal(), said);
    assert.ok(gate.ended.aborted);
    cluster.asked.length = 0;
    assert.match(await send(address, head(`GET ${kept} HTTP/1.1`)), /^HTTP\/1.1 403/, 'nothing passes any more');
  });

/** Refused by HTTP itself: what is not to be read in one way is not read at all. */
const malformed: Record<string, string> = {
  'two lengths': `${head(`PATCH ${kept} HTTP/1.1`, 'Content-Length: 2', 'Content-Length: 3')}{}x`,
  'a length and pieces': `${head(`PATCH ${kept} HTTP/1.1`, 'Content-Length: 4', 'Transfer-Encoding: chunked')}0\n\nGET ${evil} HTTP/1.1\n\n`,
  'no host': `GET ${kept} HTTP/1.1\nAuthorization: TOKEN\nConnection: close\n\n`,
  'a folded header': head(`GET ${kept} HTTP/1.1`, 'X: a\n b: c').replace('a\n b', 'a\n\tb'),
  'a head too large': head(`GET ${kept} HTTP/1.1`, `X: ${'x'.repeat(100_000)}`),
  'a tunnel': head('CONNECT 127.0.0.1:1 HTTP/1.1'),
  'HTTP/2 as if it was agreed on': 'PRI * HTTP/2.0\n\nSM\n\n',
  'a length that is not a number': `${head(`PATCH ${kept} HTTP/1.1`, 'Content-Length: +2')}{}`,
  'pieces in another writing': `${head(`PATCH ${kept} HTTP/1.1`, 'Transfer-Encoding: xchunked')}0\n\n`,
  'pieces, and then something': `${head(`PATCH ${kept} HTTP/1.1`, 'Transfer-Encoding: chunked, identity')}0\n\n`,
  'a piece of no size': `${head(`PATCH ${kept} HTTP/1.1`, 'Transfer-Encoding: chunked')}0x2\n{}\n0\n\n`,
  'a name with a space': head(`GET ${kept} HTTP/1.1`, 'Content-Length : 0'),
  'an address that is no path': head('GET api/v1 HTTP/1.1'),
  'HTTP/0.9': `GET ${kept}\n\n`,
};
for (const [name, text] of Object.entries(malformed))
  test(`no request at all: ${name}`, async ({address, cluster}) => {
    assert.not.match(await send(address, text), /HTTP\/1.1 2/);
    assert.equal(
      cluster.asked.filter(({path}) => path !== kept),
      [],
    );
  });

test('HTTP/2 is not agreed on', async ({address}) => {
  const socket = tls.connect({host: '127.0.0.1', port: address.port, ca: address.ca, ALPNProtocols: ['h2']});
  const [error] = await once(socket, 'error');
  assert.match(String(error.code), /NO_APPLICATION_PROTOCOL/);
});

/** Each of them is there and does not go on. */
const slow: Record<string, (socket: tls.TLSSocket, token: string) => void> = {
  'says nothing': () => {},
  'never ends its head': (socket) => socket.write('GET /version HTTP/1.1\r\nHost: a\r\n'),
  'never sends its body': (socket, token) =>
    socket.write(`PATCH ${kept} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Length: 2\r\n\r\n{`),
};
for (const [name, begin] of Object.entries(slow))
  test(`a client that ${name} is let go, and nothing reaches the cluster`, async ({cluster}) => {
    const limits = {headersTimeout: 100, requestTimeout: 100, connectionsCheckingInterval: 20};
    const gate = await openGate(cluster.connection, fakeRelease(), limits);
    try {
      gate.admit({permitted: async () => permitted('created'), checkRecord: () => []});
      const {clusters, users} = JSON.parse(gate.kubeconfig('c', 'seldon'));
      const {server, 'certificate-authority-data': data} = clusters[0].cluster;
      const socket = tls.connect({
        host: '127.0.0.1',
        port: Number(new URL(server).port),
        ca: Buffer.from(data, 'base64'),
      });
      socket.on('error', () => {}).resume();
      await once(socket, 'secureConnect');
      const closed = once(socket, 'close');
      begin(socket, users[0].user.token);
      await closed;
      assert.equal(cluster.asked, []);
    } finally {
      gate.close();
    }
  });

test('Helm may think between two requests on one connection, for longer than one of them may take', async ({
  cluster,
}) => {
  const gate = await openGate(cluster.connection, fakeRelease(), {
    ...{headersTimeout: 3000, requestTimeout: 3000, connectionsCheckingInterval: 50},
  });
  try {
    const {clusters, users} = JSON.parse(gate.kubeconfig('c', 'seldon'));
    const {server, 'certificate-authority-data': data} = clusters[0].cluster;
    const socket = tls.connect({
      host: '127.0.0.1',
      port: Number(new URL(server).port),
      ca: Buffer.from(data, 'base64'),
    });
    await once(socket, 'secureConnect');
    for (let i = 0; i < 2; i++) {
      if (i > 0) await new Promise((resolve) => setTimeout(resolve, 4000));
      socket.write(`GET /version HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${users[0].user.token}\r\n\r\n`);
      const [said] = await once(socket, 'data');
      assert.match(String(said), /^HTTP\/1.1 200/);
    }
    socket.destroy();
  } finally {
    gate.close();
  }
});

test('before the change has begun it can be stopped: nothing passes any more', async ({address, cluster, gate}) => {
  assert.ok(gate.stopBeforeChange());
  assert.match(await send(address, head(`GET ${kept} HTTP/1.1`)), /^HTTP\/1.1 403/);
  assert.equal(
    cluster.asked.filter(({path}) => path === kept),
    [],
  );
});

test('one request after the other on one connection: each is looked at by itself', async ({address, cluster}) => {
  cluster.answers[`GET ${kept}`] = {body: {kind: 'ConfigMap'}};
  const first = head(`GET ${kept} HTTP/1.1`).replace('Connection: close', 'Connection: keep-alive');
  const said = await send(address, `${first}${head(`GET ${evil} HTTP/1.1`)}`);
  assert.equal(
    [...said.matchAll(/HTTP\/1.1 (\d+)/g)].map(([, status]) => status),
    ['200', '403'],
  );
  assert.equal(
    cluster.asked.map(({path}) => path),
    [kept, '/api/v1'],
  );
});

test('what was refused is named by its kind, and cleaned', async ({address, gate}) => {
  await send(address, head(`GET ${evil} HTTP/1.1`));
  assert.is(gate.refusal(), 'GET Secret kube-system/some-secret: the change needs no such thing');
});

test('before anything is admitted, discovery and the record alone pass', async ({cluster}) => {
  const gate = await openGate(cluster.connection, fakeRelease());
  try {
    const {clusters, users} = JSON.parse(gate.kubeconfig('c', 'seldon'));
    const {server, 'certificate-authority-data': data} = clusters[0].cluster;
    const address = {
      port: Number(new URL(server).port),
      ca: Buffer.from(data, 'base64').toString(),
      token: users[0].user.token,
    };
    assert.match(await send(address, head('GET /version HTTP/1.1')), /^HTTP\/1.1 200/);
    assert.match(await send(address, head(`GET ${kept} HTTP/1.1`)), /^HTTP\/1.1 403/);
  } finally {
    gate.close();
  }
});

test.run();
