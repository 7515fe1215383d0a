import type {DatabaseSync} from 'node:sqlite';
import {type KindName, kindNames} from '../../kinds.ts';
import {
  damagedInStore,
  type Erasing,
  type Erasure,
  knownErased,
  type Next,
  type Queue,
  type Standing,
  traceOf,
} from '../queue.ts';
import {guarded} from './errors.ts';
import {type Lane, laneOf, positionIn} from './lane.ts';
import {lastNumber} from './numbers.ts';
import {openCurrent, openForWriting} from './open.ts';
import {isRelay} from './relay.ts';
import {tables} from './tables.ts';

/*
 * A report's row is its place in the queue: a sink has a position in each kind (lane.ts), the number of the last report that is
 * done there. So it is in the queue with the transaction that stores it, at no cost, and once, however many sinks there are.
 */

/**
 * Sinks that reports are kept for from now on; others are no longer known. An epoch begins. Within the caller's transaction.
 *
 * @param now milliseconds
 */
export function enlist(database: DatabaseSync, sinks: readonly string[], now: number): void {
  const last = kindNames.map((kind) => lastNumber(database, tables[kind])());
  const names = JSON.stringify(sinks);
  for (const table of ['sink', 'undelivered', 'parked', 'erasure', 'erased']) {
    const column = table === 'sink' ? 'name' : 'sink';
    database.prepare(`DELETE FROM ${table} WHERE ${column} NOT IN (SELECT value FROM json_each(?))`).run(names);
  }
  const positions = kindNames.map((kind) => positionIn[kind]).join(', ');
  const insert = database.prepare(
    `INSERT OR IGNORE INTO sink (name, delivered, refused, dropped, ${positions}) VALUES (?, 0, 0, 0, ?, ?)`,
  );
  for (const name of sinks) insert.run(name, ...last);
  database.prepare('UPDATE sink SET epoch = max(epoch + 1, ?)').run(now);
}

/**
 * Every sink is to erase a cluster, after all that came before; within the caller's transaction. Where the store had nothing
 * of it, those that have just erased it, or are about to, are not asked again.
 *
 * @param now milliseconds
 */
export function enqueueErasure(database: DatabaseSync, cluster: string, hadAny: boolean, now: number): void {
  const number = lastNumber(database, tables.spartakus)() + 1;
  const events = lastNumber(database, tables.hodometer)();
  const trace = traceOf(cluster);
  const {changes} = database
    .prepare(`INSERT INTO erasure (sink, number, cluster, events) SELECT name, ?1, ?2, ?7 FROM sink WHERE ?3
      OR NOT EXISTS (SELECT 1 FROM erasure WHERE sink = name AND cluster = ?2)
      AND NOT EXISTS (SELECT 1 FROM erased WHERE sink = name AND cluster = ?4 AND at BETWEEN ?5 AND ?6)`)
    .run(number, cluster, hadAny ? 1 : 0, trace, now - knownErased, now, events);
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

/** Opens the queue of the store at a path, beside its writer. @throws {StoreTrouble} if there is none or it can't be used */
export function sqliteQueue(path: string): Queue {
  const database = openForWriting(path, false);
  const sql = prepare(database);
  const lanes = Object.fromEntries(kindNames.map((kind) => [kind, laneOf(database, kind)])) as Record<KindName, Lane>;
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
  /** The kind of which something was handed out last: neither has to wait until the other has nothing left. */
  const before = new Map<string, KindName>();
  const inTurn = (sink: string): Lane[] => {
    const all = kindNames.map((kind) => lanes[kind]);
    return before.get(sink) === kindNames[0] ? all.toReversed() : all;
  };

  return guarded<Queue>({
    next(sink, most, bound, resting = [], {kinds = kindNames, dated = []} = {}) {
      const due = sql.due.get(sink, JSON.stringify(resting)) as (Due & {cluster: string}) | undefined;
      for (const lane of inTurn(sink)) {
        // A write only where there is something to be written.
        if (lane.isBeyond(sink, bound)) transaction(() => lane.drop(sink, bound, Date.now()));
        if (!kinds.includes(lane.kind)) continue;
        const end = due && {spartakus: due.number - 1, hodometer: due.events}[lane.kind];
        const {reports, damaged} = lane.take(sink, end, most, dated.includes(lane.kind));
        if (damaged.length > 0) transaction(() => lane.leaveOut(sink, damaged, Date.now()));
        if (reports.length + damaged.length === 0) continue;
        if (reports.length > 0) before.set(sink, lane.kind);
        return {reports} satisfies Next;
      }
      // Numbers of what was erased, and of erasing: nobody waits for them.
      for (const kind of kindNames) if (!due && lanes[kind].isPassed(sink)) transaction(() => lanes[kind].skip(sink));
      return {reports: [], ...(due ? {erase: {number: due.number, cluster: due.cluster}} : {})} satisfies Next;
    },
    settle(sink, {kind, ...done}, at) {
      transaction(() => lanes[kind].settle(sink, done, at));
    },
    again(sink, most, {kinds, due}) {
      for (const {kind} of inTurn(sink).filter((one) => kinds.includes(one.kind))) {
        const {reports, damaged} = lanes[kind].again(sink, most, due);
        const refused = new Map(damaged.map((number) => [number, damagedInStore]));
        if (refused.size > 0) transaction(() => lanes[kind].settleAgain(sink, {delivered: [], refused}, Date.now()));
        if (reports.length > 0) return reports;
      }
      return [];
    },
    settleAgain(sink, {kind, ...done}, at) {
      transaction(() => lanes[kind].settleAgain(sink, done, at));
    },
    further: (sink, kind, behind, most) => lanes[kind].further(sink, behind, most),
    erased(sink, {number, cluster}, how: Erasing, at) {
      transaction(() => {
        sql.notDue.run(sink, number);
        // Where a report of it waits, and is the only sign that there is more to be erased.
        if (!passesOnly || !sql.waits.get(cluster)) sql.erased.run(sink, traceOf(cluster), how, at);
      });
    },
    standing(sink) {
      const sums = sql.standing.get(sink) as unknown as Omit<Standing, 'waiting' | 'parked'>;
      const all = (count: (lane: Lane) => number) => kindNames.reduce((sum, kind) => sum + count(lanes[kind]), 0);
      const parked = {spartakus: lanes.spartakus.parked(sink), hodometer: lanes.hodometer.parked(sink)};
      return {waiting: all((lane) => lane.parked(sink) + lane.waiting(sink)), parked, ...sums};
    },
    close: () => database.close(),
  });
}

/** An erasing that is due: what came before it, in each kind. */
interface Due {
  readonly number: number;
  readonly events: number;
}

function prepare(database: DatabaseSync) {
  return {
    due: database.prepare(`SELECT number, events, cluster FROM erasure
      WHERE sink = ? AND cluster NOT IN (SELECT value FROM json_each(?)) ORDER BY number LIMIT 1`),
    waits: database.prepare(
      kindNames.map((kind) => `SELECT 1 FROM ${tables[kind].cluster} WHERE name = ?1`).join(' UNION ALL '),
    ),
    notDue: database.prepare('DELETE FROM erasure WHERE sink = ? AND number = ?'),
    erased: database.prepare('INSERT OR REPLACE INTO erased VALUES (?, ?, ?, ?)'),
    standing: database.prepare('SELECT delivered, refused, dropped FROM sink WHERE name = ?'),
  };
}
