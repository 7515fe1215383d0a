import {chmodSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {storeAddress, wholeAddress} from '../../../../src/collector/store/engines.ts';
import {postgresAddress} from '../../../../src/collector/store/postgres/address.ts';
import {targetOf} from '../../../../src/collector/store/postgres/libpq.ts';
import {UserError} from '../../../../src/errors.ts';
import {newFolder} from '../../../folder.ts';

const around = {env: {}} as never;
const read: [url: string, parameters: object, shown: string][] = [
  ['postgres://h/d', {host: 'h', dbname: 'd'}, 'postgres://h/d'],
  ['postgresql://u@h:5433/d', {user: 'u', host: 'h', port: '5433', dbname: 'd'}, 'postgres://h:5433/d'],
  ['postgres://', {}, 'postgres://'],
  ['postgres://?service=usage', {service: 'usage'}, 'postgres://?service=usage'],
  ['postgres://a:1,b:2/d', {host: 'a,b', port: '1,2', dbname: 'd'}, 'postgres://a:1,b:2/d'],
  ['postgres://[::1]:5/d', {host: '::1', port: '5', dbname: 'd'}, 'postgres://[::1]:5/d'],
  ['postgres://u%40x@h/d%2Fe', {user: 'u@x', host: 'h', dbname: 'd/e'}, 'postgres://h/d%2Fe'],
  ['postgres://%2Frun%2Fpg/d', {host: '/run/pg', dbname: 'd'}, 'postgres://%2Frun%2Fpg/d'],
  [
    'postgres:///d?host=/run/pg&sslmode=disable',
    {host: '/run/pg', dbname: 'd', sslmode: 'disable'},
    'postgres://%2Frun%2Fpg/d',
  ],
];
for (const [url, parameters, shown] of read)
  test(`${url} is read`, () => {
    const address = postgresAddress(url)!;
    assert.equal([address.parameters, address.shown], [parameters, shown]);
    assert.equal(postgresAddress(wholeAddress(url, around))!.parameters, parameters, 'the same as it is kept');
  });

for (const url of [
  'postgres://u:s3cr3t@h/d',
  'postgres://u:@h/d',
  'postgresql://u:s3cr3t@h/d',
  'Postgres://u:s3cr3t@h/d',
  'postgres:/u:s3cr3t@h/d',
  'postgres:u:s3cr3t@h',
  'postgres://u:s3cr3t/x@h/d',
  'postgres://u:s3cr3t@h@i/d',
  'postgres://h/d?password=s3cr3t',
  'postgres://h/d?pass%77ord=s3cr3t',
  'postgres://h/d?sslpassword=s3cr3t',
  'postgres://u%ZZ:s3cr3t@h/d',
  'mysql://u:s3cr3t@h/d',
  'postgres://h/d?nonsense=1',
  'postgres://h/%00',
])
  test(`${url} is refused, and no password repeated`, () => {
    const said = (() => {
      try {
        return storeAddress(url, around);
      } catch (error) {
        return error;
      }
    })();
    assert.ok(said instanceof UserError && said.code === 'usage', String(said));
    assert.not.match(`${said.message} ${said.suggestions.join(' ')}`, /s3cr3t/);
  });

const target = (url: string, env: NodeJS.ProcessEnv) => targetOf(postgresAddress(url)!, {HOME: '/nowhere', ...env});

test('what the address leaves open comes from the service, then the environment, then the defaults of libpq', () => {
  const file = join(newFolder(), 'services');
  writeFileSync(file, '# mine\n[other]\nhost=no\n[usage]\nhost=db\nport=6000\nuser=su\npassword=pw\n');
  const env = {PGSERVICEFILE: file, PGHOST: 'envhost', PGDATABASE: 'envdb', PGUSER: 'envuser'};
  const found = target('postgres://u@/?service=usage', env);
  assert.equal([found.hosts, found.user, found.database], [[{host: 'db', port: 6000}], 'u', 'envdb']);
  assert.is(found.password('db', 6000), 'pw');
  assert.equal(target('postgres://', env).hosts, [{host: 'envhost', port: 5432}]);
  assert.equal(target('postgres://', {PGUSER: 'x'}).database, 'x');
  assert.throws(() => target('postgres://?service=none', env), /is in no service file/);
});

test('the password comes from its file, PGPASSWORD or a password file that only its owner reads', () => {
  const folder = newFolder();
  const [passfile, secret] = [join(folder, 'pgpass'), join(folder, 'secret')];
  writeFileSync(passfile, '# all\nh:5432:*:o\\:u:co\\:lon\n*:*:d:u:any\nlocalhost:*:*:*:socket\n', {mode: 0o600});
  writeFileSync(secret, 'from file\n');
  const of = (url: string, env: NodeJS.ProcessEnv = {PGPASSFILE: passfile}) => {
    const found = target(url, env);
    return found.password(found.hosts[0]!.host, found.hosts[0]!.port);
  };
  assert.is(of('postgres://o%3Au@h/x'), 'co:lon');
  assert.is(of('postgres://u@h/d'), 'any');
  assert.is(of('postgres://z@%2Frun/q'), 'socket');
  assert.is(of('postgres://z@h/q'), undefined);
  assert.is(of('postgres://u@h/d', {PGPASSFILE: passfile, PGPASSWORD: 'env'}), 'env');
  assert.is(of(`postgres://u@h/d?passwordfile=${secret}`, {PGPASSWORD: 'env'}), 'from file');
  assert.throws(() => of('postgres://u@h/d?passwordfile=/none'), /can't be read \(ENOENT\)/);
  chmodSync(passfile, 0o644);
  assert.is(of('postgres://u@h/d'), undefined);
});

for (const [query, message] of [
  ['sslmode=nonsense', /sslmode/],
  ['port=0', /port/],
  ['port=x', /port/],
  ['connect_timeout=-1', /connect_timeout/],
  ['target_session_attrs=standby', /written to/],
  ['sslmode=require&sslrootcert=system', /verify-full/],
  ['host=a,b&port=1,2,3', /2 hosts and 3 ports/],
] as const)
  test(`?${query} is wrong usage`, () => {
    assert.throws(
      () => target(`postgres://?${query}`, {}),
      (error: unknown) => error instanceof UserError && error.code === 'usage' && message.test(error.message),
    );
  });

test.run();
