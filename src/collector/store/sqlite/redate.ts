import type {DatabaseSync} from 'node:sqlite';
import type {Span} from '../../clock.ts';
import type {Facts, Kind} from '../../kinds.ts';
import {dayOf, millisecondsADay} from '../../periods.ts';
import type {Counting} from './counting.ts';
import {unpackedIfSound} from './packing.ts';
import {insertRow, takeOver, valuesOf} from './rows.ts';
import {tables} from './tables.ts';

type Redating = (span: Span, most: number) => {readonly count: number; readonly damaged: number};

interface Marked {
  readonly id: number;
  readonly received: number;
  readonly cluster: number;
  readonly body: unknown;
}

/**
 * A function that puts the dates of a span right, at most so many reports of a kind, within the caller's transaction. Each report
 * that is dated anew gives its cluster the row of its day, unless one that arrived later has it: so rows come back that a
 * wrongly dated report had taken the place of, since that one's own predecessors of that day are dated anew too.
 *
 * @returns how many, 0: none is left, and how many of them are damaged
 */
export function redating(database: DatabaseSync, kind: Kind, counting: Counting): Redating {
  const sql = prepare(database, kind);

  const move = ({id, received, cluster, body}: Marked, {id: span, shift}: Span, days: Set<number>): boolean => {
    const [from, to] = [dayOf(received), dayOf(received + shift)];
    sql.move.run(received + shift, id);
    const facts = factsOf(kind, body);
    // Of one that is damaged the row of its day stays where it is, as far as there is one.
    if (!facts) return false;
    const moved = from !== to && Number(sql.dropRow.run(from, cluster, span, id).changes) > 0;
    sql.row.run(to, cluster, ...valuesOf(kind, facts), 0, id);
    days.add(from).add(to);
    const next = moved ? nearestRow(cluster, from, to) : to;
    // On that day the cluster may be a new one now.
    if (next !== to) days.add(next);
    sql.seen.run({cluster, to, from: moved ? from : null, next});
    counting.changed(cluster, [from, to]);
    return true;
  };

  /** The day next to `from` on the way to `to` on which the cluster has a row; found by leaps, a day has many rows. */
  const nearestRow = (cluster: number, from: number, to: number): number => {
    const leap = to > from ? sql.dayAfter : sql.dayBefore;
    const isBefore = (day: number) => (to > from ? day < to : day > to);
    for (let day = dayIn(leap.get(from)); day !== null && isBefore(day); day = dayIn(leap.get(day))) {
      if (sql.hasRow.get(day, cluster)) return day;
    }
    return to;
  };

  return (span, most) => {
    const rows = sql.marked.all(span.id, most) as unknown as Marked[];
    const days = new Set<number>();
    const damaged = rows.filter((row) => !move(row, span, days)).length;
    for (const day of days) sql.changed.run(day);
    return {count: rows.length, damaged};
  };
}

/** Undefined: the text is damaged. */
function factsOf(kind: Kind, body: unknown): Facts | undefined {
  const text = unpackedIfSound(body);
  try {
    return text === undefined ? undefined : kind.facts(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** The same where reports have no rows of days. */
export function redatingAlone(database: DatabaseSync, kind: Kind): Redating {
  const {report} = tables[kind.name];
  const move = database.prepare(`UPDATE ${report} SET received = received + ?, marked = 0 WHERE id IN (
    SELECT id FROM ${report} WHERE marked = ? ORDER BY id LIMIT ?)`);
  return ({id, shift}, most) => ({count: Number(move.run(shift, id, most).changes), damaged: 0});
}

/** Moves the counts of refused reports that are marked with a span, and takes the marks. */
export function redatingRefused(database: DatabaseSync): (span: Span) => void {
  const takeRefused = database.prepare(`UPDATE refused SET count = refused.count - m.count FROM refused_marked m
    WHERE m.span = ? AND m.day = refused.day AND m.reason = refused.reason`);
  const addRefused =
    database.prepare(`INSERT INTO refused SELECT day + ?, reason, count FROM refused_marked WHERE span = ?
    ON CONFLICT DO UPDATE SET count = count + excluded.count`);
  const noRefused = database.prepare('DELETE FROM refused WHERE count <= 0');
  const unmarkRefused = database.prepare('DELETE FROM refused_marked WHERE span = ?');
  return ({id, shift}) => {
    const days = Math.round(shift / millisecondsADay);
    if (days !== 0) {
      takeRefused.run(id);
      addRefused.run(days, id);
      noRefused.run();
    }
    unmarkRefused.run(id);
  };
}

function dayIn(row: Record<string, unknown> | undefined): number | null {
  return row!.day as number | null;
}

function prepare(database: DatabaseSync, kind: Kind) {
  const {report, cluster, cluster_day, changed} = tables[kind.name];
  return {
    marked: database.prepare(`SELECT id, received, cluster, body FROM ${report} WHERE marked = ? ORDER BY id LIMIT ?`),
    move: database.prepare(`UPDATE ${report} SET received = ?, marked = 0 WHERE id = ?`),
    // Of which report a row is, stores that an older version marked do not know.
    dropRow: database.prepare(
      `DELETE FROM ${cluster_day} WHERE day = ? AND cluster = ? AND marked = ? AND arrived IN (0, ?)`,
    ),
    row: database.prepare(
      `${insertRow(kind)} ON CONFLICT DO UPDATE SET ${takeOver(kind)} WHERE marked > 0 OR arrived <= excluded.arrived`,
    ),
    hasRow: database.prepare(`SELECT 1 FROM ${cluster_day} WHERE day = ? AND cluster = ?`),
    dayAfter: database.prepare(`SELECT min(day) AS day FROM ${cluster_day} WHERE day > ?`),
    dayBefore: database.prepare(`SELECT max(day) AS day FROM ${cluster_day} WHERE day < ?`),
    seen: database.prepare(`UPDATE ${cluster} SET
      first_day = min(:to, iif(first_day = :from, :next, first_day)),
      last_day = max(:to, iif(last_day = :from, :next, last_day)) WHERE id = :cluster`),
    changed: database.prepare(`INSERT INTO ${changed} VALUES (?, 1) ON CONFLICT DO UPDATE SET version = version + 1`),
  };
}
