import {getOrMake} from './get-or-make.ts';
import {type Grain, lastDayOf, movePeriod} from './periods.ts';
import type {Cell, ClusterDay, Dimension, State} from './store/contract.ts';

/** Name of the cell of unranked clusters; kept apart from `other`, so that it hides no small group that is folded there. */
export const unranked = 'unranked';

/** Buckets of cluster sizes in nodes: the largest number of nodes of each. */
const sizes: readonly (readonly [label: string, most: number])[] = [
  ['0', 0],
  ['1', 1],
  ['2–3', 3],
  ['4–10', 10],
  ['11–30', 30],
  ['31–100', 100],
  ['101–300', 300],
  ['301–1000', 1000],
  ['over 1000', Number.POSITIVE_INFINITY],
];

/** Labels of the size buckets, smallest first. */
export const sizeLabels: readonly string[] = sizes.map(([label]) => label);

/** Values of one dimension and period that are kept apart: a flood of invented versions must not grow for good. */
const mostValues = 200;

/**
 * Counts one period: every cluster once, by its last report in it. An unranked cluster counts as a cluster, its values as
 * `unranked`, its capacity not at all.
 *
 * @returns the cells of every dimension; none if no cluster reported
 */
export async function summarise(state: State, grain: Grain, period: number): Promise<Cell[]> {
  const last = lastDayOf(grain, period);
  const table = new Map<Dimension, Map<string, Mutable<Cell>>>();
  const before = await state.clusters(movePeriod(grain, period, -1), period - 1);
  const firstSeen = await state.firstSeen(period, last);
  const beyondBound = await state.unranked();
  const seen = await lastArrived(state, period, last);
  for (let day = last; day >= period; day--) {
    for await (const row of state.clusterDays(day)) {
      if (seen.get(row.cluster) !== day) continue;
      const ranked = beyondBound.has(row.cluster) ? unrankedRow(row) : row;
      count(table, ranked, firstSeen.has(row.cluster) ? 'new' : before.has(row.cluster) ? 'staying' : 'returning');
    }
  }
  if (seen.size === 0) return [];
  const gone = [...before].reduce((sum, cluster) => sum + (seen.has(cluster) ? 0 : 1), 0);
  if (gone > 0) table.get('change')!.set('gone', {...empty('change', 'gone'), clusters: gone});
  return [...table.values()].flatMap(capValues);
}

/** Each cluster with the day whose row arrived last: where a clock was set back that is not its latest day. */
async function lastArrived(state: State, first: number, last: number): Promise<Map<number, number>> {
  const days = new Map<number, number>();
  const arrivals = new Map<number, number>();
  for (let day = first; day <= last; day++) {
    for await (const {cluster, arrived} of state.clusterDays(day)) {
      if (arrived < (arrivals.get(cluster) ?? 0)) continue;
      arrivals.set(cluster, arrived);
      days.set(cluster, day);
    }
  }
  return days;
}

type Mutable<T> = {-readonly [key in keyof T]: T[key]};

function empty(dimension: Dimension, value: string): Cell {
  return {dimension, value, clusters: 0, nodes: 0, cpu: 0, memory: 0, devices: 0, clamped: 0};
}

type Table = Map<Dimension, Map<string, Mutable<Cell>>>;

type Counted = ClusterDay & {readonly size?: string};

const nothingRanked = {
  ...{kubernetes: unranked, seldon: unranked, provider: unranked, architecture: unranked, os: unranked},
  ...{runtime: unranked, device: unranked, size: unranked, nodes: 0, cpu: 0, memory: 0, devices: 0},
};

/** The row of a cluster that nobody knows more of than that it says it exists. */
function unrankedRow(row: ClusterDay): Counted {
  return {...row, ...nothingRanked};
}

function count(table: Table, row: Counted, change: string): void {
  add(table, 'all', '', row);
  add(table, 'change', change, row);
  add(table, 'kubernetes', row.kubernetes, row);
  add(table, 'seldon', row.seldon, row);
  add(table, 'provider', row.provider, row);
  add(table, 'architecture', row.architecture, row);
  add(table, 'os', row.os, row);
  add(table, 'runtime', row.runtime, row);
  add(table, 'size', row.size ?? sizes.find(([, most]) => row.nodes <= most)![0], row);
  add(table, 'device', row.device, row);
}

function add(table: Table, dimension: Dimension, value: string, row: Counted): void {
  const values = getOrMake(table, dimension, () => new Map<string, Mutable<Cell>>());
  const cell = getOrMake<string, Mutable<Cell>>(values, value, () => empty(dimension, value));
  cell.clusters++;
  cell.nodes += row.nodes;
  cell.cpu += row.cpu;
  cell.memory += row.memory;
  cell.devices += row.devices;
  if (row.clamped) cell.clamped++;
}

function capValues(values: Map<string, Mutable<Cell>>): Cell[] {
  const apart = [...values.values()].filter(({value}) => value === unranked);
  const cells = [...values.values()].filter(({value}) => value !== unranked);
  if (cells.length <= mostValues) return [...cells, ...apart];
  cells.sort((a, b) => b.clusters - a.clusters);
  const rest = cells.splice(mostValues - 1);
  const own = cells.find(({value}) => value === 'other');
  const folded = [...rest, ...(own ? [own] : [])].reduce(sum, empty(cells[0]!.dimension, 'other'));
  return [...cells.filter((cell) => cell !== own), folded, ...apart];
}

/** One cell that counts what two count. */
export function sum<T extends Cell>(a: T, b: Cell): T {
  return {
    ...a,
    clusters: a.clusters + b.clusters,
    nodes: a.nodes + b.nodes,
    cpu: a.cpu + b.cpu,
    memory: a.memory + b.memory,
    devices: a.devices + b.devices,
    clamped: a.clamped + b.clamped,
  };
}
