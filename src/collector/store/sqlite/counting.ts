import type {DatabaseSync} from 'node:sqlite';
import {affectedPeriods, nameOf, neededPeriods, type Period} from '../../affected.ts';
import {keptCells} from '../../cells.ts';
import type {Kind} from '../../kinds.ts';
import {movePeriod} from '../../periods.ts';
import type {Cell, CountedTo} from '../contract.ts';
import {ClusterPeriods} from './cluster-periods.ts';
import {listed} from './rows.ts';
import {tables} from './tables.ts';

/** Steps with reports that were not gathered before, after which is counted all the same. */
const patience = 200;

/** Counts what a kind has in the tables of derived.ts. Every function runs within the caller's transaction. */
export interface Counting extends Pick<ClusterPeriods, 'changed' | 'erasing' | 'gone'> {
  /** One step; false if everything is counted. */
  step(now: CountedTo, most: number): boolean;
}

/** The connection keeps the tallies already. */
export function counting(database: DatabaseSync, kind: Kind): Counting {
  const periods = new ClusterPeriods(database, kind);
  const sql = prepare(database, kind);
  let behind = 0;

  const countPeriod = ({grain, period}: Period) => {
    sql.sweep.run(grain, period);
    const cells = sql.cells.all(grain, period) as unknown as Cell[];
    for (const dimension of kind.dimensions) sql.uncount.run(grain, dimension, period);
    if (cells.length === 0) return;
    const before = sql.clusters.get(grain, movePeriod(grain, period, -1))?.clusters as number | undefined;
    for (const cell of keptCells(kind, cells, before ?? 0)) {
      const counts = kind.counted.map((name) => cell[name as 'clusters']);
      sql.count.run(grain, cell.dimension, period, cell.value, ...counts);
    }
  };

  return {
    step(now, most) {
      const day = sql.changedDay.get()?.day as number | undefined;
      // Nothing of this kind ever came.
      if (day === undefined && !periods.isAny()) return false;
      const affected = day === undefined ? [] : affectedPeriods([day], now.today, now.oldest);
      const needed = neededPeriods(affected, now.today);
      for (const one of needed.values()) periods.track(one);
      const all = periods.tracked();
      const unbuilt = all.find((one) => one.day !== null && needed.has(nameOf(one)));
      if (unbuilt) {
        periods.build(unbuilt, all, most);
        return true;
      }
      const isBehind = periods.gather(all, most) > 0;
      if (isBehind && ++behind < patience) return true;
      behind = 0;
      for (const one of affected) countPeriod(one);
      // What is not gathered yet keeps the day's mark.
      if (isBehind) return true;
      if (day !== undefined) sql.counted.run(day);
      if (sql.changedDay.get()) return true;
      const old = all.find((one) => !needed.has(nameOf(one)));
      if (old) periods.drop(old, most);
      return old !== undefined;
    },
    changed: (cluster, days) => periods.changed(cluster, days),
    erasing: (received, most) => periods.erasing(received, most),
    gone: (cluster) => periods.gone(cluster),
  };
}

function prepare(database: DatabaseSync, kind: Kind) {
  const t = tables[kind.name];
  const summed = kind.counted;
  return {
    changedDay: database.prepare(`SELECT max(day) AS day FROM ${t.changed} HAVING max(day) IS NOT NULL`),
    counted: database.prepare(`DELETE FROM ${t.changed} WHERE day = ?`),
    sweep: database.prepare(`DELETE FROM ${t.tally} WHERE grain = ? AND period = ? AND clusters = 0`),
    cells: database.prepare(
      `SELECT dimension, value, ${listed('name * 1.0 AS name', summed)} FROM ${t.tally} WHERE grain = ? AND period = ?`,
    ),
    clusters: database.prepare(`SELECT clusters FROM ${t.tally} WHERE grain = ? AND period = ? AND dimension = 'all'`),
    uncount: database.prepare(`DELETE FROM ${t.counter} WHERE grain = ? AND dimension = ? AND period = ?`),
    count: database.prepare(
      `INSERT INTO ${t.counter} (grain, dimension, period, value, ${summed.join(', ')}) VALUES (?, ?, ?, ?, ${listed('?', summed)})`,
    ),
  };
}
