import type {Connections} from '../cluster/connection/connect.ts';
import type {Connection} from '../cluster/connection/connection.ts';
import {HttpError} from '../cluster/connection/request.ts';
import {readPlaces, storeClusterID} from '../cluster/stored-id.ts';
import {NotNow, requireNoVeto} from '../consent/consent.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {Surroundings} from '../settings.ts';
import type {Collected} from './collected.ts';
import type {Along, Prepared} from './sending.ts';

/**
 * Looks again whether the cluster forbids reporting: somebody may have said so while the question stood.
 *
 * @throws {UserError} consent, if it does or that can't be seen any more; cluster, if it can't be reached, or the context
 * now means another one
 */
export async function askAgain({collected, connection, along = []}: Prepared, connections: Connections): Promise<void> {
  const {cluster, word} = collected ?? {};
  if (!cluster || !word || !connection) return;
  const now = await connections.to(connection);
  requireSame(now, cluster);
  requireNoVeto(await readPlaces(now, word.places));
  await requireNoneSaysNo(along, connections);
}

/**
 * Looks again by others that lead to the same cluster. What one of them can't see is no matter of those who can.
 *
 * @param nothing what did not happen
 * @throws {ClusterSaysNo} if one of them sees a no
 */
export async function requireNoneSaysNo(
  along: readonly Along[],
  connections: Connections,
  nothing?: string,
): Promise<void> {
  const vetoes = await Promise.all(
    along.map(async ({how, places}) => {
      try {
        return (await readPlaces(await connections.to(how), places)).veto;
      } catch (error) {
        if (error instanceof UserError) return undefined;
        throw error;
      }
    }),
  );
  const veto = vetoes.find((one) => one !== undefined);
  if (veto) requireNoVeto({veto, undetermined: []}, nothing);
}

function requireSame(connection: Connection, cluster: NonNullable<Collected['cluster']>): void {
  if (connection.server === cluster.server && connection.user === cluster.user) return;
  throw new UserError(
    'cluster',
    `The context is now ${clean(connection.context)}, and was ${clean(cluster.context)} when the report was built. Nothing was sent.`,
    {suggestions: ['Name one with --context.']},
  );
}

/**
 * Before the first report of a cluster leaves, its ID is put into the cluster, so that whoever sends the next one uses the
 * same.
 *
 * @returns what was collected, with another ID if somebody else's was stored first; `made`: this call has stored it
 * @throws {UserError} consent, if it can't be stored and nothing here outlives a restart; cluster, if the cluster can't be
 * reached any more or the context now means another one
 */
export async function keepID(
  collected: Collected,
  connection: Prepared['connection'],
  connections: Connections,
  around: Surroundings,
  warn: (warning: string) => void = () => {},
): Promise<{collected: Collected; made: boolean}> {
  const {clusterID, cluster, home} = collected;
  if (clusterID?.origin.from !== 'local' || !cluster || !home || !connection) return {collected, made: false};
  const now = await connections.to(connection);
  requireSame(now, cluster);
  // It is the last look before anything is written: an ID is not put beside a no.
  if (collected.word) requireNoVeto(await readPlaces(now, collected.word.places));
  const stored = await storeClusterID(now, home, clusterID.value).catch(refusal);
  if (stored instanceof HttpError) {
    if (isPod(around)) throw noLastingID(stored);
    warn(onlyHere(stored));
    return {collected, made: false};
  }
  if (stored === clusterID.value) return {collected, made: true};
  warn('Another ID of this cluster was stored at the same moment; the report now has that one.');
  return {collected: withID(collected, stored, home), made: false};
}

/** That the server does not allow it; whatever else is in the way is thrown. */
function refusal(error: unknown): HttpError {
  if (error instanceof HttpError && error.status === 403) return error;
  throw error;
}

function withID(collected: Collected, value: string, namespace: string): Collected {
  const report = {...collected.report, clusterID: value};
  return {...collected, report, clusterID: {value, origin: {from: 'cluster', namespace}}};
}

/** Whether this runs in a pod, where what is written here is gone with the pod. */
function isPod({env}: Surroundings): boolean {
  return Boolean(env.KUBERNETES_SERVICE_HOST);
}

function onlyHere(cause: HttpError): string {
  return [
    "The cluster ID could not be stored in the cluster, so this machine's own is used, and another machine would use another.",
    cause.message,
    ...cause.suggestions,
  ].join(' ');
}

function noLastingID(cause: HttpError): NotNow {
  return new NotNow(
    'consent',
    `Nothing was sent: the cluster ID can't be stored, and a pod would make a new one after each restart, so that one cluster were counted many times. ${cause.message}`,
    {suggestions: [...cause.suggestions, 'Or give a UUID of your own with --cluster-id.'], cause},
  );
}
