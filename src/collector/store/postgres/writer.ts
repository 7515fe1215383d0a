import {randomInt} from 'node:crypto';
import type {ClockRecord, Span} from '../../clock.ts';
import {clusterKey} from '../../cluster-key.ts';
import {type KindName, kindNames} from '../../kinds.ts';
import {millisecondsADay} from '../../periods.ts';
import type {Accepted, Admits, CountedTo, Erased, Forgot, Writer} from '../contract.ts';
import type {Moved, Piece} from '../pieces.ts';
import {traceOf} from '../queue.ts';
import {unlessTrouble} from '../trouble.ts';
import type {PostgresAddress} from './address.ts';
import {appending} from './append.ts';
import {type ClockSlot, clockSlot, newOwner, type Owner} from './clock.ts';
import {byIndex, type Counting, counting} from './counting.ts';
import {stateOf} from './errors.ts';
import {beginForgetting, finishForgetting, finishInterrupted} from './forget.ts';
import {closeGate, type Lease, leaseOf, passGate, requireNoImport} from './lease.ts';
import {daysOf, type Partitions, withRoom} from './partitions.ts';
import {daysOfPieces, keepMoved, movedOf, putPieces} from './put.ts';
import {makeRoom, type Redated, type Redating, redate} from './redate.ts';
import {type Discarded, discard, lockPatience} from './retention.ts';
import {prepareSchema} from './schema.ts';
import {type Session, type Sessions, sessions} from './sessions.ts';
import {dropOld, enlist} from './sinks.ts';
import {sessionFor} from './sql.ts';

/** Connections of a writer: reports have one, what is done beside them the others. */
const most = 3;
/** Milliseconds that an answer may take; what the database itself bounds ends before. */
const patience = 15_000;
const limits = {statement: 10_000} as const;
const nothing: Erased = {reports: 0, days: 0};
const nothingMore: Discarded = {...nothing, more: false};
/** What counts each kind. */
type Counts = Readonly<Record<KindName, Counting>>;

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
  const owner = instead instanceof PostgresWriter ? instead.owner : newOwner();
  const clock = clockSlot(pool, owner);
  try {
    await prepare(address, create);
    await clock.renew();
  } catch (error) {
    await pool.close();
    throw error;
  }
  return new PostgresWriter(pool, owner, clock);
}

class PostgresWriter implements Writer {
  /** Whose clock it keeps: a process has one, however often its connections are made anew. */
  readonly owner: Owner;
  readonly #pool: Sessions;
  readonly #clock: ClockSlot;
  readonly #lease: Lease;
  readonly #appending: ReturnType<typeof appending>;
  readonly #partitions: Readonly<Record<KindName, Partitions>>;
  readonly #counts: Counts = {spartakus: counting('spartakus'), hodometer: counting('hodometer')};
  /** How far an import is, as far as is known here. */
  #taken: Moved | undefined;

  constructor(pool: Sessions, owner: Owner, clock: ClockSlot) {
    this.owner = owner;
    this.#pool = pool;
    this.#clock = clock;
    this.#lease = leaseOf(pool, randomInt(2 ** 47));
    this.#appending = appending(pool);
    this.#partitions = this.#appending.partitions;
  }

  append(batch: readonly Accepted[], admits: Admits = () => true): Promise<void> {
    return this.#appending.append(batch, admits, this.#clock);
  }

  async countRefused(day: number, reasons: Readonly<Record<string, number>>, span?: number): Promise<void> {
    const mark = span === undefined ? undefined : await this.#clock.mark(span);
    await this.#pool.transaction(
      async (session) => {
        await requireNoImport(session);
        if (mark !== undefined) await this.#clock.requireOwn(session);
        await addRefused(session, day, reasons, mark);
      },
      {limits, begin: passGate},
    );
  }

  async count(now: CountedTo, most: number): Promise<boolean> {
    const more = await this.#lease.ifMine(
      async (session) => {
        let more = false;
        // Each has its step: where one has much to count the other waits no longer.
        for (const kind of kindNames) more = (await this.#counts[kind].step(session, now, most)) || more;
        return more;
      },
      (more) => !more,
      byIndex,
    );
    // Another process counts.
    return more ?? false;
  }

  clock(): Promise<ClockRecord | undefined> {
    return this.#clock.read();
  }

  keepClock(record: ClockRecord): Promise<void> {
    return this.#clock.keep(record);
  }

  newest(): Promise<number | undefined> {
    return this.#pool.alone(async (session) => {
      const times: (number | undefined)[] = [];
      for (const kind of kindNames) times.push(await newest(sessionFor(kind, session)));
      return times.reduce((one, other) => (one === undefined || (other ?? one) > one ? other : one), undefined);
    });
  }

  async redate({id, shift}: Span, most: number, tell?: (damaged: number) => void): Promise<number> {
    const span = {shift, marked: await this.#clock.mark(id), most};
    for (;;) {
      const done = await withRoom(Object.values(this.#partitions), () => this.#redateIfMine(span));
      if (done) {
        if (done.damaged > 0) tell?.(done.damaged);
        return done.count;
      }
      // Another process counts; it lets others have their turn.
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }

  async #redateIfMine(span: Redating): Promise<Redated | undefined> {
    for (const kind of kindNames)
      await this.#pool.alone((session) => makeRoom(sessionFor(kind, session), span, this.#partitions[kind]));
    return this.#lease.ifMine(
      async (session) => {
        await closeGate(session);
        await this.#clock.requireOwn(session);
        return redate(session, span, this.#counts);
      },
      ({count}) => count === 0,
      byIndex,
    );
  }

  // The database packs what is large by itself (TOAST).
  async pack(): Promise<boolean> {
    return false;
  }

  async put(pieces: readonly Piece[], moved: Moved | undefined): Promise<void> {
    await withRoom(Object.values(this.#partitions), async () => {
      for (const kind of kindNames) await this.#partitions[kind].ensure(daysOfPieces(pieces, kind));
      await this.#pool.transaction(
        async (session) => {
          await keepMoved(session, this.#taken, moved);
          const markOf = await this.#clock.takeIn(session, pieces.findLast((piece) => piece.kind === 'clock')?.clock);
          await putPieces(session, pieces, markOf);
        },
        {limits: {statement: 60_000}},
      );
    });
    this.#taken = moved;
  }

  async moved(): Promise<Moved | undefined> {
    this.#taken = await this.#pool.alone(movedOf);
    return this.#taken;
  }

  async passOn(sinks: readonly string[]): Promise<void> {
    await this.#pool.transaction((session) => enlist(session, sinks), {limits});
  }

  async discard(before: TooOld, most: number): Promise<Erased> {
    const left = await finishInterrupted(this.#pool);
    if (left.reports + left.days > 0) return left;
    let {reports, days, more}: Discarded = {...nothing, more: true};
    try {
      while (more && reports + days < most) {
        const erased = await this.#lease.ifMine(
          // Of two that trust their clocks one is wrong: nothing goes by the one that is ahead.
          async (session) =>
            (await this.#clock.isAhead(session)) ? nothingMore : discardAll(session, before, most, reports + days),
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
  }

  async forget(cluster: string, today: number): Promise<Forgot> {
    await this.#lease.now((session) => beginForgetting(session, cluster, today, this.#counts));
    return finishForgetting(this.#pool, traceOf(clusterKey(cluster)));
  }

  // What a dropped partition held is in no file of the database.
  async settle(): Promise<boolean> {
    return true;
  }

  async close(): Promise<void> {
    await this.#clock.leave().catch(unlessTrouble);
    await this.#pool.close();
  }
}

/** @param mark under which they can be put right later */
async function addRefused(
  session: Session,
  day: number,
  reasons: Readonly<Record<string, number>>,
  mark: number | undefined,
): Promise<void> {
  const names = Object.keys(reasons).sort();
  const values = [day, names, names.map((name) => reasons[name])];
  await session.query(
    `INSERT INTO seldon_usage.refused AS r SELECT $1, g.* FROM unnest($2::text[], $3::bigint[]) AS g
      ON CONFLICT (day, reason) DO UPDATE SET count = r.count + excluded.count`,
    values,
  );
  if (mark === undefined) return;
  await session.query(
    `INSERT INTO seldon_usage.refused_marked AS r SELECT $4, $1, g.* FROM unnest($2::text[], $3::bigint[]) AS g
      ON CONFLICT (span, day, reason) DO UPDATE SET count = r.count + excluded.count`,
    [...values, mark],
  );
}

type TooOld = Readonly<Record<'received' | 'day', number>>;

/** @param already what was erased before */
async function discardAll(session: Session, before: TooOld, most: number, already: number): Promise<Discarded> {
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
