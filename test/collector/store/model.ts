import {unranked} from '../../../src/collector/cells.ts';
import {sizes} from '../../../src/collector/columns.ts';
import {type Facts, type Kind, seenOn} from '../../../src/collector/kinds.ts';
import {type Grain, lastDayOf, movePeriod} from '../../../src/collector/periods.ts';
import type {Cell} from '../../../src/collector/store/contract.ts';

/** The definition of a period's cells (contract.ts) in the simplest form that says it. Slow, and kept apart from all engines. */

/** A report as it counts, in the order of arrival. */
export interface Known {
  readonly cluster: string;
  day: number;
  readonly facts: Facts;
  /** Its cluster was not admitted when it was new. */
  readonly isBeyond: boolean;
}

/** The cells of a period of a kind, of which all reports are, each as a line, sorted. */
export function cellsOf(
  {amounts, few, flags, words, told, sums: names}: Kind,
  reports: readonly Known[],
  grain: Grain,
  period: number,
): string[] {
  const rowsIn = (first: number, last: number) => {
    const rows = new Map<string, Known>();
    for (const report of reports) if (report.day >= first && report.day <= last) rows.set(report.cluster, report);
    return rows;
  };
  const rows = rowsIn(period, lastDayOf(grain, period));
  const before = rowsIn(movePeriod(grain, period, -1), period - 1);
  const cells = new Map<string, Record<string, number>>();
  const add = (cell: string, amount: (name: string) => number) => {
    const sums = cells.get(cell) ?? {};
    cells.set(cell, sums);
    for (const name of ['clusters', ...names]) sums[name] = (sums[name] ?? 0) + amount(name);
  };
  for (const [cluster, {facts, isBeyond}] of rows) {
    const days = reports.filter((one) => one.cluster === cluster).map(({day}) => day);
    const first = Math.min(...days);
    const isUnranked = isBeyond && first === Math.max(...days);
    const amount = (name: string) => {
      if (name === 'clusters') return 1;
      if (flags.includes(name)) return Number(facts[name]);
      if (isUnranked) return 0;
      return amounts.includes(name)
        ? Number(facts[name])
        : Number(few.some((one) => `with_${one}` === name && Number(facts[one]) > 0));
    };
    const value = (name: string) => (isUnranked ? unranked : String(facts[name]));
    add('all ', amount);
    add(`change ${first >= period ? 'new' : before.has(cluster) ? 'staying' : 'returning'}`, amount);
    for (const name of words) add(`${name} ${value(name)}`, amount);
    const size = sizes.find(([, most]) => Number(facts.nodes) <= most)?.[0];
    const seen = first === Math.max(...days) ? seenOn.one : seenOn.several;
    if (told.includes('size')) add(`size ${isUnranked ? unranked : size}`, amount);
    if (told.includes('seen')) add(`seen ${isUnranked ? unranked : seen}`, amount);
  }
  const gone = [...before.keys()].filter((cluster) => !rows.has(cluster)).length;
  if (rows.size > 0 && gone > 0) add('change gone', (name) => (name === 'clusters' ? gone : 0));
  return [...cells].map(([cell, sums]) => `${cell} ${JSON.stringify(sums)}`).sort();
}

/** Cells of a store in the same form. */
export function lines({sums: names}: Kind, cells: readonly Cell[]): string[] {
  return cells
    .map((cell) => {
      const sums = Object.fromEntries(['clusters', ...names].map((name) => [name, cell[name as 'clusters']]));
      return `${cell.dimension} ${cell.value} ${JSON.stringify(sums)}`;
    })
    .sort();
}
