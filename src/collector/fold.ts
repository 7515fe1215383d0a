import {sum} from './cells.ts';
import type {Cell} from './store/contract.ts';

/** Name of the cell of what is folded. */
export const other = 'other';

/**
 * Folds cells of fewer than `least` clusters into `other`: at least two cells together, and until `other` itself has
 * `least` clusters, so that what is shown and the total of all cells tell no single small cell.
 *
 * @param cells the cells of one dimension and period; each cluster is in one of them
 * @returns undefined if all of them together are fewer than `least`: then nothing can be shown
 */
export function fold<T extends Cell>(cells: readonly T[], least: number): T[] | undefined {
  const present = cells.filter(({clusters}) => clusters > 0).sort((a, b) => b.clusters - a.clusters);
  if (present.every(({clusters}) => clusters >= least)) return present;
  if (present.reduce((total, {clusters}) => total + clusters, 0) < least) return undefined;
  // A real `other` is where small cells belong: it takes them up first.
  const own = present.filter(({value}) => value === other);
  const shown = present.filter(({value}) => value !== other);
  const folded: T[] = [];
  while (shown.length > 0 && shown.at(-1)!.clusters < least) folded.push(shown.pop()!);
  const all = () => [...own, ...folded];
  while (shown.length > 0 && (all().length < 2 || count(all()) < least)) folded.push(shown.pop()!);
  return [...shown, {...all().reduce((a, b) => sum(a, b)), value: other}];
}

function count(cells: readonly Cell[]): number {
  return cells.reduce((total, {clusters}) => total + clusters, 0);
}
