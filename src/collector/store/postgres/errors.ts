import {systemCode, UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import {StoreTrouble} from '../trouble.ts';

/** What this program says of the states of PostgreSQL (appendix A of its manual) that a person can do something about. */
const told: Readonly<Record<string, string>> = {
  '53100': 'the disk of the database is full',
  '53200': 'the database is out of memory',
  '53300': 'the database takes no more connections',
  '57014': 'the database did not answer in time',
  '57P01': 'the database is being shut down',
  '57P02': 'the database was stopped',
  '57P03': 'the database is starting or stopping',
  '25P04': 'the database gives a transaction too little time (transaction_timeout)',
  '25006': 'the database is read-only: a standby, or one that was told to be',
  '55P03': 'another transaction holds a lock for too long',
  '28P01': 'the database refuses the password',
  '28000': 'the database refuses this user',
  '3D000': 'there is no such database',
  '42501': 'the database forbids it to this user',
  XX001: 'the database reports damage in its files',
  XX002: 'the database reports damage in an index',
};

/** Classes of states that are the database's matter: connection, resources, operator, system, locks, rights, damage. */
const classes = new Set(['08', '28', '3D', '53', '57', '58', 'F0']);
const single = new Set(['25006', '25P03', '25P04', '40001', '40P01', '55006', '55P03', '42501', 'XX001', 'XX002']);

/** A server said what is no answer in PostgreSQL’s protocol: then it is another one, or is out of order, and the connection is lost. */
export class NotPostgres extends Error {}

/** The state (SQLSTATE) of an answer of the database; undefined if the error is none. */
export function stateOf(error: unknown): string | undefined {
  const {code, severity} = error as {code?: unknown; severity?: unknown};
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) && severity !== undefined ? code : undefined;
}

/** Whether an answer of the database may pass or is for who runs it; any other is a bug of this program. */
function isTroubleState(state: string): boolean {
  return classes.has(state.slice(0, 2)) || single.has(state);
}

/** Messages of `pg` for a connection that is gone or silent; it gives them no code. */
const lost =
  /^(Connection terminated|Query read timeout|timeout expired|Client was closed|Client has encountered a connection error|Client network socket disconnected)/;

/** Whether the connection that an error came from can't be used any more. */
export function isLost(error: unknown): boolean {
  const state = stateOf(error);
  if (state !== undefined)
    return state.startsWith('08') || state.startsWith('57P') || state === '25P03' || state === '25P04';
  return true;
}

/** What is the matter, in a few words for a log line; without anything that is secret. */
export function whatIsWrong(error: unknown): string {
  const state = stateOf(error);
  if (state === '53200' && /max_locks_per_transaction/.test(String((error as {hint?: unknown}).hint)))
    return 'the database has no room for more locks (max_locks_per_transaction)';
  if (state !== undefined)
    return told[state] ?? `the database says: ${clean((error as Error).message, 160)} (${state})`;
  const {message} = error as Error;
  if (error instanceof NotPostgres) return `what answers there does not speak as PostgreSQL does (it says ${message})`;
  if (/Query read timeout|timeout expired/.test(message)) return 'the database did not answer in time';
  if (/^Connection terminated|^Client network socket|^Client has encountered a connection error/.test(message))
    return 'the connection to the database was cut';
  const code = systemCode(error);
  if (code === 'ECONNREFUSED' || code === 'ENOENT') return `no database listens there (${code})`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return `the name of the database’s machine is not known (${code})`;
  return code ? `the database can’t be reached (${code})` : `the database can’t be used: ${clean(message, 160)}`;
}

/** The trouble that an error of the database is; the error itself where it is a bug. */
export function troubleOf(error: unknown): unknown {
  if (error instanceof UserError) return error;
  const state = stateOf(error);
  const isTrouble =
    state === undefined
      ? error instanceof NotPostgres || lost.test((error as Error).message) || isSystem(error)
      : isTroubleState(state);
  return isTrouble ? new StoreTrouble(whatIsWrong(error), {cause: stripped(error)}) : error;
}

/** An error of the system, of TLS or of name resolution. */
function isSystem(error: unknown): boolean {
  const code = systemCode(error);
  return code !== undefined && /^(?!ERR_)|^ERR_(TLS|SSL|SOCKET|STREAM)_/.test(code);
}

/** The error without what `pg` hangs on it: the statement's values, the connection. Its state stays. */
function stripped(error: unknown): Error {
  const {message, stack} = error as Error;
  const bare = new Error(clean(message, 300));
  if (stack) bare.stack = stack;
  const state = stateOf(error);
  return state === undefined ? bare : Object.assign(bare, {code: state, severity: 'ERROR'});
}
