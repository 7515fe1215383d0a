// Who may in, and how the way there is encrypted: with a server that asks for SCRAM passwords over TLS, and one without TLS.
import {chownSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {postgresAddress} from '../../../../src/collector/store/postgres/address.ts';
import {connect} from '../../../../src/collector/store/postgres/connect.ts';
import {StoreTrouble} from '../../../../src/collector/store/trouble.ts';
import {UserError} from '../../../../src/errors.ts';
import {rigSuite} from '../../../rig/available.ts';
import {type Authority, makeAuthority} from '../../../rig/certificates.ts';
import {type Postgres, startPostgres} from '../../../rig/postgres.ts';
import {isRoot} from '../../../rig/postgres-programs.ts';
import {newFolder} from '../../folder.ts';

const test = rigSuite('access to PostgreSQL', ['postgres15']);
const folder = newFolder();
const [right, wrong] = [join(folder, 'right.crt'), join(folder, 'wrong.crt')];
const password = 's3cr3t-päss';
let authority: Authority;
let secure: Postgres;
let plain: Postgres;

test.before(async () => {
  authority = await makeAuthority();
  const {cert, key} = await authority.server({hosts: ['localhost']});
  const files = {ssl_cert_file: join(folder, 'server.crt'), ssl_key_file: join(folder, 'server.key')};
  writeFileSync(files.ssl_cert_file, cert, {mode: 0o644});
  writeFileSync(files.ssl_key_file, key, {mode: 0o600});
  // The server runs as nobody and reads them.
  if (isRoot) for (const path of [folder, ...Object.values(files)]) chownSync(path, 65_534, 65_534);
  writeFileSync(right, authority.cert);
  writeFileSync(wrong, (await makeAuthority()).cert);
  const access = ['hostssl all app all scram-sha-256'];
  secure = await startPostgres({version: 15, access, settings: {ssl: 'on', ...files}});
  await secure.ask(
    'postgres',
    `SET password_encryption = 'scram-sha-256'; CREATE ROLE app LOGIN PASSWORD '${password}'`,
  );
  plain = await startPostgres({version: 15});
});

async function tryOut(server: Postgres, host: string, parameters: string, env: Record<string, string>) {
  const kept = {...process.env};
  Object.assign(process.env, {HOME: folder, ...env});
  try {
    const user = server === secure ? 'app' : 'postgres';
    const address = postgresAddress(`postgres://${user}@${host}:${server.port}/postgres?${parameters}`)!;
    const client = await connect(address, {reading: false, patience: 5000});
    const {rows} = await client.query('SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()');
    await client.end();
    return rows[0].ssl ? 'encrypted' : 'plain';
  } catch (error) {
    assert.ok(error instanceof UserError, String(error));
    assert.not.match(`${error.message} ${error.stack} ${(error.cause as Error | undefined)?.stack}`, /s3cr3t/);
    return error;
  } finally {
    for (const name of Object.keys(process.env)) if (!(name in kept)) delete process.env[name];
    Object.assign(process.env, kept);
  }
}

const env = {PGPASSWORD: password};
const rows: [
  what: string,
  server: () => Postgres,
  host: string,
  parameters: () => string,
  env: Record<string, string>,
  expected: RegExp,
][] = [
  ['the right password', () => secure, 'localhost', () => 'sslmode=require', env, /^encrypted$/],
  ['channel binding', () => secure, 'localhost', () => 'sslmode=require&channel_binding=require', env, /^encrypted$/],
  ['without channel binding', () => secure, 'localhost', () => 'channel_binding=disable', env, /^encrypted$/],
  ['prefer, where there is TLS', () => secure, 'localhost', () => '', env, /^encrypted$/],
  ['allow, where TLS is asked for', () => secure, 'localhost', () => 'sslmode=allow', env, /^encrypted$/],
  ['disable, where TLS is asked for', () => secure, 'localhost', () => 'sslmode=disable', env, /refuses this user/],
  ['a wrong password', () => secure, 'localhost', () => '', {PGPASSWORD: 's3cr3t?'}, /refuses the password/],
  ['no password', () => secure, 'localhost', () => '', {}, /asks for a password, and none is set/],
  ['verify-full', () => secure, 'localhost', () => `sslmode=verify-full&sslrootcert=${right}`, env, /^encrypted$/],
  [
    'verify-ca under another name',
    () => secure,
    '127.0.0.1',
    () => `sslmode=verify-ca&sslrootcert=${right}`,
    env,
    /^encrypted$/,
  ],
  [
    'verify-full under another name',
    () => secure,
    '127.0.0.1',
    () => `sslmode=verify-full&sslrootcert=${right}`,
    env,
    /ALTNAME/,
  ],
  [
    'verify-full with another authority',
    () => secure,
    'localhost',
    () => `sslmode=verify-full&sslrootcert=${wrong}`,
    env,
    /can’t be reached \(.*(CERT|ISSUER|SIGN)/,
  ],
  [
    'verify-ca with another authority',
    () => secure,
    'localhost',
    () => `sslmode=verify-ca&sslrootcert=${wrong}`,
    env,
    /can’t be reached/,
  ],
  [
    'require with an authority at hand',
    () => secure,
    'localhost',
    () => `sslmode=require&sslrootcert=${wrong}`,
    env,
    /can’t be reached/,
  ],
  [
    'verify-full without an authority',
    () => secure,
    'localhost',
    () => 'sslmode=verify-full',
    env,
    /no certificate to verify it with/,
  ],
  [
    'the system’s authorities',
    () => secure,
    'localhost',
    () => 'sslrootcert=system',
    {...env, SSL_CERT_FILE: right},
    /^encrypted$/,
  ],
  [
    'an authority that is not there',
    () => secure,
    'localhost',
    () => 'sslmode=verify-ca&sslrootcert=/none',
    env,
    /can't be read/,
  ],
  ['prefer, where there is no TLS', () => plain, '127.0.0.1', () => '', {}, /^plain$/],
  ['require, where there is no TLS', () => plain, '127.0.0.1', () => 'sslmode=require', {}, /does not speak TLS/],
  [
    'channel binding, where there is no TLS',
    () => plain,
    '127.0.0.1',
    () => 'channel_binding=require',
    {},
    /does not bind/,
  ],
  ['a socket', () => plain, '', () => `host=${plain.folder}`, {}, /^plain$/],
];
for (const [what, server, host, parameters, environment, expected] of rows)
  test(what, async () => {
    const said = await tryOut(server(), host, parameters(), environment);
    assert.match(said instanceof Error ? said.message : said, expected);
    if (said instanceof StoreTrouble) assert.is(said.code, 'input');
  });

test.run();
