import {once} from 'node:events';
import {type AddressInfo, createServer} from 'node:net';
import {MessageChannel} from 'node:worker_threads';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {defaultLimits} from '../../src/collector/ingest.ts';
import {startThread} from '../../src/collector/threads.ts';
import {UserError} from '../../src/errors.ts';

/** Starts an HTTP thread, and answers where it listens. */
async function listens(port: number, shared: boolean): Promise<{port: number; end(): Promise<void>}> {
  const {port1, port2} = new MessageChannel();
  const data = {host: '127.0.0.1', port, shared, secret: new Uint8Array(32), limits: defaultLimits, store: port2};
  let taken = 0;
  const thread = startThread(
    'ingest-thread',
    {...data, addresses: {trustedProxies: [], sharedAddresses: []}},
    [port2],
    {
      listening: (at) => {
        taken = at;
      },
      died() {},
    },
  );
  const end = async () => {
    port1.close();
    await thread.end();
  };
  try {
    await thread.ready;
  } catch (error) {
    await end();
    throw error;
  }
  return {port: taken, end};
}

test('it takes a port that is free, and another one shares it', async () => {
  const first = await listens(0, true);
  const other = await listens(first.port, true);
  assert.ok(first.port > 0);
  assert.is(other.port, first.port);
  await Promise.all([first.end(), other.end()]);
});

test('a port that another program took meanwhile is in use, and no bug', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const {port} = server.address() as AddressInfo;
  const error = await listens(port, true).catch((error: unknown) => error);
  assert.ok(error instanceof UserError);
  assert.is(error.code, 'usage');
  assert.match(error.message, /can't be listened on: it is in use/);
  server.close();
});

test.run();
