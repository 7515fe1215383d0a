import type {ClockRecord, Span} from '../clock.ts';
import type {ClusterFacts} from '../facts.ts';
import type {Grain} from '../periods.ts';

/**
 * What the collector needs of a store. An engine is one implementation of it, with the test suite of
 * test/collector/store/suite.ts; each thread opens the store for itself. All functions may answer at once or later.
 */

/** A report that was judged good, with what statistics keep of it. */
export interface Accepted {
  /** Cluster ID; printable ASCII. */
  readonly cluster: string;
  /** The server's time, milliseconds; the sender's own time is in the body. */
  readonly received: number;
  /** JSON of the report, without what is not kept. */
  readonly body: string;
  readonly facts: ClusterFacts;
  /** It arrived while the clock was in doubt: the span (clock.ts) by whose shift its date will be put right. */
  readonly span?: number | undefined;
  /** Number of the network that sent it (network.ts), for counting in memory; never stored. */
  readonly network?: number | undefined;
}

/** Whether a new cluster of a network and day is ranked at once. */
export type Admits = (network: number, day: number) => boolean;

/** Dimensions by which clusters are told apart: each cluster is in one cell of each. `all` has one cell, `''`. */
export const dimensions = [
  'all',
  'change',
  'kubernetes',
  'seldon',
  'provider',
  'architecture',
  'os',
  'runtime',
  'size',
  'device',
] as const;
export type Dimension = (typeof dimensions)[number];

/** One counter: clusters of a period that have a value, and what they add up to. Memory is in MiB, CPU in cores. */
export interface Cell {
  readonly dimension: Dimension;
  readonly value: string;
  readonly clusters: number;
  readonly nodes: number;
  readonly cpu: number;
  readonly memory: number;
  readonly devices: number;
  /** Clusters of which a value was cut because it can't be true. */
  readonly clamped: number;
}

/** All counters of one period. */
export interface Period {
  readonly grain: Grain;
  /** Its first day. */
  readonly period: number;
  readonly cells: readonly Cell[];
}

/** A day whose rows changed after its periods were last counted; the version says up to which change. */
export interface Changed {
  readonly day: number;
  readonly version: number;
}

/** A cluster's row of one day. `cluster` is the store's own number for it. */
export interface ClusterDay extends ClusterFacts {
  readonly cluster: number;
  readonly day: number;
  /** Number of the report that the row is of: what arrived later has a higher one. 0 where it is not known. */
  readonly arrived: number;
}

type Later<T> = T | Promise<T>;

/** The one writer of a store. */
export interface Writer {
  /**
   * Stores all of them or none; what was stored survives the loss of power once this has returned.
   *
   * @param admits is asked once for each new cluster; one that is not admitted is unranked. Absent: all are admitted
   */
  append(batch: readonly Accepted[], admits?: Admits): Later<void>;
  /** Adds to the number of refused reports of a day, by reason; with a span the day may be put right later. */
  countRefused(day: number, reasons: Readonly<Record<string, number>>, span?: number): Later<void>;
  /** Replaces the counters of periods, and clears the marks of days that did not change since. */
  seal(periods: readonly Period[], counted: readonly Changed[]): Later<void>;
  /** What was kept of the clock; undefined in a store that no clock was kept for. */
  clock(): Later<ClockRecord | undefined>;
  keepClock(record: ClockRecord): Later<void>;
  /** Newest time of a report that is not marked, milliseconds; undefined where there is none. */
  newest(): Later<number | undefined>;
  /**
   * Adds the shift of a span to the dates of what is marked with it, at most so many reports at once, and takes their
   * marks. Afterwards a cluster's row of a day is that of the last report to arrive that is dated on it.
   *
   * @returns how many; 0: no mark of the span is left
   */
  redate(span: Span, most: number): Later<number>;
  /** Erases reports received before a time and rows of days before a day, at most so many; counters stay. */
  discard(before: {readonly received: number; readonly day: number}, most: number): Later<Erased>;
  /** Makes good what erasing left behind, so that nothing erased is in any file. */
  settle(): Later<void>;
  close(): Later<void>;
}

export interface Erased {
  readonly reports: number;
  readonly days: number;
}

/** A reader beside the writer; it sees what was committed, and never waits for the writer. */
export interface Reader {
  /** Days that await counting, oldest first. */
  changed(): Later<readonly Changed[]>;
  /** Runs `read` on one state of the store, whatever is written meanwhile. */
  still<T>(read: () => Promise<T>): Promise<T>;
  /** Rows of a day, to be read through once and at once. */
  clusterDays(day: number): Later<Iterable<ClusterDay>>;
  /** Numbers of the clusters that have a row in the days `from` to `to`, both included. */
  clusters(from: number, to: number): Later<ReadonlySet<number>>;
  /** Numbers of the clusters that reported for the first time in these days. */
  firstSeen(from: number, to: number): Later<ReadonlySet<number>>;
  /** Numbers of the clusters that were not admitted when they were new, and reported on one day only. */
  unranked(): Later<ReadonlySet<number>>;
  /** Counters of a dimension for the periods `from` to `to`, both included. */
  series(grain: Grain, dimension: Dimension, from: number, to: number): Later<readonly (Cell & {period: number})[]>;
  /** First period that has counters; undefined if there is none. */
  firstPeriod(grain: Grain): Later<number | undefined>;
  refused(from: number, to: number): Later<readonly {day: number; reason: string; count: number}[]>;
  /** Bytes on disk. */
  bytes(): Later<number>;
  /** False if the store was replaced since this reader was opened: then it must be opened anew. */
  isCurrent(): boolean;
  close(): Later<void>;
}

/** Where a store is: the engine and what it needs to find it. */
export interface StoreAddress {
  readonly engine: 'sqlite';
  readonly path: string;
  /** As the user names it, where that is another path; it must go on leading there. */
  readonly name?: string;
}
