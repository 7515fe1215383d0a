import type {Grain} from './periods.ts';
import type {Dimension} from './store/contract.ts';

/** One question that statistics answer. */
export interface Question {
  readonly name: string;
  readonly title: string;
  /** What the numbers count. */
  readonly unit: 'clusters' | 'nodes' | 'cores' | 'MiB' | 'devices' | 'requests';
  /** How it is answered: cells of a dimension, or a sum over all clusters. */
  readonly by:
    | {readonly dimension: Exclude<Dimension, 'all'>}
    | {readonly total: 'clusters' | 'nodes' | 'cpu' | 'memory' | 'devices' | 'clamped'}
    | {readonly refused: true};
  /** What is counted in which cell, where the title does not say it. */
  readonly note?: string;
}

const mixed = 'A cluster whose nodes differ counts as mixed.';

/** Every question, in the order in which people ask them. */
export const questions = [
  {name: 'active', title: 'Active clusters', unit: 'clusters', by: {total: 'clusters'}},
  {
    name: 'change',
    title: 'New, returning, staying and gone clusters',
    unit: 'clusters',
    by: {dimension: 'change'},
    note: 'New: the first report ever. Staying: also in the period before. Returning: seen before, but not in the period before. Gone: in the period before and not in this one.',
  },
  {name: 'kubernetes', title: 'Kubernetes version', unit: 'clusters', by: {dimension: 'kubernetes'}},
  {name: 'seldon', title: 'Seldon Core version', unit: 'clusters', by: {dimension: 'seldon'}},
  {name: 'provider', title: 'Cloud provider', unit: 'clusters', by: {dimension: 'provider'}, note: mixed},
  {name: 'architecture', title: 'Architecture', unit: 'clusters', by: {dimension: 'architecture'}, note: mixed},
  {name: 'os', title: 'Operating system', unit: 'clusters', by: {dimension: 'os'}, note: mixed},
  {name: 'runtime', title: 'Container runtime', unit: 'clusters', by: {dimension: 'runtime'}, note: mixed},
  {name: 'size', title: 'Cluster size in nodes', unit: 'clusters', by: {dimension: 'size'}},
  {
    name: 'device',
    title: 'Accelerators',
    unit: 'clusters',
    by: {dimension: 'device'},
    note: 'A cluster with several kinds of accelerators counts as mixed.',
  },
  {name: 'nodes', title: 'Nodes in total', unit: 'nodes', by: {total: 'nodes'}},
  {name: 'cpu', title: 'CPU in total', unit: 'cores', by: {total: 'cpu'}},
  {name: 'memory', title: 'Memory in total', unit: 'MiB', by: {total: 'memory'}},
  {
    name: 'devices',
    title: 'Accelerators in total',
    unit: 'devices',
    by: {total: 'devices'},
    note: 'Well-known accelerators; a slice of a MIG device counts as one.',
  },
  {
    name: 'clamped',
    title: 'Clusters with values that can’t be true',
    unit: 'clusters',
    by: {total: 'clamped'},
    note: 'Such values, of a node or of the whole cluster, are cut to what is possible, or left out, before anything is added up.',
  },
  {
    name: 'refused',
    title: 'Refused requests',
    unit: 'requests',
    by: {refused: true},
    note: 'Requests that did not lead to a stored report, by reason; nothing else is kept of them.',
  },
] as const satisfies readonly Question[];

export type SeriesName = (typeof questions)[number]['name'];

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
