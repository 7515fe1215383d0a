import {amongOthers} from '../cluster/connection/allowance.ts';
import type {Connections} from '../cluster/connection/connect.ts';
import {type ConnectionOptions, placeOf} from '../cluster/connection/connection.ts';
import {readPlaces, readStored} from '../cluster/stored-id.ts';
import {ClusterForbids, ClusterSaysNo, requireNoVeto} from '../consent/consent.ts';
import type {Waiting} from '../delivery/waiting.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {sideBySide} from '../host/side-by-side.ts';
import {findChosenSeldon} from './find-seldon.ts';
import type {Placed} from './fleet.ts';
import {heedNos} from './heed-nos.ts';
import {type Word, wordOf} from './word.ts';

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
 * @param all every report that waits, those that are not to be sent now among them: what their contexts see may be a no to one
 * that is
 */
export async function askClusters(
  waiting: readonly Waiting[],
  options: Asking,
  connections: Connections,
  all: readonly Waiting[] = waiting,
): Promise<{free: readonly Waiting[]; held: readonly Held[]}> {
  const contexts = new Set(all.flatMap(({context, along = []}) => (context === undefined ? [] : [context, ...along])));
  // One after the other: a credential plugin may ask a person.
  const read = await sideBySide([...contexts], 1, (context) =>
    ask(context, placesFor(context, all), options, connections),
  );
  // As where they are built: what one context sees of their cluster counts for another.
  const members = await heedNos(read);
  const known = all.flatMap((each): Held[] => {
    const member = members.find(({context}) => context === each.context);
    const error = member && whyHeld(each, member);
    return error ? [{waiting: each, error}] : [];
  });
  const held = known.filter((one) => waiting.some(({id}) => id === one.waiting.id));
  const isHeld = ({id}: Waiting) => held.some((one) => one.waiting.id === id);
  const nos = known.flatMap(({waiting, error}) =>
    error instanceof ClusterSaysNo ? [{waiting, veto: error.veto}] : [],
  );
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

/** Where a no was looked for by a context when its reports were built: it may not find these namespaces by itself. */
function placesFor(context: string, all: readonly Waiting[]): string[] {
  return all.flatMap((one) => (one.context === context ? (one.places ?? []) : []));
}

/** What the cluster behind a context says of reports now. */
async function ask(
  context: string,
  places: readonly string[],
  {namespace, ...options}: Asking,
  connections: Connections,
): Promise<Placed<true>> {
  let member: Placed<true> = {context};
  try {
    // A pod's own cluster is no context of a kubeconfig.
    const own = {allowance: amongOthers, ...options};
    const how = context === 'in-cluster' ? own : {...own, context};
    const connection = await connections.to(how);
    const traits = {place: placeOf(connection), ca: connection.ca};
    member = {context, traits, reached: {connection, how}};
    const seldon = await findChosenSeldon(connection, namespace);
    const found = await readStored(connection, seldon, namespace);
    const wanted = new Set([...found.places, ...places]);
    const stored = wanted.size > found.places.length ? await readPlaces(connection, [...wanted]) : found;
    member = {...member, traits: {...traits, word: wordOf(stored)}};
    requireNoVeto(stored);
    return {...member, result: true};
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {...member, error};
  }
}

function whyHeld(waiting: Waiting, {context, traits, reached, error}: Placed<true>): UserError | undefined {
  // Where it is the server that was recorded, the ID may be another by now, or was given: it can be reset.
  if (reached && traits?.word && reached.connection.server !== waiting.server && !hasID(traits.word, waiting))
    return another(waiting);
  if (error === undefined) return undefined;
  if (!(error instanceof UserError)) throw error;
  if (error instanceof ClusterForbids || error.code === 'cluster') return error;
  return new ClusterForbids(
    'consent',
    `The cluster of the context ${clean(context)} can't be asked whether it forbids reports of it. ${error.message}`,
    {suggestions: ['--kubeconfig names the file that has the context.', ...error.suggestions], cause: error},
  );
}

/** Whether this is the cluster of the report by its ID. One without an ID, of a record that names no server, may be. */
function hasID({clusterID}: Word, waiting: Waiting): boolean {
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
