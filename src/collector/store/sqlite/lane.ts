import type {DatabaseSync} from 'node:sqlite';
import type {KindName} from '../../kinds.ts';
import {kinds} from '../../kinds.ts';
import {type Again, damagedInStore, mostOutcomes, type Parked, type Passed, small} from '../queue.ts';
import {lastNumber} from './numbers.ts';
import {unpackedIfSound} from './packing.ts';
import {isParked, parkingOf} from './parking.ts';
import {tables} from './tables.ts';

/** Where a sink is in the reports of each kind: the number of the last one that is done. */
export const positionIn: Readonly<Record<KindName, 'position' | 'events'>> = {
  spartakus: 'position',
  hodometer: 'events',
};

/** What of one kind waits for sinks. What changes anything runs within the caller's transaction. */
export interface Lane {
  readonly kind: KindName;
  /** Whether more wait than may. */
  isBeyond(sink: string, bound: number): boolean;
  /** Lets go what is too much. */
  drop(sink: string, bound: number, at: number): void;
  /**
   * The next reports, up to a number, or what can't be read any more: so that each is settled once.
   *
   * @param isDated none of which the date is still to be put right, nor what comes after it
   */
  take(
    sink: string,
    upTo: number | undefined,
    most: {readonly reports: number; readonly bytes: number},
    isDated: boolean,
  ): {readonly reports: readonly Passed[]; readonly damaged: readonly number[]};
  /** Reports that can't be read any more hold up no other. */
  leaveOut(sink: string, damaged: readonly number[], at: number): void;
  settle(sink: string, done: Settled & {readonly upTo: number; readonly delivered: number}, at: number): void;
  /** Those that wait apart and are due. */
  again(
    sink: string,
    most: {readonly reports: number; readonly bytes: number},
    due: {readonly until: number; readonly from: number},
  ): {readonly reports: readonly Again[]; readonly damaged: readonly number[]};
  settleAgain(sink: string, done: Settled & {readonly delivered: readonly number[]}, at: number): void;
  /** Some of those behind a number, by chance and none of them large. */
  further(sink: string, behind: number, most: number): readonly Passed[];
  /** Numbers wait of which no report is left. */
  isPassed(sink: string): boolean;
  skip(sink: string): void;
  /** How many, at most: numbers that were erased count, and not what waits apart. */
  waiting(sink: string): number;
  /** How many wait apart. */
  parked(sink: string): number;
}

interface Settled {
  readonly refused: ReadonlyMap<number, string>;
  readonly parked?: ReadonlyMap<number, Parked>;
}

/** What waits of one kind, in a database that is open for writing. */
export function laneOf(database: DatabaseSync, kind: KindName): Lane {
  const sql = prepare(database, kind);
  const last = lastNumber(database, tables[kind]);
  const parking = parkingOf(database, kind);
  const placeOf = (sink: string): {readonly position: number; readonly epoch: number} => {
    const row = sql.place.get(sink);
    if (!row) throw new Error('a sink that the store does not know');
    return row as {position: number; epoch: number};
  };
  const positionOf = (sink: string): number => placeOf(sink).position;
  const passed = (epoch: number, {once, unranked, ...row}: Record<string, unknown>, body: string): Passed =>
    ({kind, epoch, ...row, unranked: unranked === 1, body, ...(once === null ? {} : {once})}) as unknown as Passed;
  const keep = (sink: string, number: number, outcome: string, at: number) => {
    sql.undelivered.run(sink, kind, number, outcome, at);
    sql.forgetOld.run({sink, kind, most: mostOutcomes});
  };

  return {
    kind,
    isBeyond: (sink, bound) => positionOf(sink) < last() - bound,
    drop(sink, bound, at) {
      const to = last() - bound;
      const {count} = sql.between.get(positionOf(sink), to) as {count: number};
      sql.dropped.run(to, count, sink);
      keep(sink, to, `dropped, and ${count - 1} before it`, at);
    },
    take(sink, upTo = Number.MAX_SAFE_INTEGER, most, isDated) {
      const end = isDated ? Math.min(upTo, ((sql.held.get()!.id as number | null) ?? upTo + 1) - 1) : upTo;
      const reports: Passed[] = [];
      const damaged: number[] = [];
      let bytes = 0;
      // The present one: all that is passed on is so in the order of numbers, and what comes again has its followers come again.
      const {position, epoch} = placeOf(sink);
      for (const row of sql.reports.iterate(position, end, most.reports)) {
        const text = unpackedIfSound(row.body as string);
        if (text === undefined ? reports.length > 0 : damaged.length > 0) break;
        if (text === undefined) {
          damaged.push(row.number as number);
          continue;
        }
        reports.push(passed(epoch, row, text));
        bytes += text.length;
        if (bytes > most.bytes) break;
      }
      return {reports, damaged};
    },
    again(sink, most, {until, from}) {
      const reports: Again[] = [];
      const damaged: number[] = [];
      let bytes = 0;
      for (const {epoch, tries, due, ...row} of sql.again.iterate(sink, until, from, most.reports)) {
        const text = unpackedIfSound(row.body as string);
        if (text === undefined) damaged.push(row.number as number);
        // The one under which it waited first: what was numbered later came later.
        else reports.push({...passed(epoch as number, row, text), tries: tries as number, due: due as number});
        bytes += text?.length ?? 0;
        if (bytes > most.bytes) break;
      }
      return {reports, damaged};
    },
    settleAgain(sink, {delivered, refused, parked = new Map()}, at) {
      const ended = delivered.filter((number) => parking.end(sink, number));
      const never = [...refused].filter(([number]) => parking.end(sink, number));
      for (const [number, reason] of never) keep(sink, number, reason, at);
      for (const [number, one] of parked) parking.putOff(sink, number, one);
      sql.count.run(ended.length, never.length, sink);
    },
    further(sink, behind, most) {
      const {epoch, position} = placeOf(sink);
      const start = Math.max(behind, position);
      const end = last();
      const found = new Map<number, Passed>();
      for (let i = 0; i < most; i++) {
        const from = start + Math.floor(Math.random() * Math.max(0, end - start));
        const row = sql.reports.get(from, Number.MAX_SAFE_INTEGER, 1);
        const text = row && unpackedIfSound(row.body as string);
        if (text !== undefined && text.length <= small) found.set(row!.number as number, passed(epoch, row!, text));
      }
      return [...found.values()];
    },
    leaveOut(sink, damaged, at) {
      for (const number of damaged) keep(sink, number, damagedInStore, at);
      sql.settle.run(damaged.at(-1)!, 0, damaged.length, sink);
    },
    settle(sink, {upTo, delivered, refused, parked = new Map()}, at) {
      sql.settle.run(upTo, delivered, refused.size, sink);
      for (const [number, reason] of refused) keep(sink, number, reason, at);
      for (const [number, one] of parked) parking.park(sink, number, one);
    },
    isPassed: (sink) => positionOf(sink) < last() && !sql.isAny.get(positionOf(sink)),
    skip: (sink) => void sql.skip.run(last(), sink),
    waiting: (sink) => Math.max(0, last() - positionOf(sink)),
    parked: (sink) => parking.count(sink),
  };
}

/** What of a kind is about to be erased because of its age waits no more; `oldest`: SQL that says which. */
export function dropOld(kind: KindName, oldest: string): string {
  return `UPDATE sink SET dropped = dropped + (SELECT count(*) FROM (${oldest}) r
    WHERE r.id > sink.${positionIn[kind]} OR ${isParked(kind, 'r.id', 'sink.name')})`;
}

function prepare(database: DatabaseSync, kind: KindName) {
  const {report, cluster} = tables[kind];
  const position = positionIn[kind];
  const row = `r.id AS number, r.received, c.name AS cluster, c.unranked, r.body, ${kinds[kind].areNamed ? 'r.once' : 'NULL AS once'}`;
  return {
    place: database.prepare(`SELECT ${position} AS position, epoch FROM sink WHERE name = ?`),
    reports: database.prepare(`SELECT ${row}
      FROM ${report} r CROSS JOIN ${cluster} c ON c.id = r.cluster WHERE r.id > ? AND r.id <= ? ORDER BY r.id LIMIT ?`),
    again: database.prepare(`SELECT ${row}, p.epoch, p.tries, p.due
      FROM (SELECT number, epoch, tries, due FROM parked
        WHERE sink = ?1 AND kind = '${kind}' AND (due <= ?2 OR due >= ?3) ORDER BY due LIMIT ?4) p
      CROSS JOIN ${report} r ON r.id = p.number CROSS JOIN ${cluster} c ON c.id = r.cluster ORDER BY p.due, r.id`),
    count: database.prepare('UPDATE sink SET delivered = delivered + ?, refused = refused + ? WHERE name = ?'),
    held: database.prepare(
      `SELECT min(id) AS id FROM ${report} WHERE marked > 0 AND marked IN (SELECT span FROM held)`,
    ),
    isAny: database.prepare(`SELECT 1 FROM ${report} WHERE id > ? LIMIT 1`),
    between: database.prepare(`SELECT count(*) AS count FROM ${report} WHERE id > ? AND id <= ?`),
    dropped: database.prepare(`UPDATE sink SET ${position} = ?, dropped = dropped + ? WHERE name = ?`),
    settle: database.prepare(
      `UPDATE sink SET ${position} = max(${position}, ?), delivered = delivered + ?, refused = refused + ? WHERE name = ?`,
    ),
    skip: database.prepare(`UPDATE sink SET ${position} = max(${position}, ?)
      WHERE name = ? AND NOT EXISTS (SELECT 1 FROM ${report} WHERE id > ${position})`),
    undelivered: database.prepare('INSERT OR REPLACE INTO undelivered VALUES (?, ?, ?, ?, ?)'),
    forgetOld: database.prepare(`DELETE FROM undelivered WHERE sink = :sink AND kind = :kind AND number <= (
      SELECT number FROM undelivered WHERE sink = :sink AND kind = :kind ORDER BY number DESC LIMIT 1 OFFSET :most)`),
  };
}
