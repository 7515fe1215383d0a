import {type ClockRecord, parseSpans} from '../../clock.ts';
import type {Session, Sessions} from './sessions.ts';

/*
 * Each process that writes has a clock of its own, and its record in a slot of its own: what one of them knows of its
 * spans, another one must not overwrite. The marks of its spans have the slot in their number, so that two processes with
 * a span 1 are kept apart. A process that starts goes on from what a process that ended has left, marks and all; if it
 * finds none, from the times that are trusted already.
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
  /** The number under which the marks of a span are kept. */
  mark(span: number): Promise<number>;
  /** Leaves it to the next process that starts. */
  leave(): Promise<void>;
}

const limits = {statement: 10_000} as const;

export function clockSlot(pool: Sessions): ClockSlot {
  let slot: number | undefined;

  const own = async (): Promise<number> => {
    slot ??= (await pool.alone(make))[0]!.slot as number;
    return slot;
  };
  const make = (session: Session) =>
    session.query('INSERT INTO seldon_usage.clock (seen, kept) VALUES (clock_timestamp(), NULL) RETURNING slot');
  return {
    read: () =>
      pool.transaction(
        async (session) => {
          if (slot !== undefined) {
            const [mine] = await session.query('SELECT kept FROM seldon_usage.clock WHERE slot = $1', [slot]);
            return recordOf(mine?.kept as Kept | null | undefined);
          }
          const [left] = await session.query(
            `UPDATE seldon_usage.clock SET seen = clock_timestamp() WHERE slot = (
              SELECT slot FROM seldon_usage.clock
              WHERE kept IS NOT NULL AND seen < clock_timestamp() - make_interval(secs => $1)
              ORDER BY (kept->>'marks')::boolean DESC, seen DESC LIMIT 1 FOR UPDATE SKIP LOCKED)
            RETURNING slot, kept`,
            [abandoned],
          );
          if (left) {
            slot = left.slot as number;
            return recordOf(left.kept as Kept);
          }
          // A record without spans: those of a process that runs are its own.
          const [known] = await session.query(
            `SELECT kept FROM seldon_usage.clock WHERE kept IS NOT NULL
              ORDER BY kept->>'state' = 'settled' DESC, (kept->>'trusted')::bigint DESC LIMIT 1`,
          );
          const record = recordOf(known?.kept as Kept | undefined);
          return record && {...record, open: [], due: [], spans: 0};
        },
        {limits},
      ),
    async keep({trusted, floor, wall, observed, credit, state, open, due, spans}) {
      const mine = await own();
      await pool.transaction(
        async (session) => {
          const [a, b, c, d, e] = [trusted, floor, wall, observed, credit].map(Math.round);
          const kept = {
            trusted: a,
            floor: b,
            wall: c,
            observed: d,
            credit: e,
            state,
            spans: JSON.stringify({open, due, spans}),
          };
          await session.query('UPDATE seldon_usage.clock SET seen = clock_timestamp(), kept = $2 WHERE slot = $1', [
            mine,
            JSON.stringify({...kept, marks: open.length + due.length > 0}),
          ]);
        },
        {limits},
      );
    },
    mark: async (span) => (await own()) * spansOfSlot + span,
    async leave() {
      if (slot === undefined) return;
      await pool.alone((session) =>
        session.query("UPDATE seldon_usage.clock SET seen = '-infinity' WHERE slot = $1", [slot]),
      );
    },
  };
}

function recordOf(kept: Kept | null | undefined): ClockRecord | undefined {
  if (!kept) return undefined;
  const {trusted, floor, wall, observed, credit, state, spans} = kept;
  return {trusted, floor, wall, observed, credit, state, ...parseSpans(spans)};
}
