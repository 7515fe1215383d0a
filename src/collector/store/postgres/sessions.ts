import type pg from 'pg';
import {StoreTrouble} from '../trouble.ts';
import type {PostgresAddress} from './address.ts';
import type {ConnectOptions} from './connect.ts';
import {isLost, NotPostgres, stateOf, troubleOf} from './errors.ts';
import {Pool} from './pool.ts';

/** A row as it is read. */
// biome-ignore lint/suspicious/noExplicitAny: what a statement answers is known where it is written
export type Row = Record<string, any>;

/** A connection while something is done on it. */
export interface Session {
  /** Rows of a statement. */
  query(text: string, values?: readonly unknown[]): Promise<Row[]>;
  /** Runs several statements without values in one go; the rows of the last one. */
  batch(text: string): Promise<Row[]>;
}

/** Milliseconds that the server gives a transaction: for one statement, for a lock, and to wait for us. */
export interface Limits {
  readonly statement: number;
  readonly lock?: number;
  readonly idle?: number;
}

/** Connections to one store, made as they are needed. What goes wrong on them is StoreTrouble, or a bug. */
export interface Sessions {
  /** Runs statements that need no transaction. */
  alone<T>(work: (session: Session) => Promise<T>): Promise<T>;
  /**
   * Runs work in a transaction: all of it or nothing.
   *
   * @param begin further statements to begin with, in the same message; their last rows are given to the work
   */
  transaction<T>(
    work: (session: Session, begun: Row[]) => Promise<T>,
    options: {begin?: string; limits: Limits},
  ): Promise<T>;
  /** Begins a transaction that lasts until all is closed; what is read in it is read, what is written is not. */
  begin(options: {begin?: string; limits: Limits}): Promise<Session>;
  close(): Promise<void>;
}

/** Attempts at a transaction. */
const attempts = 4;

/** Of a transaction that met another one, or that the server ended because this process stood still: nothing of it is there. */
const again = new Set(['40P01', '40001', '25P03']);

/** @param most connections at once; who finds none free waits for one */
export function sessions(address: PostgresAddress, options: ConnectOptions & {readonly most: number}): Sessions {
  const pool = new Pool(address, options);

  const alone = async <T>(work: (session: Session) => Promise<T>): Promise<T> => {
    const client = await pool.take();
    try {
      const result = await work(sessionOf(client));
      pool.give(client);
      return result;
    } catch (error) {
      if (isLost(error)) pool.drop(client);
      else pool.give(client);
      throw troubleOf(error);
    }
  };

  const once = async <T>(work: (session: Session, begun: Row[]) => Promise<T>, head: string): Promise<T> => {
    const client = await pool.take();
    const session = sessionOf(client);
    try {
      const result = await work(session, await session.batch(head));
      await session.batch('COMMIT');
      pool.give(client);
      return result;
    } catch (error) {
      // What does not come from the database has left the connection as it was, also with a bug.
      const isUsable = stateOf(error) !== undefined ? !isLost(error) : !isConnection(error);
      if (isUsable && (await isRolledBack(client))) pool.give(client);
      else pool.drop(client);
      const cause = pool.whyEnded(client);
      throw again.has(stateOf(cause ?? error) ?? '') ? (cause ?? error) : error;
    }
  };

  return {
    alone,
    async begin(options) {
      const session = sessionOf(await pool.take());
      await session.batch(headOf(options));
      return session;
    },
    async transaction(work, options) {
      const head = headOf(options);
      for (let attempt = 1; ; attempt++) {
        try {
          return await once(work, head);
        } catch (error) {
          if (attempt < attempts && again.has(stateOf(error) ?? '')) continue;
          throw troubleOf(error);
        }
      }
    },
    close: () => pool.close(),
  };
}

function headOf({
  begin = '',
  limits: {statement, lock = statement, idle = 5000},
}: {
  begin?: string;
  limits: Limits;
}): string {
  // Of reading committed rows a new snapshot a statement is a part: what was waited for is seen.
  const settings = [
    // What others may put into other schemas, a function that takes an argument more exactly, is not called.
    'search_path = pg_catalog',
    'synchronous_commit = on',
    `statement_timeout = ${statement}`,
    `lock_timeout = ${lock}`,
    `idle_in_transaction_session_timeout = ${idle}`,
    'jit = off',
  ];
  const isReading = begin.startsWith('SET TRANSACTION');
  return `BEGIN${isReading ? '' : ' ISOLATION LEVEL READ COMMITTED'}; ${isReading ? `${begin}; ` : ''}${settings.map((one) => `SET LOCAL ${one}; `).join('')}${isReading ? '' : begin}`;
}

function isRolledBack(client: pg.Client): Promise<boolean> {
  return client.query('ROLLBACK').then(
    () => true,
    () => false,
  );
}

function isConnection(error: unknown): boolean {
  return stateOf(error) === undefined && troubleOf(error) instanceof StoreTrouble && !(error instanceof StoreTrouble);
}

function sessionOf(client: pg.Client): Session {
  return {
    async query(text, values = []) {
      return rowsOf(await client.query(text, values as unknown[]));
    },
    async batch(text) {
      const result = (await client.query(text)) as unknown as pg.QueryResult | pg.QueryResult[];
      return Array.isArray(result) ? (result.map(rowsOf).at(-1) ?? []) : rowsOf(result);
    },
  };
}

/** Rows of a statement that was carried out. */
function rowsOf({command, rows}: pg.QueryResult): Row[] {
  // Where the server says that it is ready before it has said so, `pg` takes that for the end.
  if ((command as string | null) === null) throw new NotPostgres('nothing of what became of a statement');
  return rows as Row[];
}
