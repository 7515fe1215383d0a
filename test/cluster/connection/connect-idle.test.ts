// What is between may forget a connection while a question stands.
import {once} from 'node:events';
import {createServer} from 'node:http';
import type {AddressInfo, Socket} from 'node:net';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {connect} from '../../../src/cluster/connection/connect.ts';

test('a socket that nobody uses is let go, and the next request has another', async () => {
  const sockets: Socket[] = [];
  const server = createServer((_, response) => response.end('{}'));
  server.keepAliveTimeout = 0;
  server.on('connection', (socket) => sockets.push(socket));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = await connect({server: url, kubeconfig: '/dev/null'}, {env: {}, home: '/nonexistent'});
  try {
    for (const request of [1, 2]) {
      (await connection.request('/')).resume();
      assert.is(sockets.length, request);
      if (request === 1) await once(sockets[0]!, 'close');
    }
  } finally {
    connection.close();
    server.close();
  }
});

test.run();
