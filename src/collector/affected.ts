import {type Grain, grains, lastDayOf, movePeriod, periodOf} from './periods.ts';

/** By the length and the first day. */
export interface Period {
  readonly grain: Grain;
  readonly period: number;
}

export function nameOf({grain, period}: Period): string {
  return `${grain} ${period}`;
}

/**
 * The periods to count anew after days changed: those that hold them, and the next ones, which compare with them.
 *
 * @param oldest first day of which every row is still kept: what began before can't be counted again and stays as it is
 */
export function affectedPeriods(days: readonly number[], today: number, oldest: number): Period[] {
  return grains.flatMap((grain) => {
    const latest = Math.max(today, ...days);
    const periods = new Set<number>();
    for (const day of days) {
      const period = periodOf(grain, day);
      periods.add(period);
      const next = movePeriod(grain, period, 1);
      // The next one is there only if something of it has happened.
      if (next <= latest && lastDayOf(grain, period) < latest) periods.add(next);
    }
    return [...periods].filter((period) => period >= oldest).map((period) => ({grain, period}));
  });
}

/** The periods of which the clusters must be known: those that run or are affected, and those that they are compared with; by their names. */
export function neededPeriods(affected: readonly Period[], today: number): Map<string, Period> {
  const needed = new Map<string, Period>();
  const running = grains.map((grain) => ({grain, period: periodOf(grain, today)}));
  for (const {grain, period} of [...running, ...affected]) {
    for (const one of [period, movePeriod(grain, period, -1)])
      needed.set(nameOf({grain, period: one}), {grain, period: one});
  }
  return needed;
}
