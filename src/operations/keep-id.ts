import type {Connections} from '../cluster/connection/connect.ts';
import {type Connection, placeOf} from '../cluster/connection/connection.ts';
import {HttpError} from '../cluster/connection/request.ts';
import {readPlaces, storeClusterID} from '../cluster/stored-id.ts';
import type {Veto} from '../cluster/veto.ts';
import {NotNow, requireNoVeto} from '../consent/consent.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {Surroundings} from '../settings.ts';
import type {Collected} from './collected.ts';
import type {Along, Prepared, Reached} from './sending.ts';

/**
 * Looks again whether the cluster forbids reporting: somebody may have said so while the question stood.
 *
 * @throws {UserError} consent, if it does or that can't be seen any more; cluster, if it can't be reached, or the context
 * now means another one
 */
export async function askAgain({collected, reached, along = []}: Prepared, connections: Connections): Promise<void> {
  const {cluster, word} = collected ?? {};
  if (!cluster || !word || !reached) return;
  const now = await connections.to(reached.how);
  requireSame(now, reached.connection);
  requireNoVeto(await readPlaces(now, word.places));
  await requireNoneSaysNo(along, now, connections);
}

/**
 * Looks again by others that lead to the same cluster. What one of them can't see is no matter of those who can, and a no that
 * one of them sees none of this cluster where that sees itself that there is none.
 *
 * @param own to the cluster for which they look
 * @param nothing what did not happen
 * @throws {ClusterSaysNo} if one of them sees a no
 */
export async function requireNoneSaysNo(
  along: readonly Along[],
  own: Connection,
  connections: Connections,
  nothing?: string,
): Promise<void> {
  const vetoes = await Promise.all(
    along.map(async (one) => {
      const seen = await vetoAt(await stillThere(one, connections), one.places);
      if (!seen || 'error' in seen) return undefined;
      const mine = await vetoAt(own, one.places);
      return mine && 'error' in mine ? seen : mine;
    }),
  );
  const veto = vetoes.find((one) => one !== undefined);
  if (veto) requireNoVeto({veto, undetermined: []}, nothing);
}

/** The no that a connection sees at these places, or why it can't see all of them. */
async function vetoAt(connection: Connection, places: readonly string[]): Promise<Veto | {error: unknown} | undefined> {
  try {
    const {veto, refused} = await readPlaces(connection, places);
    return veto ?? refused[0];
  } catch (error) {
    if (error instanceof UserError) return {error};
    throw error;
  }
}

/** By what it is asked now: a context that is gone, or means another cluster, is asked as it was. */
async function stillThere({how, connection}: Along, connections: Connections): Promise<Connection> {
  try {
    const now = await connections.to(how);
    return placeOf(now) === placeOf(connection) ? now : connection;
  } catch (error) {
    if (error instanceof UserError) return connection;
    throw error;
  }
}

function requireSame(now: Connection, before: Connection): void {
  if (placeOf(now) === placeOf(before) && now.user === before.user) return;
  const what =
    now.context === before.context && now.user === before.user
      ? `The context ${clean(now.context)} leads elsewhere now than when the report was built.`
      : `The context is now ${clean(now.context)}, and was ${clean(before.context)} when the report was built.`;
  throw new UserError('cluster', `${what} Nothing was sent.`, {
    suggestions: ['Name one with --context.'],
  });
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
  reached: Reached | undefined,
  connections: Connections,
  around: Surroundings,
  warn: (warning: string) => void = () => {},
): Promise<{collected: Collected; made: boolean}> {
  const {clusterID, cluster, home} = collected;
  if (clusterID?.origin.from !== 'local' || !cluster || !home || !reached) return {collected, made: false};
  const now = await connections.to(reached.how);
  requireSame(now, reached.connection);
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
    `Nothing was sent: the cluster ID can't be stored, and a pod would make a new one after each restart, so one cluster would be counted many times. ${cause.message}`,
    {suggestions: [...cause.suggestions, 'Or give a UUID of your own with --cluster-id.'], cause},
  );
}
