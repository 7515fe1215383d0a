import {uptime} from 'node:os';
import {type Clock, startClock} from './clock.ts';
import type {ResilientStore} from './resilient-store.ts';
import type {Accepted} from './store/contract.ts';

/** Reports that are dated anew in one transaction, so that others wait for milliseconds. */
const redatedAtOnce = 200;

/** Milliseconds of a clock that nobody sets. On Linux it goes on while the machine sleeps, which Node's own does not. */
const running = process.platform === 'linux' ? () => uptime() * 1000 : () => performance.now();

/** The clock of a store: dates what arrives, and puts right what it dated in doubt. */
export interface StoreClock {
  /** The time by which things are dated. */
  now(): number;
  /** Milliseconds by which the wall clock is ahead of it, while it is in doubt. */
  ahead(): number | undefined;
  /** The time by which things are too old; undefined while nothing may be erased. */
  erasable(): number | undefined;
  /** Reports as they are stored: with the time that is believed, and a mark while that is in doubt. */
  date(batch: readonly Accepted[]): readonly Accepted[];
  /** Writes into the store what the next run has to know. */
  keep(): Promise<void>;
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

  const look = () => {
    const seen = clock.look(Date.now(), running());
    if (seen.ahead !== undefined && !doubted) say(doubt(seen.ahead, seen.now));
    if (seen.ahead === undefined && doubted)
      say('The clock is believed again; reports that came meanwhile get their dates.');
    doubted = seen.ahead !== undefined;
    if (seen.shift !== undefined) void redate(store, clock, seen.shift);
    return seen;
  };
  const keep = async () => {
    look();
    await store.attempt((writer) => writer.keepClock(clock.record()));
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
    date(batch) {
      const {now, marked, ahead} = look();
      if (!marked) return batch;
      return batch.map((report) => ({...report, marked: true, ...(ahead === undefined ? {} : {received: now})}));
    },
    keep,
  };
}

/** In the background, between what arrives; goes on after a restart, since the shift is kept. */
async function redate(store: ResilientStore, clock: Clock, shift: number): Promise<void> {
  await store.attempt((writer) => writer.keepClock(clock.record()));
  for (;;) {
    const count = await store.attempt((writer) => writer.redate(shift, redatedAtOnce));
    // The store is in trouble: the next run, or the next look after it, goes on.
    if (count === undefined) await new Promise((resolve) => setTimeout(resolve, 1000).unref());
    else if (count === 0) break;
    else await new Promise((resolve) => setImmediate(resolve));
  }
  clock.redated();
  await store.attempt((writer) => writer.keepClock(clock.record()));
}

function doubt(ahead: number, now: number): string {
  const hours = Math.round(Math.abs(ahead) / 3_600_000);
  const much = hours >= 48 ? `${Math.round(hours / 24)} days` : `${hours} hours`;
  return `The clock of this machine is ${much} ${ahead > 0 ? 'ahead of' : 'behind'} the newest time in the store. Until it has run for 24 h without a step, nothing is erased, and reports are dated ${new Date(now).toISOString()} and on. If it is right: serve --trust-clock.`;
}
