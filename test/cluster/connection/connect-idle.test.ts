// A connection to the server serves one request after the other, as long as nobody waits: what is between may forget it
// while a question stands.
import {once} from 'node:events';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:http';
import {createServer as createTlsServer} from 'node:https';
import type {AddressInfo, Socket} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setImmediate} from 'node:timers/promises';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {connect} from '../../../src/cluster/connection/connect.ts';
import {makeAuthority} from '../../rig/certificates.ts';
import {startProxy} from '../../rig/proxy.ts';

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

for (const way of ['straight', 'through a proxy', 'by another name', 'unchecked'])
  test(`over TLS, ${way}, a handshake serves several requests`, async () => {
    const folder = mkdtempSync(join(tmpdir(), 'seldon-usage-idle-'));
    const authority = await makeAuthority();
    const hosts = way === 'by another name' ? ['api.example'] : ['127.0.0.1'];
    const server = createTlsServer(await authority.server({hosts}), (_, response) => response.end('{}'));
    server.keepAliveTimeout = 0;
    let handshakes = 0;
    server.on('secureConnection', () => handshakes++);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const proxy = way === 'through a proxy' ? await startProxy() : undefined;
    const cluster = {
      server: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
      ...(way === 'unchecked'
        ? {'insecure-skip-tls-verify': true}
        : {'certificate-authority-data': Buffer.from(authority.cert).toString('base64')}),
      ...(proxy ? {'proxy-url': proxy.url} : {}),
      ...(way === 'by another name' ? {'tls-server-name': 'api.example'} : {}),
    };
    const kubeconfig = join(folder, 'config');
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        clusters: [{name: 'a', cluster}],
        contexts: [{name: 'a', context: {cluster: 'a'}}],
        'current-context': 'a',
      }),
    );
    const connection = await connect({kubeconfig}, {env: {}, home: folder});
    const requests = 8;
    try {
      for (let i = 0; i < requests; i++) {
        await once((await connection.request('/')).resume(), 'close');
        await setImmediate();
      }
      // Not one: this process may be held up at any time, for longer than a socket waits.
      assert.ok(handshakes < requests, `${handshakes} handshakes`);
      if (proxy) assert.is(proxy.requests.length, handshakes);
    } finally {
      connection.close();
      server.close();
      await proxy?.close();
      rmSync(folder, {recursive: true});
    }
  });

test.run();
