import {clusterKey} from '../../cluster-key.ts';
import {type KindName, kindNames} from '../../kinds.ts';
import type {Erased, Forgot} from '../contract.ts';
import {traceOf} from '../queue.ts';
import type {Counting} from './counting.ts';
import {stateOf} from './errors.ts';
import {daysAtOnce} from './few-locks.ts';
import {closeGate} from './lease.ts';
import {partitionName} from './partitions.ts';
import type {Session, Sessions} from './sessions.ts';
import {enqueueErasure} from './sinks.ts';
import {forKind, sessionFor} from './sql.ts';

/*
 * A cluster is forgotten in one transaction: its name and what is counted of it go, and no report finds its number any more.
 * Its rows of the days and reports, which nothing leads to then, are erased afterwards, a few days at a time, and their tables cleaned.
 * What is left to be done is a row, so that whoever is interrupted is followed by the next one.
 */
export const forgettingTable = `
    CREATE TABLE seldon_usage.forgetting (
      kind text COLLATE "C", cluster bigint, trace text COLLATE "C" NOT NULL, before integer, erased boolean NOT NULL DEFAULT false,
      reports bigint NOT NULL DEFAULT 0, days bigint NOT NULL DEFAULT 0, tables text[] NOT NULL DEFAULT '{}',
      seen timestamptz NOT NULL DEFAULT clock_timestamp(), PRIMARY KEY (kind, cluster));
`;

const limits = {statement: 60_000} as const;
/** Seconds after which erasing that does not go on is taken for interrupted. */
const interrupted = 60;

/**
 * Forgets a cluster, of each kind, within the caller's transaction, which holds the lease: nobody counts meanwhile, and no report
 * is on its way.
 */
export async function beginForgetting(
  plain: Session,
  cluster: string,
  today: number,
  counting: Readonly<Record<KindName, Counting>>,
): Promise<void> {
  await closeGate(plain);
  const key = clusterKey(cluster);
  let hadAny = false;
  for (const kind of kindNames) {
    const session = sessionFor(kind, plain);
    const [found] = await session.query('DELETE FROM seldon_usage.cluster WHERE name = $1 RETURNING id', [key]);
    if (!found) continue;
    hadAny = true;
    const id = found.id as number;
    await session.query('INSERT INTO seldon_usage.forgetting (kind, cluster, trace) VALUES ($1, $2, $3)', [
      ...[kind, id, traceOf(key)],
    ]);
    await session.query('DELETE FROM seldon_usage.once WHERE cluster = $1', [id]);
    await counting[kind].gone(plain, id);
    await session.query(
      'UPDATE seldon_usage.pending SET clusters = array_remove(clusters, $1::bigint) WHERE $1::bigint = ANY(clusters)',
      [id],
    );
    await session.query('INSERT INTO seldon_usage.changed VALUES ($1) ON CONFLICT DO NOTHING', [today]);
  }
  await enqueueErasure(plain, key, hadAny, Date.now());
  await plain.batch('UPDATE seldon_usage.meta SET erasures = erasures + 1');
}

/**
 * Erases what is left of a cluster that was forgotten, also by who was interrupted.
 *
 * @param trace of the cluster's name
 */
export async function finishForgetting(pool: Sessions, trace: string): Promise<Forgot> {
  while (await pool.transaction((session) => eraseSome(session, trace), {limits}));
  const rows = await pool.alone((session) =>
    session.query('SELECT kind, tables FROM seldon_usage.forgetting WHERE trace = $1', [trace]),
  );
  const tables = rows.flatMap(({kind, tables}) =>
    [...tables, 'seldon_usage.cluster', 'seldon_usage.cluster_period'].map((table) => forKind(kind, table)),
  );
  const waiting = kindNames.map((kind) => forKind(kind, 'seldon_usage.waiting'));
  const settled = await cleanUp(pool, [...tables, ...waiting]);
  const [erased] = await pool.alone((session) =>
    session.query(
      `WITH done AS (DELETE FROM seldon_usage.forgetting WHERE trace = $1 RETURNING reports, days)
        SELECT coalesce(sum(reports), 0)::bigint AS reports, coalesce(sum(days), 0)::bigint AS days FROM done`,
      [trace],
    ),
  );
  return {...(erased as Erased), settled};
}

/** Goes on where somebody was interrupted; what was erased. */
export async function finishInterrupted(pool: Sessions): Promise<Erased> {
  const [left] = await pool.alone((session) =>
    session.query(
      'SELECT trace FROM seldon_usage.forgetting WHERE seen < clock_timestamp() - make_interval(secs => $1) LIMIT 1',
      [interrupted],
    ),
  );
  if (!left) return {reports: 0, days: 0};
  const {reports, days} = await finishForgetting(pool, left.trace as string);
  return {reports, days};
}

/** Erases the rows of the next few days, the last ones first; false if none is left. */
async function eraseSome(plain: Session, trace: string): Promise<boolean> {
  const [next] = await plain.query(
    `SELECT kind, cluster, before FROM seldon_usage.forgetting
      WHERE trace = $1 AND NOT erased ORDER BY kind LIMIT 1 FOR UPDATE`,
    [trace],
  );
  if (!next) return false;
  const {kind, cluster, before} = next as {kind: KindName; cluster: number; before: number | null};
  const session = sessionFor(kind, plain);
  const rows = await session.query(
    'SELECT day FROM seldon_usage.day WHERE $1::int IS NULL OR day < $1 ORDER BY day DESC LIMIT $2',
    [before, daysAtOnce],
  );
  const days = rows.map(({day}) => day as number);
  // Of no day the server would look at every one.
  const erase = async (table: 'report' | 'cluster_day') =>
    days.length === 0
      ? []
      : session.query(`DELETE FROM seldon_usage.${table} WHERE day = ANY($1::int[]) AND cluster = $2 RETURNING day`, [
          ...[days, cluster],
        ]);
  const [reports, ofDays] = [await erase('report'), await erase('cluster_day')];
  const touched = (table: 'report' | 'cluster_day', of: typeof rows) =>
    [...new Set(of.map(({day}) => day as number))].map((day) => partitionName(table, day));
  await session.query(
    `UPDATE seldon_usage.forgetting SET before = $3::int, erased = $3::int IS NULL, reports = reports + $4, days = days + $5,
      tables = tables || $6::text[], seen = clock_timestamp() WHERE kind = $1 AND cluster = $2`,
    [
      ...[kind, cluster, days.at(-1) ?? null, reports.length, ofDays.length],
      [...touched('report', reports), ...touched('cluster_day', ofDays)],
    ],
  );
  return true;
}

/** Has the database take what was erased out of its tables; false if it could not do so now. */
async function cleanUp(pool: Sessions, tables: readonly string[]): Promise<boolean> {
  let isClean = true;
  for (const table of tables) {
    try {
      await pool.alone((session) => session.batch(`VACUUM ${table}`));
    } catch (error) {
      // One that is gone has nothing left; one that a long transaction holds is cleaned by the database when it comes by.
      if (stateOf(error) !== '42P01') isClean = false;
    }
  }
  return isClean;
}
