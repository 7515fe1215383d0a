import {type Kind, kinds} from './kinds.ts';
import type {Cell} from './store/contract.ts';

/** What engines and questions do with the cells of a period (contract.ts says what those are). */

/** Name of the cell of unranked clusters; kept apart from `other`, so that it hides no small group that is folded there. */
export const unranked = 'unranked';

/** Values of one dimension and period that are kept apart: a flood of invented versions must not grow for good. */
export const mostValues = 200;

/** The cells of one dimension and period, the least of them in one where there are too many. */
function capped(all: readonly Cell[]): Cell[] {
  const apart = all.filter(({value}) => value === unranked);
  const cells = all.filter(({value}) => value !== unranked);
  if (cells.length <= mostValues) return [...cells, ...apart];
  cells.sort((a, b) => b.clusters - a.clusters);
  const rest = cells.splice(mostValues - 1);
  const own = cells.find(({value}) => value === 'other');
  const folded = [...(own ? [own] : []), ...rest].reduce((a, b) => ({...sum(a, b), value: 'other'}));
  return [...cells.filter((cell) => cell !== own), folded, ...apart];
}

/**
 * The cells that are kept of a period, from those of the clusters in it: with the clusters that are gone, and capped.
 *
 * @param before clusters of the period before
 */
export function keptCells(
  {dimensions, counted}: Pick<Kind, 'dimensions' | 'counted'>,
  cells: readonly Cell[],
  before: number,
): Cell[] {
  const staying = cells.find(({dimension, value}) => dimension === 'change' && value === 'staying');
  const gone = before - (staying?.clusters ?? 0);
  const nothing = Object.fromEntries(counted.map((name) => [name, 0])) as Record<string, number>;
  const all = gone > 0 ? [...cells, {...nothing, dimension: 'change', value: 'gone', clusters: gone} as Cell] : cells;
  return dimensions.flatMap((dimension) => capped(all.filter((one) => one.dimension === dimension)));
}

const everything = new Set(Object.values(kinds).flatMap(({counted}) => counted));

/** One cell that counts what two of its kind count. */
export function sum<T extends Cell>(a: T, b: Cell): T {
  return {
    ...a,
    ...Object.fromEntries([...everything].filter((name) => name in a).map((name) => [name, a[name]! + (b[name] ?? 0)])),
  };
}
