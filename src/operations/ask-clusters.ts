import {connect} from '../cluster/connection/connect.ts';
import type {ConnectionOptions} from '../cluster/connection/connection.ts';
import {readStored} from '../cluster/stored-id.ts';
import {ClusterForbids, requireNoVeto} from '../consent/consent.ts';
import type {Waiting} from '../delivery/waiting.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {Surroundings} from '../settings.ts';
import {findChosenSeldon} from './find-seldon.ts';

/** A report that may not be sent now, and why. */
export interface Held {
  readonly waiting: Waiting;
  readonly error: UserError;
}

/**
 * Asks the clusters that waiting reports were built from whether they forbid reports of them now. A report of a file was built
 * from none that is known, and is free. One whose cluster can't be asked is held: what can't be determined forbids.
 */
export async function askClusters(
  waiting: readonly Waiting[],
  options: ConnectionOptions,
  around: Surroundings,
): Promise<{free: readonly Waiting[]; held: readonly Held[]}> {
  const answers = new Map<string, Promise<UserError | undefined>>();
  const held: Held[] = [];
  for (const each of waiting) {
    if (each.context === undefined) continue;
    const key = JSON.stringify([each.context, each.server, each.clusterID]);
    const answer = answers.get(key) ?? whyHeld(each, options, around);
    answers.set(key, answer);
    const error = await answer;
    if (error) held.push({waiting: each, error});
  }
  const ids = new Set(held.map(({waiting: {id}}) => id));
  return {free: waiting.filter(({id}) => !ids.has(id)), held};
}

async function whyHeld(
  {context, server, clusterID}: Waiting,
  options: ConnectionOptions,
  around: Surroundings,
): Promise<UserError | undefined> {
  try {
    // A pod's own cluster is no context of a kubeconfig.
    const connection = await connect(context === 'in-cluster' ? options : {...options, context}, around);
    try {
      if (server !== undefined && server !== connection.server) throw another(context!, clusterID);
      const seldon = await findChosenSeldon(connection, undefined);
      const stored = await readStored(connection, seldon);
      if (stored.clusterID !== undefined && stored.clusterID !== clusterID.toLowerCase())
        throw another(context!, clusterID);
      requireNoVeto(stored);
      return undefined;
    } finally {
      connection.close();
    }
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    if (error instanceof ClusterForbids || error.code === 'cluster') return error;
    return new ClusterForbids(
      'consent',
      `The cluster of the context ${clean(context)} can't be asked whether it forbids reports of it. ${error.message}`,
      {suggestions: ['--kubeconfig names the file that has the context.', ...error.suggestions], cause: error},
    );
  }
}

function another(context: string, clusterID: string): UserError {
  return new ClusterForbids(
    'consent',
    `The context ${clean(context)} now means another cluster than the one that the report of ${clean(clusterID)} was built from, which can't be asked whether it forbids reports of it.`,
    {
      suggestions: [
        'Name the kubeconfig in which it still does with --kubeconfig.',
        'To give the report up: seldon-usage history discard ID',
      ],
    },
  );
}
