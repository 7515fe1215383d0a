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

/** What the clocks say at the start, as for `look`. */
interface Start {
  readonly wall: number;
  readonly mono: number;
  /** Whether the user says that the wall clock is right. */
  readonly trust: boolean;
}

/**
 * A clock that goes on from what the store knows.
 *
 * @param newest newest time of a report that is not marked; undefined where there is none
 */
export function startClock(kept: ClockRecord | undefined, newest: number | undefined, start: Start): Clock {
  return new CarriedClock(kept, newest, start);
}

/** A time, and what the clock that can't be set said then. */
interface Anchor {
  readonly time: number;
  readonly mono: number;
}

class CarriedClock implements Clock {
  #state: ClockRecord['state'];
  /** The time that is believed, from which it is carried on. */
  #anchor: Anchor;
  /** The time by which things are too old. */
  #floor: Anchor;
  /** The last look. */
  #last: {readonly wall: number; readonly mono: number};
  #observed: number;
  #credit: number;
  #open: Span[];
  #due: Span[];
  #spans: number;
  #changed = true;

  constructor(kept: ClockRecord | undefined, newest: number | undefined, {wall, mono, trust}: Start) {
    const known = kept ? Math.max(kept.trusted, newest ?? 0) : newest;
    this.#state = kept?.state ?? (known === undefined ? 'fresh' : 'settled');
    this.#anchor = {time: known ?? wall, mono};
    this.#floor = {time: kept?.floor ?? newest ?? wall, mono};
    this.#last = {wall, mono};
    this.#credit = kept?.credit ?? believable;
    this.#open = [...(kept?.open ?? [])];
    this.#due = [...(kept?.due ?? [])];
    this.#spans = kept?.spans ?? 0;
    /** Milliseconds between the two runs, by the wall clock. */
    const gap = kept ? wall - kept.wall : 0;
    // A restart is no step of the clock, if the clock went on as it does.
    const goesOn = kept !== undefined && gap > -step && gap < believable;
    this.#observed = goesOn ? kept.observed : 0;
    if (trust) {
      // By how much the clock was ahead when it last ran is known, if it went on since.
      const wentOn = kept !== undefined && this.#state !== 'settled' && gap > -step;
      this.#settle({time: wall, mono}, wentOn ? kept.wall - kept.trusted : 0);
    } else if (this.#state !== 'settled') this.#goOn({time: wall, mono}, gap, goesOn);
    if (this.#state !== 'settled' && this.#open.length === 0) this.#newSpan();
  }

  /** Goes on in doubt after a restart. */
  #goOn(now: Anchor, gap: number, goesOn: boolean): void {
    const ahead = now.time - this.#anchor.time;
    if (ahead > -step && ahead <= this.#credit) {
      // As after any other night without power.
      this.#credit -= Math.max(0, ahead);
      if (this.#state === 'fresh') this.#anchor = now;
      else this.#believe(now, 0);
    } else if (gap >= 0 && gap <= step) {
      this.#anchor = {time: this.#anchor.time + gap, mono: now.mono};
    } else {
      // The carried time stood still meanwhile: what came before lacks that much less. A longer time may be none at all but a
      // clock that was set, and no date may become too old by that.
      this.#shiftOpen(goesOn ? -Math.max(0, gap) : 0);
      this.#newSpan();
    }
  }

  look(wall: number, mono: number): Look {
    const seen = {time: wall, mono};
    this.#observed += mono - this.#last.mono;
    if (Math.abs(wall - this.#last.wall - (mono - this.#last.mono)) > step) this.#observed = 0;
    this.#last = {wall, mono};
    const ahead = wall - carried(this.#anchor, mono);
    if (this.#observed >= proof) this.#credit = believable;
    this.#judge(seen, ahead);
    const isSettled = this.#state === 'settled';
    const off = isSettled || Math.abs(ahead) <= step ? 0 : ahead;
    const now = off === 0 ? wall : wall - off;
    // A clock that is behind takes nothing back: what is too old by a trusted time stays so.
    const near = Math.abs(wall - carried(this.#floor, mono)) <= slight;
    if (isSettled && (near || this.#observed >= proof)) this.#floor = seen;
    return {
      now,
      erasing: Math.min(now, carried(this.#floor, mono)),
      ...(isSettled ? {} : {span: this.#open.at(-1)!.id}),
      ...(!isSettled && (this.#state === 'doubted' || off !== 0 || now < written) ? {held: true as const} : {}),
      // The first clock of a store is carried on from the start: nothing can be too old by mistake while it is not set.
      settled: off === 0 && this.#due.length === 0,
      ...(off === 0 ? {} : {ahead: off}),
    };
  }

  /** Whether the wall clock is believed, by how much it is ahead of the time that was carried on. */
  #judge(seen: Anchor, ahead: number): void {
    if (this.#state === 'settled') {
      if (Math.abs(ahead) <= this.#credit) {
        if (Math.abs(ahead) > step) this.#credit -= Math.abs(ahead);
        this.#anchor = seen;
      } else {
        this.#state = 'doubted';
        this.#newSpan();
      }
    } else if (this.#state === 'fresh') {
      const isNew = seen.time - ahead < written && seen.time >= written;
      if (isNew || this.#observed >= (Math.abs(ahead) > step ? proofOfFresh : proof)) this.#settle(seen, ahead);
    } else if (Math.abs(ahead) <= step) this.#settle(seen, 0);
    else if (this.#observed >= proof) this.#settle(seen, ahead);
  }

  isChanged(): boolean {
    return this.#changed;
  }

  due(): readonly Span[] {
    return this.#due;
  }

  redated(id: number): void {
    this.#due = this.#due.filter((span) => span.id !== id);
    this.#changed = true;
  }

  kept(): void {
    this.#changed = false;
  }

  record(): ClockRecord {
    const {wall, mono} = this.#last;
    return {
      trusted: carried(this.#anchor, mono),
      floor: carried(this.#floor, mono),
      wall,
      observed: this.#observed,
      credit: this.#credit,
      state: this.#state,
      open: this.#open,
      due: this.#due,
      spans: this.#spans,
    };
  }

  #shiftOpen(by: number): void {
    this.#open = this.#open.map(({id, shift}) => ({id, shift: Math.round(shift + by)}));
  }

  #newSpan(): void {
    this.#open.push({id: ++this.#spans, shift: 0});
    this.#changed = true;
  }

  /** From now on the wall clock is right; `shift`: by how much the last span is off. */
  #believe(now: Anchor, shift: number): void {
    this.#shiftOpen(shift);
    // The carried time only ever lacks the time that nothing ran: an earlier span is off by less than the last one.
    const within = (one: number) => Math.min(Math.max(one, Math.min(0, shift)), Math.max(0, shift));
    const final = (one: number) => (Math.abs(within(one)) < smallest ? 0 : within(one));
    this.#due.push(...this.#open.map(({id, shift}) => ({id, shift: final(shift)})));
    this.#open = [];
    this.#state = 'settled';
    this.#anchor = now;
    this.#changed = true;
  }

  /** Besides, things may be too old by it at once. */
  #settle(now: Anchor, shift: number): void {
    this.#believe(now, shift);
    this.#floor = now;
    this.#credit = believable;
  }
}

/** What time it is by a time that was carried on. */
function carried({time, mono}: Anchor, now: number): number {
  return time + (now - mono);
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
