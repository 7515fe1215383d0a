import pg from 'pg';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {postgresAddress} from '../../../../src/collector/store/postgres/address.ts';
import {connect} from '../../../../src/collector/store/postgres/connect.ts';
import {isLost, troubleOf} from '../../../../src/collector/store/postgres/errors.ts';
import {StoreTrouble} from '../../../../src/collector/store/trouble.ts';

const answered = (code: string) => Object.assign(new Error('said by the server'), {code, severity: 'ERROR'});
const system = (code: string) => Object.assign(new Error(`connect ${code}`), {code});

for (const [state, isTrouble] of Object.entries({
  ...{'08006': true, '08P01': true, '28P01': true, '3D000': true, '40P01': true, '40001': true, '53100': true},
  ...{'53200': true, '53300': true, '55P03': true, '57014': true, '57P01': true, '57P02': true, '57P03': true},
  ...{'58030': true, '25006': true, '25P03': true, '25P04': true, '42501': true, XX001: true, XX002: true},
  ...{'42601': false, '42P01': false, '42703': false, '22P02': false, '23505': false, '23502': false, XX000: false},
  ...{'21000': false, '25P02': false, '0A000': false},
}))
  test(`${state} is ${isTrouble ? 'the database’s trouble' : 'a bug'}`, () => {
    const error = answered(state);
    assert.is(troubleOf(error) instanceof StoreTrouble, isTrouble);
    if (!isTrouble) assert.is(troubleOf(error), error);
  });

for (const error of [
  ...[
    'ECONNREFUSED',
    'ECONNRESET',
    'EPIPE',
    'ETIMEDOUT',
    'EHOSTUNREACH',
    'ENETUNREACH',
    'ENOTFOUND',
    'EAI_AGAIN',
    'ENOENT',
  ].map(system),
  ...[
    'ERR_TLS_CERT_ALTNAME_INVALID',
    'SELF_SIGNED_CERT_IN_CHAIN',
    'CERT_HAS_EXPIRED',
    'EPROTO',
    'ERR_SSL_WRONG_VERSION_NUMBER',
  ].map(system),
  ...[
    'Connection terminated unexpectedly',
    'Query read timeout',
    'timeout expired',
    'Client was closed and is not queryable',
  ].map((one) => new Error(one)),
])
  test(`${error.message} is trouble, and the connection is lost`, () => {
    assert.instance(troubleOf(error), StoreTrouble);
    assert.ok(isLost(error));
  });

for (const [state, expected] of [
  ...([
    ['25P03', true],
    ['25P04', true],
    ['57P05', true],
    ['08006', true],
  ] as const),
  ...([
    ['57014', false],
    ['25P02', false],
    ['40001', false],
    ['53100', false],
  ] as const),
] as const)
  test(`after ${state} the connection is ${expected ? 'lost' : 'kept'}`, () =>
    assert.is(isLost(answered(state)), expected));

for (const error of [new TypeError('x is not a function'), system('ERR_INVALID_ARG_TYPE'), new RangeError('no')])
  test(`${error.message} is a bug`, () => assert.is(troubleOf(error), error));

test('where there is no room for locks the setting is named', () => {
  const hint = 'You might need to increase "max_locks_per_transaction".';
  const said = (error: Error) => (troubleOf(error) as StoreTrouble).message;
  assert.match(said(Object.assign(answered('53200'), {hint})), /no room for more locks \(max_locks_per_transaction\)/);
  assert.match(said(answered('53200')), /out of memory/);
});

test('a bug in connecting is told as one', async () => {
  const bug = new TypeError('planted');
  const {connect: before} = pg.Client.prototype;
  pg.Client.prototype.connect = () => Promise.reject(bug);
  try {
    const address = postgresAddress('postgres://u@127.0.0.1:1,127.0.0.1:2/d?sslmode=disable')!;
    assert.is(await connect(address, {reading: false, patience: 1000}).catch((error: unknown) => error), bug);
  } finally {
    pg.Client.prototype.connect = before;
  }
});

test('what hangs on an error of the client goes no further', () => {
  const error = Object.assign(answered('57014'), {parameters: ['body'], client: {password: 's3cr3t'}});
  const {cause} = troubleOf(error) as StoreTrouble;
  assert.equal(Object.keys(cause as object), ['code', 'severity']);
});

test.run();
