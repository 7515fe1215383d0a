import {dayOf} from '../../periods.ts';
import type {Erased} from '../contract.ts';
import {closeGate} from './lease.ts';
import {dropPartition, type Partitioned, partitionName} from './partitions.ts';
import type {Session} from './sessions.ts';

/** Milliseconds that erasing waits for who reads: reports wait behind it. What is not got comes with the next look. */
export const lockPatience = 200;

/** What was erased, and whether there may be more. */
export interface Discarded extends Erased {
  readonly more: boolean;
}

/**
 * Erases what is too old of a kind, a partition at once: the oldest day of reports and the oldest of rows that are too old as a
 * whole; then the clusters that have nothing left. Within the caller's transaction, which holds the lease. Each takes some fifty
 * locks (few-locks.ts).
 *
 * @param most rows that they may have
 * @param isAny whether one may have more
 */
export async function discard(
  session: Session,
  before: {readonly received: number; readonly day: number},
  most: number,
  isAny: boolean,
): Promise<Discarded> {
  const reports = await dropOldest(session, 'report', {before: dayOf(before.received), most, isAny});
  // What is not counted yet will be.
  const uncounted = `AND NOT EXISTS (SELECT 1 FROM seldon_usage.pending p WHERE p.day = d.day)
    AND NOT EXISTS (SELECT 1 FROM seldon_usage.changed c WHERE c.day = d.day)`;
  const left = {before: before.day, most: most - (reports ?? 0), isAny: isAny && !reports};
  const days = await dropOldest(session, 'cluster_day', left, uncounted);
  const more = reports !== undefined || days !== undefined;
  if (!more) await sweep(session, Math.min(before.day, dayOf(before.received)), most);
  return {reports: reports ?? 0, days: days ?? 0, more};
}

/** Drops the partition of the oldest day; the rows that it had, undefined if none was dropped. */
async function dropOldest(
  session: Session,
  table: Partitioned,
  {before, most, isAny}: {before: number; most: number; isAny: boolean},
  other = '',
): Promise<number | undefined> {
  const column = table === 'report' ? 'reports' : 'rows';
  const [old] = await session.query(
    `SELECT day FROM seldon_usage.day d WHERE ${column} AND day < $1 ${other} ORDER BY day LIMIT 1`,
    [before],
  );
  if (!old) return undefined;
  const day = old.day as number;
  const [row] = await session.query(`SELECT count(*) AS count FROM ${partitionName(table, day)}`);
  const count = row!.count as number;
  if (count > most && !isAny) return undefined;
  await dropPartition(session, table, day);
  // What was erased is not known by its name any more.
  if (table === 'report') await session.query('DELETE FROM seldon_usage.once WHERE day = $1', [day]);
  return count;
}

/** A cluster goes with the last of its rows; if it comes back it is new again. Looked for once for each day that is gone. */
async function sweep(session: Session, before: number, most: number): Promise<void> {
  const [swept] = await session.query('SELECT max(before) AS before FROM seldon_usage.swept');
  if (swept!.before !== null && (swept!.before as number) >= before) return;
  const old = await session.query('SELECT id FROM seldon_usage.cluster WHERE last_day < $1 LIMIT $2', [
    before,
    Math.max(most, 1000),
  ]);
  if (old.length === 0) {
    await session.query('WITH old AS (DELETE FROM seldon_usage.swept) INSERT INTO seldon_usage.swept VALUES ($1)', [
      before,
    ]);
    return;
  }
  await closeGate(session);
  await session.query('DELETE FROM seldon_usage.cluster WHERE id = ANY($1::bigint[]) AND last_day < $2', [
    old.map(({id}) => id),
    before,
  ]);
  await session.batch('UPDATE seldon_usage.meta SET erasures = erasures + 1');
}
