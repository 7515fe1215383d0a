import type {EventEmitter} from 'node:events';
import {type ConnectionOptions, checkServerIdentity} from 'node:tls';
import pg from 'pg';
import {UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import {systemRoots} from '../../../host/trust-store.ts';
import {StoreTrouble} from '../trouble.ts';
import type {PostgresAddress} from './address.ts';
import {stateOf, whatIsWrong} from './errors.ts';
import {readText, type Ssl, type Target, targetOf} from './libpq.ts';

/** The oldest PostgreSQL that this works with. */
const oldestServer = 140_000;

/** Whole numbers as numbers: none here is beyond 2^53. Everything else as `pg` reads it. */
const types = {
  getTypeParser(oid: number, format?: 'text' | 'binary') {
    if (oid === 20) return Number;
    if (oid === 1016) return (text: string) => (text === '{}' ? [] : text.slice(1, -1).split(',').map(Number));
    return pg.types.getTypeParser(oid, format as 'text');
  },
};

export interface ConnectOptions {
  /** A standby will do. */
  readonly reading: boolean;
  /** Milliseconds after which a statement that is not answered counts as lost. */
  readonly patience: number;
}

/**
 * Connects to the first host of an address that answers and can be used.
 *
 * @throws {UserError} usage or input, if the address can't be used; StoreTrouble, if no host answers
 */
export async function connect(address: PostgresAddress, options: ConnectOptions): Promise<pg.Client> {
  const target = targetOf(address, process.env);
  let first: unknown;
  for (const place of target.hosts) {
    try {
      return await connectTo(place, target, options);
    } catch (error) {
      if (error instanceof UserError && !(error instanceof StoreTrouble)) throw error;
      first ??= error;
    }
  }
  throw first;
}

async function connectTo(place: Target['hosts'][number], target: Target, options: ConnectOptions): Promise<pg.Client> {
  let refused: unknown;
  for (const ssl of attempts(target.ssl, place.host)) {
    const password = target.password(place.host, place.port) ?? '';
    const isRequired = target.channelBinding === 'require';
    const client: pg.Client = new pg.Client({
      ...place,
      database: target.database,
      user: target.user,
      // An empty one is none; left open, `pg` would look for a password file of its own.
      // Asked for at the login: nobody gets it who does not bind it to the channel, as libpq has it.
      password: isRequired ? () => (ssl && isBound() ? password : refuse()) : password,
      application_name: target.applicationName,
      connectionTimeoutMillis: target.connectTimeout,
      query_timeout: options.patience,
      keepAlive: true,
      enableChannelBinding: target.channelBinding !== 'disable',
      ssl,
      types,
    });
    // Of a connection that is lost while nothing is asked, the next question tells.
    client.on('error', () => {});
    const isBound: () => boolean = watchBinding(client, isRequired);
    try {
      await client.connect();
      if (isRequired && !(ssl && isBound())) throw notBound();
      await requireUsable(client, options);
      return client;
    } catch (error) {
      client.end().catch(() => {});
      if (error instanceof UserError) throw error;
      refused = error;
      // Refused for another reason than how it is encrypted: the other way would be refused too.
      if (stateOf(error) !== undefined && stateOf(error) !== '28000') break;
      if (/^SASL/.test((error as Error).message)) break;
    }
  }
  throw new StoreTrouble(whyNot(refused), {cause: new Error(clean((refused as Error).message, 300))});
}

function whyNot(error: unknown): string {
  const {message} = error as Error;
  if (/password must be a (non-empty )?string/.test(message))
    return 'the database asks for a password, and none is set';
  if (/does not support SSL/.test(message)) return 'the database does not speak TLS, and the address asks for it';
  return whatIsWrong(error);
}

/** How to encrypt, in the order in which it is tried (34.19.4 of the manual). */
function attempts(ssl: Ssl, host: string): (false | ConnectionOptions)[] {
  // A socket of this machine is never encrypted.
  if (ssl.mode === 'disable' || host.startsWith('/')) return [false];
  const encrypted = tlsOf(ssl, host);
  if (ssl.mode === 'allow') return [false, encrypted];
  return ssl.mode === 'prefer' ? [encrypted, false] : [encrypted];
}

function tlsOf({mode, root, cert, key}: Ssl, host: string): ConnectionOptions {
  const own = cert && key ? {cert: readText(cert, 'certificate'), key: readText(key, 'key')} : {};
  const verified = mode === 'verify-ca' || mode === 'verify-full';
  if (root === undefined) {
    if (!verified) return {...own, rejectUnauthorized: false};
    throw new UserError('usage', `The store has sslmode=${mode}, and no certificate to verify it with.`, {
      suggestions: ['sslrootcert=PATH names its authority; sslrootcert=system takes those of this machine.'],
    });
  }
  // As libpq has it: with an authority at hand `require` verifies it too.
  if (!verified && mode !== 'require') return {...own, rejectUnauthorized: false};
  const ca = root === 'system' ? systemRoots(process.env) : readText(root, 'certificate authority');
  const checked =
    mode === 'verify-full'
      ? (_: string, peer: Parameters<typeof checkServerIdentity>[1]) => checkServerIdentity(host, peer)
      : () => undefined;
  return {...own, ca, rejectUnauthorized: true, checkServerIdentity: checked};
}

/** Whether the server offered to bind the login to the channel, as `pg` then does on one that is encrypted. */
function watchBinding(client: pg.Client, isRequired: boolean): () => boolean {
  let isOffered = false;
  const {connection} = client as unknown as {connection: EventEmitter};
  connection.once('authenticationSASL', ({mechanisms}: {mechanisms: readonly string[]}) => {
    isOffered = mechanisms.includes('SCRAM-SHA-256-PLUS');
  });
  // Whoever asks for it in the clear besides is another. `pg`, which listens after us, has kept what it was told before.
  let isClear = false;
  for (const event of ['authenticationCleartextPassword', 'authenticationMD5Password'])
    connection.on(event, () => {
      isClear = true;
      if (isRequired) (client as {password: unknown}).password = refuse;
    });
  return () => isOffered && !isClear;
}

function refuse(): never {
  throw notBound();
}

function notBound(): UserError {
  return new UserError(
    'input',
    'The store has channel_binding=require, and the database does not bind its login to the channel.',
    {
      suggestions: ['That takes TLS and a SCRAM password.'],
    },
  );
}

async function requireUsable(client: pg.Client, {reading}: ConnectOptions): Promise<void> {
  const {rows} = await client.query(`SELECT current_setting('server_version_num')::int AS version,
    current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby`);
  const {version, encoding, standby} = rows[0] as {version: number; encoding: string; standby: boolean};
  if (version < oldestServer)
    throw new StoreTrouble(`the database is PostgreSQL ${Math.floor(version / 10_000)}; 14 or later is needed`);
  if (encoding !== 'UTF8')
    throw new StoreTrouble(`the database has the encoding ${clean(encoding, 20)}; UTF8 is needed`);
  if (standby && !reading) throw new StoreTrouble('the database is read-only: it is a standby');
}
