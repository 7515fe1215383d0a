import {type Column, columns} from './columns.ts';
import {hodometerColumns, notCollected} from './hodometer/columns.ts';
import type {KindName, Sum, Told} from './kinds.ts';
import type {Grain} from './periods.ts';
import {core2} from './series-names.ts';
import type {Dimension} from './store/contract.ts';

/** One question that statistics answer. */
export interface Question {
  readonly name: string;
  readonly title: string;
  /** What the numbers count. */
  readonly unit: Column['unit'] | 'requests';
  /** Which clusters are counted. */
  readonly kind: KindName;
  /** How it is answered: cells of a dimension, a sum over all clusters, or those who have some of what few have. */
  readonly by:
    | {readonly dimension: Exclude<Dimension, 'all'>}
    | {readonly total: 'clusters' | Sum}
    | {readonly some: true}
    | {readonly refused: true};
  /** What is counted in which cell, where the title does not say it. */
  readonly note?: string;
}

/** The question that a column answers. */
function questionOf(kind: KindName, {name, title, unit, type, note}: Column): Omit<Question, 'name'> {
  const isSum = type === 'amount' || type === 'flag';
  const by = isSum ? {total: name as Sum} : {dimension: name as Told};
  return {title, unit, kind, by, ...(note ? {note} : {})};
}

const changes =
  'New: the first report ever. Staying: also in the period before. Returning: seen before, but not in the period before. Gone: in the period before and not in this one.';

/** Every question, in the order in which people ask them. */
export const questions: readonly (Question & {readonly name: SeriesName})[] = [
  {name: 'active', title: 'Active clusters', unit: 'clusters', kind: 'spartakus', by: {total: 'clusters'}},
  {
    name: 'change',
    title: 'New, returning, staying and gone clusters',
    unit: 'clusters',
    kind: 'spartakus',
    by: {dimension: 'change'},
    note: changes,
  },
  ...columns.map((column) => ({name: column.name, ...questionOf('spartakus', column)})),
  {name: 'core2-active', title: 'Active Core 2 clusters', unit: 'clusters', kind: 'hodometer', by: {total: 'clusters'}},
  {
    name: 'core2-change',
    title: 'New, returning, staying and gone Core 2 clusters',
    unit: 'clusters',
    kind: 'hodometer',
    by: {dimension: 'change'},
    note: changes,
  },
  ...hodometerColumns.map((column) => ({
    name: `${core2}${column.name}` as const,
    ...questionOf('hodometer', column),
  })),
  {
    name: 'core2-with',
    title: 'What Core 2 clusters have',
    unit: 'clusters',
    kind: 'hodometer',
    by: {some: true},
    note: `How many have some of it; a cluster is in each that it has. ${notCollected}`,
  },
  {
    name: 'refused',
    title: 'Refused requests',
    unit: 'requests',
    kind: 'spartakus',
    by: {refused: true},
    note: 'Requests that did not lead to a stored report, by reason; nothing else is kept of them.',
  },
];

export type SeriesName =
  | 'active'
  | 'change'
  | (typeof columns)[number]['name']
  | `core2-${'active' | 'change' | 'with' | (typeof hodometerColumns)[number]['name']}`
  | 'refused';

/** One period of a series. */
export interface PeriodLabel {
  /** `2026-11-22`, `2026-W47`, `2026-11`. */
  readonly label: string;
  /** First and last day. */
  readonly from: string;
  readonly to: string;
  /** False while it is running: its figures still change. */
  readonly complete: boolean;
}

/** The answer to a question over the periods of a grain. */
export interface Series {
  readonly name: SeriesName;
  readonly grain: Grain;
  readonly title: string;
  readonly unit: Question['unit'];
  /** Over which clusters and period it counts, in a sentence or two. */
  readonly over: string;
  readonly periods: readonly PeriodLabel[];
  readonly values: readonly Values[];
}

/** The numbers of one cell, one a period. */
export interface Values {
  readonly name: string;
  /** null: not told, because too few clusters are behind it, or not known yet. */
  readonly data: readonly (number | null)[];
}

/** The answer of `GET /api/v1/stats`. */
export interface Statistics {
  /** When, in ISO 8601. */
  readonly generated: string;
  /** Cells of fewer clusters are folded into `other`. */
  readonly minCell: number;
  readonly series: readonly Series[];
}
