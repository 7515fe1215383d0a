import type {Server} from 'node:http';
import {type AddressInfo, connect} from 'node:net';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {defaultLimits, type IngestLimits, ingestServer} from '../../src/collector/ingest.ts';
import {eventually, reportOf} from './send.ts';

/** A listener whose store keeps the answers back until `store` is called, and one report of an address at a time. */
async function listener(limits: Partial<IngestLimits>, trustedProxies: string[] = [], sharedAddresses: string[] = []) {
  const waiting: ((stored: boolean) => void)[] = [];
  const tally = {
    ...{requests: 0, accepted: 0, events: 0, refused: {} as Record<string, number>, connections: 0},
    ...{droppedFields: 0, droppedResources: 0, droppedExtensions: 0},
  };
  const server: Server = ingestServer({
    limits: {...defaultLimits, ...limits},
    addresses: {trustedProxies, sharedAddresses},
    tally,
    submit: (_report, _network, done) => waiting.push(done),
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const {port} = server.address() as AddressInfo;
  return {
    ...{port, tally, waiting},
    store: () => {
      for (const done of waiting.splice(0)) done(true);
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

const body = reportOf(1);
const message = (headers = '') =>
  `POST /api/v1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;

/** Sends bytes from an address; the status of the answer, 0 if the connection ends without one. */
function from(localAddress: string, port: number, ...parts: (string | Buffer)[]): Promise<number> {
  return new Promise((resolve) => {
    const socket = connect({port, host: '127.0.0.1', localAddress}, async () => {
      for (const part of parts) {
        socket.write(part);
        if (parts.length > 1) await new Promise((resolve) => setTimeout(resolve, 20));
      }
    });
    socket.on('data', (chunk) => {
      resolve(Number(/^HTTP\/1.1 (\d+)/.exec(chunk.toString('latin1'))?.[1]));
      socket.destroy();
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(0));
  });
}

const proxy = '127.0.0.4';
const other = '127.0.0.5';
const forwarded = (address: string) => message(`X-Forwarded-For: ${address}\r\n`);
const v1 = (address: string) => `PROXY TCP4 ${address} 10.0.0.1 1 2\r\n`;
const v2 = Buffer.from('0d0a0d0a000d0a515549540a2111000cc00002010a00000100010002', 'hex');

/** The first holds its address's share; whether the second is of the same address. */
const pairs: [
  what: string,
  first: [string, ...(string | Buffer)[]],
  second: [string, ...(string | Buffer)[]],
  isSame: boolean,
][] = [
  ['one address', [other, message()], [other, message()], true],
  ['two addresses', [other, message()], ['127.0.0.6', message()], false],
  ['a proxy for two', [proxy, forwarded('192.0.2.1')], [proxy, forwarded('192.0.2.2')], false],
  ['a proxy for one', [proxy, forwarded('192.0.2.1')], [proxy, forwarded('198.18.0.1, 192.0.2.1')], true],
  ['no proxy that says it is one', [other, forwarded('192.0.2.1')], [other, forwarded('192.0.2.2')], true],
  ['PROXY v1 for two', [proxy, v1('192.0.2.1') + message()], [proxy, v1('192.0.2.2') + message()], false],
  [
    'PROXY v1 for one, in parts',
    [proxy, 'PRO', `${v1('192.0.2.1').slice(3)}`, message()],
    [proxy, v1('192.0.2.1') + message()],
    true,
  ],
  ['PROXY v2 and v1 for one', [proxy, v2, message()], [proxy, v1('192.0.2.1') + message()], true],
  [
    'PROXY and its client, who forwards',
    [proxy, v1('192.0.2.1') + forwarded('1.1.1.1')],
    [proxy, v1('192.0.2.1') + forwarded('1.1.1.2')],
    true,
  ],
  ['a shared address', ['127.0.0.7', message()], ['127.0.0.7', message()], false],
];

for (const [what, first, second, isSame] of pairs) {
  test(`whose share: ${what}`, async () => {
    const {port, waiting, store, close} = await listener({reportShare: 1}, [proxy], ['127.0.0.7']);
    try {
      const held = from(first[0], port, ...first.slice(1));
      await eventually(() => waiting.length === 1, 5000);
      const answer = from(second[0], port, ...second.slice(1));
      if (!isSame) await eventually(() => waiting.length === 2, 5000);
      else assert.is(await answer, 503);
      store();
      assert.is(await held, 204);
      if (!isSame) assert.is(await answer, 204);
    } finally {
      close();
    }
  });
}

test('what a sender left behind when it went away is of its share until it is settled', async () => {
  const {port, tally, waiting, store, close} = await listener({reportShare: 1});
  try {
    const socket = connect({port, host: '127.0.0.1', localAddress: other}, () => socket.write(message()));
    await eventually(() => waiting.length === 1, 5000);
    socket.destroy();
    await eventually(() => tally.connections === 0, 5000);
    const second = from(other, port, message());
    await eventually(() => tally.refused.busy === 1 || waiting.length === 2, 5000);
    assert.is(waiting.length, 1);
    assert.is(await second, 503);
    store();
    const next = from(other, port, message());
    await eventually(() => waiting.length === 1, 5000);
    store();
    assert.is(await next, 204);
  } finally {
    close();
  }
});

test('the PROXY protocol of an address that is not trusted is no HTTP', async () => {
  const {port, close} = await listener({}, [proxy]);
  assert.is(await from(other, port, v1('192.0.2.1') + message()), 400);
  assert.is(await from(proxy, port, 'PROXY TCP4 nonsense\r\n'), 0);
  close();
});

test('a proxy that says nothing, or not all, is ended', async () => {
  const {port, close} = await listener({headersTimeout: 200}, [proxy]);
  assert.is(await from(proxy, port, 'PROXY TCP4'), 0);
  close();
});

test('a body that comes too slowly is ended', async () => {
  const {port, tally, close} = await listener({bodyGrace: 200});
  assert.is(await from(other, port, `${message().slice(0, -500)}`), 408);
  assert.equal(tally.refused, {timeout: 1});
  close();
});

test('a client that never reads its answers is ended', async () => {
  const {port, tally, close} = await listener({headersTimeout: 500});
  const socket = connect({port, host: '127.0.0.1', localAddress: other});
  socket.on('error', () => {});
  socket.pause();
  // So many answers fill what the system holds for it.
  const many = 'GET /version HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(5000);
  const fill = setInterval(() => socket.writableLength < 1e6 && socket.write(many), 5);
  await eventually(() => tally.requests > 0 && tally.connections === 0, 20_000);
  clearInterval(fill);
  socket.destroy();
  close();
});

test('where all connections are in use the address that has the most gives one up', async () => {
  const {port, tally, waiting, store, close} = await listener({connections: 20, connectionShare: 20});
  const many = Array.from({length: 20}, () => connect({port, host: '127.0.0.1', localAddress: other}));
  for (const socket of many) socket.on('error', () => {});
  await eventually(() => tally.connections === 20, 5000);
  const answer = from('127.0.0.6', port, message());
  await eventually(() => waiting.length === 1, 5000);
  store();
  assert.is(await answer, 204);
  for (const socket of many) socket.destroy();
  close();
});

test('where all connections are in use none is given up whose report is at the store: it may be on disk already', async () => {
  const {port, tally, waiting, store, close} = await listener({connections: 2, connectionShare: 2});
  const held = [from(other, port, message()), from(other, port, message())];
  await eventually(() => waiting.length === 2, 5000);
  const third = from('127.0.0.6', port, message());
  await eventually(() => tally.refused.busy === 1 || waiting.length === 3, 5000);
  store();
  assert.equal(await Promise.all(held), [204, 204]);
  assert.is(await third, 503);
  close();
});

test.run();
