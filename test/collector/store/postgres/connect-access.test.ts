// Who may in, and how the way there is encrypted: with a server that asks for SCRAM passwords over TLS, and one without TLS.
import {createPrivateKey} from 'node:crypto';
import {chownSync, mkdirSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {postgresAddress} from '../../../../src/collector/store/postgres/address.ts';
import {connect} from '../../../../src/collector/store/postgres/connect.ts';
import {StoreTrouble} from '../../../../src/collector/store/trouble.ts';
import {UserError} from '../../../../src/errors.ts';
import {newFolder} from '../../../folder.ts';
import {rigSuite} from '../../../rig/available.ts';
import {type Authority, makeAuthority} from '../../../rig/certificates.ts';
import {type Postgres, startPostgres} from '../../../rig/postgres.ts';
import {isRoot} from '../../../rig/postgres-programs.ts';

const test = rigSuite('access to PostgreSQL', ['postgres15']);
const folder = newFolder();
const [right, wrong] = [join(folder, 'right.crt'), join(folder, 'wrong.crt')];
const [revoked, notRevoked] = [join(folder, 'revoked.crl'), join(folder, 'not-revoked.crl')];
const [lists, noLists] = [join(folder, 'lists'), join(folder, 'no-lists')];
const [mine, ownKey, openKey, lockedKey] = ['mine.crt', 'mine.key', 'open.key', 'locked.key'].map((name) =>
  join(folder, name),
);
const services = join(folder, 'services');
const password = 's3cr3t-päss';
let authority: Authority;
let secure: Postgres;
let plain: Postgres;

test.before(async () => {
  authority = await makeAuthority();
  const {cert, key} = await authority.server({hosts: ['localhost']});
  const files = {
    ssl_cert_file: join(folder, 'server.crt'),
    ssl_key_file: join(folder, 'server.key'),
    ssl_ca_file: right,
  };
  writeFileSync(files.ssl_cert_file, cert, {mode: 0o644});
  writeFileSync(files.ssl_key_file, key, {mode: 0o600});
  // The server runs as nobody and reads them.
  writeFileSync(right, authority.cert);
  if (isRoot) for (const path of [folder, ...Object.values(files)]) chownSync(path, 65_534, 65_534);
  writeFileSync(wrong, (await makeAuthority()).cert);
  writeFileSync(revoked, await authority.revoked(cert));
  writeFileSync(notRevoked, await authority.revoked());
  for (const path of [lists, noLists]) mkdirSync(path);
  writeFileSync(join(lists, '0a1b2c3d.r0'), await authority.revoked(cert));
  const carol = await authority.client({user: 'carol'});
  writeFileSync(mine!, carol.cert);
  writeFileSync(ownKey!, carol.key, {mode: 0o600});
  writeFileSync(openKey!, carol.key, {mode: 0o644});
  const locked = {type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'op3n'} as const;
  writeFileSync(lockedKey!, createPrivateKey(carol.key).export(locked), {mode: 0o600});
  writeFileSync(services, `[carol]\nuser=carol\nsslcert=${mine}\nsslkey=${lockedKey}\nsslpassword=op3n\n`);
  const access = ['hostssl all app all scram-sha-256', 'hostssl all carol all cert'];
  secure = await startPostgres({version: 15, access, settings: {ssl: 'on', ...files}});
  await secure.ask(
    'postgres',
    `SET password_encryption = 'scram-sha-256'; CREATE ROLE app LOGIN PASSWORD '${password}'; CREATE ROLE carol LOGIN`,
  );
  plain = await startPostgres({version: 15});
});

async function tryOut(server: Postgres, host: string, parameters: string, env: Record<string, string>) {
  const kept = {...process.env};
  Object.assign(process.env, {HOME: folder, ...env});
  try {
    const user = /user=|service=/.test(parameters) ? '' : server === secure ? 'app@' : 'postgres@';
    const address = postgresAddress(`postgres://${user}${host}:${server.port}/postgres?${parameters}`)!;
    const client = await connect(address, {reading: false, patience: 5000});
    const {rows} = await client.query(`SELECT ssl, version, current_setting('work_mem') AS memory
      FROM pg_stat_ssl WHERE pid = pg_backend_pid()`);
    await client.end();
    const [{ssl, version, memory}] = rows;
    return `${ssl ? 'encrypted' : 'plain'}${/protocol_version/.test(parameters) ? ` ${version}` : ''}${/options/.test(parameters) ? ` ${memory}` : ''}`;
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
  ...(
    [
      ['a list of revocations that has it', () => `sslcrl=${revoked}`, /CERT_REVOKED/],
      ['a list of revocations without it', () => `sslcrl=${notRevoked}`, /^encrypted$/],
      ['a folder of revocations that has it', () => `sslcrldir=${lists}`, /CERT_REVOKED/],
      ['a folder without revocations', () => `sslcrldir=${noLists}`, /has 0 lists/],
      ['a folder of revocations that is not there', () => 'sslcrldir=/none', /can't be read \(ENOENT\)/],
      ['a list of revocations that is none', () => `sslcrl=${right}`, /can't be used/],
      ['a list of revocations that is not there', () => 'sslcrl=/none', /can't be read \(ENOENT\)/],
      ['an address, verified by the name', () => 'hostaddr=127.0.0.1', /^encrypted$/],
      ['the oldest TLS', () => 'ssl_min_protocol_version=TLSv1.3', /^encrypted TLSv1.3$/],
      ['the newest TLS', () => 'ssl_max_protocol_version=TLSv1.2', /^encrypted TLSv1.2$/],
      ['SCRAM is asked for', () => 'require_auth=scram-sha-256', /^encrypted$/],
      ['no password in the clear', () => 'require_auth=!none,!password', /^encrypted$/],
      ['another login is allowed', () => 'require_auth=md5,none', /require_auth does not allow/],
      ['settings of the session', () => `options=${encodeURIComponent('-c work_mem=9MB')}`, /^encrypted 9MB$/],
      ['a name that others have', () => 'hostaddr=127.0.0.1&host=other.example', /ALTNAME/],
    ] as const
  ).map(
    ([what, more, said]) =>
      [what, () => secure, 'localhost', () => `sslmode=verify-full&sslrootcert=${right}&${more()}`, env, said] as never,
  ),
  ...(
    [
      ['a certificate of one’s own', () => `user=carol&sslcert=${mine}&sslkey=${ownKey}`, {}, /^encrypted$/],
      [
        'a certificate that is not sent',
        () => `user=carol&sslcert=${mine}&sslkey=${ownKey}&sslcertmode=disable`,
        {},
        /refuses this user/,
      ],
      ['a key that others can read', () => `user=carol&sslcert=${mine}&sslkey=${openKey}`, {}, /read by others/],
      ['a key of another certificate', () => `user=carol&sslcert=${right}&sslkey=${ownKey}`, {}, /can't be used/],
      [
        'a locked key without its password',
        () => `user=carol&sslcert=${mine}&sslkey=${lockedKey}`,
        {},
        /can't be used/,
      ],
      ['a locked key', () => 'service=carol', {PGSERVICEFILE: services}, /^encrypted$/],
      [
        'a locked key, where TLS is only preferred',
        () => `user=carol&sslmode=prefer&sslcert=${mine}&sslkey=${lockedKey}`,
        {},
        /can't be used/,
      ],
    ] as const
  ).map(([what, more, own, said]) => [what, () => secure, 'localhost', more, own, said] as never),
  [
    'a login, where there is none',
    () => plain,
    '127.0.0.1',
    () => 'require_auth=scram-sha-256',
    env,
    /lets us in without a login/,
  ],
  ['no login, where none is asked for', () => plain, '127.0.0.1', () => 'require_auth=none', {}, /^plain$/],
  [
    'a host whose name nobody knows, by its address',
    () => plain,
    'x.invalid',
    () => 'hostaddr=127.0.0.1',
    {},
    /^plain$/,
  ],
  ['the same by a variable', () => plain, 'x.invalid', () => '', {PGHOSTADDR: '127.0.0.1'}, /^plain$/],
  [
    'TLS at once, with a server that is too old for it',
    () => secure,
    'localhost',
    () => 'sslmode=require&sslnegotiation=direct',
    env,
    /./,
  ],
  [
    'TLS at once by a variable',
    () => plain,
    'localhost',
    () => '',
    {PGSSLNEGOTIATION: 'direct'},
    /needs sslmode=require/,
  ],
  ['a variable that only `pg` knows', () => plain, '127.0.0.1', () => '', {PGREPLICATION: 'database'}, /^plain$/],
  [
    'a socket whose owner is asked for',
    () => plain,
    '',
    () => `host=${plain.folder}&requirepeer=nobody`,
    {},
    /can't be done/,
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
