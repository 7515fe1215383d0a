import type {Retention} from './messages.ts';
import {dayOf} from './periods.ts';

/** Milliseconds that the clock may jump ahead before it is not believed. */
const believable = 24 * 3_600_000;

/**
 * The time by which things are too old, in milliseconds. A clock that jumps ahead while the program runs must not make
 * it erase a year of reports: beyond a day, the time that has passed since the start counts.
 *
 * @param elapsed milliseconds since the start by a clock that can't be set
 */
export function trustedNow(start: number, elapsed: number, now: number): number {
  return Math.min(now, start + elapsed + believable);
}

/** What is too old at a time: reports received before `received`, rows of days before `day`. */
export function tooOld(now: number, keep: Retention): {received: number; day: number} {
  return {received: now - keep.reports, day: dayOf(now) - keep.days};
}
