import {randomInt} from 'node:crypto';
import {clusterKey} from '../../cluster-key.ts';
import {kindNames, kinds} from '../../kinds.ts';
import {millisecondsADay} from '../../periods.ts';
import type {Erased, Writer} from '../contract.ts';
import type {Moved} from '../pieces.ts';
import {traceOf} from '../queue.ts';
import {unlessTrouble} from '../trouble.ts';
import type {PostgresAddress} from './address.ts';
import {appending} from './append.ts';
import {clockSlot, newOwner, type Owner} from './clock.ts';
import {byIndex, counting} from './counting.ts';
import {stateOf} from './errors.ts';
import {beginForgetting, finishForgetting, finishInterrupted} from './forget.ts';
import {closeGate, leaseOf, passGate, requireNoImport} from './lease.ts';
import {daysOf, withRoom} from './partitions.ts';
import {daysOfPieces, keepMoved, movedOf, putPieces} from './put.ts';
import {makeRoom, moveRefused, redate} from './redate.ts';
import {type Discarded, discard, lockPatience} from './retention.ts';
import {prepareSchema} from './schema.ts';
import {type Session, sessions} from './sessions.ts';
import {dropOld, enlist, redateWaiting} from './sinks.ts';
import {sessionFor} from './sql.ts';

/** Connections of a writer: reports have one, what is done beside them the others. */
const most = 3;
/** Milliseconds that an answer may take; what the database itself bounds ends before. */
const patience = 15_000;
const limits = {statement: 10_000} as const;
const nothing: Erased = {reports: 0, days: 0};
const nothingMore: Discarded = {...nothing, more: false};
/** Whose clock a writer keeps: a process has one, however often its connections are made anew. */
const owners = new WeakMap<Writer, Owner>();

/**
 * Opens the store for one of its writers; there may be any number of them.
 *
 * @throws {StoreTrouble} if it can't be used
 */
export async function postgresWriter(
  address: PostgresAddress,
  {create, instead}: {create: boolean; instead?: Writer | undefined},
): Promise<Writer> {
  const pool = sessions(address, {most, reading: false, patience});
  const owner = (instead && owners.get(instead)) ?? newOwner();
  const clock = clockSlot(pool, owner);
  try {
    await prepare(address, create);
    await clock.renew();
  } catch (error) {
    await pool.close();
    throw error;
  }
  const lease = leaseOf(pool, randomInt(2 ** 47));
  const {append, partitions} = appending(pool);
  const counts = {spartakus: counting('spartakus'), hodometer: counting('hodometer')} as const;

  /** How far an import is, as far as is known here. */
  let taken: Moved | undefined;

  const writer: Writer = {
    append: (batch, admits = () => true) => append(batch, admits, clock),
    async countRefused(day, reasons, span) {
      const mark = span === undefined ? undefined : await clock.mark(span);
      const [names, counted] = [Object.keys(reasons).sort(), (name: string) => reasons[name]];
      const values = [day, names, names.map(counted)];
      await pool.transaction(
        async (session) => {
          await requireNoImport(session);
          await session.query(
            `INSERT INTO seldon_usage.refused AS r SELECT $1, g.* FROM unnest($2::text[], $3::bigint[]) AS g
              ON CONFLICT (day, reason) DO UPDATE SET count = r.count + excluded.count`,
            values,
          );
          if (mark === undefined) return;
          await clock.requireOwn(session);
          await session.query(
            `INSERT INTO seldon_usage.refused_marked AS r SELECT $4, $1, g.* FROM unnest($2::text[], $3::bigint[]) AS g
              ON CONFLICT (span, day, reason) DO UPDATE SET count = r.count + excluded.count`,
            [...values, mark],
          );
        },
        {limits, begin: passGate},
      );
    },
    async count(now, most) {
      const more = await lease.ifMine(
        async (session) => {
          let more = false;
          // Each has its step: where one has much to count the other waits no longer.
          for (const kind of kindNames) more = (await counts[kind].step(session, now, most)) || more;
          return more;
        },
        (more) => !more,
        byIndex,
      );
      // Another process counts.
      return more ?? false;
    },
    clock: () => clock.read(),
    keepClock: (record) => clock.keep(record),
    newest: () =>
      pool.alone(async (session) => {
        const times: (number | undefined)[] = [];
        for (const kind of kindNames) times.push(await newest(sessionFor(kind, session)));
        return times.reduce((one, other) => (one === undefined || (other ?? one) > one ? other : one), undefined);
      }),
    async redate({id, shift}, most, tell) {
      const marked = await clock.mark(id);
      let damaged = 0;
      const turn = async () => {
        for (const kind of kindNames)
          await pool.alone((session) => makeRoom(sessionFor(kind, session), {shift, marked}, partitions[kind]));
        return lease.ifMine(
          async (session) => {
            await closeGate(session);
            await clock.requireOwn(session);
            let count = 0;
            // A transaction may be done again.
            damaged = 0;
            for (const kind of kindNames) {
              const left = most - count;
              if (left > 0)
                count += await redate(
                  sessionFor(kind, session),
                  kinds[kind],
                  {shift, marked, most: left},
                  {
                    changed: (cluster, days) => counts[kind].changed(session, cluster, days),
                    damaged: () => void damaged++,
                  },
                );
              if (count < most)
                count += await redateWaiting(sessionFor(kind, session), {shift, marked, most: most - count});
            }
            if (count === 0) await moveRefused(session, shift, marked);
            return count;
          },
          (count) => count === 0,
          byIndex,
        );
      };
      for (;;) {
        const count = await withRoom(Object.values(partitions), turn);
        if (count !== undefined) {
          if (damaged > 0) tell?.(damaged);
          return count;
        }
        // Another process counts; it lets others have their turn.
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    },
    // The database packs what is large by itself (TOAST).
    pack: async () => false,
    async put(pieces, moved) {
      await withRoom(Object.values(partitions), async () => {
        for (const kind of kindNames) await partitions[kind].ensure(daysOfPieces(pieces, kind));
        await pool.transaction(
          async (session) => {
            await keepMoved(session, taken, moved);
            const markOf = await clock.takeIn(session, pieces.findLast((piece) => piece.kind === 'clock')?.clock);
            await putPieces(session, pieces, markOf);
          },
          {limits: {statement: 60_000}},
        );
      });
      taken = moved;
    },
    async moved() {
      taken = await pool.alone(movedOf);
      return taken;
    },
    async passOn(sinks) {
      await pool.transaction((session) => enlist(session, sinks), {limits});
    },
    async discard(before, most) {
      const left = await finishInterrupted(pool);
      if (left.reports + left.days > 0) return left;
      let {reports, days, more}: Discarded = {...nothing, more: true};
      try {
        while (more && reports + days < most) {
          const erased = await lease.ifMine(
            // Of two that trust their clocks one is wrong: nothing goes by the one that is ahead.
            async (session) =>
              (await clock.isAhead(session)) ? nothingMore : discardAll(session, before, most, reports + days),
            ({more}) => !more,
            `SET LOCAL lock_timeout = ${lockPatience};`,
          );
          if (!erased) break;
          [reports, days, more] = [reports + erased.reports, days + erased.days, erased.more];
        }
      } catch (error) {
        // Somebody reads what is to be dropped: it goes with the next look.
        if (stateOf((error as Error).cause ?? {}) !== '55P03') throw error;
      }
      return {reports, days};
    },
    async forget(cluster, today) {
      await lease.now((session) => beginForgetting(session, cluster, today, counts));
      return finishForgetting(pool, traceOf(clusterKey(cluster)));
    },
    // What a dropped partition held is in no file of the database.
    settle: async () => true,
    async close() {
      await clock.leave().catch(unlessTrouble);
      await pool.close();
    },
  };
  owners.set(writer, owner);
  return writer;
}

/** @param already what was erased before */
async function discardAll(
  session: Session,
  before: {received: number; day: number},
  most: number,
  already: number,
): Promise<Discarded> {
  let erased = nothingMore;
  for (const kind of kindNames) {
    const count = already + erased.reports + erased.days;
    if (count > 0 && count >= most) break;
    const {reports, days, more} = await discard(sessionFor(kind, session), before, most - count, count === 0);
    erased = {reports: erased.reports + reports, days: erased.days + days, more: erased.more || more};
  }
  if (!erased.more) for (const kind of kindNames) await dropOld(sessionFor(kind, session), before.received, most);
  return erased;
}

/** A migration may take longer than anything else: it has a connection of its own. */
async function prepare(address: PostgresAddress, create: boolean): Promise<void> {
  const pool = sessions(address, {most: 1, reading: false, patience: 900_000});
  try {
    await prepareSchema(pool, address.shown, create);
  } finally {
    await pool.close();
  }
}

/** Newest time of a report that is not marked; reports are erased long before the rows of their days. */
async function newest(session: Session): Promise<number | undefined> {
  for (const day of await daysOf(session, 'report')) {
    const [row] = await session.query(
      'SELECT received FROM seldon_usage.report WHERE day = $1 AND marked = 0 ORDER BY received DESC LIMIT 1',
      [day],
    );
    if (row) return row.received as number;
  }
  for (const day of await daysOf(session, 'cluster_day')) {
    const [row] = await session.query('SELECT 1 FROM seldon_usage.cluster_day WHERE day = $1 AND marked = 0 LIMIT 1', [
      day,
    ]);
    if (row) return day * millisecondsADay;
  }
  return undefined;
}
