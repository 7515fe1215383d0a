/** What figures are counted over. All calendar arithmetic is in UTC; a day is its number since 1970-01-01. */
export const grains = ['day', 'week', 'month'] as const;
export type Grain = (typeof grains)[number];

export const millisecondsADay = 86_400_000;
/** Sets a week to start on Monday, as ISO 8601 does: 1970-01-01 was a Thursday. */
const thursday = 3;

/** The day of a time in milliseconds since the epoch. */
export function dayOf(milliseconds: number): number {
  return Math.floor(milliseconds / millisecondsADay);
}

/** First day of the period that holds `day`; it is what a period is called by. */
export function periodOf(grain: Grain, day: number): number {
  if (grain === 'day') return day;
  if (grain === 'week') return day - ((((day + thursday) % 7) + 7) % 7);
  const date = new Date(day * millisecondsADay);
  return dayOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1));
}

/** First day of the period `steps` after the one that begins with `period`; negative steps go back. */
export function movePeriod(grain: Grain, period: number, steps: number): number {
  if (grain === 'day') return period + steps;
  if (grain === 'week') return period + 7 * steps;
  const date = new Date(period * millisecondsADay);
  return dayOf(Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + steps, 1));
}

/** Last day of the period that begins with `period`. */
export function lastDayOf(grain: Grain, period: number): number {
  return movePeriod(grain, period, 1) - 1;
}

/** The day as `2026-11-22`. */
export function isoDay(day: number): string {
  return new Date(day * millisecondsADay).toISOString().slice(0, 10);
}

/** The day of `2026-11-22`; undefined if it is no such date. */
export function parseDay(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const day = dayOf(Date.parse(`${text}T00:00:00Z`));
  return Number.isNaN(day) || isoDay(day) !== text ? undefined : day;
}
