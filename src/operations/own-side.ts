import type {Stored} from '../cluster/stored-id.ts';
import {switchedOffBy} from '../consent/consent.ts';
import {destination} from '../delivery/destination.ts';
import type {Origin, Surroundings} from '../settings.ts';
import {setting} from '../settings.ts';
import type {ClusterID} from './cluster-id.ts';
import {type HistoryEntry, history} from './history.ts';

/** What this tool itself would do, and did. */
export interface OwnSide {
  /** The variable that switches sending off; absent: none does. */
  readonly switchedOffBy?: string;
  /** Namespace whose ConfigMap forbids reports of this cluster; absent: none does. */
  readonly forbiddenIn?: string;
  readonly clusterID: ClusterID;
  /** Where a report would be sent, without credentials and query. */
  readonly destination: {readonly name: string; readonly origin: Origin};
  /** The last report of this cluster that was delivered. */
  readonly last?: HistoryEntry;
  /** Reports of this cluster that wait. */
  readonly waiting: readonly HistoryEntry[];
}

/** Reads the settings, the outbox and the ledger. Changes nothing. */
export function ownSide(
  id: ClusterID,
  {forbiddenIn}: Stored,
  {stateDir, url}: {stateDir?: string | undefined; url?: string | undefined},
  around: Surroundings,
): OwnSide {
  const variable = switchedOffBy(around.env);
  const {value, origin} = setting('url', url, around)!;
  const entries = history(stateDir, around).entries.filter(({clusterID}) => clusterID === id.value);
  const last = entries.findLast(({state}) => state === 'delivered');
  return {
    ...(variable === undefined ? {} : {switchedOffBy: variable}),
    ...(forbiddenIn === undefined ? {} : {forbiddenIn}),
    clusterID: id,
    destination: {name: destination(value).name, origin},
    ...(last ? {last} : {}),
    waiting: entries.filter(({state}) => state === 'waiting'),
  };
}
