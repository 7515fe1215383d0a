import {noNetwork} from './network.ts';
import type {Accepted, Changed, Period, StoreAddress} from './store/contract.ts';

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

/** The store's answer to a batch: whether all of it is on disk. */
export interface StoredMessage {
  readonly batch: number;
  readonly stored: boolean;
}

export interface SealMessage {
  readonly periods: readonly Period[];
  readonly counted: readonly Changed[];
}

/** What an HTTP thread tells the main thread every second: sums since it was started. */
export interface IngestTally {
  requests: number;
  accepted: number;
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

/** What the threads have counted, for the metrics. */
export interface Counts {
  readonly ingest: IngestTally[];
  store: StoreTally;
  /** What is known to be damaged in the store. */
  readonly damage?: () => string | undefined;
}

export type PackedReport = readonly [
  cluster: string,
  received: number,
  body: string,
  kubernetes: string,
  seldon: string,
  provider: string,
  architecture: string,
  os: string,
  runtime: string,
  device: string,
  nodes: number,
  cpu: number,
  memory: number,
  devices: number,
  clamped: boolean,
  network: number,
];

export function pack({cluster, received, body, facts: f, network = noNetwork}: Accepted): PackedReport {
  const words = [f.kubernetes, f.seldon, f.provider, f.architecture, f.os, f.runtime, f.device] as const;
  return [cluster, received, body, ...words, f.nodes, f.cpu, f.memory, f.devices, f.clamped, network];
}

export function unpack([cluster, received, body, ...f]: PackedReport): Accepted {
  const [kubernetes, seldon, provider, architecture, os, runtime, device, ...numbers] = f;
  const [nodes, cpu, memory, devices, clamped, network] = numbers;
  const words = {kubernetes, seldon, provider, architecture, os, runtime, device};
  return {cluster, received, body, facts: {...words, nodes, cpu, memory, devices, clamped}, network};
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
  /** The user says that the wall clock is right. */
  readonly trustClock: boolean;
  /** Holds the time that is believed, milliseconds, for the other threads: one 64-bit integer. */
  readonly time: SharedArrayBuffer;
}
