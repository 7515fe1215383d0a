import {uptime} from 'node:os';
import {type Clock, startClock} from './clock.ts';
import {dayOf} from './periods.ts';
import type {ResilientStore} from './resilient-store.ts';
import type {Accepted} from './store/contract.ts';

/** Reports that are dated anew in one transaction, so that others wait for milliseconds. */
const redatedAtOnce = 100;

/** Milliseconds of a clock that nobody sets. On Linux it goes on while the machine sleeps, which Node's own does not. */
const running = process.platform === 'linux' ? () => uptime() * 1000 : () => performance.now();

/** The clock of a store: dates what arrives, and puts right what it dated in doubt. */
export interface StoreClock {
  /** The time by which things are dated. */
  now(): number;
  /** Milliseconds by which the wall clock is ahead of the time that is believed, while it is in doubt. */
  ahead(): number | undefined;
  /** The time by which things are too old; undefined while nothing may be erased. */
  erasable(): number | undefined;
  /**
   * Reports as they are stored: with the time that is believed, and the mark of its span while that is in doubt; undefined
   * if the store could not keep what the mark means.
   */
  date(batch: readonly Accepted[]): Promise<readonly Accepted[] | undefined>;
  /** The day that refused reports count for, and the mark of that; undefined as for `date`. */
  today(): Promise<{readonly day: number; readonly span?: number | undefined} | undefined>;
  /** Writes into the store what the next run has to know; false if the store is in trouble. */
  keep(): Promise<boolean>;
}

/**
 * Starts the clock of a store from what is kept there.
 *
 * @param trust whether the user says that the wall clock is right
 * @param say is given lines for a log
 */
export async function storeClock(
  store: ResilientStore,
  {trust, say}: {trust: boolean; say: (line: string) => void},
): Promise<StoreClock> {
  const kept = await store.attempt((writer) => writer.clock());
  const newest = await store.attempt((writer) => writer.newest());
  const clock = startClock(kept, newest, {wall: Date.now(), mono: running(), trust});
  let doubted = false;
  let redating = false;

  const save = async (): Promise<boolean> => {
    const record = clock.record();
    const saved = await store.attempt(async (writer) => {
      await writer.keepClock(record);
      return true;
    });
    if (saved) clock.kept();
    return saved ?? false;
  };
  const redate = async () => {
    redating = true;
    await redateAll(store, clock, save, say);
    redating = false;
  };
  const look = () => {
    const seen = clock.look(Date.now(), running());
    if (seen.ahead !== undefined && !doubted) say(doubt(seen.ahead, seen.now));
    if (seen.ahead === undefined && doubted)
      say('The clock is believed again; reports that came meanwhile get their dates.');
    doubted = seen.ahead !== undefined;
    if (!redating && clock.due().length > 0) void redate();
    return seen;
  };
  /** A mark means nothing without the span that it names: that is kept before. */
  const mayMark = async () => !clock.isChanged() || (await save());
  const keep = () => {
    look();
    return save();
  };
  look();
  await keep();
  return {
    now: () => look().now,
    ahead: () => look().ahead,
    erasable() {
      const {settled, erasing} = look();
      return settled ? erasing : undefined;
    },
    async date(batch) {
      const {now, span, held, ahead} = look();
      if (span === undefined) return batch;
      if (!(await mayMark())) return undefined;
      return batch.map((report) => ({
        ...report,
        span,
        ...(held ? {held} : {}),
        ...(ahead === undefined ? {} : {received: now}),
      }));
    },
    async today() {
      const {now, span} = look();
      const day = dayOf(now);
      if (span === undefined) return {day};
      return (await mayMark()) ? {day, span} : undefined;
    },
    keep,
  };
}

/**
 * Puts right what is due, in the background, between what arrives; goes on after a restart, since the spans are kept.
 *
 * @param save keeps the clock's record; false if the store is in trouble
 */
async function redateAll(
  store: ResilientStore,
  clock: Clock,
  save: () => Promise<boolean>,
  say: (line: string) => void,
): Promise<void> {
  // Else a kill in between would have the rest moved by another time.
  while (!(await save())) await pause(1000);
  let damaged = 0;
  const seen = (count: number) => {
    damaged += count;
  };
  for (let span = clock.due()[0]; span; span = clock.due()[0]) {
    const count = await store.attempt((writer) => writer.redate(span!, redatedAtOnce, seen));
    // The store is in trouble: it goes on when that is over.
    if (count === undefined) await pause(1000);
    else if (count > 0) await pause(0);
    else {
      clock.redated(span.id);
      await save();
    }
  }
  if (damaged > 0)
    say(
      `The store is damaged: ${damaged} of the reports that got their dates can't be read any more, and count on the days that they had. seldon-usage serve check says more.`,
    );
}

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    if (milliseconds > 0) setTimeout(resolve, milliseconds).unref();
    else setImmediate(resolve);
  });
}

function doubt(ahead: number, now: number): string {
  const hours = Math.round(Math.abs(ahead) / 3_600_000);
  const much = hours >= 48 ? `${Math.round(hours / 24)} days` : `${hours} hours`;
  return `The clock of this machine is ${much} ${ahead > 0 ? 'ahead of' : 'behind'} the newest time in the store. Until it has run for 24 h without a step, nothing is erased, and reports are dated ${new Date(now).toISOString()} and on. If it is right: serve --trust-clock.`;
}
