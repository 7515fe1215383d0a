import {mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import tls from 'node:tls';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {systemRoots} from '../../src/host/trust-store.ts';
import {makeAuthority} from '../rig/certificates.ts';

const test = suite<{folder: string; certs: string[]}>('the trust store');

test.before(async (context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'seldon-usage-trust-'));
  context.certs = await Promise.all(['a', 'b'].map(async (name) => `${(await makeAuthority(name)).cert.trim()}\n`));
  const [a = '', b = ''] = context.certs;
  for (const name of ['x', 'y/below']) mkdirSync(join(context.folder, name), {recursive: true});
  writeFileSync(join(context.folder, 'x/any.name'), a);
  symlinkSync('any.name', join(context.folder, 'x/0a1b2c3d.0'));
  symlinkSync(join(context.folder, 'b.pem'), join(context.folder, 'y/linked'));
  writeFileSync(
    join(context.folder, 'b.pem'),
    `text\n${b}\n-----BEGIN CERTIFICATE-----\n%\n-----END CERTIFICATE-----\n`,
  );
});
test.after(({folder}) => rmSync(folder, {recursive: true}));

const cases: [title: string, env: Record<string, string>, expected: number[]][] = [
  ['one folder', {SSL_CERT_DIR: 'HOME/x', SSL_CERT_FILE: '/none'}, [0]],
  ['two folders', {SSL_CERT_DIR: 'HOME/x:HOME/y', SSL_CERT_FILE: '/none'}, [0, 1]],
  ['missing, empty and nameless folders', {SSL_CERT_DIR: ':HOME/no:HOME/y/below:HOME/x', SSL_CERT_FILE: '/none'}, [0]],
  ['a file', {SSL_CERT_DIR: 'HOME/no', SSL_CERT_FILE: 'HOME/b.pem'}, [1]],
  ['a file and a folder', {SSL_CERT_DIR: 'HOME/x', SSL_CERT_FILE: 'HOME/b.pem'}, [1, 0]],
  ['the same twice', {SSL_CERT_DIR: 'HOME/y', SSL_CERT_FILE: 'HOME/b.pem'}, [1]],
  ['nothing at all', {SSL_CERT_DIR: 'HOME/no', SSL_CERT_FILE: 'HOME/no'}, []],
];
for (const [title, env, expected] of cases) {
  test(title, ({folder, certs}) => {
    const fit = Object.fromEntries(
      Object.entries(env).map(([name, value]) => [name, value.replaceAll('HOME', folder)]),
    );
    assert.equal(systemRoots(fit), [...expected.map((at) => certs[at]), ...tls.getCACertificates('extra')]);
  });
}

test('this machine trusts somebody', () => assert.ok(systemRoots({}).length > 0));

test.run();
