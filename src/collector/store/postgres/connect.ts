import {randomInt} from 'node:crypto';
import {isIP} from 'node:net';
import {type ConnectionOptions, checkServerIdentity, createSecureContext} from 'node:tls';
import pg from 'pg';
import {isOwnMistake, systemCode, UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import {systemRoots} from '../../../host/trust-store.ts';
import {StoreTrouble} from '../trouble.ts';
import type {PostgresAddress} from './address.ts';
import {NotPostgres, stateOf, whatIsWrong} from './errors.ts';
import {isSocket, type Place, type Ssl, type Target, targetOf} from './libpq.ts';
import {readKey, readRevocations, readText} from './libpq-files.ts';
import {watchLogin} from './login.ts';
import {types, watchWire} from './wire.ts';

/** The oldest PostgreSQL that this works with. */
const oldestServer = 140_000;

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
  for (const place of target.isBalanced ? shuffled(target.hosts) : target.hosts) {
    try {
      return await connectTo(place, target, options);
    } catch (error) {
      // Another host is no way around what is wrong here.
      if (!(error instanceof StoreTrouble)) throw error;
      first ??= error;
    }
  }
  throw first;
}

function shuffled<T>(all: readonly T[]): T[] {
  const mixed = [...all];
  for (let i = mixed.length - 1; i > 0; i--) {
    const j = randomInt(i + 1);
    [mixed[i], mixed[j]] = [mixed[j]!, mixed[i]!];
  }
  return mixed;
}

async function connectTo(place: Place, target: Target, options: ConnectOptions): Promise<pg.Client> {
  let refused: unknown;
  for (const ssl of attempts(target.ssl, place)) {
    const isDirect = ssl !== false && target.ssl.isDirect;
    const client: pg.Client = new pg.Client({
      ...{host: place.address ?? place.host, port: place.port},
      database: target.database,
      user: target.user,
      application_name: target.applicationName,
      ...(target.options === undefined ? {} : {options: target.options}),
      connectionTimeoutMillis: target.connectTimeout,
      query_timeout: options.patience,
      keepAlive: target.keepAlive,
      keepAliveInitialDelayMillis: target.keepAliveIdle,
      enableChannelBinding: target.channelBinding !== 'disable',
      sslnegotiation: isDirect ? 'direct' : 'postgres',
      ssl,
      types,
    });
    // A variable that no libpq knows would have `pg` ask for a stream of replication.
    (client as unknown as {connectionParameters: {replication: unknown}}).connectionParameters.replication = undefined;
    // Of a connection that is lost while nothing is asked, the next question tells.
    client.on('error', () => {});
    watchWire(client, ssl !== false);
    const requireLogin = watchLogin(client, target.password(place.host, place.port) ?? '', {
      ...{isBound: target.channelBinding === 'require', methods: target.methods},
      ...{isEncrypted: ssl !== false, isDirect},
    });
    try {
      await client.connect();
      requireLogin();
      await requireUsable(client, !options.reading, target.isPrimary);
      return client;
    } catch (error) {
      client.end().catch(() => {});
      if (error instanceof UserError || isOwnMistake(error)) throw error;
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
function attempts(ssl: Ssl, place: Place): (false | ConnectionOptions)[] {
  // A socket of this machine is never encrypted.
  if (ssl.mode === 'disable' || isSocket(place)) return [false];
  const encrypted = tlsOf(ssl, place.host);
  if (ssl.mode === 'allow') return [false, encrypted];
  return ssl.mode === 'prefer' ? [encrypted, false] : [encrypted];
}

/** @throws {UserError} usage or input, if a file of it can't be used */
function tlsOf({mode, root, ...ssl}: Ssl, host: string): ConnectionOptions {
  const own = ssl.cert && ssl.key ? {cert: readText(ssl.cert, 'certificate'), key: readKey(ssl.key)} : {};
  const passphrase = ssl.password === undefined ? {} : {passphrase: ssl.password};
  const versions = {minVersion: ssl.least, maxVersion: ssl.most};
  // Where it is reached by an address, `pg` would not know its name.
  const named = isIP(host) === 0 ? {servername: host} : {};
  const verified = mode === 'verify-ca' || mode === 'verify-full';
  if (root === undefined && verified)
    throw new UserError('usage', `The store has sslmode=${mode}, and no certificate to verify it with.`, {
      suggestions: ['sslrootcert=PATH names its authority; sslrootcert=system takes those of this machine.'],
    });
  // As libpq has it: with an authority at hand `require` verifies it too.
  if (root === undefined || !(verified || mode === 'require')) {
    const secureContext = contextOf({...own, ...passphrase, ...versions});
    return {...named, secureContext, rejectUnauthorized: false};
  }
  const ca = root === 'system' ? systemRoots(process.env) : readText(root, 'certificate authority');
  const crl = [
    ...(ssl.revoked === undefined ? [] : [readText(ssl.revoked, 'list of revocations (sslcrl)')]),
    ...(ssl.revokedFolder === undefined ? [] : readRevocations(ssl.revokedFolder)),
  ];
  const secureContext = contextOf({...own, ...passphrase, ...versions, ca, ...(crl.length > 0 ? {crl} : {})});
  const checked =
    mode === 'verify-full'
      ? (_: string, peer: Parameters<typeof checkServerIdentity>[1]) => checkServerIdentity(host, peer)
      : () => undefined;
  return {...named, secureContext, rejectUnauthorized: true, checkServerIdentity: checked};
}

/** Made here, so that a file that is none is told as such, and does not look like a server that speaks no TLS. */
function contextOf(options: Parameters<typeof createSecureContext>[0]): ReturnType<typeof createSecureContext> {
  try {
    return createSecureContext(options);
  } catch (error) {
    throw new UserError(
      'input',
      `A certificate, key or list of revocations of the store can't be used (${systemCode(error) ?? 'unknown reason'}).`,
      {suggestions: ['They have to be PEM, the key that of the certificate; sslpassword, in a service, opens it.']},
    );
  }
}

async function requireUsable(client: pg.Client, isWriting: boolean, isPrimary: boolean): Promise<void> {
  // Texts go as UTF-8, whatever a role or a database has set for those who come.
  const {rows} = await client.query(`SELECT current_setting('server_version_num')::int AS version,
    current_setting('server_encoding') AS encoding, pg_is_in_recovery() AS standby,
    current_setting('transaction_read_only') = 'on' AS closed, set_config('client_encoding', 'UTF8', false)`);
  const {version, encoding, standby, closed} = (rows[0] ?? {}) as Record<'standby' | 'closed', boolean> & {
    version: number;
    encoding: string;
  };
  if (typeof version !== 'number' || typeof standby !== 'boolean' || typeof closed !== 'boolean')
    throw new NotPostgres('not what it was asked');
  if (version < oldestServer)
    throw new StoreTrouble(`the database is PostgreSQL ${Math.floor(version / 10_000)}; 14 or later is needed`);
  if (encoding !== 'UTF8')
    throw new StoreTrouble(`the database has the encoding ${clean(encoding, 20)}; UTF8 is needed`);
  if (!isWriting && !isPrimary) return;
  if (standby) throw new StoreTrouble('the database is read-only: it is a standby');
  if (closed) throw new StoreTrouble('the database is read-only: it was told to be (default_transaction_read_only)');
}
