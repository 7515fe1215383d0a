import {createServer, type Socket} from 'node:net';
import {TLSSocket, createServer as tlsServer} from 'node:tls';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {postgresAddress} from '../../../../src/collector/store/postgres/address.ts';
import {connect} from '../../../../src/collector/store/postgres/connect.ts';
import {StoreTrouble} from '../../../../src/collector/store/trouble.ts';
import {UserError} from '../../../../src/errors.ts';
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

const [clear, md5, letIn] = [message(3), message(5, Buffer.from('salt')), message(0)];
const [plain, bound] = [mechanisms('SCRAM-SHA-256'), mechanisms('SCRAM-SHA-256-PLUS', 'SCRAM-SHA-256')];
const ready = Buffer.from('Z\0\0\0\x05I', 'latin1');
const binding = 'channel_binding=require';
const scram = 'require_auth=scram-sha-256';

for (const [parameter, what, asks] of [
  [binding, 'the password in the clear', [clear]],
  [binding, 'its MD5', [md5]],
  [binding, 'SCRAM that is not bound', [plain]],
  [binding, 'the clear after it offered to bind', [bound, clear]],
  [binding, 'nothing, and lets everybody in', [letIn, ready]],
  [binding, 'nothing more after it offered to bind', [bound, letIn, ready]],
  [scram, 'the password in the clear', [clear]],
  [scram, 'its MD5', [md5]],
  [scram, 'the clear after SCRAM began', [plain, clear]],
  [scram, 'nothing, and lets everybody in', [letIn, ready]],
  [scram, 'nothing more after SCRAM began', [plain, letIn, ready]],
  ['require_auth=md5,scram-sha-256', 'the password in the clear', [clear]],
  ['require_auth=!none,!password', 'nothing, and lets everybody in', [letIn, ready]],
  ['require_auth=!none,!password', 'the password in the clear', [clear]],
  ['require_auth=none', 'the password in the clear', [clear]],
  ['sslnegotiation=direct', 'the password, and does not say that it is a PostgreSQL', [clear]],
  ['sslnegotiation=direct', 'nothing, and does not say that it is a PostgreSQL', [letIn, ready]],
] as const) {
  test(`with ${parameter} a server that asks for ${what} learns nothing`, async () => {
    const {heard, error} = await impostor(parameter, asks);
    assert.instance(error, UserError);
    assert.not.instance(error, StoreTrouble, String(error));
    assert.not.match(heard, new RegExp(secret));
    assert.not.match(heard, /SELECT/, 'it was taken for the store');
    const hasProof = parameter === scram ? /^p.{4}md5/s : /^p.{4}md5|^p.{4}SCRAM-SHA-256\0/s;
    assert.is(hasProof.test(heard), false, heard);
  });
}

/** Connects to a server that asks for a login in a way of its own; what it heard, once TLS stood, and what was said. */
async function impostor(parameter: string, asks: readonly Buffer[]): Promise<{heard: string; error: unknown}> {
  const {cert, key} = await makeSelfSigned();
  let heard = '';
  const sockets: Socket[] = [];
  const serve = (secure: TLSSocket) => {
    sockets.push(secure);
    secure.on('error', () => {});
    secure.once('data', () => {
      secure.on('data', (bytes) => (heard += bytes.toString('latin1')));
      for (const ask of asks) secure.write(ask);
    });
  };
  const asked = () =>
    createServer((raw) => {
      sockets.push(raw);
      raw.on('error', () => {});
      raw.once('data', () => {
        raw.write('S');
        serve(new TLSSocket(raw, {isServer: true, cert, key}));
      });
    });
  const server = parameter.includes('direct') ? tlsServer({cert, key}, serve) : asked();
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  const {port} = server.address() as {port: number};
  process.env.PGPASSWORD = secret;
  const url = `postgres://user@127.0.0.1:${port}/reports?sslmode=require&${parameter}&connect_timeout=3`;
  const error = await connect(postgresAddress(url)!, {reading: true, patience: 3000}).then(
    () => undefined,
    (error: unknown) => error,
  );
  delete process.env.PGPASSWORD;
  for (const socket of sockets) socket.destroy();
  server.close();
  return {heard, error};
}

test.run();
