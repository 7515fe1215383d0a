import {clusterKey} from '../../cluster-key.ts';
import {type KindName, kindNames} from '../../kinds.ts';
import type {Erased} from '../contract.ts';
import type {Counting} from './counting.ts';
import {closeGate} from './lease.ts';
import {daysOf, partitionName} from './partitions.ts';
import type {Session, Sessions} from './sessions.ts';
import {enqueueErasure} from './sinks.ts';
import {forKind, sessionFor} from './sql.ts';

/** What was erased, and the tables that hold what is left of it until they are cleaned up. */
export interface ErasedCluster extends Erased {
  readonly tables: readonly string[];
}

/**
 * Erases every report and row of a cluster, of each kind, within the caller's transaction, which holds the lease: nobody counts
 * meanwhile, and no report is on its way.
 */
export async function forget(
  plain: Session,
  cluster: string,
  today: number,
  counting: Readonly<Record<KindName, Counting>>,
): Promise<ErasedCluster> {
  await closeGate(plain);
  const all = {reports: 0, days: 0, tables: [] as string[]};
  for (const kind of kindNames) {
    const {reports, days, tables} = await forgetKind(sessionFor(kind, plain), cluster, today, (id) =>
      counting[kind].gone(plain, id),
    );
    all.reports += reports;
    all.days += days;
    all.tables.push(...tables.map((table) => forKind(kind, table)));
  }
  await enqueueErasure(plain, clusterKey(cluster), all.reports + all.days > 0, Date.now());
  await plain.batch('UPDATE seldon_usage.meta SET erasures = erasures + 1');
  return {...all, tables: [...all.tables, 'seldon_usage.waiting']};
}

async function forgetKind(
  session: Session,
  cluster: string,
  today: number,
  uncount: (id: number) => Promise<void>,
): Promise<ErasedCluster> {
  const [found] = await session.query('SELECT id FROM seldon_usage.cluster WHERE name = $1', [clusterKey(cluster)]);
  if (!found) return {reports: 0, days: 0, tables: []};
  const id = found.id as number;
  const tables: string[] = [];
  const erased = {report: 0, cluster_day: 0};
  for (const table of ['report', 'cluster_day'] as const) {
    for (const day of await daysOf(session, table)) {
      const name = partitionName(table, day);
      const rows = await session.query(`DELETE FROM ${name} WHERE cluster = $1 RETURNING 1`, [id]);
      if (rows.length > 0) tables.push(name);
      erased[table] += rows.length;
    }
  }
  await session.query('DELETE FROM seldon_usage.once WHERE cluster = $1', [id]);
  await session.query('DELETE FROM seldon_usage.cluster WHERE id = $1', [id]);
  await uncount(id);
  await session.query(
    'UPDATE seldon_usage.pending SET clusters = array_remove(clusters, $1::bigint) WHERE $1::bigint = ANY(clusters)',
    [id],
  );
  await session.query('INSERT INTO seldon_usage.changed VALUES ($1) ON CONFLICT DO NOTHING', [today]);
  return {
    reports: erased.report,
    days: erased.cluster_day,
    tables: [...tables, 'seldon_usage.cluster', 'seldon_usage.cluster_period'],
  };
}

/** Has the database take what was erased out of its tables; false if it could not do so now. */
export async function cleanUp(pool: Sessions, tables: readonly string[]): Promise<boolean> {
  try {
    for (const table of tables) await pool.alone((session) => session.batch(`VACUUM ${table}`));
    return true;
  } catch {
    // A table may be gone meanwhile, or held by a long transaction: the database's own cleaning comes by.
    return false;
  }
}
