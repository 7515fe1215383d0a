import type {Values} from '../series.ts';
import {topicOf} from '../series-names.ts';
import {mostDrawn} from './palette.ts';
import type {Shown} from './shares.ts';

/** What a chart draws of a series: few enough values to tell apart; the table has all of them. */
export interface Drawn {
  readonly values: readonly Values[];
  /** Whether the values add up to something, so that they are stacked. */
  readonly isStacked: boolean;
}

/** Names of the values that are gathered when there are too many. */
const gathered = 'all others';

/** Chooses what is drawn. Gone clusters are none of the active ones and can't be stacked on them. */
export function drawnOf({name, values}: Shown): Drawn {
  const stackable = topicOf(name) === 'change' ? values.filter((value) => value.name !== 'gone') : values;
  return {values: gather(stackable), isStacked: stackable.length > 1 && topicOf(name) !== 'with'};
}

/** The largest ones by their newest numbers, in the order of the series, and the sum of the rest. */
function gather(values: readonly Values[]): readonly Values[] {
  if (values.length <= mostDrawn) return values;
  const weight = ({data}: Values) => data.reduce<number>((sum, value) => sum + (value ?? 0), 0);
  const largest = new Set([...values].sort((a, b) => weight(b) - weight(a)).slice(0, mostDrawn - 1));
  const rest = values.filter((value) => !largest.has(value));
  const data = values[0]!.data.map((_, i) => rest.reduce<number>((sum, value) => sum + (value.data[i] ?? 0), 0));
  return [...values.filter((value) => largest.has(value)), {name: gathered, data}];
}

/** Numbers as they lie on each other: each with all below it. */
export function stacked(values: readonly Values[]): (number | null)[][] {
  const sums = values[0]?.data.map(() => 0) ?? [];
  return values.map(({data}) =>
    data.map((value, i) => {
      sums[i]! += value ?? 0;
      return sums[i]!;
    }),
  );
}
