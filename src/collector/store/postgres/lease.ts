import {StoreTrouble} from '../trouble.ts';
import type {Row, Session, Sessions} from './sessions.ts';
import {locks} from './sql.ts';

/**
 * What only one process does at a time: counting, erasing, dating anew. Whoever does it holds a lease, a row with a time of
 * the database and a number that grows with each holder, and looks again at the end of each transaction whether the lease is
 * still its own. One that stands still in the middle of a transaction is ended by the database.
 */

/** Seconds that a lease outlasts its last use. */
const lasting = 3;
/** Milliseconds that the database waits for a process in the middle of such a transaction. */
const idle = 3000;
const limits = {statement: 20_000, idle} as const;

export interface Lease {
  /**
   * Runs work in a transaction under the lease.
   *
   * @param isDone whether others may have the lease after this result
   * @returns undefined if another process has the lease, or an import is under way
   */
  ifMine<T>(
    work: (session: Session) => Promise<T>,
    isDone: (result: T) => boolean,
    begin?: string,
  ): Promise<T | undefined>;
  /** The same at once, whoever has the lease: it waits for the transaction in which that one is, and takes it away. */
  now<T>(work: (session: Session) => Promise<T>): Promise<T>;
}

/** @param holder a number that no other process has */
export function leaseOf(pool: Sessions, holder: number): Lease {
  const finish = async (session: Session, fence: number, seconds: number) => {
    const mine = await session.query(
      `UPDATE seldon_usage.lease SET until = clock_timestamp() + make_interval(secs => $3)
        WHERE name = 'work' AND holder = $1 AND fence = $2 RETURNING 1`,
      [holder, fence, seconds],
    );
    return mine.length > 0;
  };
  const run = async <T>(
    session: Session,
    [taken]: Row[],
    work: (session: Session) => Promise<T>,
    isDone: (result: T) => boolean,
  ) => {
    if (!taken) return undefined;
    const result = await work(session);
    if (await finish(session, taken.fence as number, isDone(result) ? 0 : lasting)) return result;
    throw new Error('the lease was lost within its transaction');
  };
  return {
    ifMine: (work, isDone, begin = '') =>
      pool.transaction((session, taken) => run(session, taken, work, isDone), {
        begin: `${begin} UPDATE seldon_usage.lease AS l
          SET holder = ${holder}, fence = l.fence + CASE WHEN l.holder = ${holder} THEN 0 ELSE 1 END,
            until = clock_timestamp() + interval '${lasting} seconds'
          FROM (SELECT name FROM seldon_usage.lease WHERE name = 'work'
            AND (holder = ${holder} OR until < clock_timestamp()) AND NOT EXISTS (SELECT 1 FROM seldon_usage.moved) FOR UPDATE SKIP LOCKED) AS own
          WHERE l.name = own.name RETURNING l.fence`,
        limits,
      }),
    now: async (work) =>
      (await pool.transaction((session, taken) => run(session, taken, work, () => true), {
        begin: `UPDATE seldon_usage.lease SET holder = ${holder}, fence = fence + 1 WHERE name = 'work' RETURNING fence`,
        limits: {statement: 60_000, idle: 60_000},
      }))!,
  };
}

/** Stores reports, or marks what is counted: whoever closed the gate is waited for. */
export const passGate = `SELECT pg_advisory_xact_lock_shared(${locks.gate})`;

/**
 * Makes sure, within a transaction that has passed the gate, that no import is under way: what it takes is compared with what it has.
 *
 * @throws {StoreTrouble}
 */
export async function requireNoImport(session: Session): Promise<void> {
  if ((await session.query('SELECT 1 FROM seldon_usage.moved')).length > 0) throw importing();
}

/** What whoever would serve a store is told while an import into it is not finished. */
export function importing(): StoreTrouble {
  return new StoreTrouble('an import into the store is not finished');
}

/** Nobody stores a report, and nobody is about to, until the transaction ends. */
export async function closeGate(session: Session): Promise<void> {
  await session.batch(`SELECT pg_advisory_xact_lock(${locks.gate})`);
}
