import {type Amount, type Column, columns, type Flag, type Told} from './columns.ts';
import type {Grain} from './periods.ts';
import type {Dimension} from './store/contract.ts';

/** One question that statistics answer. */
export interface Question {
  readonly name: string;
  readonly title: string;
  /** What the numbers count. */
  readonly unit: Column['unit'] | 'requests';
  /** How it is answered: cells of a dimension, or a sum over all clusters. */
  readonly by:
    | {readonly dimension: Exclude<Dimension, 'all'>}
    | {readonly total: 'clusters' | Amount | Flag}
    | {readonly refused: true};
  /** What is counted in which cell, where the title does not say it. */
  readonly note?: string;
}

/** The question that a column answers. */
function questionOf({name, title, unit, type, ...more}: (typeof columns)[number]) {
  const note = 'note' in more ? {note: more.note} : {};
  const by = type === 'amount' || type === 'flag' ? {total: name as Amount | Flag} : {dimension: name as Told};
  return {name, title, unit, by, ...note};
}

/** Every question, in the order in which people ask them. */
export const questions: readonly (Question & {readonly name: SeriesName})[] = [
  {name: 'active', title: 'Active clusters', unit: 'clusters', by: {total: 'clusters'}},
  {
    name: 'change',
    title: 'New, returning, staying and gone clusters',
    unit: 'clusters',
    by: {dimension: 'change'},
    note: 'New: the first report ever. Staying: also in the period before. Returning: seen before, but not in the period before. Gone: in the period before and not in this one.',
  },
  ...columns.map(questionOf),
  {
    name: 'refused',
    title: 'Refused requests',
    unit: 'requests',
    by: {refused: true},
    note: 'Requests that did not lead to a stored report, by reason; nothing else is kept of them.',
  },
];

export type SeriesName = 'active' | 'change' | (typeof columns)[number]['name'] | 'refused';

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
