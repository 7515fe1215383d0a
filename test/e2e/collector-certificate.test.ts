import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {connect} from 'node:tls';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {startProgram} from '../collector/program.ts';
import {eventually, post} from '../collector/send.ts';
import {newFolder} from '../folder.ts';
import {makeAuthority} from '../rig/certificates.ts';

test('SIGHUP ends no server, with or without a certificate', async () => {
  const server = await startProgram(join(newFolder(), 'reports.db'));
  for (let i = 1; i <= 3; i++) {
    server.child.kill('SIGHUP');
    await eventually(() => server.errors().split('nothing to read again').length > i);
    assert.is((await post(server.port, i)).status, 204);
  }
  assert.is(await server.stop(), 0);
});

test('a new certificate is shown by the running program, an invalid one is not, and SIGHUP says which', async () => {
  const folder = newFolder();
  const authority = await makeAuthority();
  const files = {cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key')};
  const renew = async () => {
    const {cert, key} = await authority.server();
    writeFileSync(files.key, key);
    writeFileSync(files.cert, cert);
  };
  await renew();
  writeFileSync(join(folder, 'token'), 'a-token-that-is-long-enough-to-be-taken-as-one', {mode: 0o600});
  const server = await startProgram(join(folder, 'reports.db'), [
    ...['--tls-cert', files.cert, '--tls-key', files.key, '--admin-token-file', join(folder, 'token')],
    ...['--admin-listen', '0.0.0.0:0'],
  ]);
  const shown = (port: number) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({port, host: '127.0.0.1', ca: authority.cert}, () => {
        resolve(socket.getPeerX509Certificate()!.fingerprint256);
        socket.destroy();
      });
      socket.on('error', reject);
    });
  for (const port of [server.port, server.adminPort]) {
    const before = await shown(port);
    await renew();
    await eventually(async () => (await shown(port)) !== before);
  }
  const kept = await shown(server.adminPort);
  writeFileSync(files.key, 'spoilt');
  server.child.kill('SIGHUP');
  await eventually(() => /The old certificate is kept: .* are not a pair/.test(server.errors()));
  assert.is(await shown(server.adminPort), kept);
  assert.is(await server.stop(), 0);
});

test.run();
