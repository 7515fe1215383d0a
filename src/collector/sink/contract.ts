import type {Erasing, Passed} from '../store/queue.ts';

/**
 * What a collector passes reports on to: append only, one file a kind, with the suite of test/collector/sink. A sink gets
 * what waits in the store's queue, first what came first; what was not settled before a crash comes again.
 */

/** Where reports are passed on to. Plain data, for other threads. */
export interface SinkAddress {
  readonly kind: 'collector' | 'stdout' | 'clickhouse' | 'bigquery';
  /** What the store, the log and the metrics call it: without anything secret. */
  readonly name: string;
  /** What only its kind reads; a file with a secret may be named, but no secret. */
  readonly url?: string;
}

/** A sink, opened. */
export interface Sink {
  /**
   * Passes reports on, all of one kind; returns when the other side has them for good, but for those that it tells of.
   *
   * @throws {SinkTrouble} if that may pass, and none of the first ones is done: then all of them come again
   */
  deliver(reports: readonly Passed[], how?: Apart): Promise<Delivered>;
  /**
   * Erases a cluster, with all that was delivered before; returns when its rows are gone.
   *
   * @param cluster as stores name it
   * @throws {SinkTrouble} if that may pass: then reports are passed on meanwhile, and what came in of it goes too
   */
  erase(cluster: string): Promise<Erasing>;
  close(): Promise<void>;
}

/** What may be done with reports that a sink does not take while it takes others. A sink that can't tell them apart needs none of it. */
export interface Apart {
  /** How many may wait apart; of more the first one is trouble of the sink. */
  readonly room: number;
  /** Others that wait behind a number, to be tried where none was taken: the sink works if it takes one of them. They come again. */
  further(behind: number): Promise<readonly Passed[]>;
  /** They wait apart already, and are tried again: whatever keeps one from being taken is told of it, and is no trouble. */
  readonly isAgain?: boolean;
  /** The sink was in trouble: the first report alone shows whether that is over, since others would come again with each attempt. */
  readonly wasInTrouble?: boolean;
}

/** What became of reports; of whatever is not told here, that they were delivered. */
export interface Delivered {
  /** How many of them, the first ones, were tried; the others come again. Absent: all. */
  readonly tried?: number;
  /** Those that the sink will never take, by their numbers, each with the reason. */
  readonly refused?: ReadonlyMap<number, string>;
  /** Those that it does not take at present, each with the reason: it may be their own, since it took another one meanwhile. */
  readonly later?: ReadonlyMap<number, string>;
  /** Of these, what met trouble of the sink before it was seen to be their own. */
  readonly untried?: ReadonlySet<number>;
  /** Whether the sink took one, of these or of others; absent: if any of these was delivered. */
  readonly took?: boolean;
  /** What keeps the sink from taking more; those that were tried, if any, are done all the same, and do not come again. */
  readonly trouble?: SinkTrouble;
}

/** Trouble with a sink that may pass; any other error is a bug. Its message is fit for a log: a few words, nothing secret. */
export class SinkTrouble extends Error {
  override readonly name = 'SinkTrouble';
  /** Milliseconds that the other side asks to wait. */
  readonly after: number | undefined;
  constructor(message: string, {after, cause}: {after?: number | undefined; cause?: unknown} = {}) {
    super(message, {cause});
    this.after = after;
  }
}

/** What sinks know of the collector. */
export interface Surrounds {
  readonly env: NodeJS.ProcessEnv;
  /** Days that rows of clusters are kept. */
  readonly keepDays: number;
  /** Days that reports are kept, at least one. */
  readonly keepReports: number;
}
