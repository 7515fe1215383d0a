import {createHash} from 'node:crypto';
import * as fc from 'fast-check';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {jsonCapacities} from '../../src/cluster/capacities.ts';
import type {Connection} from '../../src/cluster/connection/connection.ts';
import {type NodeLike, nodeFactsReader} from '../../src/cluster/node-facts.ts';
import {readNodes} from '../../src/cluster/nodes.ts';
import {buildNode, type NodeFacts} from '../../src/report/index.ts';
import {type Apiserver, startApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {forwardTo} from '../rig/forward.ts';
import {createNodes, realisticNode} from '../rig/nodes.ts';
import {type Canned, type Handler, startScripted} from '../rig/scripted.ts';
import {connectBy, failure, kubeconfigOf, withScripted} from './connection/connecting.ts';
import {envelope, protobufList} from './protobuf.ts';

/** All nodes; `onNode` is told how many of the current attempt there are. */
async function readAll(connection: Connection, onNode: (count: number) => void = () => {}): Promise<NodeFacts[]> {
  let found: NodeFacts[] = [];
  await readNodes(connection, {
    start: () => (found = []),
    node(facts) {
      found.push(facts);
      onNode(found.length);
    },
  });
  return found;
}

const nodes = Array.from({length: 20}, (_, number) => realisticNode(number));
const expected = nodes.map(nodeFactsReader(jsonCapacities()));
const path = '/api/v1/nodes';
const protobuf = {headers: {'content-type': 'application/vnd.kubernetes.protobuf'}};
const json = {headers: {'content-type': 'application/json'}};
const listBytes = protobufList(nodes);
const listText = JSON.stringify({kind: 'NodeList', apiVersion: 'v1', metadata: {resourceVersion: '7'}, items: nodes});
const asProtobuf: Canned = {...protobuf, body: listBytes};
const asJson: Canned = {...json, body: listText};
const refused = (status: number): Canned => ({status, body: {kind: 'Status', code: status, message: 'no'}});

const answers: [what: string, answer: Canned | Handler | (Canned | Handler)[], requests: number][] = [
  ['protobuf', asProtobuf, 1],
  ['JSON of a server that ignores Accept', asJson, 1],
  ['JSON with a charset', {...asJson, headers: {'content-type': 'application/json; charset=utf-8'}}, 1],
  ['protobuf with fields from the future', {...protobuf, body: protobufList(nodes, {unknownFields: true})}, 1],
  ['protobuf with a content encoding', {...protobuf, body: protobufList(nodes, {contentEncoding: 'identity'})}, 1],
  ['protobuf byte by byte', {...protobuf, chunks: [...listBytes].map((byte) => Buffer.of(byte))}, 1],
  ['JSON in chunks of 7 bytes', {...json, chunks: listText.match(/[\s\S]{1,7}/g) ?? []}, 1],
  ...[400, 406, 415, 501].map((status): [string, (Canned | Handler)[], number] => [
    `protobuf refused by ${status}`,
    [refused(status), asJson],
    2,
  ]),
  ...[408, 410, 429, 500, 502, 503].map((status): [string, Canned[], number] => [
    `protobuf after ${status}`,
    [refused(status), asProtobuf],
    2,
  ]),
  ['JSON after a refusal and 500', [refused(406), refused(500), asJson], 3],
  ['protobuf after garbage', [{...protobuf, body: Buffer.alloc(1000, 0x55)}, asProtobuf], 2],
  ['protobuf after JSON of something else', [{...json, body: '{"kind":"Status"}'}, asProtobuf], 2],
];
for (const [what, answer, requests] of answers) {
  test(`all nodes from ${what}`, () =>
    withScripted({[path]: answer}, async (connection, server) => {
      assert.equal(await readAll(connection), expected);
      assert.is(server.requests.length, requests);
    }));
}

test('asks for protobuf first, from the watch cache, in one list', () =>
  withScripted({[path]: asProtobuf}, async (connection, {requests}) => {
    await readAll(connection);
    assert.equal(
      requests.map(({method, query, headers}) => [method, query, headers.accept]),
      [['GET', {resourceVersion: '0'}, 'application/vnd.kubernetes.protobuf, application/json;q=0.9']],
    );
  }));

const cutAt = (length: number) => [1, 4, 5, 8, 100, length >> 1, length - 9, length - 5];
for (const [what, canned, length] of [
  ['protobuf', asProtobuf, listBytes.length],
  ['JSON', asJson, Buffer.byteLength(listText)],
] as const) {
  for (const offset of cutAt(length)) {
    test(`${what} cut after ${offset} of ${length} bytes is read again from the start`, () =>
      withScripted({[path]: [{...canned, destroyAfter: offset}, canned]}, async (connection, {requests}) => {
        assert.equal(await readAll(connection), expected);
        assert.is(requests.length, 2);
      }));
    test(`${what} that ends in good order after ${offset} of ${length} bytes is not a whole list`, () =>
      withScripted(
        {[path]: {...canned, body: Buffer.from(canned.body as string).subarray(0, offset)}},
        async (connection) => {
          const error = await failure(readAll(connection));
          assert.match(error.message, /^The list of nodes from .* can't be read: .*(in the middle|not JSON)\.$/);
          assert.is(error.code, 'cluster');
        },
      ));
  }
}

const noNodes: [what: string, canned: Canned][] = [
  ['protobuf', {...protobuf, body: protobufList([])}],
  ['JSON', {...json, body: '{"kind":"NodeList","metadata":{},"items":[]}'}],
  ['JSON of null', {...json, body: '{"kind":"NodeList","items":null}'}],
];
for (const [what, canned] of noNodes) {
  test(`an empty list in ${what} is a cluster without nodes`, () =>
    withScripted({[path]: canned}, async (connection) => assert.equal(await readAll(connection), [])));
}

const failures: [what: string, canned: Canned, message: RegExp][] = [
  ['a cut every time', {...asProtobuf, destroyAfter: 5000}, /closed the connection in the middle/],
  ['500 for ever', refused(500), /answered 500: no$/],
  ['401', refused(401), /does not accept the credentials/],
  ['a login page', {headers: {'content-type': 'text/html'}, body: '<form>'}, /answers with text\/html, not as/],
  ['no type', {headers: {'content-type': ''}, body: 'x'}, /answers with no type, not as/],
  ['garbage', {...protobuf, body: Buffer.concat([Buffer.from('k8s\0'), Buffer.alloc(500, 0xff)])}, /can't be read/],
  ['items of garbage', {...protobuf, body: envelope(Buffer.from([0x12, 3, 0xff, 0xff, 0xff]))}, /can't be read/],
  ['items of nothing', {...protobuf, body: envelope(Buffer.from([0x12, 0]))}, /a node without a name/],
  [
    'a Status as protobuf',
    {...protobuf, body: envelope(Buffer.from('\x12\x07Failure'), {kind: 'Status'})},
    /can't be read/,
  ],
  ['a PodList', {...json, body: '{"kind":"PodList","items":[]}'}, /a PodList instead of a NodeList/],
  ['no kind', {...json, body: '{}'}, /a document without kind instead of a NodeList/],
  ['null', {...json, body: 'null'}, /can't be read/],
  ['null for a node', {...json, body: '{"kind":"NodeList","items":[null]}'}, /no object for a node/],
  ['a number for a node', {...json, body: '{"kind":"NodeList","items":[7]}'}, /no object for a node/],
  ['a node of nothing', {...json, body: '{"kind":"NodeList","items":[{}]}'}, /a node without a name/],
  ['more bytes promised than come', {...protobuf, body: listBytes.subarray(0, 4000)}, /ends in the middle/],
  [
    'a wrong length',
    {headers: {...protobuf.headers, 'content-length': '9999999'}, body: listBytes, destroyAfter: listBytes.length},
    /in the middle/,
  ],
];
for (const [what, canned, message] of failures) {
  test(`${what} is an error with a sentence`, () =>
    withScripted({[path]: canned}, async (connection) => {
      const error = await failure(readAll(connection));
      assert.match(error.message, message);
      assert.is(error.code, 'cluster');
    }));
}

test('a server that falls silent in the middle of the list is an error with a sentence', () =>
  withScripted(
    {[path]: {...protobuf, body: listBytes.subarray(0, 5000), hang: true}},
    async (connection) => assert.match((await failure(readAll(connection))).message, 'does not answer'),
    {requestTimeout: 200},
  ));

test('what the taker of the nodes throws comes out as it is, at once', () =>
  withScripted({[path]: asProtobuf}, async (connection, {requests}) => {
    const own = new Error('own');
    const failed = readAll(connection, () => {
      throw own;
    });
    assert.is(await failure(failed), own);
    assert.is(requests.length, 1);
  }));

// Servers from 1.9 on: older fields are missing, and quantities may be numbers.
const old: [what: string, node: object, expected: Partial<NodeFacts>][] = [
  ['no nodeInfo', {metadata: {name: 'a'}, status: {}}, {name: 'a', capacity: {}}],
  ['no status', {metadata: {name: 'a'}}, {name: 'a', capacity: {}}],
  ['no systemUUID', {metadata: {name: 'a'}, status: {nodeInfo: {machineID: 'm'}}}, {name: 'a'}],
  [
    'quantities as numbers',
    {metadata: {name: 'a'}, status: {capacity: {cpu: 4, memory: 16413912000, pods: 110}}},
    {capacity: {cpu: '4', memory: '16413912000', pods: '110'}},
  ],
  ['externalID', {metadata: {name: 'a'}, spec: {externalID: 'i-0123'}}, {providerID: ''}],
];
for (const [what, node, some] of old) {
  test(`a node of an old server with ${what}`, () =>
    withScripted({[path]: {...json, body: JSON.stringify({kind: 'NodeList', items: [node]})}}, async (connection) => {
      const [facts, ...more] = await readAll(connection);
      assert.is(more.length, 0);
      for (const [key, value] of Object.entries(some)) assert.equal(Object(facts)[key], value);
    }));
}

test('the nodes are the same however the answer is cut, while it comes to an end', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(listBytes.length), {maxLength: 3}), async (offsets) => {
      const cuts = offsets.map((destroyAfter): Canned => ({...asProtobuf, destroyAfter: Math.max(1, destroyAfter)}));
      await withScripted({[path]: [...cuts, asProtobuf]}, async (connection) =>
        assert.equal(await readAll(connection), expected),
      );
    }),
    {numRuns: 15},
  );
});

test.run();

/** Three pages of what kubectl asks for at once, and thirty megabytes: more than any buffer between here and there holds. */
const count = 1_500;
const real = rigSuite<{server: Apiserver; raw: (NodeLike & {spec: {providerID?: string}})[]}>(
  'a real cluster of 1,500 nodes',
);

real.before(async (context) => {
  context.server = await startApiserver();
  await createNodes(context.server, count);
  const {body} = await context.server.request('GET', path);
  context.raw = body.items;
});
real.after(({server}) => server.close());

async function withReal<T>(server: Apiserver, user: string, body: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connectBy(server.kubeconfig({user}));
  try {
    return await body(connection);
  } finally {
    connection.close();
  }
}

for (const user of ['reader', 'certificate']) {
  real(`all nodes, in order, each as in JSON, as ${user}`, async ({server, raw}) => {
    const found = await withReal(server, user, readAll);
    assert.is(found.length, count);
    assert.equal(found, raw.map(nodeFactsReader(jsonCapacities())));
    const names = Array.from({length: count}, (_, number) => realisticNode(number).metadata.name).sort();
    assert.is(found[0]?.name, names[0]);
    assert.is(found.at(-1)?.name, names.at(-1));
    assert.equal(
      found.map(({name}) => name),
      names,
    );
  });
}

const clouds = /^(aws|azure|cloudstack|gce|mesos|openstack|ovirt|photon|rackspace|vsphere):\/\/(?!.*:\/\/)/;

real('every node is reported by the rules of Spartakus', async ({server, raw}) => {
  const found = await withReal(server, 'reader', readAll);
  raw.forEach(({metadata, spec, status}, index) => {
    const {machineID = '', systemUUID = '', ...info} = status?.nodeInfo ?? {};
    const {bootID: _, kubeProxyVersion: __, ...sent} = info as Record<string, string>;
    // The API server gives quantities in their canonical form.
    const capacity = Object.entries(status?.capacity ?? {}).map(([resource, value]) => ({resource, value}));
    const report = buildNode(found[index]!, {capacity: 'all'});
    assert.equal(report, {
      id: createHash('md5').update(`${metadata?.name}${machineID}${systemUUID}`).digest('hex'),
      ...sent,
      cloudProvider: clouds.exec(spec.providerID ?? '')?.[1] ?? 'unknown',
      capacity: capacity.sort((a, b) => Buffer.compare(Buffer.from(a.resource), Buffer.from(b.resource))),
    });
  });
});

real('a proxy that refuses protobuf gets all nodes as JSON', async ({server}) => {
  const forward = forwardTo(server);
  const gate = await startScripted({
    routes: {
      '*': (request, response, seen) =>
        request.headers.accept?.includes('protobuf')
          ? void response.writeHead(406).end()
          : forward(request, response, seen),
    },
  });
  const connection = await connectBy(kubeconfigOf(gate, {token: server.tokens.reader}));
  const [found, direct] = [await readAll(connection), await withReal(server, 'reader', readAll)];
  assert.equal(found, direct);
  connection.close();
  await gate.close();
});

const denied: [user: string, token: string, message: RegExp][] = [
  ['nobody', '', /^The user nobody may not list nodes: /],
  ['nobody', 'wrong', /does not accept the credentials of the user nobody \(401\)/],
];
for (const [user, token, message] of denied) {
  real(`${token || 'no'} right: a sentence`, async ({server}) => {
    const kubeconfig = server.kubeconfig({user, ...(token && {credentials: {token}})});
    const error = await failure(readAll(await connectBy(kubeconfig)));
    assert.match(error.message, message);
    assert.is(error.code, 'cluster');
  });
}

real('a stopped server is a sentence', async ({server}) => {
  const connection = await connectBy(server.kubeconfig(), {requestTimeout: 300});
  await server.stop();
  try {
    assert.match((await failure(readAll(connection))).message, 'does not answer');
  } finally {
    server.cont();
    connection.close();
  }
});

real('a server killed in the middle of the list that comes back: all nodes', async ({server}) => {
  let killed: Promise<void> | undefined;
  const connection = await connectBy(server.kubeconfig({user: 'reader'}), {}, async (milliseconds) => {
    await killed;
    // Later waits are for a server that is up and not ready.
    if (connection.waits.length === 1) await server.restart();
    else await new Promise((resolve) => setTimeout(resolve, milliseconds));
  });
  const found = await readAll(connection, (number) => {
    if (number === 100) killed ??= server.kill();
  });
  connection.close();
  assert.ok(killed && connection.waits.length > 0);
  assert.equal(found, await withReal(server, 'reader', readAll));
  assert.is(found.length, count);
});

real('a server killed in the middle of the list for good: a sentence', async ({server}) => {
  let killed: Promise<void> | undefined;
  const connection = await connectBy(server.kubeconfig({user: 'reader'}), {}, async () => killed);
  let finished = false;
  const reading = readAll(connection, (number) => {
    if (number === 100) killed ??= server.kill();
  }).then(() => (finished = true));
  const error = await failure(reading);
  assert.match(error.message, 'refuses connections');
  assert.is(error.code, 'cluster');
  assert.not(finished);
  connection.close();
});

real.run();
