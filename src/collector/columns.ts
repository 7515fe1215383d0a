/**
 * What statistics keep of a cluster and day: one table, from which follow the facts of a report (facts.ts), the rows that
 * threads give each other (messages.ts), the tables of the store and what is counted in them (store/), and the questions
 * (series.ts). A column more is a line here and its value in facts.ts; stores that are there get it when they are opened.
 */

/** One column. */
export interface Column {
  readonly name: string;
  /**
   * `word`: of a closed vocabulary; clusters are told apart by it, each is in one cell. `size`: not stored, a bucket of
   * another column; clusters are told apart by it too. `amount`: a whole number that is added up. `flag`: clusters that
   * have it are counted.
   */
  readonly type: 'word' | 'size' | 'amount' | 'flag';
  /** What its question counts. */
  readonly unit: 'clusters' | 'nodes' | 'cores' | 'MiB' | 'devices';
  /** Fields of a report that it is made from (report/fields.ts). */
  readonly from: readonly string[];
  /** Title of its question. */
  readonly title: string;
  /** What is counted in which cell, where the title does not say it. */
  readonly note?: string;
}

const word = {type: 'word', unit: 'clusters'} as const;
const mixed = 'A cluster whose nodes differ counts as mixed.';

/** In the order of the questions. */
export const columns = [
  {...word, name: 'kubernetes', from: ['masterVersion'], title: 'Kubernetes version'},
  {...word, name: 'seldon', from: ['extensions'], title: 'Seldon Core version'},
  {...word, name: 'provider', from: ['nodes.cloudProvider'], title: 'Cloud provider', note: mixed},
  {...word, name: 'architecture', from: ['nodes.architecture'], title: 'Architecture', note: mixed},
  {...word, name: 'os', from: ['nodes.operatingSystem'], title: 'Operating system', note: mixed},
  {...word, name: 'runtime', from: ['nodes.containerRuntimeVersion'], title: 'Container runtime', note: mixed},
  {name: 'size', type: 'size', unit: 'clusters', from: ['nodes'], title: 'Cluster size in nodes'},
  {
    ...word,
    name: 'device',
    from: ['nodes.capacity'],
    title: 'Accelerators',
    note: 'A cluster with several kinds of accelerators counts as mixed.',
  },
  {name: 'nodes', type: 'amount', unit: 'nodes', from: ['nodes'], title: 'Nodes in total'},
  {name: 'cpu', type: 'amount', unit: 'cores', from: ['nodes.capacity'], title: 'CPU in total'},
  {name: 'memory', type: 'amount', unit: 'MiB', from: ['nodes.capacity'], title: 'Memory in total'},
  {
    name: 'devices',
    type: 'amount',
    unit: 'devices',
    from: ['nodes.capacity'],
    title: 'Accelerators in total',
    note: 'Well-known accelerators; a slice of a MIG device counts as one.',
  },
  {
    name: 'clamped',
    type: 'flag',
    unit: 'clusters',
    from: ['nodes', 'nodes.capacity'],
    title: 'Clusters with values that can’t be true',
    note: 'Such values, of a node or of the whole cluster, are cut to what is possible, or left out, before anything is added up.',
  },
] as const satisfies readonly Column[];

type Columns = (typeof columns)[number];
type Named<T extends Column['type']> = Extract<Columns, {type: T}>['name'];
export type Word = Named<'word'>;
export type Amount = Named<'amount'>;
export type Flag = Named<'flag'>;
/** What clusters are told apart by. */
export type Told = Named<'word' | 'size'>;

function named<T extends Column['type']>(...types: readonly T[]): Named<T>[] {
  return columns.filter(({type}) => (types as readonly string[]).includes(type)).map(({name}) => name as Named<T>);
}

export const words: readonly Word[] = named('word');
export const amounts: readonly Amount[] = named('amount');
export const flags: readonly Flag[] = named('flag');
export const told: readonly Told[] = named('word', 'size');
/** Those that a row of the store has, words first. */
export const stored: readonly (Word | Amount | Flag)[] = [...words, ...amounts, ...flags];

/** What statistics know of a cluster on a day: words, whole numbers, flags. */
export type ClusterFacts = {readonly [name in Word]: string} & {readonly [name in Amount]: number} & {
  readonly [name in Flag]: boolean;
};

/** Buckets of cluster sizes in nodes: the largest number of nodes of each. */
export const sizes: readonly (readonly [label: string, most: number])[] = [
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
