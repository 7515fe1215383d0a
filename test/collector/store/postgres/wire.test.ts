import type {EventEmitter} from 'node:events';
import {createServer, type Socket} from 'node:net';
import {TLSSocket} from 'node:tls';
import pg from 'pg';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {postgresAddress} from '../../../../src/collector/store/postgres/address.ts';
import {sessions} from '../../../../src/collector/store/postgres/sessions.ts';
import {frames, ours, watchWire} from '../../../../src/collector/store/postgres/wire.ts';
import {StoreTrouble} from '../../../../src/collector/store/trouble.ts';
import {makeSelfSigned} from '../../../rig/certificates.ts';
import {listenOnLoopback} from '../../../rig/scripted.ts';

process.env.PGPASSWORD = 'a password';

/** A message of the protocol. */
const message = (type: string, body: Buffer | string = '', length?: number) => {
  const bytes = Buffer.from(body as string, 'latin1');
  const head = Buffer.alloc(5);
  head.write(type, 'latin1');
  head.writeUInt32BE(length ?? bytes.length + 4, 1);
  return Buffer.concat([head, bytes]);
};
const [letIn, ready] = [message('R', '\0\0\0\0'), message('Z', 'I')];
const columns = (...named: (readonly [name: string, type: number])[]) => {
  const each = named.map(([name, type]) => {
    const rest = Buffer.alloc(18);
    rest.writeUInt32BE(type, 6);
    return Buffer.concat([Buffer.from(`${name}\0`), rest]);
  });
  return message('T', Buffer.concat([Buffer.from([0, named.length]), ...each]));
};
const row = (...values: string[]) =>
  message(
    'D',
    Buffer.concat([
      Buffer.from([0, values.length]),
      ...values.map((value) => Buffer.concat([Buffer.from([0, 0, 0, value.length]), Buffer.from(value)])),
    ]),
  );
const done = Buffer.concat([message('C', 'SELECT 1\0'), ready]);
const usable = Buffer.concat([
  columns(['version', 23], ['encoding', 25], ['standby', 16], ['closed', 16], ['set_config', 25]),
  row('180000', 'UTF8', 'f', 'f', 'UTF8'),
  done,
]);
const sasl = message('R', '\0\0\0\x0aSCRAM-SHA-256\0\0');

/** What no PostgreSQL says: to the start of a session, or to a question. */
const rubbish: Readonly<Record<string, Buffer>> = {
  'an HTTP answer': Buffer.from('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'),
  'a message that is not known': message('x', 'anything'),
  'a length of nothing': message('Z', '', 0),
  'a length of gigabytes': message('D', 'abc', 0xffff_ffff),
  'a row of minus one column': message('D', '\xff\xff'),
  'a row without its description': Buffer.concat([row('1', '2'), done]),
  'a row of more columns than were told of': Buffer.concat([columns(['one', 25]), row('1', '2'), done]),
  'a number that is none': Buffer.concat([columns(['one', 20]), row('many'), done]),
  'JSON that is none': Buffer.concat([columns(['one', 114]), row('{'), done]),
  'an error without an end': message('E', 'SERROR\0C'),
  'an error whose end is another message': message('E', 'S\0'),
  'an error without a state': message('E', 'SERROR\0Mno\0\0'),
  'that it is ready before it has answered': ready,
  'a login of an unknown kind': message('R', '\0\0\0\x63'),
  'a cut login': message('R', '\0'),
  'a SCRAM login that was never begun': message('R', '\0\0\0\x0br=1'),
  'the end of a SCRAM login that was never begun': message('R', '\0\0\0\x0cv=1'),
  'a SCRAM login all at once': Buffer.concat([sasl, message('R', '\0\0\0\x0br=1,s=AA,i=1')]),
};

for (const [what, bytes] of Object.entries(rubbish))
  for (const isEncrypted of [false, true])
    test(`a server that says ${what} is the store’s trouble ${isEncrypted ? 'with' : 'without'} TLS`, async () => {
      // To the login, to the first question of this program, to one of whoever uses the connection.
      const scripts = [[bytes], [Buffer.concat([letIn, ready]), bytes], [Buffer.concat([letIn, ready]), usable, bytes]];
      for (const script of scripts) {
        const told = await toldOf(script, isEncrypted);
        assert.instance(told, StoreTrouble, String((told as Error)?.stack));
        assert.not.match((told as Error).message, /\p{Cc}/u);
      }
    });

test('a message that arrives byte by byte is followed as a whole one is', () => {
  const follow = frames();
  for (const byte of Buffer.concat([letIn, message('E', 'SERROR\0C08006\0Mgone\0\0'), usable]))
    follow(Buffer.from([byte]));
  assert.throws(() => {
    for (const byte of message('N', 'SNOTICE\0M')) follow(Buffer.from([byte]));
  }, /an error without an end/);
});

test('a bug in what listens is told as one', async () => {
  const bug = new TypeError('planted');
  const server = await startRubbish([Buffer.concat([letIn, ready])], false);
  const client = new pg.Client({host: '127.0.0.1', port: server.port, user: 'u', password: 'p'});
  client.on('error', () => {});
  watchWire(client, false);
  const {connection} = client as unknown as {connection: EventEmitter};
  const planted = ours(() => {
    throw bug;
  });
  connection.on('readyForQuery', planted);
  const told = await client.connect().catch((error: unknown) => error);
  await server.close();
  assert.is(told, bug);
});

/** What becomes of a question to a server that says this, one after the other, to what it hears. */
async function toldOf(script: readonly Buffer[], isEncrypted: boolean): Promise<unknown> {
  const server = await startRubbish(script, isEncrypted);
  const url = `postgres://u@127.0.0.1:${server.port}/d?sslmode=${isEncrypted ? 'require' : 'disable'}&connect_timeout=1`;
  const pool = sessions(postgresAddress(url)!, {most: 1, reading: true, patience: 500});
  const told = await pool
    .alone((session) => session.query('SELECT 1'))
    .then(
      (rows) => new Error(`answered ${JSON.stringify(rows)}`),
      (error: unknown) => error,
    );
  await pool.close();
  await server.close();
  return told;
}

async function startRubbish(script: readonly Buffer[], isEncrypted: boolean) {
  const {cert, key} = await makeSelfSigned();
  const serve = (socket: Socket) => {
    socket.on('error', () => {});
    const left = [...script];
    socket.on('data', () => {
      const next = left.shift();
      if (next) socket.write(next);
    });
  };
  const server = createServer((raw) => {
    raw.on('error', () => {});
    if (!isEncrypted) return serve(raw);
    raw.once('data', () => {
      raw.write('S');
      serve(new TLSSocket(raw, {isServer: true, cert, key}));
    });
  });
  return listenOnLoopback(server, '127.0.0.1');
}

test.run();
