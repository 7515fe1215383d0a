import {randomInt} from 'node:crypto';
import {believable, type ClockRecord, parseSpans} from '../../clock.ts';
import {StoreTrouble} from '../trouble.ts';
import {passGate, requireNoImport} from './lease.ts';
import type {Session, Sessions} from './sessions.ts';

/*
 * Each process that writes has a clock of its own, and its record in a slot of its own: what one of them knows of its
 * spans, another one must not overwrite. The marks of its spans have the slot in their number, so that two processes with
 * a span 1 are kept apart. A process that starts goes on from what a process that ended has left, marks and all; if it
 * finds none, from the times that are trusted already.
 *
 * A process that stood still for minutes looks as if it had ended, and another one may go on with its slot. So a slot has an
 * owner, whoever took it last; one that finds itself no longer the owner writes nothing by it any more, and takes a new slot.
 */

/** Seconds after which a slot that nobody kept is taken for one whose process has ended; it is kept each minute. */
const abandoned = 150;
/** Spans of a slot. */
export const spansOfSlot = 2 ** 20;

export type Kept = Omit<ClockRecord, 'open' | 'due' | 'spans'> & {readonly spans: string};

/** The clock's record of one writer. */
export interface ClockSlot {
  read(): Promise<ClockRecord | undefined>;
  keep(record: ClockRecord): Promise<void>;
  /**
   * Takes the clock of another store, within a transaction of an import; the marks of its spans follow it. An import goes on with the
   * slot that it was begun with, whichever process that was.
   *
   * @returns the numbers under which marks are kept; 0 stays 0
   */
  takeIn(session: Session, record: ClockRecord | undefined): Promise<(span: number) => number>;
  /** The number under which the marks of a span are kept. */
  mark(span: number): Promise<number>;
  /**
   * Makes sure, within a transaction that holds the gate, that marks of this slot are still this process's.
   *
   * @throws {StoreTrouble} if another one goes on with them
   */
  requireOwn(session: Session): Promise<void>;
  /** Whether a process that runs, and trusts its clock, has a time that is behind this one's by more than is believable. */
  isAhead(session: Session): Promise<boolean>;
  /** Leaves it to the next process that starts. */
  leave(): Promise<void>;
  /** Takes it back, where nobody else has taken it since. */
  renew(): Promise<void>;
}

/** Whose slot it is, beyond the connections of one writer. */
export interface Owner {
  readonly id: number;
  slot?: number;
  /** What was kept last: a new slot has it from the start, or its marks would mean nothing to who comes after. */
  last?: Kept & {readonly marks: boolean};
}

export function newOwner(): Owner {
  return {id: randomInt(2 ** 47)};
}

const limits = {statement: 10_000} as const;

export function clockSlot(pool: Sessions, owner: Owner): ClockSlot {
  let making: Promise<number> | undefined;

  const own = async (): Promise<number> => {
    if (owner.slot !== undefined) return owner.slot;
    making ??= pool.alone(make).finally(() => {
      making = undefined;
    });
    return making;
  };
  const make = async (session: Session) => {
    const [made] = await session.query(
      'INSERT INTO seldon_usage.clock (seen, kept, owner) VALUES (clock_timestamp(), $1, $2) RETURNING slot',
      [owner.last ? JSON.stringify(owner.last) : null, owner.id],
    );
    owner.slot = made!.slot as number;
    return owner.slot;
  };
  const setSeen = async (time: string) => {
    if (owner.slot === undefined) return;
    await pool.alone((session) =>
      session.query(`UPDATE seldon_usage.clock SET seen = ${time} WHERE slot = $1 AND owner = $2`, [
        ...[owner.slot, owner.id],
      ]),
    );
  };
  const lost = (): never => {
    delete owner.slot;
    throw new StoreTrouble('this process stood still and another one took over its clock; it starts a new one');
  };
  return {
    read: () => pool.transaction((session) => ownOrLeft(session, owner), {limits}),
    async keep(record) {
      owner.last = keptOf(record);
      const mine = await own();
      const kept = await pool.transaction(
        async (session) => {
          await requireNoImport(session);
          return session.query(
            'UPDATE seldon_usage.clock SET seen = clock_timestamp(), kept = $2 WHERE slot = $1 AND owner = $3 RETURNING 1',
            [mine, JSON.stringify(owner.last), owner.id],
          );
        },
        {limits, begin: passGate},
      );
      if (kept.length === 0) lost();
    },
    async takeIn(session, record) {
      if (record) owner.last = keptOf(record);
      const [there] = await session.query(
        'SELECT slot FROM seldon_usage.clock WHERE kept IS NOT NULL OR slot = $1 ORDER BY kept IS NULL, slot LIMIT 1',
        [owner.slot ?? null],
      );
      const slot = (there?.slot as number | undefined) ?? (await make(session));
      owner.slot = slot;
      await session.query(
        'UPDATE seldon_usage.clock SET seen = clock_timestamp(), owner = $2, kept = coalesce($3::jsonb, kept) WHERE slot = $1',
        [slot, owner.id, record ? JSON.stringify(owner.last) : null],
      );
      const first = slot * spansOfSlot;
      return (span) => (span === 0 ? 0 : first + span);
    },
    mark: async (span) => (await own()) * spansOfSlot + span,
    async requireOwn(session) {
      const mine = await session.query('SELECT 1 FROM seldon_usage.clock WHERE slot = $1 AND owner = $2', [
        owner.slot,
        owner.id,
      ]);
      if (mine.length === 0) lost();
    },
    async isAhead(session) {
      const others = await session.query(
        `SELECT 1 FROM seldon_usage.clock mine JOIN seldon_usage.clock other ON other.slot <> mine.slot
          WHERE mine.slot = $1 AND other.kept->>'state' = 'settled'
            AND other.seen > clock_timestamp() - make_interval(secs => $2)
            AND ${offsetOf('mine')} - ${offsetOf('other')} > $3 LIMIT 1`,
        [owner.slot, abandoned, believable],
      );
      return others.length > 0;
    },
    leave: () => setSeen("'-infinity'"),
    renew: () => setSeen('clock_timestamp()'),
  };
}

/** The record of the slot that is owned, or of one that is taken now; where there is none, what others know. */
async function ownOrLeft(session: Session, owner: Owner): Promise<ClockRecord | undefined> {
  if (owner.slot !== undefined) {
    const [mine] = await session.query('SELECT kept FROM seldon_usage.clock WHERE slot = $1', [owner.slot]);
    return recordOf(mine?.kept as Kept | null | undefined);
  }
  const [left] = await session.query(
    `UPDATE seldon_usage.clock SET seen = clock_timestamp(), owner = $2 WHERE slot = (
      SELECT slot FROM seldon_usage.clock
      WHERE kept IS NOT NULL AND seen < clock_timestamp() - make_interval(secs => $1)
      ORDER BY (kept->>'marks')::boolean DESC, seen DESC LIMIT 1 FOR UPDATE SKIP LOCKED)
    RETURNING slot, kept`,
    [abandoned, owner.id],
  );
  if (!left) return knownToOthers(session);
  owner.slot = left.slot as number;
  return recordOf(left.kept as Kept);
}

/**
 * A record without spans: those of a process that runs are its own. Of several clocks the one that agrees best with the database's
 * is believed, not the one that is ahead.
 */
async function knownToOthers(session: Session): Promise<ClockRecord | undefined> {
  const [known] = await session.query(
    `SELECT kept FROM seldon_usage.clock WHERE kept IS NOT NULL
      ORDER BY kept->>'state' = 'settled' DESC, abs(${offsetOf('clock')}) LIMIT 1`,
  );
  const record = recordOf(known?.kept as Kept | undefined);
  return record && {...record, open: [], due: [], spans: 0};
}

/** Milliseconds by which a trusted time was ahead of the database's clock when it was kept. */
function offsetOf(table: string): string {
  return `((${table}.kept->>'trusted')::bigint - extract(epoch FROM ${table}.seen) * 1000)`;
}

function keptOf({
  trusted,
  floor,
  wall,
  observed,
  credit,
  state,
  open,
  due,
  spans,
}: ClockRecord): NonNullable<Owner['last']> {
  const [a, b, c, d, e] = [trusted, floor, wall, observed, credit].map(Math.round);
  const times = {trusted: a!, floor: b!, wall: c!, observed: d!, credit: e!};
  return {...times, state, spans: JSON.stringify({open, due, spans}), marks: open.length + due.length > 0};
}

function recordOf(kept: Kept | null | undefined): ClockRecord | undefined {
  if (!kept) return undefined;
  const {trusted, floor, wall, observed, credit, state, spans} = kept;
  return {trusted, floor, wall, observed, credit, state, ...parseSpans(spans)};
}
