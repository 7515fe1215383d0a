import {dayOf} from '../../periods.ts';
import type {Erased} from '../contract.ts';
import {closeGate} from './lease.ts';
import {dropPartition, type Partitioned, partitionName} from './partitions.ts';
import type {Session} from './sessions.ts';

/** Milliseconds that erasing waits for who reads: reports wait behind it. What is not got comes with the next look. */
export const lockPatience = 200;

/**
 * Erases what is too old of a kind, a partition at once: days of reports and of rows that are too old as a whole, the oldest first;
 * then the clusters that have nothing left. Within the caller's transaction, which holds the lease.
 *
 * @returns what was in them: so many at most, or what one partition had; nothing once all is done
 */
export async function discard(
  session: Session,
  before: {readonly received: number; readonly day: number},
  most: number,
): Promise<Erased> {
  const reports = await dropOldest(session, 'report', {before: dayOf(before.received), most});
  // What is not counted yet will be.
  const uncounted = `AND NOT EXISTS (SELECT 1 FROM seldon_usage.pending p WHERE p.day = d.day)
    AND NOT EXISTS (SELECT 1 FROM seldon_usage.changed c WHERE c.day = d.day)`;
  const days = await dropOldest(
    session,
    'cluster_day',
    {before: before.day, most: most - reports, isFirst: reports === 0},
    uncounted,
  );
  if (reports + days < most) await sweep(session, Math.min(before.day, dayOf(before.received)), most);
  return {reports, days};
}

/** Drops partitions of days, the oldest first, as many as have so many rows at most; the first whatever it has. */
async function dropOldest(
  session: Session,
  table: Partitioned,
  {before, most, isFirst = true}: {before: number; most: number; isFirst?: boolean},
  other = '',
): Promise<number> {
  const column = table === 'report' ? 'reports' : 'rows';
  const old = await session.query(
    `SELECT day FROM seldon_usage.day d WHERE ${column} AND day < $1 ${other} ORDER BY day LIMIT 30`,
    [before],
  );
  let total = 0;
  for (const {day} of old) {
    const [row] = await session.query(`SELECT count(*) AS count FROM ${partitionName(table, day as number)}`);
    const count = row!.count as number;
    if (total + count > most && !(isFirst && total === 0)) break;
    await dropPartition(session, table, day as number);
    // What was erased is not known by its name any more.
    if (table === 'report') await session.query('DELETE FROM seldon_usage.once WHERE day = $1', [day]);
    total += count;
  }
  return total;
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
