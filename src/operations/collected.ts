import type {Connection, ConnectionOptions} from '../cluster/connection/connection.ts';
import type {AcceptedOnce} from '../consent/accepted-once.ts';
import type {Scope} from '../consent/scope.ts';
import {UserError} from '../errors.ts';
import {isUuid} from '../host/uuid.ts';
import type {Choices, Report} from '../report/index.ts';
import type {ClusterID} from './cluster-id.ts';
import type {Word} from './word.ts';

/** What the user may say about a report, whichever command builds it. */
export interface CollectOptions extends Required<Choices> {
  readonly connection: ConnectionOptions;
  /** Namespace of the operator, where there are several. */
  readonly namespace?: string | undefined;
  readonly clusterID?: string | undefined;
  /** Offline: a file that kubectl printed, or `-`. No cluster is contacted. */
  readonly nodes?: string | undefined;
  /** Offline: what the cluster would say. */
  readonly serverVersion?: string | undefined;
  readonly seldonVersion?: string | undefined;
  /** File or folder of extensions. */
  readonly extensions?: string | undefined;
  readonly stateDir?: string | undefined;
  /** Take in fields that are newer than the last report that was agreed to for this cluster. */
  readonly acceptWider?: boolean;
  /** For which clusters a process that stays has taken them in already. */
  readonly acceptedOnce?: AcceptedOnce;
  /** Told what the cluster says of reports as soon as that is read; what it throws ends the work. */
  readonly heard?: (word: Word) => void;
  /** It leaves without anybody having seen it: what was agreed to beforehand. */
  readonly unasked?: boolean;
  /** Nothing is written, not even an ID of this user's for the cluster: a dry run. */
  readonly keepsNothing?: boolean;
}

/** A report and what a person wants to know about it. */
export interface Collected {
  readonly report: Report;
  /** Absent offline if none was given; then the report's is empty, and it can't be sent. */
  readonly clusterID?: ClusterID;
  /** The cluster that was read; absent offline. */
  readonly cluster?: Pick<Connection, 'context' | 'server' | 'user'>;
  /** Namespace in which the cluster keeps its ID, or would. */
  readonly home?: string;
  /** The cluster's own word on reports of it, and where it was looked for; absent offline. */
  readonly word?: Word;
  /** Why the report holds no version of Seldon Core. */
  readonly noSeldonVersion?: string;
  readonly notSent: NotSent;
  /** How much the report may hold, and what of it goes beyond what was last agreed to here; a clause each. */
  readonly scope: Scope;
  readonly wider: readonly string[];
  /** What the person should know; one sentence each. */
  readonly warnings: readonly string[];
}

/** What was read and does not leave. */
export interface NotSent {
  /** Nodes whose name, machine ID and system UUID went into a hash. */
  readonly hashedNodes: number;
  /** Nodes with neither machine ID nor system UUID: their ID could be guessed from the name. */
  readonly guessableNodes: number;
  /** Resource names that are not well known, sorted, with the number of nodes that have them. */
  readonly withheld: readonly {readonly resource: string; readonly nodes: number}[];
  /** Fields left out by the user. */
  readonly omitted: readonly string[];
  /** Fields that the program which built the last report that was agreed to here did not know. */
  readonly unknownThen: readonly string[];
}

/** Called as nodes arrive, with their number so far. */
export type Progress = (nodes: number) => void;

/** A report is complete, and can be sent, only with a cluster ID. */
export function requireID({clusterID}: Collected): void {
  if (clusterID && isUuid(clusterID.value)) return;
  throw new UserError('usage', 'Offline, a report needs --cluster-id: the cluster is not there to tell it.', {
    suggestions: ['seldon-usage id, run where the cluster can be reached, prints it.'],
  });
}
