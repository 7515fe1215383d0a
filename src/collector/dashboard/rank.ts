import {topicOf} from '../series-names.ts';
import type {Shown} from './shares.ts';

/** A value of the newest period, and its length beside the largest one's, from 0 to 1. */
export interface Rank {
  readonly name: string;
  readonly value: number;
  readonly length: number;
}

/** Bars of a card; the table has all values. */
export const mostBars = 8;

/** Whether a question has one answer: there is nothing to rank. What is not counted in clusters or requests is added up. */
function isTotal({name, unit}: Pick<Shown, 'name' | 'unit'>): boolean {
  return ['active', 'clamped'].includes(topicOf(name)) || !['clusters', 'requests', '%'].includes(unit);
}

/**
 * The values of the newest period, largest first, which a stacked column does not show. Gone clusters are none of those
 * that report.
 */
export function rank({name, unit, values}: Pick<Shown, 'name' | 'unit' | 'values'>): Rank[] {
  if (isTotal({name, unit})) return [];
  const newest = values
    .filter((value) => topicOf(name) !== 'change' || value.name !== 'gone')
    .map(({name, data}) => ({name, value: data.at(-1) ?? 0}))
    .filter(({value}) => value > 0)
    .sort((a, b) => b.value - a.value);
  const most = newest[0]?.value ?? 0;
  return newest.map(({name, value}) => ({name, value, length: value / most}));
}
