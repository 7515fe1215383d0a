import {readFileSync} from 'node:fs';
import {Agent} from 'node:http';
import {connect} from 'node:net';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import fc from 'fast-check';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {checkReport, isKnownResource} from '../../src/report/index.ts';
import {type Program, quietLog, startProgram} from '../collector/program.ts';
import {json, type Message, post, reportOf, send} from '../collector/send.ts';
import {storedReports} from '../collector/stored.ts';
import {newFolder} from '../folder.ts';

/** Requests in all, well-formed HTTP and other: each of the messages, new ones in each run, some times. */
const requests = Number(process.env.HOSTILE_REQUESTS ?? 12_000);
/** Share of them that are not HTTP, or end too early: they cost a connection each. */
const rawShare = 0.02;
const parallel = 48;

const valid = reportOf(1);
const parsed = JSON.parse(valid);
const bombs = [1e6, 2e7].map((size) => gzipSync(Buffer.alloc(size, 0x20)));

const wrongValue = fc.oneof(
  fc.constantFrom<unknown>(null, true, {}, [], -1, 1e308, 2 ** 53, '', '\u0000', '\ud800', 'a'.repeat(9000)),
  fc.jsonValue({maxDepth: 3}),
);
const prototypeKey = fc.constantFrom('__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty');
const path = fc.constantFrom('version', 'timestamp', 'clusterID', 'masterVersion', 'nodes', 'extensions');
const quantity = fc.constantFrom('1', '-1', '1e999', '1Ei', 'NaN', '0x10', '9'.repeat(64), '1.5.5', ' 1', '٣');

/** Bodies that a report could be mistaken for, or that were made to break a parser. */
const body: fc.Arbitrary<string | Uint8Array> = fc.oneof(
  {weight: 4, arbitrary: fc.nat(valid.length).map((at) => valid.slice(0, at))},
  {weight: 4, arbitrary: fc.tuple(path, wrongValue).map(([key, value]) => JSON.stringify({...parsed, [key]: value}))},
  {
    weight: 3,
    arbitrary: fc
      .tuple(prototypeKey, wrongValue)
      .map(([key, value]) => valid.replace('{', `{"${key}":${JSON.stringify(value) ?? 0},`)),
  },
  {
    weight: 3,
    arbitrary: fc
      .tuple(fc.nat(valid.length), fc.uint8Array({minLength: 1, maxLength: 8}))
      .map(([at, bytes]) =>
        Buffer.concat([Buffer.from(valid.slice(0, at)), bytes, Buffer.from(valid.slice(at + bytes.length))]),
      ),
  },
  {weight: 2, arbitrary: fc.jsonValue({maxDepth: 6}).map((value) => JSON.stringify(value))},
  {
    weight: 2,
    arbitrary: fc.tuple(fc.string({minLength: 1, maxLength: 40}), quantity).map(([resource, value]) =>
      JSON.stringify({
        ...parsed,
        nodes: [
          {
            id: 'a',
            capacity: [
              {resource, value},
              {resource: 'cpu', value},
              {resource: 'memory', value},
            ],
          },
        ],
      }),
    ),
  },
  {
    weight: 2,
    arbitrary: fc
      .tuple(fc.string({maxLength: 300, unit: 'binary'}), fc.string())
      .map(([clusterID, value]) => JSON.stringify({...parsed, clusterID, extensions: [{name: clusterID, value}]})),
  },
  {weight: 1, arbitrary: fc.integer({min: 1, max: 30_000}).map((depth) => '['.repeat(depth) + ']'.repeat(depth))},
  {weight: 1, arbitrary: fc.integer({min: 1, max: 5_000}).map((depth) => '{"nodes":'.repeat(depth))},
  {
    weight: 1,
    arbitrary: fc
      .integer({min: 1, max: 4000})
      .map((digits) => valid.replace(/"timestamp":"\d+"/, `"timestamp":${'9'.repeat(digits)}`)),
  },
  {weight: 1, arbitrary: fc.uint8Array({maxLength: 200})},
  {weight: 1, arbitrary: fc.constant(valid)},
);

const encoding = fc.oneof(
  {weight: 12, arbitrary: fc.constant('plain' as const)},
  {weight: 3, arbitrary: fc.constant('gzip' as const)},
  {weight: 1, arbitrary: fc.constant('not-gzip' as const)},
  {weight: 1, arbitrary: fc.constant('cut' as const)},
);

const message: fc.Arbitrary<Partial<Message>> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.tuple(body, encoding, fc.boolean()).map(([body, how, chunked]): Partial<Message> => {
      const headers = {...json, ...(chunked ? {'Transfer-Encoding': 'chunked'} : {})};
      if (how === 'plain') return {headers, body};
      const packed = how === 'not-gzip' ? body : gzipSync(body);
      return {
        headers: {...headers, 'Content-Encoding': 'gzip'},
        body: how === 'cut' ? packed.slice(0, packed.length / 2) : packed,
      };
    }),
  },
  {
    weight: 1,
    arbitrary: fc.constantFrom(...bombs).map((body) => ({headers: {...json, 'Content-Encoding': 'gzip'}, body})),
  },
  {
    weight: 3,
    arbitrary: fc.record({
      method: fc.constantFrom('GET', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'PROPFIND'),
      path: fc.oneof(
        fc.constant('/api/v1'),
        fc.webPath().map((path) => (path.startsWith('/') ? path : `/${path}`)),
      ),
      body: fc.constant(valid),
      headers: fc.constantFrom(json, {'Content-Type': 'text/html'}, {...json, 'Content-Encoding': 'zstd'}),
    }),
  },
);

const rawBytes = fc.oneof(
  fc.string({unit: 'binary', maxLength: 200}),
  fc.constantFrom(
    'POST /api/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n',
    'POST /api/v1 HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    'POST /api/v1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n',
    `POST /api/v1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${valid.length}\r\n\r\n${valid.slice(0, 100)}`,
    `GET / HTTP/1.1\r\n${'X: y\r\n'.repeat(3000)}\r\n`,
    'GET / HTTP/9.9\r\n\r\n',
    'POST /api/v1 HTTP/1.1\r\nHo',
  ),
);

/** Sends and hangs up; whatever comes back must be no 5xx. */
function sendRaw(port: number, bytes: string): Promise<string> {
  return new Promise((resolve) => {
    let text = '';
    const socket = connect({port, host: '127.0.0.1'}, () => socket.end(bytes, 'latin1'));
    socket.on('data', (chunk) => {
      text += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(text));
  });
}

function residentMegabytes({child}: Program): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))![1]) / 1024;
}

test(`${requests} hostile requests: no crash, no 5xx, nothing stored that does not check, memory within bounds`, async () => {
  const store = join(newFolder(), 'reports.db');
  const server = await startProgram(store, ['--max-body', '1Mi']);
  const agent = new Agent({keepAlive: true, maxSockets: parallel});
  // Headers that come slowly, all the time while the others come.
  const slow = Array.from({length: 20}, () => {
    const socket = connect({port: server.port, host: '127.0.0.1'}, () =>
      socket.write('POST /api/v1 HTTP/1.1\r\nHost: x\r\n'),
    );
    const drip = setInterval(() => socket.write('X: y\r\n'), 500);
    socket.on('error', () => {});
    socket.on('close', () => clearInterval(drip));
    return socket;
  });
  const seed = Number(process.env.HOSTILE_SEED ?? Date.now() % 2 ** 31);
  const statuses: Record<string, number> = {};
  let accepted = 0;
  let mostMemory = 0;
  const makers = [fc.sample(message, {seed, numRuns: 4000}), fc.sample(rawBytes, {seed, numRuns: 500})] as const;
  let next = 0;
  const sender = async () => {
    for (let i = next++; i < requests; i = next++) {
      if (i % 2000 === 0) mostMemory = Math.max(mostMemory, residentMegabytes(server));
      if (i % Math.round(1 / rawShare) === 0) {
        const text = await sendRaw(server.port, makers[1][i % makers[1].length]!);
        assert.not.match(text, /^HTTP\/1\.1 5/, `seed ${seed}`);
        continue;
      }
      const one = makers[0][(i * 7919) % makers[0].length]!;
      const {status} = await send(server.port, {...one, agent}).catch((error: NodeJS.ErrnoException) => {
        // The server may end a connection whose body it does not want; the answer can be lost with it.
        assert.ok(['ECONNRESET', 'EPIPE'].includes(error.code!), `${error}, seed ${seed}`);
        return {status: 0};
      });
      statuses[status] = (statuses[status] ?? 0) + 1;
      if (status === 204) accepted++;
      assert.ok(status < 500 || status === 503, `status ${status}, seed ${seed}`);
    }
  };
  let code: number | null;
  try {
    await Promise.all(Array.from({length: parallel}, sender));
    assert.is((await post(server.port, 5)).status, 204);
  } finally {
    next = requests;
    agent.destroy();
    for (const socket of slow) socket.destroy();
    // Once: a second SIGTERM ends it at once.
    code = await server.stop();
  }
  assert.is(code, 0);
  assert.match(server.errors(), quietLog);
  assert.ok(mostMemory < 700, `${mostMemory} MB`);
  // The variety must be real: every kind of answer was had, and some were good.
  for (const status of [204, 400, 404, 405, 413, 415]) assert.ok((statuses[status] ?? 0) > 0, JSON.stringify(statuses));

  let rows = 0;
  for (const {body} of storedReports(store)) {
    rows++;
    const {report, problems} = checkReport(JSON.parse(body));
    assert.equal(problems, undefined);
    for (const {capacity = []} of report!.nodes ?? []) {
      for (const {resource} of capacity) assert.ok(isKnownResource(resource), resource);
    }
    for (const {name} of report!.extensions ?? []) assert.is(name, 'seldon-core-version');
  }
  assert.is(rows, accepted + 1);
});

test.run();
