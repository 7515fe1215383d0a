import type {Stored} from '../cluster/stored-id.ts';
import {switchedOffBy} from '../consent/consent.ts';
import type {Origin, Surroundings} from '../settings.ts';
import {stateDirectoryIfAny} from '../settings.ts';
import type {ClusterID} from './cluster-id.ts';
import {chosenDestinations, shownDestinations} from './destination.ts';
import {type HistoryEntry, history} from './history.ts';
import {type Word, wordOf} from './word.ts';

/** What this tool itself would do, and did. */
export interface OwnSide {
  /** The variable that switches sending off; absent: none does. */
  readonly switchedOffBy?: string;
  /** The cluster's own word on reports of it. */
  readonly word: Word;
  readonly clusterID: ClusterID;
  /** Where a report would be sent, without credentials and query. */
  readonly destination: {readonly name: string; readonly origin: Origin};
  /** The last report of this cluster that was delivered. */
  readonly last?: HistoryEntry;
  /** All reports that wait, of any cluster and ID: what `send --pending` would send. */
  readonly waiting: readonly HistoryEntry[];
}

/** Reads the settings, the outbox and the ledger. Changes nothing. */
export function ownSide(
  id: ClusterID,
  stored: Stored,
  {stateDir, url}: {stateDir?: string | undefined; url?: string | undefined},
  around: Surroundings,
): OwnSide {
  const variable = switchedOffBy(around.env);
  const chosen = chosenDestinations(url === undefined ? [] : [url], around);
  const entries = stateDirectoryIfAny(stateDir, around) === undefined ? [] : history(stateDir, around).entries;
  const last = entries.findLast(({state, clusterID}) => state === 'delivered' && clusterID === id.value);
  return {
    ...(variable === undefined ? {} : {switchedOffBy: variable}),
    word: wordOf(stored),
    clusterID: id,
    destination: {name: shownDestinations(chosen).value, origin: chosen.origin},
    ...(last ? {last} : {}),
    waiting: entries.filter(({state}) => state === 'waiting'),
  };
}
