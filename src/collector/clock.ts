import {millisecondsADay} from './periods.ts';

/**
 * Which time is it? A collector erases what is old, and a wall clock that is two years ahead for three seconds (a battery, a
 * virtual machine before its first synchronisation) would have it erase everything. So the wall clock is believed where it
 * agrees with the newest time that is trusted, carried on by a clock that can't be set; or after a day without a step. Until
 * then things are dated by the carried time, marked, and nothing is erased. A step of some hours is believed for dates, where
 * it does little harm, but not for erasing: nothing is too old by it before the day is over.
 *
 * What was dated by one clock makes a span, with a number that its marks have: all of it is off by the same time, its shift,
 * which is known once a clock is believed. A new store trusts no time yet, and all that it has is moved along when its clock
 * is set: there an hour is enough, and no time at all where the first clock was before this program was written.
 */

/**
 * Milliseconds by which a clock may step without a doubt, in all within a day: a night without power, a suspended machine. So much
 * may two clocks of one store differ, too.
 */
export const believable = millisecondsADay;
/** Milliseconds by which a clock may be ahead and things be too old by it at once. */
const slight = 10 * 60_000;
/** Milliseconds without a step after which a wall clock is believed. */
const proof = millisecondsADay;
/** The same in a store that has no trusted time: nothing in it can be too old by mistake. */
const proofOfFresh = 3_600_000;
/** No clock that is before this is right: there was no such collector. */
const written = Date.UTC(2026, 10, 1);
/** Milliseconds between two looks that are a step; corrections of a running clock are slower. */
const step = 60_000;
/** Dates that are off by less stay as they are. */
const smallest = 3_600_000;

/** What was dated by one clock. */
export interface Span {
  readonly id: number;
  /** Milliseconds to be added to its dates; of an open one, as far as that is known: against the last span. */
  readonly shift: number;
}

/** What the store keeps of the clock between two runs. Times in milliseconds since the epoch. */
export interface ClockRecord {
  /** The newest trusted time; the first clock, carried on, while none is trusted. */
  readonly trusted: number;
  /** The time by which things were too old. */
  readonly floor: number;
  /** What the wall clock said then. */
  readonly wall: number;
  /** Milliseconds that it has run without a step. */
  readonly observed: number;
  /** Milliseconds of steps that are still believed. */
  readonly credit: number;
  /** `fresh`: no time was trusted yet. */
  readonly state: 'settled' | 'fresh' | 'doubted';
  /** Spans whose shift is not known yet, oldest first; the last one is in use. */
  readonly open: readonly Span[];
  /** Spans whose dates are being put right. */
  readonly due: readonly Span[];
  /** Highest number of a span so far. */
  readonly spans: number;
}

/** What a look at the clocks brings. */
export interface Look {
  /** The time by which things are dated now. */
  readonly now: number;
  /** The span that what is dated now must be marked with; undefined: its date is certain. */
  readonly span?: number | undefined;
  /** Besides, the date is likely to be another: the clock stepped, or is before this program was written. */
  readonly held?: true;
  /** Whether something may be erased because of its age. */
  readonly settled: boolean;
  /** The time by which things are too old; never after `now`. */
  readonly erasing: number;
  /** By how much the wall clock is ahead of the time that was believed, while it is in doubt. */
  readonly ahead?: number | undefined;
}

export interface Clock {
  /**
   * @param wall `Date.now()`
   * @param mono milliseconds of a clock that can't be set
   */
  look(wall: number, mono: number): Look;
  record(): ClockRecord;
  /** Whether something changed that the store must keep before it takes another mark. */
  isChanged(): boolean;
  /** The store has the last record. */
  kept(): void;
  /** Spans whose dates are to be put right. */
  due(): readonly Span[];
  /** A span has its dates. */
  redated(id: number): void;
}

/**
 * A clock that goes on from what the store knows.
 *
 * @param newest newest time of a report that is not marked; undefined where there is none
 * @param trust whether the user says that the wall clock is right
 */
export function startClock(
  kept: ClockRecord | undefined,
  newest: number | undefined,
  {wall, mono, trust}: {wall: number; mono: number; trust: boolean},
): Clock {
  const known = kept ? Math.max(kept.trusted, newest ?? 0) : newest;
  let state: ClockRecord['state'] = kept?.state ?? (known === undefined ? 'fresh' : 'settled');
  let anchor = {time: known ?? wall, mono};
  let floor = {time: kept?.floor ?? newest ?? wall, mono};
  let last = {wall, mono};
  /** Milliseconds between the two runs, by the wall clock. */
  const gap = kept ? wall - kept.wall : 0;
  // A restart is no step of the clock, if the clock went on as it does.
  const goesOn = kept !== undefined && gap > -step && gap < believable;
  let observed = goesOn ? kept.observed : 0;
  let credit = kept?.credit ?? believable;
  let open: Span[] = [...(kept?.open ?? [])];
  let due: Span[] = [...(kept?.due ?? [])];
  let spans = kept?.spans ?? 0;
  let changed = true;

  const shiftOpen = (by: number) => {
    open = open.map(({id, shift}) => ({id, shift: Math.round(shift + by)}));
  };
  const newSpan = () => {
    open.push({id: ++spans, shift: 0});
    changed = true;
  };
  /** From now on the wall clock is right; `shift`: by how much the last span is off. */
  const believe = (time: number, at: number, shift: number) => {
    shiftOpen(shift);
    // The carried time only ever lacks the time that nothing ran: an earlier span is off by less than the last one.
    const within = (one: number) => Math.min(Math.max(one, Math.min(0, shift)), Math.max(0, shift));
    const final = (one: number) => (Math.abs(within(one)) < smallest ? 0 : within(one));
    due.push(...open.map(({id, shift}) => ({id, shift: final(shift)})));
    open = [];
    state = 'settled';
    anchor = {time, mono: at};
    changed = true;
  };
  const settle = (time: number, at: number, shift: number) => {
    believe(time, at, shift);
    floor = anchor;
    credit = believable;
  };

  if (trust) {
    // By how much the clock was ahead when it last ran is known, if it went on since.
    const wentOn = state !== 'settled' && gap > -step;
    settle(wall, mono, wentOn ? kept!.wall - kept!.trusted : 0);
  } else if (state !== 'settled') {
    const ahead = wall - anchor.time;
    if (ahead > -step && ahead <= credit) {
      // As after any other night without power.
      credit -= Math.max(0, ahead);
      if (state === 'fresh') anchor = {time: wall, mono};
      else believe(wall, mono, 0);
    } else if (gap >= 0 && gap <= step) {
      anchor = {time: anchor.time + gap, mono};
    } else {
      // The carried time stood still meanwhile: what came before lacks that much less. A longer time may be none at all but a
      // clock that was set, and no date may become too old by that.
      shiftOpen(goesOn ? -Math.max(0, gap) : 0);
      newSpan();
    }
  }
  if (state !== 'settled' && open.length === 0) newSpan();

  return {
    look(wall, mono) {
      observed += mono - last.mono;
      if (Math.abs(wall - last.wall - (mono - last.mono)) > step) observed = 0;
      last = {wall, mono};
      const ahead = wall - (anchor.time + (mono - anchor.mono));
      if (observed >= proof) credit = believable;
      if (state === 'settled') {
        if (Math.abs(ahead) <= credit) {
          if (Math.abs(ahead) > step) credit -= Math.abs(ahead);
          anchor = {time: wall, mono};
        } else {
          state = 'doubted';
          newSpan();
        }
      } else if (state === 'fresh') {
        const isNew = wall - ahead < written && wall >= written;
        if (isNew || observed >= (Math.abs(ahead) > step ? proofOfFresh : proof)) settle(wall, mono, ahead);
      } else if (Math.abs(ahead) <= step) settle(wall, mono, 0);
      else if (observed >= proof) settle(wall, mono, ahead);
      const isSettled = state === 'settled';
      const off = isSettled || Math.abs(ahead) <= step ? 0 : ahead;
      const now = off === 0 ? wall : wall - off;
      // A clock that is behind takes nothing back: what is too old by a trusted time stays so.
      const near = Math.abs(wall - floor.time - (mono - floor.mono)) <= slight;
      if (isSettled && (near || observed >= proof)) floor = {time: wall, mono};
      return {
        now,
        erasing: Math.min(now, floor.time + (mono - floor.mono)),
        ...(isSettled ? {} : {span: open.at(-1)!.id}),
        ...(!isSettled && (state === 'doubted' || off !== 0 || now < written) ? {held: true as const} : {}),
        // The first clock of a store is carried on from the start: nothing can be too old by mistake while it is not set.
        settled: off === 0 && due.length === 0,
        ...(off === 0 ? {} : {ahead: off}),
      };
    },
    isChanged: () => changed,
    due: () => due,
    redated(id) {
      due = due.filter((span) => span.id !== id);
      changed = true;
    },
    kept() {
      changed = false;
    },
    record: () => ({
      trusted: anchor.time + (last.mono - anchor.mono),
      floor: floor.time + (last.mono - floor.mono),
      wall: last.wall,
      ...{observed, credit, state, open, due, spans},
    }),
  };
}

/** The spans that a store keeps as text; none where it holds something else: anybody may have written it. */
export function parseSpans(text: string): Pick<ClockRecord, 'open' | 'due' | 'spans'> {
  try {
    const {open, due, spans} = JSON.parse(text) as ClockRecord;
    const sound = (list: readonly Span[]) =>
      Array.isArray(list) && list.every(({id, shift}) => Number.isSafeInteger(id) && Number.isSafeInteger(shift));
    if (sound(open) && sound(due) && Number.isSafeInteger(spans)) return {open, due, spans};
  } catch {
    // Told by the answer.
  }
  return {open: [], due: [], spans: 0};
}
