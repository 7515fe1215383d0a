import type {Connection, ConnectionOptions} from '../cluster/connection/connection.ts';
import type {IDWritten} from '../cluster/stored-id.ts';
import type {Scope} from '../consent/scope.ts';
import type {Destination} from '../delivery/destination.ts';
import type {Dispatched, OnWaiting} from '../delivery/dispatch.ts';
import {sharedState} from '../delivery/shared-state.ts';
import type {Report} from '../report/index.ts';
import {type Surroundings, sharedSettings, type Value} from '../settings.ts';
import type {Collected, CollectOptions, Progress} from './collected.ts';

/** What every way of sending needs. */
export interface Sending {
  /** The user agreed beforehand. */
  readonly yes: boolean;
  readonly allowHttp: boolean;
  /** Milliseconds for a delivery in all. */
  readonly timeout: number;
  /** File with the CAs to trust instead of the system's. */
  readonly cacert?: string | undefined;
  readonly stateDir?: string | undefined;
  /** What the user says of the setting `keep-reports`. */
  readonly keepReports?: string | undefined;
}

export interface SendOptions extends Sending {
  /** URLs that the user named; none: the setting. */
  readonly url?: readonly string[] | undefined;
  /** Do all but the POST, and what only serves it: nothing is stored, in the cluster or here. */
  readonly dryRun: boolean;
  /** A report file (`-`: standard input) instead of the cluster. */
  readonly file?: string | undefined;
  /** How the report is built, where no file is given. */
  readonly collect: CollectOptions;
  /** Whether this is one run of a process that stays. */
  readonly stays: boolean;
}

/** What is about to be sent: what the person sees before the question. */
export interface Preview {
  readonly report: Report;
  /** The very bytes, as text. */
  readonly bytes: string;
  /** Their number, and their hex SHA-256. */
  readonly size: number;
  readonly sha256: string;
  readonly destinations: readonly Destination[];
  readonly origin: Value['origin'];
  readonly collected?: Collected;
  readonly file?: string;
  /** What is to be known of the destinations, a clause each. */
  readonly doubts?: readonly string[];
  /** What goes beyond the last report that was agreed to for this cluster here, a clause each. */
  readonly wider: readonly string[];
  /** The ConfigMap that sending makes in the cluster, or the ID that it puts into one that is there. */
  readonly makes?: IDWritten;
  /** Whether a cluster was asked whether it forbids reports of it. */
  readonly askedCluster: boolean;
}

/** How a cluster was reached, and is again. */
export interface Reached {
  readonly connection: Connection;
  readonly how: ConnectionOptions;
}

/** A context by which it is looked for a no of a cluster besides, and where. */
export interface Along extends Reached {
  readonly places: readonly string[];
}

/** A preview, and what its delivery needs besides. */
export interface Prepared extends Preview {
  /** How much the report may hold: kept once it is agreed to. */
  readonly scope: Scope;
  /** How its cluster is reached; absent where the report is not of a cluster that was read. */
  readonly reached?: Reached;
  /** Where a no is looked for again besides. */
  readonly along?: readonly Along[];
}

/** The person's side; without `agree` there is nobody to ask. */
export interface SendHooks {
  readonly agree?: ((preview: Preview) => Promise<boolean>) | undefined;
  readonly progress?: Progress | undefined;
  readonly onRetry?: OnWaiting | undefined;
  /** Told what the person should know, one sentence each; `context`: of which cluster, where there may be several. */
  readonly warn?: ((warning: string, context?: string) => void) | undefined;
  /** Told before a report leaves of which no cluster was asked whether it forbids that, and nobody is asked either. */
  readonly notAsked?: (() => void) | undefined;
  /** Told once, before a report leaves, that others may write to the state directory. */
  readonly shared?: ((warning: string) => void) | undefined;
}

export interface Sent {
  readonly preview: Preview;
  /** Absent after a dry run. */
  readonly outcomes?: readonly Dispatched[];
  /** That others may write to the state directory, in a sentence. */
  readonly shared?: string;
}

/** Clusters that are asked at the same time. */
export const mostClusters = 8;

/** Milliseconds until connected, of the whole time. */
export const connectTimeout = 10_000;

/** Says that others may write to the state directory, or to where the settings are, if so. */
export function tellShared(
  folder: string,
  around: Surroundings,
  {shared: tell}: Pick<SendHooks, 'shared'>,
): string | undefined {
  const told = [sharedSettings(around), sharedState(folder)].filter((sentence) => sentence !== undefined);
  const shared = told.length === 0 ? undefined : told.join(' ');
  if (shared !== undefined) tell?.(shared);
  return shared;
}
