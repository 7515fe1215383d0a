import type {Retention} from './messages.ts';
import {dayOf} from './periods.ts';

/** What is too old at a time: reports received before `received`, rows of days before `day`. */
export function tooOld(now: number, keep: Retention): {received: number; day: number} {
  return {received: now - keep.reports, day: dayOf(now) - keep.days};
}
