import type {SeriesName} from '../series.ts';
import type {Shown} from './shares.ts';

/** A value of the newest period, and its length beside the largest one's, from 0 to 1. */
export interface Rank {
  readonly name: string;
  readonly value: number;
  readonly length: number;
}

/** Bars of a card; the table has all values. */
export const mostBars = 8;

/** Questions with one answer: there is nothing to rank. */
const totals: readonly SeriesName[] = ['active', 'nodes', 'cpu', 'memory', 'devices', 'clamped'];

/**
 * The values of the newest period, largest first, which a stacked column does not show. Gone clusters are none of those
 * that report.
 */
export function rank({name, values}: Pick<Shown, 'name' | 'values'>): Rank[] {
  if (totals.includes(name)) return [];
  const newest = values
    .filter((value) => name !== 'change' || value.name !== 'gone')
    .map(({name, data}) => ({name, value: data.at(-1) ?? 0}))
    .filter(({value}) => value > 0)
    .sort((a, b) => b.value - a.value);
  const most = newest[0]?.value ?? 0;
  return newest.map(({name, value}) => ({name, value, length: value / most}));
}
