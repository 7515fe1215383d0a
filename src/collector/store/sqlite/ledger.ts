import type {DatabaseSync} from 'node:sqlite';
import type {Span} from '../../clock.ts';
import type {Kind} from '../../kinds.ts';
import {noNetwork} from '../../network.ts';
import {dayOf, millisecondsADay} from '../../periods.ts';
import type {Accepted, Admits, Erased} from '../contract.ts';
import {oldestOf} from './cluster-periods.ts';
import {type Counting, counting} from './counting.ts';
import {dropOld} from './lane.ts';
import {keepNumber, lastNumber} from './numbers.ts';
import {unpark} from './parking.ts';
import {erasedBefore} from './queue.ts';
import {redating, redatingAlone} from './redate.ts';
import {insertRow, takeOver, valuesOf} from './rows.ts';
import {tables} from './tables.ts';

/** Numbers of clusters kept in memory; beyond it they are read again. */
const mostClusters = 100_000;

/** A cluster's number, and the day that its row of the table of clusters already has. */
interface Known {
  readonly id: number;
  readonly day: number;
}

/** What is written of one kind of report. Every function runs within the caller's transaction. */
export interface Ledger {
  readonly counting: Counting;
  append(batch: Iterable<Accepted>, admits: Admits): void;
  redate(span: Span, most: number): {readonly count: number; readonly damaged: number};
  /** Day and time of the newest that is not marked, milliseconds. */
  newest(): number | undefined;
  discard(before: {readonly received: number; readonly day: number}, most: number): Erased;
  /** Clusters may have changed otherwise than by `append`. */
  reset(): void;
  /** Reports may have been written by another connection. */
  renumber(): void;
}

/** @param isRelay reports have no rows of days, and change no count */
export function ledger(database: DatabaseSync, kind: Kind, isRelay = false): Ledger {
  const sql = prepare(database, kind);
  const counts = counting(database, kind);
  const redate = isRelay ? redatingAlone(database, kind) : redating(database, kind, counts);
  const notErased = isRelay ? erasedBefore(database) : undefined;
  const readLast = lastNumber(database, tables[kind.name]);
  let clusters = new Map<string, Known>();
  let last = 0;

  const clusterNumber = (name: string, day: number, isAdmitted: () => boolean): number => {
    const known = clusters.get(name);
    if (known?.day === day) return known.id;
    const isNew = !known && !sql.isKnown.get(name);
    const unranked = isNew && !isAdmitted();
    if (isNew) notErased?.(name);
    const {id} = sql.cluster.get(name, day, day, unranked ? 1 : 0) as {id: number};
    if (clusters.size >= mostClusters) clusters.clear();
    clusters.set(name, {id, day});
    return id;
  };
  const isThere = (name: string, once: string): boolean => {
    const id = clusters.get(name)?.id ?? (sql.isKnown.get(name)?.id as number | undefined);
    return id !== undefined && sql.isThere!.get(id, once) !== undefined;
  };

  return {
    counting: counts,
    append(batch, admits) {
      const days = new Set<number>();
      for (const {cluster, received, body, facts, once, span = 0, held, network = noNetwork} of batch) {
        if (kind.areNamed && once !== undefined && isThere(cluster, once)) continue;
        const day = dayOf(received);
        const id = clusterNumber(cluster, day, () => admits(network, day, kind.name));
        sql.report.run(++last, received, id, body, span, ...(kind.areNamed ? [once ?? null] : []));
        if (held) sql.hold.run(span);
        if (isRelay) continue;
        // A row that is certain is no worse for what may belong to another day.
        (span === 0 ? sql.clusterDay : sql.markedDay).run(day, id, ...valuesOf(kind, facts), span, last);
        days.add(day);
      }
      for (const day of days) sql.changed.run(day);
    },
    redate(span, most) {
      clusters = new Map();
      return redate(span, most);
    },
    newest() {
      const report = sql.newest.get()?.newest as number | undefined;
      // Reports are erased long before the rows of their days.
      const day = sql.newestDay.get()!.day as number | null;
      return report ?? (day === null ? undefined : day * millisecondsADay);
    },
    discard(before, most) {
      clusters = new Map();
      counts.erasing(before.received, most);
      return discard(sql, before, most);
    },
    reset() {
      clusters = new Map();
    },
    renumber() {
      clusters = new Map();
      last = Math.max(last, readLast());
    },
  };
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync, kind: Kind) {
  const t = tables[kind.name];
  return {
    isKnown: database.prepare(`SELECT id FROM ${t.cluster} WHERE name = ?`),
    cluster: database.prepare(
      `INSERT INTO ${t.cluster} (name, first_day, last_day, unranked) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET first_day = min(first_day, excluded.first_day), last_day = max(last_day, excluded.last_day) RETURNING id`,
    ),
    report: database.prepare(
      `INSERT INTO ${t.report} (id, received, cluster, body, marked${kind.areNamed ? ', once' : ''}) VALUES (?, ?, ?, ?, ?${kind.areNamed ? ', ?' : ''})`,
    ),
    isThere: kind.areNamed ? database.prepare(`SELECT 1 FROM ${t.report} WHERE cluster = ? AND once = ?`) : undefined,
    clusterDay: database.prepare(`${insertRow(kind)} ON CONFLICT DO UPDATE SET ${takeOver(kind)}`),
    markedDay: database.prepare(`${insertRow(kind)} ON CONFLICT DO UPDATE SET ${takeOver(kind)} WHERE marked > 0`),
    newestDay: database.prepare(`SELECT max(day) AS day FROM ${t.cluster_day} WHERE marked = 0`),
    newest: database.prepare(
      `SELECT received AS newest FROM ${t.report} WHERE marked = 0 ORDER BY received DESC LIMIT 1`,
    ),
    changed: database.prepare(`INSERT INTO ${t.changed} VALUES (?, 1) ON CONFLICT DO UPDATE SET version = version + 1`),
    keepNumber: database.prepare(keepNumber(t)),
    dropOld: database.prepare(dropOld(kind.name, oldestOf(t))),
    hold: database.prepare('INSERT OR IGNORE INTO held VALUES (?)'),
    unparkOld: database.prepare(unpark(kind.name, `SELECT id FROM (${oldestOf(t)})`)),
    oldReports: database.prepare(`DELETE FROM ${t.report} WHERE id IN (SELECT id FROM (${oldestOf(t)}))`),
    oldDays: database.prepare(
      `DELETE FROM ${t.cluster_day} WHERE (day, cluster) IN (SELECT day, cluster FROM ${t.cluster_day} WHERE day < ? AND day NOT IN (SELECT day FROM ${t.changed}) ORDER BY day LIMIT ?)`,
    ),
    oldClusters: database.prepare(`DELETE FROM ${t.cluster} WHERE last_day < ?`),
  };
}

function discard(
  {keepNumber, dropOld, unparkOld, oldReports, oldDays, oldClusters}: Statements,
  before: {readonly received: number; readonly day: number},
  most: number,
): Erased {
  keepNumber.run();
  dropOld.run(before.received, most);
  unparkOld.run(before.received, most);
  const reports = Number(oldReports.run(before.received, most).changes);
  const days = reports < most ? Number(oldDays.run(before.day, most - reports).changes) : 0;
  // A cluster goes with the last of its rows; if it comes back it is new again.
  if (reports + days < most) oldClusters.run(Math.min(before.day, dayOf(before.received)));
  return {reports, days};
}
