import type {Connections} from '../cluster/connection/connect.ts';
import type {ConnectionOptions} from '../cluster/connection/connection.ts';
import {readStored, type Stored} from '../cluster/stored-id.ts';
import {ClusterForbids, ClusterSaysNo, requireNoVeto} from '../consent/consent.ts';
import type {Waiting} from '../delivery/waiting.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {findChosenSeldon} from './find-seldon.ts';

/** How the clusters are asked. */
export interface Asking extends ConnectionOptions {
  readonly namespace?: string | undefined;
}

/** A report that may not be sent now, and why. */
export interface Held {
  readonly waiting: Waiting;
  readonly error: UserError;
}

/**
 * Asks the clusters that waiting reports were built from whether they forbid reports of them now. A report of a file was built
 * from none that is known, and is free, unless another that waits tells that the cluster of its ID says no. One whose cluster
 * can't be asked is held: what can't be determined forbids.
 *
 * @param options how the clusters are reached; `namespace`: one more in which a no counts, as for who builds a report
 */
export async function askClusters(
  waiting: readonly Waiting[],
  options: Asking,
  connections: Connections,
): Promise<{free: readonly Waiting[]; held: readonly Held[]}> {
  const answers = new Map<string, Promise<UserError | undefined>>();
  const held: Held[] = [];
  for (const each of waiting) {
    if (each.context === undefined) continue;
    const key = JSON.stringify([each.context, each.server, each.clusterID]);
    const answer = answers.get(key) ?? whyHeld(each, options, connections);
    answers.set(key, answer);
    const error = await answer;
    if (error) held.push({waiting: each, error});
  }
  const isHeld = ({id}: Waiting) => held.some((one) => one.waiting.id === id);
  const nos = held.flatMap(({waiting, error}) => (error instanceof ClusterSaysNo ? [{waiting, veto: error.veto}] : []));
  for (const each of waiting.filter((one) => !isHeld(one))) {
    const no = nos.find((one) => isOfSame(one.waiting, each));
    if (!no) continue;
    held.push({waiting: each, error: new ClusterSaysNo(no.veto, 'Nothing was sent', no.waiting.context)});
  }
  return {free: waiting.filter((each) => !isHeld(each)), held};
}

/** A no that one context sees is one for what another has built of the same cluster, or a file. */
function isOfSame(one: Waiting, other: Waiting): boolean {
  return one.clusterID === other.clusterID || (one.server !== undefined && one.server === other.server);
}

async function whyHeld(
  waiting: Waiting,
  {namespace, ...options}: Asking,
  connections: Connections,
): Promise<UserError | undefined> {
  const {context, server} = waiting;
  try {
    // A pod's own cluster is no context of a kubeconfig.
    const connection = await connections.to(context === 'in-cluster' ? options : {...options, context});
    const seldon = await findChosenSeldon(connection, namespace);
    const stored = await readStored(connection, seldon, namespace);
    // Where it is the server that was recorded, the ID may be another by now, or was given: it can be reset.
    if (connection.server !== server && !hasID(stored, waiting)) throw another(waiting);
    requireNoVeto(stored);
    return undefined;
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

/** Whether this is the cluster of the report by its ID. One without an ID, of a record that names no server, may be. */
function hasID({clusterID}: Stored, waiting: Waiting): boolean {
  if (clusterID === undefined) return waiting.server === undefined;
  return clusterID === waiting.clusterID.toLowerCase();
}

function another({id, context, clusterID}: Waiting): UserError {
  return new ClusterForbids(
    'consent',
    `The context ${clean(context)} now means another cluster than the one that the report of ${clean(clusterID)} was built from, which can't be asked whether it forbids reports of it.`,
    {
      suggestions: [
        'Name the kubeconfig in which it still does with --kubeconfig. To give the report up:',
        `seldon-usage history discard ${id}`,
      ],
    },
  );
}
