/**
 * Which time is it? A collector erases what is old, and a wall clock that is two years ahead for three seconds (a battery, a
 * virtual machine before its first synchronisation) would have it erase everything. So the wall clock is believed where it
 * agrees with the newest time that is trusted, carried on by a clock that can't be set; or after a day without a step. Until
 * then things are dated by the carried time, marked, and nothing is erased. A step of some hours is believed for dates, where
 * it does little harm, but not for erasing: nothing is too old by it before the day is over.
 */

const day = 24 * 3_600_000;

/** Milliseconds by which a clock may step without a doubt, in all within a day: a night without power, a suspended machine. */
const believable = day;
/** Milliseconds by which a clock may be ahead and things be too old by it at once. */
const slight = 10 * 60_000;
/** Milliseconds without a step after which a wall clock is believed. */
const proof = day;
/** Milliseconds between two looks that are a step; corrections of a running clock are slower. */
const step = 60_000;
/** Dates that are off by less stay as they are. */
const smallest = 3_600_000;

/** What the store keeps of the clock between two runs. Times in milliseconds since the epoch. */
export interface ClockRecord {
  /** The newest trusted time. */
  readonly trusted: number;
  /** The time by which things were too old. */
  readonly floor: number;
  /** What the wall clock said then. */
  readonly wall: number;
  /** Milliseconds that it has run without a step. */
  readonly observed: number;
  /** Milliseconds of steps that are still believed. */
  readonly credit: number;
  /** `fresh`: the store has seen no other clock yet. */
  readonly state: 'settled' | 'fresh' | 'doubted';
  /** By how much the dates of marked reports are off, where they are being put right. */
  readonly shift?: number | undefined;
}

/** What a look at the clocks brings. */
export interface Look {
  /** The time by which things are dated now. */
  readonly now: number;
  /** Whether what is dated now must be marked. */
  readonly marked: boolean;
  /** Whether something may be erased because of its age. */
  readonly settled: boolean;
  /** The time by which things are too old; never after `now`. */
  readonly erasing: number;
  /** By how much the wall clock is ahead of the time that is believed, while it is in doubt. */
  readonly ahead?: number | undefined;
  /** Present once, when the clock is settled: by how much the dates of marked reports are off; 0: they stay. */
  readonly shift?: number | undefined;
}

export interface Clock {
  /**
   * @param wall `Date.now()`
   * @param mono milliseconds of a clock that can't be set
   */
  look(wall: number, mono: number): Look;
  record(): ClockRecord;
  /** Marked reports have their dates. */
  redated(): void;
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
  let anchor = {time: known ?? wall, mono};
  let floor = {time: kept?.floor ?? newest ?? wall, mono};
  let state: ClockRecord['state'] = kept?.state ?? (known === undefined ? 'fresh' : 'settled');
  let last = {wall, mono};
  // A restart is no step of the clock, if the clock went on as it does.
  const goesOn = kept !== undefined && wall > kept.wall - step && wall - kept.wall < believable;
  let observed = goesOn ? kept.observed : 0;
  let credit = goesOn || kept === undefined ? (kept?.credit ?? believable) : Math.min(kept.credit, believable);
  let pending = kept?.shift;
  let told = pending === undefined;

  const settle = (time: number, at: number, shift: number) => {
    state = 'settled';
    pending = (pending ?? 0) + (Math.abs(shift) < smallest ? 0 : shift);
    told = false;
    anchor = {time, mono: at};
    floor = anchor;
    credit = believable;
  };
  if (trust) {
    // How long nothing ran is unknown; by how much the clock was ahead when it last ran is not, if it went on since.
    const wentOn = kept?.state === 'doubted' && wall > kept.wall - step;
    settle(wall, mono, wentOn ? kept.wall - kept.trusted : 0);
  }

  return {
    look(wall, mono) {
      observed += mono - last.mono;
      if (Math.abs(wall - last.wall - (mono - last.mono)) > step) observed = 0;
      last = {wall, mono};
      const carried = anchor.time + (mono - anchor.mono);
      const ahead = wall - carried;
      if (observed >= proof) credit = believable;
      if (state === 'settled') {
        if (Math.abs(ahead) <= credit) {
          if (Math.abs(ahead) > step) credit -= Math.abs(ahead);
          anchor = {time: wall, mono};
        } else state = 'doubted';
      } else if (state === 'fresh') {
        if (Math.abs(ahead) > step) {
          state = 'doubted';
          observed = 0;
        } else if (observed >= proof) settle(wall, mono, 0);
      } else if (Math.abs(ahead) <= step) settle(wall, mono, 0);
      else if (observed >= proof) settle(wall, mono, ahead);
      const isSettled = state === 'settled';
      const now = isSettled ? wall : anchor.time + (mono - anchor.mono);
      // A clock that is behind takes nothing back: what is too old by a trusted time stays so.
      const near = Math.abs(wall - floor.time - (mono - floor.mono)) <= slight;
      if (isSettled && (near || observed >= proof)) floor = {time: wall, mono};
      const shift = isSettled && !told ? pending : undefined;
      if (shift !== undefined) told = true;
      return {
        now,
        erasing: Math.min(now, floor.time + (mono - floor.mono)),
        marked: !isSettled,
        // The first clock of a store is carried on from the start: nothing can be too old by mistake.
        settled: state !== 'doubted' && pending === undefined,
        ...(state === 'doubted' ? {ahead} : {}),
        ...(shift === undefined ? {} : {shift}),
      };
    },
    redated() {
      pending = undefined;
    },
    record: () => ({
      trusted: anchor.time + (last.mono - anchor.mono),
      floor: floor.time + (last.mono - floor.mono),
      wall: last.wall,
      observed,
      credit,
      state,
      ...(pending === undefined ? {} : {shift: pending}),
    }),
  };
}
