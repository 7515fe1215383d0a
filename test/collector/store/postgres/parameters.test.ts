// Every parameter of libpq 18, wherever it stands: in the address, in a service, in the environment.
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {postgresAddress} from '../../../../src/collector/store/postgres/address.ts';
import {targetOf} from '../../../../src/collector/store/postgres/libpq.ts';
import {fateOf, fates, type Parameter} from '../../../../src/collector/store/postgres/parameters.ts';
import {UserError} from '../../../../src/errors.ts';
import {newFolder} from '../../../folder.ts';

/** What PQconndefaults() of libpq 18.4 lists, with its variables; and PGREQUIRESSL, which it reads besides. */
const libpq: readonly (readonly [name: string, variable?: string])[] = [
  ...([
    ['service', 'PGSERVICE'],
    ['user', 'PGUSER'],
    ['password', 'PGPASSWORD'],
    ['passfile', 'PGPASSFILE'],
  ] as const),
  ...([
    ['channel_binding', 'PGCHANNELBINDING'],
    ['connect_timeout', 'PGCONNECT_TIMEOUT'],
  ] as const),
  ...([
    ['dbname', 'PGDATABASE'],
    ['host', 'PGHOST'],
    ['hostaddr', 'PGHOSTADDR'],
    ['port', 'PGPORT'],
  ] as const),
  ...([
    ['client_encoding', 'PGCLIENTENCODING'],
    ['options', 'PGOPTIONS'],
    ['application_name', 'PGAPPNAME'],
  ] as const),
  ...([['fallback_application_name'], ['keepalives'], ['keepalives_idle'], ['keepalives_interval']] as const),
  ...([['keepalives_count'], ['tcp_user_timeout'], ['sslmode', 'PGSSLMODE']] as const),
  ...([
    ['sslnegotiation', 'PGSSLNEGOTIATION'],
    ['sslcompression', 'PGSSLCOMPRESSION'],
  ] as const),
  ...([['sslcert', 'PGSSLCERT'], ['sslkey', 'PGSSLKEY'], ['sslcertmode', 'PGSSLCERTMODE'], ['sslpassword']] as const),
  ...([
    ['sslrootcert', 'PGSSLROOTCERT'],
    ['sslcrl', 'PGSSLCRL'],
    ['sslcrldir', 'PGSSLCRLDIR'],
  ] as const),
  ...([
    ['sslsni', 'PGSSLSNI'],
    ['requirepeer', 'PGREQUIREPEER'],
    ['require_auth', 'PGREQUIREAUTH'],
  ] as const),
  ['min_protocol_version', 'PGMINPROTOCOLVERSION'],
  ['max_protocol_version', 'PGMAXPROTOCOLVERSION'],
  ['ssl_min_protocol_version', 'PGSSLMINPROTOCOLVERSION'],
  ['ssl_max_protocol_version', 'PGSSLMAXPROTOCOLVERSION'],
  ...([
    ['gssencmode', 'PGGSSENCMODE'],
    ['krbsrvname', 'PGKRBSRVNAME'],
    ['gsslib', 'PGGSSLIB'],
  ] as const),
  ...([
    ['gssdelegation', 'PGGSSDELEGATION'],
    ['replication'],
    ['target_session_attrs', 'PGTARGETSESSIONATTRS'],
  ] as const),
  ...([['load_balance_hosts', 'PGLOADBALANCEHOSTS'], ['scram_client_key'], ['scram_server_key']] as const),
  ...([['oauth_issuer'], ['oauth_client_id'], ['oauth_client_secret'], ['oauth_scope'], ['sslkeylogfile']] as const),
  ['requiressl', 'PGREQUIRESSL'],
];

test('each parameter of libpq 18 has its fate, under its variable', () => {
  const known = (Object.keys(fates) as Parameter[]).filter((name) => name !== 'passwordfile');
  assert.equal(
    known.map((name) => [name, fateOf(name).variable]).sort(),
    libpq.map(([name, variable]) => [name, variable]).sort(),
  );
});

type Plain = Record<string, unknown> & {hosts: object[]; ssl: Record<string, unknown>};
/** What a target says, as plain data. */
function plain(url: string, env: NodeJS.ProcessEnv): Plain {
  const {password, methods, ...rest} = targetOf(postgresAddress(url)!, {HOME: '/nowhere', ...env});
  return {...rest, methods: methods && [...methods], password: password('db', 5432)} as unknown as Plain;
}
/** The target with a parameter set in each of the places in which it can stand, beside others that it needs. */
function each(name: string, value: string, others: Readonly<Record<string, string>>): Plain[] {
  const base = {host: 'db', user: 'u', ...others};
  const urlOf = (all: Readonly<Record<string, string>>) =>
    `postgres://?${Object.entries(all)
      .map(([key, text]) => `${key}=${encodeURIComponent(text)}`)
      .join('&')}`;
  const inService = () => {
    const file = join(newFolder(), 'services');
    const lines = Object.entries({...base, [name]: value}).map(([key, text]) => `${key}=${text}\n`);
    writeFileSync(file, `[s]\n${lines.join('')}`);
    return plain('postgres://?service=s', {PGSERVICEFILE: file});
  };
  const {[name]: _, ...beside} = base as Record<string, string>;
  const {variable, secret} = fateOf(name as Parameter);
  return [
    ...(secret ? [] : [() => plain(urlOf({...base, [name]: value}), {})]),
    ...(variable ? [() => plain(urlOf(beside), {[variable]: value})] : []),
    inService,
  ].map((made) => made());
}

const folder = newFolder();
const passfile = join(folder, 'pass');
writeFileSync(passfile, '*:*:*:*:from-file\n', {mode: 0o600});
const verified = {sslmode: 'verify-full', sslrootcert: '/ca.pem'};

/** Each with a value that asks for something, and where that is to be found in what is connected by. */
const honoured: [name: string, value: string, at: (target: Plain) => unknown, expected: unknown, others?: object][] = [
  ['user', 'somebody', ({user}) => user, 'somebody'],
  ['password', 'pw', ({password}) => password, 'pw'],
  ['passfile', passfile, ({password}) => password, 'from-file'],
  ['require_auth', 'scram-sha-256', ({methods}) => methods, ['scram-sha-256']],
  ['require_auth', '!none,!password', ({methods}) => methods, ['md5', 'scram-sha-256', 'gss', 'sspi', 'oauth']],
  ['channel_binding', 'require', ({channelBinding}) => channelBinding, 'require'],
  ['connect_timeout', '7', ({connectTimeout}) => connectTimeout, 7000],
  ['dbname', 'd', ({database}) => database, 'd'],
  ['host', 'other', ({hosts}) => hosts, [{host: 'other', port: 5432}]],
  ['host', 'a,b', ({hosts}) => hosts, ['a', 'b'].map((host) => ({host, port: 5432}))],
  ['hostaddr', '10.0.0.1', ({hosts}) => hosts, [{host: 'db', port: 5432, address: '10.0.0.1'}]],
  ['port', '6000', ({hosts}) => hosts, [{host: 'db', port: 6000}]],
  ['options', '-c work_mem=8MB', ({options}) => options, '-c work_mem=8MB'],
  ['application_name', 'x', ({applicationName}) => applicationName, 'x'],
  ['fallback_application_name', 'y', ({applicationName}) => applicationName, 'y'],
  ['keepalives', '0', ({keepAlive}) => keepAlive, false],
  ['keepalives_idle', '30', ({keepAliveIdle}) => keepAliveIdle, 30_000],
  ['sslmode', 'require', ({ssl}) => ssl.mode, 'require'],
  ['requiressl', '1', ({ssl}) => ssl.mode, 'require'],
  ['requiressl', '0', ({ssl}) => ssl.mode, 'prefer'],
  ['sslnegotiation', 'direct', ({ssl}) => ssl.isDirect, true, {sslmode: 'require'}],
  ['sslcert', '/c', ({ssl}) => ssl.cert, '/c', {sslkey: '/k'}],
  ['sslkey', '/k', ({ssl}) => ssl.key, '/k', {sslcert: '/c'}],
  ['sslcertmode', 'disable', ({ssl}) => [ssl.cert, ssl.key], [undefined, undefined], {sslcert: '/c', sslkey: '/k'}],
  ['sslpassword', 'pw', ({ssl}) => ssl.password, 'pw'],
  ['sslrootcert', '/r', ({ssl}) => ssl.root, '/r'],
  ['sslrootcert', 'system', ({ssl}) => ssl.mode, 'verify-full'],
  ['sslcrl', '/l', ({ssl}) => ssl.revoked, '/l', verified],
  ['sslcrldir', '/l', ({ssl}) => ssl.revokedFolder, '/l', verified],
  ['ssl_min_protocol_version', 'TLSv1.3', ({ssl}) => ssl.least, 'TLSv1.3'],
  ['ssl_max_protocol_version', 'tlsv1.2', ({ssl}) => ssl.most, 'TLSv1.2'],
  ['target_session_attrs', 'primary', ({isPrimary}) => isPrimary, true],
  ['load_balance_hosts', 'random', ({isBalanced}) => isBalanced, true],
];
for (const [name, value, at, expected, others = {}] of honoured)
  test(`${name}=${value} is honoured`, () => {
    for (const target of each(name, value, others as Record<string, string>)) assert.equal(at(target), expected);
  });

const ignored: [name: string, value: string][] = [
  ['client_encoding', 'LATIN1'],
  ['keepalives_interval', '5'],
  ['keepalives_count', '5'],
  ['tcp_user_timeout', '5000'],
  ['sslcompression', '1'],
  ['sslcertmode', 'allow'],
  ['sslsni', '1'],
  ['requirepeer', 'postgres'],
  ['min_protocol_version', '3.0'],
  ['max_protocol_version', 'latest'],
  ['gssencmode', 'prefer'],
  ['krbsrvname', 'x'],
  ['gsslib', 'gssapi'],
  ['gssdelegation', '1'],
  ['replication', 'false'],
];
for (const [name, value] of ignored)
  test(`${name}=${value} changes nothing`, () => {
    for (const target of each(name, value, {})) assert.equal(target, plain('postgres://u@db', {}));
  });

const refused: [name: string, value: string, said: RegExp, others?: object][] = [
  ['require_auth', 'gss', /none of the ways to log in/],
  ['require_auth', 'scram-sha-256,!none', /require_auth is/],
  ['require_auth', 'anything', /require_auth is/],
  ['require_auth', 'md5,', /require_auth is/],
  ['channel_binding', 'yes', /channel_binding is/],
  ['hostaddr', 'db.example.com', /not a network address/],
  ['hostaddr', '10.0.0.1,10.0.0.2', /1 hosts and 2 of hostaddr/],
  ['hostaddr', '10.0.0.1', /no name to verify/, {...verified, host: ''}],
  ['sslnegotiation', 'direct', /needs sslmode=require/],
  ['sslnegotiation', 'indirect', /sslnegotiation is/],
  ['sslcert', '/c', /no key for it/],
  ['sslkey', '/k', /no certificate for it/],
  ['sslcertmode', 'require', /can't be done/],
  ['sslcrl', '/l', /needs sslmode=verify-full/],
  ['sslcrldir', '/l', /needs sslmode=verify-full/],
  ['sslcrl', '/l', /needs sslmode=verify-full/, {sslmode: 'require'}],
  ['sslsni', '0', /can't be done/],
  ['requirepeer', 'postgres', /can't be done/, {host: '/run/postgresql'}],
  ['min_protocol_version', '3.2', /can't be done/],
  ['ssl_min_protocol_version', 'SSLv3', /ssl_min_protocol_version is/],
  ['ssl_max_protocol_version', 'TLSv1.1', /there are none/],
  ['gssencmode', 'require', /can't be done/],
  ['replication', 'database', /can't be done/],
  ['target_session_attrs', 'standby', /written to/],
  ['target_session_attrs', 'prefer-standby', /written to/],
  ['target_session_attrs', 'read-only', /written to/],
  ['load_balance_hosts', 'yes', /load_balance_hosts is/],
  ['scram_client_key', 'x', /can't be done/],
  ['scram_server_key', 'x', /can't be done/],
  ['oauth_issuer', 'https://x', /can't be done/],
  ['oauth_client_id', 'x', /can't be done/],
  ['oauth_client_secret', 'x', /can't be done/],
  ['oauth_scope', 'x', /can't be done/],
  ['sslkeylogfile', '/keys', /can't be done/],
];
for (const [name, value, said, others = {}] of refused)
  test(`${name}=${value} is refused${others && ` beside ${JSON.stringify(others)}`}`, () => {
    const {variable, secret} = fateOf(name as Parameter);
    const places = (secret ? 0 : 1) + (variable ? 1 : 0) + 1;
    const all = {host: 'db', ...others} as Record<string, string>;
    const query = (of: object) =>
      Object.entries(of)
        .map(([key, text]) => `${key}=${encodeURIComponent(text)}`)
        .join('&');
    const file = join(newFolder(), 'services');
    writeFileSync(
      file,
      `[s]\n${Object.entries({...all, [name]: value})
        .map((one) => `${one.join('=')}\n`)
        .join('')}`,
    );
    const tries: [url: string, env: NodeJS.ProcessEnv][] = [
      ['postgres://u@?service=s', {PGSERVICEFILE: file}],
      ...(secret ? [] : [[`postgres://u@?${query({...all, [name]: value})}`, {}] as [string, NodeJS.ProcessEnv]]),
      ...(variable ? [[`postgres://u@?${query(all)}`, {[variable]: value}] as [string, NodeJS.ProcessEnv]] : []),
    ];
    assert.is(tries.length, places);
    for (const [url, env] of tries)
      assert.throws(
        () => plain(url, env),
        (error: unknown) => error instanceof UserError && said.test(error.message),
      );
  });

test('every parameter is in one of the tables', () => {
  const tried = new Set([...honoured, ...ignored, ...refused].map(([name]) => name));
  assert.equal(
    (Object.keys(fates) as Parameter[]).filter((name) => !tried.has(name)),
    // Tried in address.test.ts.
    ['service', 'passwordfile'],
  );
});

test('no secret may stand in an address', () => {
  for (const name of Object.keys(fates) as Parameter[])
    if (fateOf(name).secret)
      assert.throws(() => postgresAddress(`postgres://h/d?${name}=s3cr3t`), /holds a password/, name);
});

for (const [line, said] of [
  ['sslmod=verify-full', /has sslmod, which no service can have/],
  ['service=other', /has service, which no service can have/],
  ['ldap://server/s3cr3t', /has a line that is not a parameter/],
] as const)
  test(`a service with ${line} is refused: it may have meant to say whom to trust`, () => {
    const file = join(newFolder(), 'services');
    writeFileSync(file, `[s]\nhost=h\n${line}\n`);
    assert.throws(
      () => plain('postgres://?service=s', {PGSERVICEFILE: file}),
      (error: unknown) => error instanceof UserError && said.test(error.message) && !/s3cr3t/.test(error.message),
    );
  });

test.run();
