import {UserError} from '../errors.ts';
import {type Facts, type KindName, kinds} from './kinds.ts';
import {noNetwork} from './network.ts';
import type {SinkAddress} from './sink/contract.ts';
import type {SinkStanding} from './sink/pass-on.ts';
import type {Accepted, StoreAddress} from './store/contract.ts';

/** What the threads of the collector say to each other. */

/** Reports of one turn of an HTTP thread's event loop, packed: copying flat arrays between threads is cheap. */
export interface BatchMessage {
  readonly batch: number;
  readonly rows: readonly PackedReport[];
}

/** Counts of refused reports by reason, since the last such message. */
export interface RefusedMessage {
  readonly refused: Readonly<Record<string, number>>;
}

/** The store's answer to a batch: whether all of it is on disk, or of each report whether it is. */
export interface StoredMessage {
  readonly batch: number;
  readonly stored: boolean | readonly boolean[];
}

/** What an HTTP thread tells the main thread every second: sums since it was started. */
export interface IngestTally {
  requests: number;
  accepted: number;
  /** Events of Hodometer. */
  events: number;
  refused: Record<string, number>;
  droppedResources: number;
  droppedFields: number;
  droppedExtensions: number;
  connections: number;
}

/** What the database thread tells the main thread every second. */
export interface StoreTally {
  stored: number;
  commits: number;
  /** Seconds spent in commits. */
  commitSeconds: number;
  /** New clusters that the bound of their network did not admit. */
  unranked: number;
  /** Whether one network sent most clusters of the last hour that is over. */
  isOwned: boolean;
  discardedReports: number;
  discardedDays: number;
  /** Milliseconds by which the wall clock is ahead of the time that is believed; undefined while it is believed. */
  clockAhead?: number | undefined;
  /** Why the store takes nothing at present; undefined while it does. */
  trouble?: string | undefined;
}

/** Before anything has happened. */
export const emptyStoreTally: Readonly<StoreTally> = {
  stored: 0,
  commits: 0,
  commitSeconds: 0,
  unranked: 0,
  isOwned: false,
  discardedReports: 0,
  discardedDays: 0,
};

/** What the threads have counted, for the metrics. */
export interface Counts {
  readonly ingest: IngestTally[];
  store: StoreTally;
  sinks: SinkTally;
  /** What is known to be damaged in the store. */
  readonly damage?: () => string | undefined;
}

/** What the thread of the sinks tells the main thread every second, by the names of the sinks. */
export type SinkTally = Readonly<Record<string, SinkStanding>>;

/** A report without names: what comes after the first six are its facts, in the order of the columns of its kind. */
export type PackedReport = readonly [
  kind: KindName,
  cluster: string,
  received: number,
  body: string,
  network: number,
  once: string | undefined,
  ...facts: (string | number | boolean)[],
];

/** @param network the number of its sender's */
export function pack({kind, cluster, received, body, once, facts}: Accepted, network = noNetwork): PackedReport {
  const {stored} = kinds[kind];
  const packed: [...PackedReport] = [kind, cluster, received, body, network, once];
  for (let i = 0; i < stored.length; i++) packed.push(facts[stored[i]!]!);
  return packed;
}

/** The report that `pack` made ready for another thread. */
export function unpack([kind, cluster, received, body, network, once, ...values]: PackedReport): Accepted {
  const {stored} = kinds[kind];
  const facts: Record<string, Facts[string]> = {};
  for (let i = 0; i < stored.length; i++) facts[stored[i]!] = values[i]!;
  return {kind, cluster, received, body, facts, network, ...(once === undefined ? {} : {once})};
}

/** What keeps a thread from its work, with its causes. */
export type Failure = Pick<UserError, 'code' | 'message' | 'suggestions' | 'cause'>;

/** An error that the user can mend, as it goes to another thread; any other is thrown on. */
export function failureOf(error: unknown): Failure {
  if (!(error instanceof UserError)) throw error;
  const {code, message, suggestions, cause} = error;
  return {code, message, suggestions, cause};
}

/** How long things are kept. */
export interface Retention {
  /** Milliseconds that reports are kept. */
  readonly reports: number;
  /** Days that the rows of clusters are kept. */
  readonly days: number;
}

/** What the database thread is started with. */
export interface StoreThreadData {
  readonly store: StoreAddress;
  readonly keep: Retention;
  /** New clusters of a network and day that are ranked at once. */
  readonly newClusters: number;
  /** Somebody wants to be told of what arrives. */
  readonly watch: boolean;
  /** The user says that the wall clock is right. */
  readonly trustClock: boolean;
  /** Names of the sinks that reports wait for. */
  readonly sinks: readonly string[];
  /** Reports that may wait where the store only passes on. */
  readonly mostWaiting: number;
}

/** What the thread of the sinks is started with. */
export interface SinkThreadData {
  readonly store: StoreAddress;
  readonly sinks: readonly SinkAddress[];
  readonly keep: Retention;
  /** Reports that may wait for a sink; of more the oldest are dropped. */
  readonly bound: number;
  /** Reports that may wait apart, which a sink did not take while it took others. */
  readonly mostParked: number;
}
