import type {DatabaseSync} from 'node:sqlite';
import {affectedPeriods} from '../../affected.ts';
import {capped} from '../../cells.ts';
import type {Kind} from '../../kinds.ts';
import {type Grain, grains, lastDayOf, millisecondsADay, movePeriod, periodOf} from '../../periods.ts';
import type {Cell, CountedTo} from '../contract.ts';
import {standingOf} from './derived.ts';
import {listed} from './rows.ts';
import {type Tables, tables} from './tables.ts';

/** A period whose clusters are in `cluster_period`, all of them once `day` is null; else as far as the day and cluster. */
interface Tracked {
  readonly grain: Grain;
  readonly period: number;
  readonly day: number | null;
  readonly cluster: number;
}

/** Steps with reports that were not gathered before, after which is counted all the same. */
const patience = 200;
/** Rows of a day that are read for each that a step may place: most are there already, from a later day. */
const scanned = 10;

/** Counts what a kind has in the tables of derived.ts. Every function runs within the caller's transaction. */
export interface Counting {
  /** One step; false if everything is counted. */
  step(now: CountedTo, most: number): boolean;
  /** The rows of a cluster changed on days otherwise than by a new report. */
  changed(cluster: number, days: Iterable<number>): void;
  /** A cluster is gone, with all its rows. */
  gone(cluster: number): void;
  /** The reports received before a time are about to be erased, the oldest so many. */
  erasing(received: number, most: number): void;
}

/** The connection keeps the tallies already. */
export function counting(database: DatabaseSync, kind: Kind): Counting {
  const {touched, fresh} = tables[kind.name];
  database.exec(`
    CREATE TEMP TABLE ${touched} (cluster INTEGER, day INTEGER, PRIMARY KEY (cluster, day)) WITHOUT ROWID;
    CREATE TEMP TABLE ${fresh} (cluster INTEGER PRIMARY KEY)`);
  const [dimensions, summed] = [kind.dimensions, kind.counted];
  const sql = prepare(database, kind);
  let behind = 0;

  const tracked = () => sql.tracked.all() as unknown as Tracked[];
  const span = ({grain, period}: Pick<Tracked, 'grain' | 'period'>) =>
    [grain, period, lastDayOf(grain, period), movePeriod(grain, period, -1)] as const;
  /** Gives the clusters that were touched their rows in a period. */
  const place = (one: Tracked, isLater: boolean) => void sql.place.run(...span(one), isLater ? 1 : 0);
  /** Tells the fresh clusters apart in every period: it may be their first day, or the second, or one of the period before. */
  const flag = (all: readonly Tracked[]) => {
    for (const one of all) sql.flag.run(...span(one));
  };
  const untouch = () => {
    sql.untouch.run();
    sql.stale.run();
  };

  /** Takes in the new reports of the clusters that were touched, each on its day. */
  const takeIn = (all: readonly Tracked[]) => {
    sql.freshDays.run();
    for (const one of all) place(one, true);
    flag(all);
  };

  /** Takes in the next reports; how many there were. */
  const gather = (all: readonly Tracked[], most: number): number => {
    untouch();
    const {last, count} = sql.next.get(most) as {last: number | null; count: number};
    if (last === null) return 0;
    sql.touchNext.run(last);
    takeIn(all);
    sql.gathered.run(last);
    return count;
  };

  /** Copies on into a period from the rows of its days, the last day first: nearly always it has the last report. */
  const build = (one: Tracked, all: readonly Tracked[], most: number) => {
    const {grain, period, cluster} = one;
    const day = sql.dayUpTo.get(one.day)!.day as number | null;
    if (day === null || day < period) {
      sql.built.run(null, -1, grain, period);
      return;
    }
    untouch();
    const window = [day, day === one.day ? cluster : -1, scanned * most] as const;
    const count = Number(sql.touchDay.run(...window, grain, period, most).changes);
    sql.fresh.run();
    place(one, false);
    // A day's row that is there is taken for one whose cluster is told apart everywhere.
    const isNext = (other: Tracked) => other.grain === grain && other.period === movePeriod(grain, period, 1);
    flag(grain === 'day' ? all : all.filter(isNext));
    const read = sql.window.get(...window) as {last: number | null; count: number};
    if (count === most) sql.built.run(day, sql.lastTouched.get()!.last as number, grain, period);
    else if (read.count < scanned * most) sql.built.run(day - 1, -1, grain, period);
    else sql.built.run(day, read.last, grain, period);
  };

  const countPeriod = (grain: Grain, period: number) => {
    sql.sweep.run(grain, period);
    const cells = sql.cells.all(grain, period) as unknown as Cell[];
    for (const dimension of dimensions) sql.uncount.run(grain, dimension, period);
    if (cells.length === 0) return;
    const before = (sql.clusters.get(grain, movePeriod(grain, period, -1))?.clusters as number | undefined) ?? 0;
    const staying = cells.find(({dimension, value}) => dimension === 'change' && value === 'staying');
    const gone = before - (staying?.clusters ?? 0);
    const nothing = Object.fromEntries(summed.map((name) => [name, 0])) as Record<string, number>;
    if (gone > 0) cells.push({dimension: 'change', value: 'gone', ...nothing, clusters: gone} as Cell);
    for (const dimension of dimensions) {
      for (const cell of capped(cells.filter((one) => one.dimension === dimension)))
        sql.count.run(grain, dimension, period, cell.value, ...summed.map((name) => cell[name as 'clusters']));
    }
  };

  const dropSome = ({grain, period}: Tracked, most: number) => {
    if (Number(sql.drop.run(grain, period, most).changes) < most) sql.untrack.run(grain, period);
  };

  return {
    step(now, most) {
      const day = sql.changedDay.get()?.day as number | undefined;
      // Nothing of this kind ever came.
      if (day === undefined && sql.tracked.get() === undefined) return false;
      const affected = day === undefined ? [] : affectedPeriods([day], now.today, now.oldest);
      const running = grains.map((grain) => ({grain, period: periodOf(grain, now.today)}));
      const needed = new Map<string, Pick<Tracked, 'grain' | 'period'>>();
      for (const {grain, period} of [...running, ...affected]) {
        for (const one of [period, movePeriod(grain, period, -1)]) needed.set(`${grain} ${one}`, {grain, period: one});
      }
      for (const {grain, period} of needed.values()) sql.track.run(grain, period, lastDayOf(grain, period));
      const all = tracked();
      const unbuilt = all.find(({grain, period, day}) => day !== null && needed.has(`${grain} ${period}`));
      if (unbuilt) {
        build(unbuilt, all, most);
        return true;
      }
      const isBehind = gather(all, most) > 0;
      if (isBehind && ++behind < patience) return true;
      behind = 0;
      for (const {grain, period} of affected) countPeriod(grain, period);
      // What is not gathered yet keeps the day's mark.
      if (isBehind) return true;
      if (day !== undefined) sql.counted.run(day);
      if (sql.changedDay.get()) return true;
      const old = all.find(({grain, period}) => !needed.has(`${grain} ${period}`));
      if (old) dropSome(old, most);
      return old !== undefined;
    },
    changed(cluster, days) {
      const all = tracked();
      untouch();
      sql.touch.run(cluster);
      for (const one of all) {
        const [grain, period, last, before] = span(one);
        if (![...days].some((day) => day >= period && day <= last)) continue;
        sql.remove.run(grain, period, cluster);
        sql.placeAgain.run({grain, period, last, before, cluster});
      }
      sql.fresh.run();
      flag(all);
    },
    erasing(received, most) {
      untouch();
      if (Number(sql.touchErased.run(received, most).changes) > 0) takeIn(tracked());
    },
    gone(cluster) {
      for (const {grain, period} of tracked()) sql.remove.run(grain, period, cluster);
    },
  };
}

const numbered = (text: string) =>
  [':grain', ':period', ':last', ':before'].reduce((sql, name, i) => sql.replaceAll(name, `?${i + 1}`), text);

/** The oldest reports before a time. */
export function oldestOf({report}: Pick<Tables, 'report'>): string {
  return `SELECT id, cluster, received FROM ${report} WHERE received < ? ORDER BY received LIMIT ?`;
}

function prepare(database: DatabaseSync, kind: Kind) {
  const t = tables[kind.name];
  const {stored} = kind;
  const summed = kind.counted;
  /** Of a cluster `c` in the period `:period` to `:last`, the one before beginning with `:before`. */
  const change = `CASE WHEN c.first_day BETWEEN :period AND :last THEN 'new'
  WHEN EXISTS (SELECT 1 FROM ${t.cluster_period} b WHERE b.grain = :grain AND b.period = :before AND b.cluster = c.id)
  THEN 'staying' ELSE 'returning' END`;
  const standing = standingOf(kind);
  const values: Readonly<Record<string, string>> = {
    change,
    unranked: 'c.unranked = 1 AND c.first_day = c.last_day',
    once: 'c.first_day = c.last_day',
  };
  const standings = standing.map((name) => values[name]).join(', ');
  const row = `grain, period, cluster, ${listed('name', stored)}, arrived, ${standing.join(', ')}`;
  const taken = `:grain, :period, d.cluster, ${listed('d.name', stored)}, d.arrived, ${standings}`;
  const oldest = oldestOf(t);
  const window = `SELECT cluster, day, arrived FROM ${t.cluster_day} WHERE day = ? AND cluster > ? ORDER BY cluster LIMIT ?`;
  return {
    tracked: database.prepare(`SELECT grain, period, day, cluster FROM ${t.tracked} ORDER BY grain, period`),
    track: database.prepare(`INSERT OR IGNORE INTO ${t.tracked} VALUES (?, ?, ?, -1)`),
    untrack: database.prepare(`DELETE FROM ${t.tracked} WHERE grain = ? AND period = ?`),
    built: database.prepare(`UPDATE ${t.tracked} SET day = ?, cluster = ? WHERE grain = ? AND period = ?`),
    dayUpTo: database.prepare(`SELECT max(day) AS day FROM ${t.cluster_day} WHERE day <= ?`),
    untouch: database.prepare(`DELETE FROM ${t.touched}`),
    stale: database.prepare(`DELETE FROM ${t.fresh}`),
    fresh: database.prepare(`INSERT OR IGNORE INTO ${t.fresh} SELECT cluster FROM ${t.touched}`),
    // Of a day that its cluster has reported on before nothing follows but the row itself.
    freshDays: database.prepare(`INSERT OR IGNORE INTO ${t.fresh} SELECT cluster FROM ${t.touched} t WHERE NOT EXISTS (
      SELECT 1 FROM ${t.cluster_period} p WHERE p.grain = 'day' AND p.period = t.day AND p.cluster = t.cluster)`),
    touch: database.prepare(`INSERT INTO ${t.touched} VALUES (?, 0)`),
    window: database.prepare(`SELECT max(cluster) AS last, count(*) AS count FROM (${window})`),
    touchDay: database.prepare(`INSERT INTO ${t.touched} SELECT cluster, day FROM (${window}) d
      WHERE NOT EXISTS (SELECT 1 FROM ${t.cluster_period} p
        WHERE p.grain = ? AND p.period = ? AND p.cluster = d.cluster AND p.arrived >= d.arrived)
      ORDER BY cluster LIMIT ?`),
    lastTouched: database.prepare(`SELECT max(cluster) AS last FROM ${t.touched}`),
    next: database.prepare(
      `SELECT max(id) AS last, count(*) AS count FROM (SELECT id FROM ${t.report} WHERE id > (SELECT last FROM ${t.gathered}) ORDER BY id LIMIT ?)`,
    ),
    touchNext: database.prepare(
      `INSERT OR IGNORE INTO ${t.touched} SELECT cluster, received / ${millisecondsADay} FROM ${t.report} WHERE id > (SELECT last FROM ${t.gathered}) AND id <= ?`,
    ),
    touchErased: database.prepare(
      `INSERT OR IGNORE INTO ${t.touched} SELECT cluster, received / ${millisecondsADay} FROM (${oldest})
        WHERE id > (SELECT last FROM ${t.gathered})`,
    ),
    gathered: database.prepare(`UPDATE ${t.gathered} SET last = ?`),
    place: database.prepare(
      numbered(`INSERT INTO ${t.cluster_period} (${row}) SELECT ${taken}
        FROM ${t.touched} t CROSS JOIN ${t.cluster_day} d ON d.day = t.day AND d.cluster = t.cluster
        CROSS JOIN ${t.cluster} c ON c.id = d.cluster WHERE t.day BETWEEN :period AND :last
        ON CONFLICT DO UPDATE SET ${listed('name = excluded.name', [...stored, 'arrived'])}
        WHERE excluded.arrived > ${t.cluster_period}.arrived OR (?5 AND excluded.arrived = ${t.cluster_period}.arrived)`),
    ),
    placeAgain: database.prepare(`INSERT INTO ${t.cluster_period} (${row}) SELECT ${taken}
      FROM ${t.cluster_day} d JOIN ${t.cluster} c ON c.id = d.cluster
      WHERE d.cluster = :cluster AND d.day IN (
        WITH RECURSIVE n (day) AS (SELECT :period UNION ALL SELECT day + 1 FROM n WHERE day < :last) SELECT day FROM n)
      ORDER BY d.arrived DESC, d.day DESC LIMIT 1`),
    flag: database.prepare(
      numbered(`UPDATE ${t.cluster_period} AS p SET
        ${standing.map((name) => `${name} = (SELECT ${values[name]} FROM ${t.cluster} c WHERE c.id = p.cluster)`).join(', ')}
        WHERE p.grain = :grain AND p.period = :period AND p.cluster IN (SELECT cluster FROM ${t.fresh})
        AND (${listed('p.name', standing)}) <> (SELECT ${standings} FROM ${t.cluster} c WHERE c.id = p.cluster)`),
    ),
    remove: database.prepare(`DELETE FROM ${t.cluster_period} WHERE grain = ? AND period = ? AND cluster = ?`),
    drop: database.prepare(
      `DELETE FROM ${t.cluster_period} WHERE (grain, period, cluster) IN (SELECT grain, period, cluster FROM ${t.cluster_period} WHERE grain = ? AND period = ? LIMIT ?)`,
    ),
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
