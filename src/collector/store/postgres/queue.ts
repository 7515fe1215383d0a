import {randomInt} from 'node:crypto';
import {type KindName, kindNames} from '../../kinds.ts';
import {type Erasing, mostOutcomes, type Next, type Passed, type Queue, type Standing, traceOf} from '../queue.ts';
import {StoreTrouble, unlessTrouble} from '../trouble.ts';
import type {PostgresAddress} from './address.ts';
import {dueAgain, furtherOn, parked, passedOf, putOff} from './parking.ts';
import {noStore, versionOf} from './schema.ts';
import {type Session, type Sessions, sessions} from './sessions.ts';
import {sessionFor} from './sql.ts';
import {WaitingCount} from './waiting-count.ts';

/*
 * Each process could pass on; for each sink one does. It holds the sink by a time of the database, which it puts off while it is
 * at work, and looks again whether the sink is still its own when it says what was done.
 */

/** Seconds that a sink is held after the last sign of its holder; milliseconds between two signs. */
const [lasting, signs] = [10, 3000];
const patience = 15_000;
const limits = {statement: 10_000} as const;
const nothing: Standing = {
  waiting: 0,
  parked: {spartakus: 0, hodometer: 0},
  delivered: 0,
  refused: 0,
  dropped: 0,
};

/** @throws {StoreTrouble} if there is no store, or it can't be used */
export async function postgresQueue(address: PostgresAddress): Promise<Queue> {
  const pool = sessions(address, {most: 2, reading: false, patience});
  try {
    if (!(await pool.alone(versionOf))) throw noStore(address.shown);
  } catch (error) {
    await pool.close();
    throw error;
  }
  const me = randomInt(2 ** 47);
  const count = new WaitingCount();
  /** Kind and numbers that were handed out last, by sink. */
  const handed = new Map<string, {readonly kind: KindName; readonly numbers: readonly number[]}>();
  /** The kind of which something was handed out last: neither has to wait until the other has nothing left. */
  const before = new Map<string, KindName>();
  const inTurn = (sink: string) => (before.get(sink) === kindNames[0] ? kindNames.toReversed() : kindNames);
  const sign = setInterval(() => {
    for (const sink of handed.keys()) void pool.alone((session) => hold(session, sink, me)).catch(unlessTrouble);
  }, signs).unref();

  /** Says what was done, as long as the sink is still held. */
  const asHolder = (sink: string, work: (session: Session) => Promise<void>) =>
    inTransaction(pool, async (session) => {
      if (!(await hold(session, sink, me)))
        throw new StoreTrouble('another process passes on to this sink meanwhile: what was under way comes again');
      await work(session);
    });

  return {
    next(sink, most, bound, resting = [], {kinds = kindNames, dated = []} = {}) {
      return inTransaction(pool, async (plain): Promise<Next> => {
        handed.delete(sink);
        if (!(await hold(plain, sink, me))) return {reports: []};
        const due = await dueErasing(plain, sink, resting);
        for (const kind of inTurn(sink)) {
          const session = sessionFor(kind, plain);
          if ((await count.of(session, sink, kind)) > bound)
            count.less(sink, kind, await dropBeyond(session, sink, bound));
          if (!kinds.includes(kind)) continue;
          const end = due && {spartakus: due.number, hodometer: due.events}[kind];
          const reports = await first(session, kind, sink, most, {before: end, isDated: dated.includes(kind)});
          if (reports.length === 0) continue;
          handed.set(sink, {kind, numbers: reports.map(({number}) => number)});
          before.set(sink, kind);
          return {reports};
        }
        if (!due) return {reports: []};
        handed.set(sink, {kind: 'spartakus', numbers: []});
        return {reports: [], erase: {number: due.number, cluster: due.cluster}};
      });
    },
    async settle(sink, {kind, upTo, delivered, refused, parked = new Map()}, at) {
      const last = handed.get(sink);
      const numbers = last?.kind === kind ? last.numbers.filter((number) => number <= upTo) : [];
      const done = numbers.filter((number) => !parked.has(number));
      await asHolder(sink, async (plain) => {
        const session = sessionFor(kind, plain);
        const gone = await remove(session, sink, done);
        await add(session, sink, delivered, refused.size);
        for (const [number, reason] of refused) await keep(session, sink, {number, outcome: reason, at});
        for (const [number, one] of parked) await putOff(session, sink, number, one);
        count.less(sink, kind, gone.length + parked.size);
      });
      handed.delete(sink);
    },
    again(sink, most, {kinds, due}) {
      return inTransaction(pool, async (plain) => {
        handed.delete(sink);
        if (!(await hold(plain, sink, me))) return [];
        for (const kind of inTurn(sink).filter((one) => kinds.includes(one))) {
          const reports = await dueAgain(sessionFor(kind, plain), kind, sink, most, due);
          if (reports.length === 0) continue;
          handed.set(sink, {kind, numbers: []});
          return reports;
        }
        return [];
      });
    },
    async settleAgain(sink, done, at) {
      await asHolder(sink, (plain) => settleTried(sessionFor(done.kind, plain), sink, done, at));
      handed.delete(sink);
    },
    further: (sink, kind, behind, most) =>
      pool.alone((session) => furtherOn(sessionFor(kind, session), kind, sink, behind, most)),
    async erased(sink, erase, how, at) {
      await asHolder(sink, (session) => keepErased(session, sink, erase, how, at));
      handed.delete(sink);
    },
    standing: (sink) => pool.alone((session) => standingOf(session, sink, count)),
    async close() {
      clearInterval(sign);
      // The next one need not wait; where this fails, it waits.
      await pool.alone((session) => release(session, me)).catch(unlessTrouble);
      await pool.close();
    },
  };
}

function inTransaction<T>(pool: Sessions, work: (session: Session) => Promise<T>): Promise<T> {
  return pool.transaction(work, {limits});
}

/** Takes a sink, or puts off the time until which it is held; false where another process holds it, or nobody knows it. */
async function hold(session: Session, sink: string, me: number): Promise<boolean> {
  const mine = await session.query(
    `UPDATE seldon_usage.sink SET holder = $2, until = clock_timestamp() + make_interval(secs => $3)
      WHERE name = $1 AND (holder = $2 OR until < clock_timestamp()) RETURNING 1`,
    [sink, me, lasting],
  );
  return mine.length > 0;
}

async function release(session: Session, me: number): Promise<void> {
  await session.query("UPDATE seldon_usage.sink SET until = '-infinity' WHERE holder = $1", [me]);
}

/**
 * Reports of a kind that wait, the first ones, up to the number of what is to be erased.
 *
 * @param isDated none of which the date is still to be put right; others do not wait for those
 */
async function first(
  session: Session,
  kind: KindName,
  sink: string,
  most: {readonly reports: number; readonly bytes: number},
  {before = Number.MAX_SAFE_INTEGER, isDated}: {before: number | undefined; isDated: boolean},
): Promise<Passed[]> {
  const rows = await session.query(
    `SELECT arrived AS number, epoch, received, cluster, unranked, body, once FROM (
        SELECT w.arrived, w.epoch, w.received, w.cluster, coalesce(c.unranked, false) AS unranked, w.body, w.once,
          sum(octet_length(w.body)) OVER (ORDER BY w.arrived) - octet_length(w.body) AS sooner
        FROM (SELECT * FROM seldon_usage.waiting WHERE sink = $1 AND arrived < $2 AND due IS NULL${isDated ? ' AND held = 0' : ''}
          ORDER BY arrived LIMIT $3) AS w
        LEFT JOIN seldon_usage.cluster c ON c.name = w.cluster) AS w
      WHERE sooner <= $4 ORDER BY arrived`,
    [sink, before, most.reports, most.bytes],
  );
  return rows.map((row) => passedOf(kind, row));
}

/** An erasing that is due: what came before these numbers comes before it. */
interface Due {
  readonly number: number;
  readonly events: number;
  readonly cluster: string;
}

/** The first erasing that does not rest. */
async function dueErasing(session: Session, sink: string, resting: readonly string[]): Promise<Due | undefined> {
  const [due] = await session.query(
    `SELECT number, events, cluster FROM seldon_usage.erasure WHERE sink = $1 AND cluster <> ALL($2::text[])
      ORDER BY number LIMIT 1`,
    [sink, resting],
  );
  return due as Due | undefined;
}

async function keepErased(
  session: Session,
  sink: string,
  {number, cluster}: {readonly number: number; readonly cluster: string},
  how: Erasing,
  at: number,
): Promise<void> {
  await session.query('DELETE FROM seldon_usage.erasure WHERE sink = $1 AND number = $2', [sink, number]);
  await session.query(
    `INSERT INTO seldon_usage.erased VALUES ($1, $2, $3, $4)
      ON CONFLICT (sink, cluster) DO UPDATE SET outcome = excluded.outcome, at = excluded.at`,
    [sink, traceOf(cluster), how, at],
  );
}

async function standingOf(session: Session, sink: string, count: WaitingCount): Promise<Standing> {
  const [row] = await session.query('SELECT delivered, refused, dropped FROM seldon_usage.sink WHERE name = $1', [
    sink,
  ]);
  if (!row) return nothing;
  let waiting = 0;
  const apart = {...nothing.parked};
  for (const kind of kindNames) {
    apart[kind] = await parked(sessionFor(kind, session), sink);
    waiting += (await count.of(sessionFor(kind, session), sink, kind)) + apart[kind];
  }
  return {waiting, parked: apart, ...(row as Omit<Standing, 'waiting' | 'parked'>)};
}

/** Takes reports out by their numbers; those that were still there. */
async function remove(session: Session, sink: string, numbers: readonly number[]): Promise<number[]> {
  if (numbers.length === 0) return [];
  const gone = await session.query(
    'DELETE FROM seldon_usage.waiting WHERE sink = $1 AND arrived = ANY($2::bigint[]) RETURNING arrived',
    [sink, numbers],
  );
  return gone.map(({arrived}) => arrived as number);
}

async function add(session: Session, sink: string, delivered: number, refused: number): Promise<void> {
  await session.query(
    'UPDATE seldon_usage.sink SET delivered = delivered + $2, refused = refused + $3 WHERE name = $1',
    [sink, delivered, refused],
  );
}

/** Settles what was tried again, as far as it was still there: it may have been erased meanwhile. */
async function settleTried(
  session: Session,
  sink: string,
  {delivered, refused, parked}: Parameters<Queue['settleAgain']>[1],
  at: number,
): Promise<void> {
  const taken = await remove(session, sink, delivered);
  const never = await remove(session, sink, [...refused.keys()]);
  await add(session, sink, taken.length, never.length);
  for (const number of never) await keep(session, sink, {number, outcome: refused.get(number)!, at});
  for (const [number, one] of parked) await putOff(session, sink, number, one);
}

/** Lets go the oldest of what is too much; how many. */
async function dropBeyond(session: Session, sink: string, bound: number): Promise<number> {
  const gone = await session.query(
    `DELETE FROM seldon_usage.waiting WHERE sink = $1 AND due IS NULL AND arrived <= (
      SELECT arrived FROM seldon_usage.waiting WHERE sink = $1 AND due IS NULL ORDER BY arrived DESC OFFSET $2 LIMIT 1)
      RETURNING arrived`,
    [sink, bound],
  );
  if (gone.length === 0) return 0;
  await session.query('UPDATE seldon_usage.sink SET dropped = dropped + $2 WHERE name = $1', [sink, gone.length]);
  const number = gone.reduce((last, {arrived}) => Math.max(last, arrived as number), 0);
  await keep(session, sink, {number, outcome: `dropped, and ${gone.length - 1} before it`, at: Date.now()});
  return gone.length;
}

async function keep(
  session: Session,
  sink: string,
  {number, outcome, at}: {number: number; outcome: string; at: number},
): Promise<void> {
  await session.query(
    `INSERT INTO seldon_usage.undelivered VALUES ($1, $2, $3, $4)
      ON CONFLICT (sink, number) DO UPDATE SET outcome = excluded.outcome, at = excluded.at`,
    [sink, number, outcome, at],
  );
  await session.query(
    `DELETE FROM seldon_usage.undelivered WHERE sink = $1 AND number <= (
      SELECT number FROM seldon_usage.undelivered WHERE sink = $1 ORDER BY number DESC LIMIT 1 OFFSET $2)`,
    [sink, mostOutcomes],
  );
}
