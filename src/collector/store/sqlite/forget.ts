import type {DatabaseSync} from 'node:sqlite';
import {clusterKey} from '../../cluster-key.ts';
import {type KindName, kindNames} from '../../kinds.ts';
import type {Erased, Forgot} from '../contract.ts';
import {emptyLog} from './checkpoints.ts';
import type {Counting} from './counting.ts';
import {keepNumber} from './numbers.ts';
import {unpark} from './parking.ts';
import {enqueueErasure} from './queue.ts';
import {type Tables, tables} from './tables.ts';

/** Reports erased in one transaction: a server that runs on the store waits for no more than that. */
const atOnce = 1000;
/** Milliseconds to wait for a server's transaction; it makes many short ones. */
const patience = 20_000;

/**
 * Erases every report and row of a cluster from the database of a writer, and leaves no trace of them in the file or its
 * log.
 */
export function forget(
  database: DatabaseSync,
  counting: Readonly<Record<KindName, Counting>>,
  cluster: string,
  today: number,
): Forgot {
  const {timeout} = database.prepare('PRAGMA busy_timeout').get() as {timeout: number};
  database.exec(`PRAGMA busy_timeout = ${patience}`);
  try {
    const erased = {reports: 0, days: 0};
    for (const kind of kindNames) {
      for (const id of spellingsOf(database, tables[kind], cluster)) {
        const {reports, days} = eraseCluster(database, kind, counting[kind], id, today);
        erased.reports += reports;
        erased.days += days;
      }
    }
    database.exec('BEGIN IMMEDIATE');
    enqueueErasure(database, clusterKey(cluster), erased.reports + erased.days > 0, Date.now());
    database.exec('COMMIT');
    return {...erased, settled: emptyLog(database, patience)};
  } finally {
    if (database.isTransaction) database.exec('ROLLBACK');
    database.exec(`PRAGMA busy_timeout = ${timeout}`);
  }
}

/**
 * Every row of the cluster. There is one since the store has this version's schema; a server of an older version that runs
 * on it meanwhile makes others.
 */
function spellingsOf(database: DatabaseSync, {cluster: table}: Tables, cluster: string): number[] {
  const key = clusterKey(cluster);
  const bare = key.replaceAll('-', '');
  const alike = database
    .prepare(`SELECT id, name FROM ${table} WHERE name = ? OR instr(lower(replace(name, '-', '')), ?) > 0`)
    .all(key, bare.toLowerCase()) as {id: number; name: string}[];
  return alike.filter(({name}) => name === cluster || clusterKey(name) === key).map(({id}) => id);
}

function eraseCluster(database: DatabaseSync, kind: KindName, counting: Counting, id: number, today: number): Erased {
  const t = tables[kind];
  // Found without holding the writer's lock: there is no index by cluster, which would slow every report.
  const ids = database.prepare(`SELECT id FROM ${t.report} WHERE cluster = ?`).all(id) as {id: number}[];
  const days = daysOf(database, t);
  const remove = database.prepare(`DELETE FROM ${t.report} WHERE id = ?`);
  const waitsNoMore = database.prepare(unpark(kind, '?'));
  let reports = 0;
  const inTransaction = (change: () => void) => {
    database.exec(`BEGIN IMMEDIATE; ${keepNumber(t)}`);
    change();
    database.exec('COMMIT');
  };
  for (let i = 0; i < ids.length; i += atOnce) {
    inTransaction(() => {
      for (const row of ids.slice(i, i + atOnce)) {
        waitsNoMore.run(row.id);
        reports += Number(remove.run(row.id).changes);
      }
    });
  }
  let rows = 0;
  inTransaction(() => {
    // What arrived in the meantime goes too.
    const after = ids.at(-1)?.id ?? 0;
    database.prepare(unpark(kind, `SELECT id FROM ${t.report} WHERE id > ? AND cluster = ?`)).run(after, id);
    const late = database.prepare(`DELETE FROM ${t.report} WHERE id > ? AND cluster = ?`);
    reports += Number(late.run(after, id).changes);
    const removeDay = database.prepare(`DELETE FROM ${t.cluster_day} WHERE day = ? AND cluster = ?`);
    for (const day of new Set([...days, today])) rows += Number(removeDay.run(day, id).changes);
    database.prepare(`DELETE FROM ${t.cluster} WHERE id = ?`).run(id);
    counting.gone(id);
    database
      .prepare(`INSERT INTO ${t.changed} VALUES (?, 1) ON CONFLICT DO UPDATE SET version = version + 1`)
      .run(today);
  });
  return {reports, days: rows};
}

/** Every day that has rows, found by leaps: a scan would read all of them. */
function daysOf(database: DatabaseSync, {cluster_day}: Tables): number[] {
  const next = database.prepare(`SELECT min(day) AS day FROM ${cluster_day} WHERE day > ?`);
  const days: number[] = [];
  for (let day = next.get(-1e9)!.day as number | null; day !== null; day = next.get(day)!.day as number | null) {
    days.push(day);
  }
  return days;
}
