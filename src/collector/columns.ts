/**
 * What statistics keep of a cluster and day: one table, from which follow the facts of a report (facts.ts), the rows that
 * threads give each other (messages.ts), the tables of the store and what is counted in them (store/), and the questions
 * (series.ts). A column more is a line here and its value in facts.ts; stores that are there get it when they are opened.
 * Each kind of report has such a table (kinds.ts): this is the one of Spartakus' reports.
 */

/** One column. */
export interface Column {
  readonly name: string;
  /**
   * `word`: of a closed vocabulary; clusters are told apart by it, each is in one cell. `size`: not stored, a bucket of
   * another column; clusters are told apart by it too. `seen`: not stored, whether the cluster has reported on several days
   * or on one; clusters are told apart by it too. `amount`: a whole number that is added up. `flag`: clusters that have it
   * are counted.
   */
  readonly type: 'word' | 'size' | 'seen' | 'amount' | 'flag';
  /** What its question counts. */
  readonly unit:
    | 'clusters'
    | 'nodes'
    | 'cores'
    | 'MiB'
    | 'devices'
    | 'models'
    | 'pipelines'
    | 'experiments'
    | 'servers'
    | 'replicas';
  /** Fields of a report that it is made from. */
  readonly from: readonly string[];
  /** Title of its question. */
  readonly title: string;
  /** What is counted in which cell, where the title does not say it. */
  readonly note?: string;
  /** An amount that most clusters have none of: those that have some are counted beside it. */
  readonly few?: true;
  /** The amount that a size is a bucket of. */
  readonly bucketOf?: string;
  /** The word that is `none` for clusters that have none of an amount: only these few make up its sum. */
  readonly toldBy?: string;
  /** A word that is a version: its values are told from new to old. */
  readonly isVersion?: true;
  /** What it is called in the list of clusters; absent: it is not there. */
  readonly listed?: 'kubernetes' | 'seldon' | 'provider' | 'nodes' | 'cpu' | 'memory' | 'devices';
}

const word = {type: 'word', unit: 'clusters'} as const;
const version = {...word, isVersion: true} as const;
const mixed = 'A cluster whose nodes differ counts as mixed.';

/** In the order of the questions. */
export const columns = [
  {...version, name: 'kubernetes', from: ['masterVersion'], title: 'Kubernetes version', listed: 'kubernetes'},
  {...version, name: 'seldon', from: ['extensions'], title: 'Seldon Core version', listed: 'seldon'},
  {
    ...word,
    name: 'provider',
    from: ['nodes.cloudProvider'],
    title: 'Cloud provider',
    note: mixed,
    listed: 'provider',
  },
  {...word, name: 'architecture', from: ['nodes.architecture'], title: 'Architecture', note: mixed},
  {...word, name: 'os', from: ['nodes.operatingSystem'], title: 'Operating system', note: mixed},
  {...word, name: 'runtime', from: ['nodes.containerRuntimeVersion'], title: 'Container runtime', note: mixed},
  {name: 'size', type: 'size', unit: 'clusters', from: ['nodes'], title: 'Cluster size in nodes', bucketOf: 'nodes'},
  {
    ...word,
    name: 'device',
    from: ['nodes.capacity'],
    title: 'Accelerators',
    note: 'A cluster with several kinds of accelerators counts as mixed.',
  },
  {name: 'nodes', type: 'amount', unit: 'nodes', from: ['nodes'], title: 'Nodes in total', listed: 'nodes'},
  {name: 'cpu', type: 'amount', unit: 'cores', from: ['nodes.capacity'], title: 'CPU in total', listed: 'cpu'},
  {name: 'memory', type: 'amount', unit: 'MiB', from: ['nodes.capacity'], title: 'Memory in total', listed: 'memory'},
  {
    name: 'devices',
    type: 'amount',
    unit: 'devices',
    from: ['nodes.capacity'],
    title: 'Accelerators in total',
    note: 'Well-known accelerators; a slice of a MIG device counts as one.',
    toldBy: 'device',
    listed: 'devices',
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

/** What statistics know of a cluster on a day: words, whole numbers, flags. */
export type FactsOf<C extends Column> = {readonly [name in Extract<C, {type: 'word'}>['name']]: string} & {
  readonly [name in Extract<C, {type: 'amount'}>['name']]: number;
} & {readonly [name in Extract<C, {type: 'flag'}>['name']]: boolean};

export type ClusterFacts = FactsOf<(typeof columns)[number]>;

/** The value that clusters without any have of a word that tells of an amount (`Column.toldBy`). */
export const none = 'none';

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
