import {writeFileSync} from 'node:fs';
import {connect as connectPlain} from 'node:net';
import {join} from 'node:path';
import {Duplex} from 'node:stream';
import {connect} from 'node:tls';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {startProgram} from '../collector/program.ts';
import {reportOf} from '../collector/send.ts';
import {newFolder} from '../folder.ts';
import {makeAuthority} from '../rig/certificates.ts';

// A balancer that passes TLS through and says before it whom it speaks for.

const proxy = '127.0.0.4';
const v1 = Buffer.from('PROXY TCP4 192.0.2.1 10.0.0.1 1 2\r\n');
const v2 = Buffer.from('0d0a0d0a000d0a515549540a2111000cc00002010a00000100010002', 'hex');
const authority = await makeAuthority();
const {cert, key} = await authority.server();
const folder = newFolder();
writeFileSync(join(folder, 'tls.crt'), cert);
writeFileSync(join(folder, 'tls.key'), key);
const tlsFlags = ['--tls-cert', join(folder, 'tls.crt'), '--tls-key', join(folder, 'tls.key')];

/** Posts a report over TLS behind a header; the status, or 0 where the connection was ended. */
function post(port: number, localAddress: string, header: Buffer, together: boolean): Promise<number> {
  return new Promise((resolve) => {
    const socket = connectPlain({port, host: '127.0.0.1', localAddress});
    let first = together ? header : Buffer.alloc(0);
    if (!together) socket.write(header);
    const below = new Duplex({
      read() {},
      write(chunk: Buffer, _, done) {
        // The header and the first message of TLS in one packet.
        socket.write(Buffer.concat([first, chunk]), done);
        first = Buffer.alloc(0);
      },
    });
    socket.on('data', (chunk) => below.push(chunk));
    socket.on('error', () => resolve(0));
    socket.on('close', () => resolve(0));
    const secure = connect({
      socket: below,
      ca: authority.cert,
      servername: 'localhost',
      checkServerIdentity: () => undefined,
    });
    secure.on('error', () => resolve(0));
    secure.on('secureConnect', () => {
      const body = reportOf(1);
      secure.write(
        `POST /api/v1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n`,
      );
      secure.write(body);
    });
    secure.once('data', (answer) => {
      resolve(Number(/^HTTP\/1.1 (\d+)/.exec(answer.toString('latin1'))?.[1]));
      socket.destroy();
    });
  });
}

const cases: [what: string, from: string, header: Buffer, together: boolean, status: number][] = [
  ['version 1, then TLS', proxy, v1, false, 204],
  ['version 1 and the first of TLS in one packet', proxy, v1, true, 204],
  ['version 2, then TLS', proxy, v2, false, 204],
  ['version 2 and the first of TLS in one packet', proxy, v2, true, 204],
  ['TLS of the proxy itself', proxy, Buffer.alloc(0), false, 204],
  ['of an address that is not trusted', '127.0.0.5', v1, false, 0],
];

test('the PROXY protocol before TLS', async () => {
  const server = await startProgram(join(folder, 'reports.db'), [...tlsFlags, '--trusted-proxy', proxy]);
  for (const [what, from, header, together, status] of cases)
    assert.is(await post(server.port, from, header, together), status, what);
  assert.is(await server.stop(), 0);
});

test.run();
