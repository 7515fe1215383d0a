import type {EventEmitter} from 'node:events';
import type {TLSSocket} from 'node:tls';
import type pg from 'pg';
import {UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import {NotPostgres} from './errors.ts';
import {ours} from './wire.ts';

/** Ways in which a server has a client log in, as require_auth of libpq names them; `none`: it asks for nothing. */
const methods = ['none', 'password', 'md5', 'scram-sha-256', 'gss', 'sspi', 'oauth'] as const;
export type Method = (typeof methods)[number];
const possible: readonly Method[] = ['none', 'password', 'md5', 'scram-sha-256'];

/**
 * The ways of a list as require_auth has it: some, or all but some; undefined: any.
 *
 * @throws {UserError} usage, if it is none, or has none that this program knows
 */
export function methodsOf(list: string | undefined): ReadonlySet<Method> | undefined {
  if (list === undefined) return undefined;
  const all = list.split(',');
  const isNot = all[0]!.startsWith('!');
  const named = all.map((one) => {
    const name = methods.find((method) => (isNot ? `!${method}` : method) === one);
    if (name) return name;
    const known = `some of ${methods.join(', ')}, or all but some, as in !none,!password`;
    throw new UserError('usage', `The store's require_auth is ${JSON.stringify(clean(list, 80))}; it can be ${known}.`);
  });
  const allowed = new Set(methods.filter((one) => named.includes(one) !== isNot));
  if (possible.some((one) => allowed.has(one))) return allowed;
  throw new UserError('usage', `The store's require_auth has none of the ways to log in that are known here.`, {
    suggestions: [`Those are ${possible.join(', ')}.`],
  });
}

/** What an address asks of the login to a server. */
export interface Asked {
  /** The login must be bound to the encrypted channel, so that nobody can stand in the middle. */
  readonly isBound: boolean;
  readonly methods: ReadonlySet<Method> | undefined;
  readonly isEncrypted: boolean;
  /** TLS began at once: then the server must say that it is a PostgreSQL. */
  readonly isDirect: boolean;
}

/**
 * Watches how a server has us log in: nobody gets a password, or a proof of it, who asks for it otherwise than the address
 * allows, as libpq has it. To be called before the client connects.
 *
 * @returns what throws a UserError (input), once it is connected, where the server did less than is asked
 */
export function watchLogin(client: pg.Client, password: string, asked: Asked): () => void {
  const {connection} = client as unknown as {connection: EventEmitter & {stream: TLSSocket}};
  let method: Method = 'none';
  let isOffered = false;
  let isProven = false;
  let refusal: UserError | undefined;
  const refuse = () => {
    throw refusal;
  };
  // `pg`, which listens after us, keeps what it was told once.
  const take = (next: Method) => {
    method = next;
    if (asked.methods && !asked.methods.has(next)) refusal ??= notAllowed(next);
    if (asked.isBound && !(next === 'scram-sha-256' && asked.isEncrypted && isOffered)) refusal ??= notBound();
    if (asked.isDirect && connection.stream.alpnProtocol !== 'postgresql') refusal ??= notDirect();
    if (refusal) (client as {password: unknown}).password = refuse;
  };
  const on = <A extends unknown[]>(name: string, work: (...args: A) => void) => connection.on(name, ours(work));
  on('authenticationCleartextPassword', () => take('password'));
  on('authenticationMD5Password', () => take('md5'));
  on('authenticationSASL', ({mechanisms}: {mechanisms: readonly string[]}) => {
    isOffered = mechanisms.includes('SCRAM-SHA-256-PLUS');
    take('scram-sha-256');
  });
  // Of a login that was not begun, or is over, `pg` has nothing at hand.
  const requireBegun = () => {
    if (!(client as {saslSession?: unknown}).saslSession) throw new NotPostgres('more of a login than was begun');
  };
  on('authenticationSASLContinue', requireBegun);
  // `pg` checks what it says, and fails where it is wrong.
  on('authenticationSASLFinal', () => {
    requireBegun();
    isProven = true;
  });
  // An empty one is none; left open, `pg` would look for a file of its own. Asked for at the login, and only then.
  (client as {password: unknown}).password = () => password;
  return () => {
    if (refusal) throw refusal;
    if (asked.isDirect && connection.stream.alpnProtocol !== 'postgresql') throw notDirect();
    // Whoever lets everybody in has not shown that it knows the password.
    const isDone = method === 'scram-sha-256' ? isProven : method !== 'none';
    if (asked.isBound && !(isDone && isOffered && asked.isEncrypted)) throw notBound();
    if (asked.methods && !isDone && !asked.methods.has('none')) throw notAllowed('none');
  };
}

function notAllowed(method: Method): UserError {
  const told = method === 'none' ? 'the database lets us in without a login' : `the database asks for ${method}`;
  return new UserError('input', `The store's require_auth does not allow what is asked here: ${told}.`, {
    suggestions: ['Whoever answers there may be another server than the one that is meant.'],
  });
}

function notDirect(): UserError {
  return new UserError(
    'input',
    'The store has sslnegotiation=direct, and what answers there is not PostgreSQL 17 or later.',
  );
}

function notBound(): UserError {
  return new UserError(
    'input',
    'The store has channel_binding=require, and the database does not bind its login to the channel.',
    {suggestions: ['That takes TLS and a SCRAM password.']},
  );
}
