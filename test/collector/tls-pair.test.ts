import {mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {createServer} from 'node:https';
import type {AddressInfo} from 'node:net';
import {join} from 'node:path';
import {connect} from 'node:tls';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {followPair, readPair, type TlsFiles, watchPair} from '../../src/collector/tls-pair.ts';
import {newFolder} from '../folder.ts';
import {type Identity, makeAuthority} from '../rig/certificates.ts';
import {eventually} from './send.ts';

const authority = await makeAuthority();
const [first, second] = [await authority.server(), await authority.server()];

/** The certificate that a new connection is shown. */
const shown = (port: number) =>
  new Promise<string>((resolve, reject) => {
    const socket = connect({port, host: '127.0.0.1', ca: authority.cert}, () => {
      resolve(socket.getPeerX509Certificate()!.fingerprint256);
      socket.destroy();
    });
    socket.on('error', reject);
  });

async function watched(files: TlsFiles) {
  const lines: string[] = [];
  const pair = readPair(files);
  const server = createServer(pair);
  followPair(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const watch = watchPair(files, pair, (line) => lines.push(line));
  const {port} = server.address() as AddressInfo;
  return {
    lines,
    watch,
    port,
    async stop() {
      watch.stop();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function write(folder: string, {cert, key}: Identity): TlsFiles {
  mkdirSync(folder, {recursive: true});
  writeFileSync(join(folder, 'tls.crt'), cert);
  writeFileSync(join(folder, 'tls.key'), key);
  return {cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key')};
}

const ways: [name: string, start: (folder: string) => TlsFiles, renew: (folder: string) => void][] = [
  ['files that are written anew', (folder) => write(folder, first), (folder) => void write(folder, second)],
  [
    'files that are replaced',
    (folder) => write(folder, first),
    (folder) => {
      write(join(folder, 'new'), second);
      for (const file of ['tls.key', 'tls.crt']) renameSync(join(folder, 'new', file), join(folder, file));
    },
  ],
  [
    "a Secret's mount that swaps its ..data",
    (folder) => {
      write(join(folder, '..1'), first);
      symlinkSync('..1', join(folder, '..data'));
      for (const file of ['tls.crt', 'tls.key']) symlinkSync(join('..data', file), join(folder, file));
      return {cert: join(folder, 'tls.crt'), key: join(folder, 'tls.key')};
    },
    (folder) => {
      write(join(folder, '..2'), second);
      symlinkSync('..2', join(folder, '..data_tmp'));
      renameSync(join(folder, '..data_tmp'), join(folder, '..data'));
      rmSync(join(folder, '..1'), {recursive: true});
    },
  ],
];
for (const [name, start, renew] of ways) {
  test(`${name}: new connections get the new certificate`, async () => {
    const folder = newFolder();
    const server = await watched(start(folder));
    const before = await shown(server.port);
    renew(folder);
    await eventually(async () => (await shown(server.port)) !== before);
    assert.match(server.lines.join('\n'), /^New connections get the new certificate, which is valid until /);
    await server.stop();
  });
}

const invalid: [name: string, spoil: (files: TlsFiles) => void][] = [
  ['the key of another', ({key}) => writeFileSync(key, second.key)],
  ['an empty certificate', ({cert}) => writeFileSync(cert, '')],
  ['no key', ({key}) => rmSync(key)],
];
for (const [name, spoil] of invalid) {
  test(`${name}: the old pair is kept, which is said once; then a good one is taken`, async () => {
    const folder = newFolder();
    const files = write(folder, first);
    const server = await watched(files);
    const before = await shown(server.port);
    spoil(files);
    await eventually(() => server.lines.length > 0);
    assert.match(server.lines[0]!, /^The old certificate is kept: /);
    assert.is(await shown(server.port), before);
    write(folder, second);
    await eventually(async () => (await shown(server.port)) !== before);
    assert.is(server.lines.length, 2, server.lines.join('\n'));
    await server.stop();
  });
}

test('asked, it reads at once and says what it found', async () => {
  const folder = newFolder();
  const server = await watched(write(folder, first));
  server.watch.reread();
  assert.equal(server.lines, ['The certificate was read again: it is the same.']);
  await server.stop();
});

test('a certificate and a key of different types are no pair', async () => {
  const {generateKeyPairSync} = await import('node:crypto');
  const {privateKey} = generateKeyPairSync('rsa', {modulusLength: 2048});
  const key = privateKey.export({type: 'pkcs8', format: 'pem'}).toString();
  const files = write(newFolder(), {cert: first.cert, key});
  assert.throws(() => readPair(files), /are not a pair of certificate and key/);
});

test.run();
