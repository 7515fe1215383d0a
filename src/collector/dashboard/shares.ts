import type {Series} from '../series.ts';
import {topicOf} from '../series-names.ts';

/** A series as it is shown: its numbers, or each number's part of its period. */
export interface Shown extends Omit<Series, 'unit'> {
  readonly unit: Series['unit'] | '%';
}

/** Questions whose cells are no parts of a whole: a cluster is in several of them, or in none. */
const noParts: readonly string[] = ['active', 'change', 'clamped', 'refused', 'with'];

/** Whether a cluster is in one cell of each period, so that a cell has a share: adoption of a version, for example. */
export function hasShares({name, unit}: Pick<Series, 'name' | 'unit'>): boolean {
  return unit === 'clusters' && !noParts.includes(topicOf(name));
}

/** The series with the share of every number in its period, in percent; as it is where it has none. */
export function inShares(series: Series): Shown {
  if (!hasShares(series)) return series;
  const sums = series.periods.map((_, i) => series.values.reduce((sum, {data}) => sum + (data[i] ?? 0), 0));
  const share = (value: number | null, i: number) =>
    value === null || sums[i] === 0 ? value : (value * 100) / sums[i]!;
  return {...series, unit: '%', values: series.values.map(({name, data}) => ({name, data: data.map(share)}))};
}
