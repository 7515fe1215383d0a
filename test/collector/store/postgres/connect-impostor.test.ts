import {createServer, type Socket} from 'node:net';
import {TLSSocket} from 'node:tls';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {postgresAddress} from '../../../../src/collector/store/postgres/address.ts';
import {connect} from '../../../../src/collector/store/postgres/connect.ts';
import {makeSelfSigned} from '../../../rig/certificates.ts';

const secret = 'hunter2hunter2';
const message = (code: number, rest = Buffer.alloc(0)) => {
  const head = Buffer.alloc(9);
  head.write('R');
  head.writeInt32BE(8 + rest.length, 1);
  head.writeInt32BE(code, 5);
  return Buffer.concat([head, rest]);
};
const mechanisms = (...names: string[]) => message(10, Buffer.from(`${names.map((name) => `${name}\0`).join('')}\0`));

for (const [what, asks] of [
  ['the password in the clear', [message(3)]],
  ['its MD5', [message(5, Buffer.from('salt'))]],
  ['SCRAM that is not bound', [mechanisms('SCRAM-SHA-256')]],
  ['the clear after it offered to bind', [mechanisms('SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256'), message(3)]],
] as const) {
  test(`with channel_binding=require a server that asks for ${what} learns nothing`, async () => {
    const {cert, key} = await makeSelfSigned();
    let heard = '';
    const sockets: Socket[] = [];
    const server = createServer((raw) => {
      sockets.push(raw);
      raw.on('error', () => {});
      raw.once('data', () => {
        raw.write('S');
        const secure = new TLSSocket(raw, {isServer: true, cert, key});
        secure.on('error', () => {});
        secure.once('data', () => {
          secure.on('data', (bytes) => (heard += bytes.toString('latin1')));
          for (const ask of asks) secure.write(ask);
        });
      });
    });
    await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
    const {port} = server.address() as {port: number};
    process.env.PGPASSWORD = secret;
    const url = `postgres://user@127.0.0.1:${port}/reports?sslmode=require&channel_binding=require&connect_timeout=3`;
    const error = await connect(postgresAddress(url)!, {reading: true, patience: 3000}).then(
      () => undefined,
      (error: Error) => error,
    );
    delete process.env.PGPASSWORD;
    assert.ok(error);
    assert.not.match(heard, new RegExp(secret));
    assert.is(/^p.{4}md5|^p.{4}SCRAM-SHA-256\0/s.test(heard), false, heard);
    for (const socket of sockets) socket.destroy();
    server.close();
  });
}

test.run();
