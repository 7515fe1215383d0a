import {type Grain, grains, lastDayOf, movePeriod, periodOf} from './periods.ts';

/**
 * The periods to count anew after days changed: those that hold them, and the next ones, which compare with them.
 *
 * @param oldest first day of which every row is still kept: what began before can't be counted again and stays as it is
 */
export function affectedPeriods(
  days: readonly number[],
  today: number,
  oldest: number,
): {grain: Grain; period: number}[] {
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
