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
   * Passes reports on, all of one kind; returns when the other side has them for good.
   *
   * @returns those that it will never take, by their numbers, each with the reason
   * @throws {SinkTrouble} if that may pass: then all of them come again
   */
  deliver(reports: readonly Passed[]): Promise<ReadonlyMap<number, string>>;
  /**
   * Erases a cluster, with all that was delivered before; returns when its rows are gone.
   *
   * @param cluster as stores name it
   * @throws {SinkTrouble} if that may pass: then reports are passed on meanwhile, and what came in of it goes too
   */
  erase(cluster: string): Promise<Erasing>;
  close(): Promise<void>;
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
