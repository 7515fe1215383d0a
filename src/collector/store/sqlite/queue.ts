import {createHash} from 'node:crypto';
import type {DatabaseSync} from 'node:sqlite';
import type {Erasing, Erasure, Next, Passed, Queue, Standing} from '../queue.ts';
import {guarded} from './errors.ts';
import {lastNumber} from './numbers.ts';
import {openCurrent, openForWriting} from './open.ts';
import {unpacked} from './packing.ts';
import {isRelay} from './relay.ts';
import {tables} from './tables.ts';

/*
 * Reports of Spartakus' kind are passed on. A report's row is its place in the queue: a sink has a position, the number of the last report that is done there. So it
 * is in the queue with the transaction that stores it, at no cost, and once, however many sinks there are.
 */

/** Refused and dropped reports of a sink of which the outcome is kept; the sums are of all. */
const mostOutcomes = 10_000;

/** Sinks that reports are kept for from now on; others are no longer known. Within the caller's transaction. */
export function enlist(database: DatabaseSync, sinks: readonly string[]): void {
  const last = lastNumber(database, tables.spartakus)();
  const names = JSON.stringify(sinks);
  for (const table of ['sink', 'undelivered', 'erasure', 'erased']) {
    const column = table === 'sink' ? 'name' : 'sink';
    database.prepare(`DELETE FROM ${table} WHERE ${column} NOT IN (SELECT value FROM json_each(?))`).run(names);
  }
  const insert = database.prepare('INSERT OR IGNORE INTO sink VALUES (?, ?, 0, 0, 0)');
  for (const name of sinks) insert.run(name, last);
}

/** Milliseconds for which it is known that a sink has nothing of a cluster of which the store has nothing either. */
const known = 24 * 3_600_000;

/**
 * Every sink is to erase a cluster, after all that came before; within the caller's transaction. Where the store had nothing
 * of it, those that have just erased it, or are about to, are not asked again.
 *
 * @param now milliseconds
 */
export function enqueueErasure(database: DatabaseSync, cluster: string, hadAny: boolean, now: number): void {
  const number = lastNumber(database, tables.spartakus)() + 1;
  const trace = traceOf(cluster);
  const {changes} = database
    .prepare(`INSERT INTO erasure SELECT name, ?1, ?2 FROM sink WHERE ?3
      OR NOT EXISTS (SELECT 1 FROM erasure WHERE sink = name AND cluster = ?2)
      AND NOT EXISTS (SELECT 1 FROM erased WHERE sink = name AND cluster = ?4 AND at BETWEEN ?5 AND ?6)`)
    .run(number, cluster, hadAny ? 1 : 0, trace, now - known, now);
  if (changes === 0) return;
  database.prepare('INSERT OR REPLACE INTO numbered VALUES (1, ?)').run(number);
}

/** What is known of the erasing of a cluster at the sinks of the store at `path`. */
export function erasuresOf(path: string, cluster: string): Erasure[] {
  const database = openCurrent(path);
  try {
    const waiting = database.prepare("SELECT DISTINCT sink, 'waiting' AS state FROM erasure WHERE cluster = ?");
    const done = database.prepare(
      'SELECT sink, outcome AS state, at FROM erased WHERE cluster = ?1 AND sink NOT IN (SELECT sink FROM erasure WHERE cluster = ?2)',
    );
    return [...waiting.all(cluster), ...done.all(traceOf(cluster), cluster)].map((row) => ({...row}) as never);
  } finally {
    database.close();
  }
}

/** The text of a report; undefined, if its frame is damaged. */
function textOf(body: string | Uint8Array): string | undefined {
  try {
    return unpacked(body);
  } catch {
    return undefined;
  }
}

/** That a cluster was erased must be known without its ID. */
function traceOf(cluster: string): string {
  return createHash('sha256').update(cluster).digest('hex');
}

/**
 * In a store that only passes on, nothing but its trace tells that a sink got rid of a cluster: a function that takes the trace
 * away, once a cluster reports again.
 */
export function erasedBefore(database: DatabaseSync): (cluster: string) => void {
  const isAny = database.prepare('SELECT 1 FROM erased LIMIT 1');
  const remove = database.prepare('DELETE FROM erased WHERE sink IN (SELECT name FROM sink) AND cluster = ?');
  return (cluster) => {
    if (isAny.get()) remove.run(traceOf(cluster));
  };
}

/** The reports that are about to be erased because of their age wait no more. */
export const dropOld = (oldest: string): string =>
  `UPDATE sink SET dropped = dropped + (SELECT count(*) FROM (${oldest}) r WHERE r.id > sink.position)`;

export function sqliteQueue(path: string): Queue {
  const database = openForWriting(path, false);
  const sql = prepare(database);
  const readLast = lastNumber(database, tables.spartakus);
  const passesOnly = isRelay(database);
  const transaction = <T>(change: () => T): T => {
    database.exec('BEGIN IMMEDIATE');
    try {
      const result = change();
      database.exec('COMMIT');
      return result;
    } finally {
      if (database.isTransaction) database.exec('ROLLBACK');
    }
  };
  const positionOf = (sink: string): number => {
    const row = sql.position.get(sink);
    if (!row) throw new Error('a sink that the store does not know');
    return row.position as number;
  };
  const keep = (sink: string, number: number, outcome: string, at: number) => {
    sql.undelivered.run(sink, number, outcome, at);
    sql.forgetOld.run(sink, sink, mostOutcomes);
  };
  /** Lets go what is too much; the position then. */
  const drop = (sink: string, bound: number, at: number): number => {
    const position = positionOf(sink);
    const to = readLast() - bound;
    if (to <= position) return position;
    const {count} = sql.between.get(position, to) as {count: number};
    sql.dropped.run(to, count, sink);
    keep(sink, to, `dropped, and ${count - 1} before it`, at);
    return to;
  };

  /** Reports that can't be read any more hold up no other. */
  const leaveOut = (sink: string, damaged: readonly number[]) => {
    for (const number of damaged) keep(sink, number, 'damaged in the store', Date.now());
    sql.settle.run(damaged.at(-1)!, 0, damaged.length, sink);
  };

  return guarded<Queue>({
    next(sink, most, bound, resting = []) {
      // A write only where there is something to be written.
      const last = readLast();
      if (positionOf(sink) < last - bound) transaction(() => drop(sink, bound, Date.now()));
      const position = positionOf(sink);
      const erase = sql.due.get(sink, JSON.stringify(resting)) as {number: number; cluster: string} | undefined;
      const reports: Passed[] = [];
      const damaged: number[] = [];
      let bytes = 0;
      for (const {body, unranked, ...row} of sql.reports.iterate(
        position,
        erase?.number ?? Number.MAX_SAFE_INTEGER,
        most.reports,
      )) {
        const text = textOf(body as string);
        // Either reports, or what can't be read: so that each is settled once.
        if (text === undefined ? reports.length > 0 : damaged.length > 0) break;
        if (text === undefined) {
          damaged.push(row.number as number);
          continue;
        }
        reports.push({...row, unranked: unranked === 1, body: text} as unknown as Passed);
        bytes += text.length;
        if (bytes > most.bytes) break;
      }
      if (damaged.length > 0) transaction(() => leaveOut(sink, damaged));
      if (reports.length > 0 || damaged.length > 0) return {reports} satisfies Next;
      // Numbers of what was erased, and of erasing: nobody waits for them.
      if (!erase && position < last) transaction(() => sql.settle.run(last, 0, 0, sink));
      return {reports, ...(erase ? {erase: {...erase}} : {})} satisfies Next;
    },
    settle(sink, {upTo, delivered, refused}, at) {
      transaction(() => {
        sql.settle.run(upTo, delivered, refused.size, sink);
        for (const [number, reason] of refused) keep(sink, number, reason, at);
      });
    },
    erased(sink, {number, cluster}, how: Erasing, at) {
      transaction(() => {
        sql.notDue.run(sink, number);
        // Where a report of it waits, and is the only sign that there is more to be erased.
        if (!passesOnly || !sql.waits.get(cluster)) sql.erased.run(sink, traceOf(cluster), how, at);
      });
    },
    standing(sink) {
      const {position, ...sums} = sql.standing.get(sink) as unknown as Omit<Standing, 'waiting'> & {position: number};
      return {waiting: Math.max(0, readLast() - position), ...sums};
    },
    close: () => database.close(),
  });
}

function prepare(database: DatabaseSync) {
  return {
    position: database.prepare('SELECT position FROM sink WHERE name = ?'),
    due: database.prepare(`SELECT number, cluster FROM erasure
      WHERE sink = ? AND cluster NOT IN (SELECT value FROM json_each(?)) ORDER BY number LIMIT 1`),
    reports: database.prepare(`SELECT r.id AS number, r.received, c.name AS cluster, c.unranked, r.body
      FROM report r CROSS JOIN cluster c ON c.id = r.cluster WHERE r.id > ? AND r.id < ? ORDER BY r.id LIMIT ?`),
    between: database.prepare('SELECT count(*) AS count FROM report WHERE id > ? AND id <= ?'),
    dropped: database.prepare('UPDATE sink SET position = ?, dropped = dropped + ? WHERE name = ?'),
    settle: database.prepare(
      'UPDATE sink SET position = max(position, ?), delivered = delivered + ?, refused = refused + ? WHERE name = ?',
    ),
    undelivered: database.prepare('INSERT OR REPLACE INTO undelivered VALUES (?, ?, ?, ?)'),
    forgetOld: database.prepare(`DELETE FROM undelivered WHERE sink = ? AND number <= (
      SELECT number FROM undelivered WHERE sink = ? ORDER BY number DESC LIMIT 1 OFFSET ?)`),
    waits: database.prepare('SELECT 1 FROM cluster WHERE name = ?'),
    notDue: database.prepare('DELETE FROM erasure WHERE sink = ? AND number = ?'),
    erased: database.prepare('INSERT OR REPLACE INTO erased VALUES (?, ?, ?, ?)'),
    standing: database.prepare('SELECT position, delivered, refused, dropped FROM sink WHERE name = ?'),
  };
}
