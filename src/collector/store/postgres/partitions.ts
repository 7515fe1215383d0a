import type {KindName} from '../../kinds.ts';
import {StoreTrouble} from '../trouble.ts';
import {stateOf} from './errors.ts';
import type {Session, Sessions} from './sessions.ts';
import {locks, sessionFor} from './sql.ts';

/** Tables that have a partition a day, with their column of `day`. */
const partitioned = {report: 'reports', cluster_day: 'rows'} as const;
export type Partitioned = keyof typeof partitioned;

/** Days whose partitions are known to be there; beyond that they are looked up again. */
const mostDays = 2000;

/** The partition of a table and day, as it is called for Spartakus' reports. */
export function partitionName(table: Partitioned, day: number): string {
  return `seldon_usage.${table}_${String(day).replace('-', 'm')}`;
}

/** Makes the partitions that reports need, before they come. */
export interface Partitions {
  ensure(days: Iterable<number>): Promise<void>;
  /** One that was known is gone. */
  forget(): void;
}

/** The partitions of the tables of one kind. */
export function partitionsOf(pool: Sessions, kind: KindName): Partitions {
  const known = new Set<number>();
  return {
    async ensure(days) {
      const lacking = [...new Set(days)].filter((day) => !known.has(day)).sort((a, b) => a - b);
      if (lacking.length === 0) return;
      const there = await pool.alone((session) =>
        sessionFor(kind, session).query(
          'SELECT day FROM seldon_usage.day WHERE day = ANY($1::int[]) AND reports AND rows',
          [lacking],
        ),
      );
      for (const {day} of there) known.add(day as number);
      const missing = lacking.filter((day) => !known.has(day));
      // One at a time: each takes some fifty locks (few-locks.ts).
      for (const day of missing)
        await pool.transaction((session) => make(sessionFor(kind, session), day), {
          begin: `SELECT pg_advisory_xact_lock(${locks.partitions})`,
          limits: {statement: 10_000},
        });
      if (known.size > mostDays) known.clear();
      for (const day of missing) known.add(day);
    },
    forget: () => known.clear(),
  };
}

/** Attempts at work that lacks a partition. */
const attempts = 3;

/**
 * Does work again that needs a partition which was known to be there, and was dropped meanwhile: another process found its day too old.
 *
 * @param work makes room first
 * @throws {StoreTrouble} if a partition is missing that should be there
 */
export async function withRoom<T>(partitions: Iterable<Partitions>, work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (stateOf(error) !== '23514') throw error;
      if (attempt === attempts)
        throw new StoreTrouble('the store lacks the table of a day; seldon-usage serve check tells which', {
          cause: error,
        });
      for (const one of partitions) one.forget();
    }
  }
}

/** Made apart and attached: that does not make those wait who write to other days. */
async function make(session: Session, day: number): Promise<void> {
  const [there] = await session.query('SELECT reports, rows FROM seldon_usage.day WHERE day = $1', [day]);
  for (const [table, column] of Object.entries(partitioned)) {
    if (there?.[column]) continue;
    const name = partitionName(table as Partitioned, day);
    await session.batch(`
      CREATE TABLE ${name} (LIKE seldon_usage.${table} INCLUDING DEFAULTS INCLUDING CONSTRAINTS INCLUDING COMPRESSION);
      ALTER TABLE seldon_usage.${table} ATTACH PARTITION ${name} FOR VALUES FROM (${day}) TO (${day + 1})`);
  }
  await session.query(
    'INSERT INTO seldon_usage.day VALUES ($1, true, true) ON CONFLICT (day) DO UPDATE SET reports = true, rows = true',
    [day],
  );
}

/** Days that have a partition of a table, within bounds, the last one first. */
export async function daysOf(
  session: Session,
  table: Partitioned,
  from = -2_000_000,
  to = 2_000_000,
): Promise<number[]> {
  const rows = await session.query(
    `SELECT day FROM seldon_usage.day WHERE ${partitioned[table]} AND day BETWEEN $1 AND $2 ORDER BY day DESC`,
    [from, to],
  );
  return rows.map(({day}) => day as number);
}

/** Drops the partition of a day, with all that is in it. */
export async function dropPartition(session: Session, table: Partitioned, day: number): Promise<void> {
  await session.batch(`DROP TABLE IF EXISTS ${partitionName(table, day)}`);
  await session.query(`UPDATE seldon_usage.day SET ${partitioned[table]} = false WHERE day = $1`, [day]);
  await session.batch('DELETE FROM seldon_usage.day WHERE NOT reports AND NOT rows');
}
