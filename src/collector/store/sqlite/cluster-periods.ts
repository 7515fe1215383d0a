import type {DatabaseSync} from 'node:sqlite';
import type {Period} from '../../affected.ts';
import type {Kind} from '../../kinds.ts';
import {lastDayOf, millisecondsADay, movePeriod} from '../../periods.ts';
import {standingOf} from './derived.ts';
import {listed} from './rows.ts';
import {type Tables, tables} from './tables.ts';

/** A period whose clusters are in `cluster_period`, all of them once `day` is null; else as far as the day and cluster. */
export interface Tracked extends Period {
  readonly day: number | null;
  readonly cluster: number;
}

/** Rows of a day that are read for each that a step may place: most are there already, from a later day. */
const scanned = 10;

/**
 * The clusters of each period that is tracked, each by its row of the day that arrived last. Every function runs within the
 * caller's transaction.
 */
export class ClusterPeriods {
  readonly #sql: ReturnType<typeof prepare>;

  /** The connection keeps the tallies already. */
  constructor(database: DatabaseSync, kind: Kind) {
    const {touched, fresh} = tables[kind.name];
    database.exec(`
      CREATE TEMP TABLE ${touched} (cluster INTEGER, day INTEGER, PRIMARY KEY (cluster, day)) WITHOUT ROWID;
      CREATE TEMP TABLE ${fresh} (cluster INTEGER PRIMARY KEY)`);
    this.#sql = prepare(database, kind);
  }

  isAny(): boolean {
    return this.#sql.tracked.get() !== undefined;
  }

  tracked(): Tracked[] {
    return this.#sql.tracked.all() as unknown as Tracked[];
  }

  track({grain, period}: Period): void {
    this.#sql.track.run(grain, period, lastDayOf(grain, period));
  }

  /** Takes in the next reports; how many there were. */
  gather(all: readonly Tracked[], most: number): number {
    this.#untouch();
    const {last, count} = this.#sql.next.get(most) as {last: number | null; count: number};
    if (last === null) return 0;
    this.#sql.touchNext.run(last);
    this.#takeIn(all);
    this.#sql.gathered.run(last);
    return count;
  }

  /** Copies on into a period from the rows of its days, the last day first: nearly always it has the last report. */
  build(one: Tracked, all: readonly Tracked[], most: number): void {
    const {grain, period, cluster} = one;
    const move = (day: number | null, cluster: number) => this.#sql.built.run(day, cluster, grain, period);
    const day = this.#sql.dayUpTo.get(one.day)!.day as number | null;
    if (day === null || day < period) {
      move(null, -1);
      return;
    }
    this.#untouch();
    const window = [day, day === one.day ? cluster : -1, scanned * most] as const;
    const count = Number(this.#sql.touchDay.run(...window, grain, period, most).changes);
    this.#sql.fresh.run();
    this.#place(one, false);
    // A day's row that is there is taken for one whose cluster is told apart everywhere.
    const isNext = (other: Tracked) => other.grain === grain && other.period === movePeriod(grain, period, 1);
    this.#flag(grain === 'day' ? all : all.filter(isNext));
    const read = this.#sql.window.get(...window) as {last: number | null; count: number};
    if (count === most) move(day, this.#sql.lastTouched.get()!.last as number);
    else if (read.count < scanned * most) move(day - 1, -1);
    else move(day, read.last!);
  }

  /** Lets some clusters of a period go, and the period with the last of them. */
  drop({grain, period}: Period, most: number): void {
    if (Number(this.#sql.drop.run(grain, period, most).changes) < most) this.#sql.untrack.run(grain, period);
  }

  /** The rows of a cluster changed on days otherwise than by a new report. */
  changed(cluster: number, days: Iterable<number>): void {
    const all = this.tracked();
    this.#untouch();
    this.#sql.touch.run(cluster);
    for (const one of all) {
      const [grain, period, last, before] = span(one);
      if (![...days].some((day) => day >= period && day <= last)) continue;
      this.#sql.remove.run(grain, period, cluster);
      this.#sql.placeAgain.run({grain, period, last, before, cluster});
    }
    this.#sql.fresh.run();
    this.#flag(all);
  }

  /** The reports received before a time are about to be erased, the oldest so many. */
  erasing(received: number, most: number): void {
    this.#untouch();
    if (Number(this.#sql.touchErased.run(received, most).changes) > 0) this.#takeIn(this.tracked());
  }

  /** A cluster is gone, with all its rows. */
  gone(cluster: number): void {
    for (const {grain, period} of this.tracked()) this.#sql.remove.run(grain, period, cluster);
  }

  #untouch(): void {
    this.#sql.untouch.run();
    this.#sql.stale.run();
  }

  /** Takes in the new reports of the clusters that were touched, each on its day. */
  #takeIn(all: readonly Tracked[]): void {
    this.#sql.freshDays.run();
    for (const one of all) this.#place(one, true);
    this.#flag(all);
  }

  /** Gives the clusters that were touched their rows in a period. */
  #place(one: Tracked, isLater: boolean): void {
    this.#sql.place.run(...span(one), isLater ? 1 : 0);
  }

  /** Tells the fresh clusters apart in every period: it may be their first day, or the second, or one of the period before. */
  #flag(all: readonly Tracked[]): void {
    for (const one of all) this.#sql.flag.run(...span(one));
  }
}

function span({grain, period}: Period) {
  return [grain, period, lastDayOf(grain, period), movePeriod(grain, period, -1)] as const;
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
  };
}
