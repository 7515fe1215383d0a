// Over several contexts a no that one of them sees counts for all that lead to its cluster. Who says no is asked for by the very
// ConfigMap: each of the others looks for it too, and where it can't, what shows that they are one cluster counts.
import {readPlaces} from '../cluster/stored-id.ts';
import type {Veto} from '../cluster/veto.ts';
import {ClusterForbids, ClusterSaysNo, cantSeeNo} from '../consent/consent.ts';
import {UserError} from '../errors.ts';
import {sideBySide} from '../host/side-by-side.ts';
import type {Placed} from './fleet.ts';
import {mayBeOne, type Traits} from './one-cluster.ts';
import {type Along, mostClusters} from './sending.ts';

/** A context that was read before, and is not now: what it heard is told no more than it was. */
export interface Absent {
  readonly context: string;
  readonly traits: Traits;
  readonly error?: unknown;
}

/** A context that sees a no, and which ConfigMap says it. */
interface Sayer extends Absent {
  readonly error: ClusterSaysNo;
  readonly place: string;
  readonly uid: string | undefined;
  /** Whether it was heard before those that look for it. */
  readonly isPast: boolean;
}

/** What a context sees where it was asked to look; an error where it can't. */
type Sight = {readonly uid?: string | undefined; readonly veto?: Veto | undefined} | {readonly error: unknown};

/** A context that would go on, and what else it has seen. */
interface Goer<T> {
  readonly member: Placed<T>;
  readonly traits: Traits;
  readonly sights: ReadonlyMap<string, Sight>;
}

/**
 * The members, of which those are forbidden that lead to a cluster that says no to another. That one can't see whether there is
 * a no forbids it to that one alone.
 *
 * @param past what contexts heard that are not read now
 * @param nothing what did not happen
 */
export async function heedNos<T>(
  members: readonly Placed<T>[],
  past: readonly Absent[] = [],
  nothing = 'Nothing was sent',
): Promise<Placed<T>[]> {
  const present = members.flatMap(({context, traits, error}) => (traits ? [{context, traits, error}] : []));
  const sayers = [...present.flatMap((one) => sayerOf(one, false)), ...past.flatMap((one) => sayerOf(one, true))];
  const heard = [...present, ...past];
  const goers = await sideBySide(members.filter(goesOn), mostClusters, (member) => lookAround(member, sayers, heard));
  const forbidden = new Map<string, {goer: Goer<T>; by: string; error: unknown}>();
  for (const goer of goers) {
    const found = forbids(goer, sayers, nothing) ?? seenBeside(goer, heard, nothing);
    if (found) forbidden.set(goer.member.context, {goer, ...found});
  }
  spread(goers, forbidden);
  return members.map((member) => {
    const found = forbidden.get(member.context);
    if (!found) return member;
    const {context, traits, reached} = member;
    return {
      context,
      error: found.error,
      forbiddenBy: found.by,
      ...(traits ? {traits} : {}),
      ...(reached ? {reached} : {}),
    };
  });
}

/** By whom else, and where else, it is looked again for a no before anything of this member's cluster leaves. */
export function alongWith<T>({context, traits: own, reached}: Placed<T>, members: readonly Placed<T>[]): Along[] {
  return members.flatMap(({context: other, traits, reached: by}) => {
    if (other === context || !own || !reached || !by || !traits?.word || mayBeOne(own, traits) !== true) return [];
    const {places} = traits.word;
    const further = places.filter((place) => !own.word?.places.includes(place));
    return [{how: by.how, places}, ...(further.length > 0 ? [{how: reached.how, places: further}] : [])];
  });
}

function sayerOf({context, traits, error}: Absent, isPast: boolean): Sayer[] {
  if (!(error instanceof ClusterSaysNo)) return [];
  const {namespace} = error.veto;
  return [{context, traits, error, place: namespace, uid: traits.word?.uids[namespace], isPast}];
}

/** Whether it would go on, or is held up by no more than what it can't see. */
function goesOn<T>({result, error, traits, reached}: Placed<T>): boolean {
  if (!traits || !reached) return false;
  return error === undefined
    ? result !== undefined
    : error instanceof ClusterForbids && !(error instanceof ClusterSaysNo);
}

/** Has a context look where those of its cluster have looked, and where others see a no. */
async function lookAround<T>(member: Placed<T>, sayers: readonly Sayer[], heard: readonly Absent[]): Promise<Goer<T>> {
  const {context} = member;
  const traits = member.traits!;
  // Who may not go on anyhow is only told why.
  if (member.error !== undefined) return {member, traits, sights: new Map()};
  const known = traits.word?.places ?? [];
  const places = new Set([
    ...sayers.map(({place}) => place),
    ...heard.flatMap((one) =>
      one.context !== context && mayBeOne(one.traits, traits) === true ? (one.traits.word?.places ?? []) : [],
    ),
  ]);
  const further = [...places].filter((place) => !known.includes(place));
  const sights = await Promise.all(
    further.map(async (place) => [place, await look(member.reached!.connection, place)] as const),
  );
  return {member, traits, sights: new Map(sights)};
}

async function look(connection: Parameters<typeof readPlaces>[0], place: string): Promise<Sight> {
  try {
    const {veto, uids, refused} = await readPlaces(connection, [place]);
    return refused[0] ?? {uid: uids[place], veto};
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return {error};
  }
}

/** What this context has seen at a place, and whether after the one that sees a no there. */
function sightAt<T>({traits: {word}, sights}: Goer<T>, {place, isPast}: Sayer): {sight: Sight; isLater: boolean} {
  const further = sights.get(place);
  if (further) return {sight: further, isLater: true};
  if (!word?.places.includes(place) || word.unreadable.includes(place))
    return {sight: {error: undefined}, isLater: false};
  return {sight: {uid: word.uids[place]}, isLater: isPast};
}

/** Whether a no that another sees is of this cluster. */
function forbids<T>(
  goer: Goer<T>,
  sayers: readonly Sayer[],
  nothing: string,
): {by: string; error: unknown} | undefined {
  for (const sayer of sayers) {
    const {context: by, error, uid, isPast} = sayer;
    const {sight, isLater} = sightAt(goer, sayer);
    const seen = {by, error: new ClusterSaysNo(error.veto, nothing, by)};
    if (!('error' in sight)) {
      // The very ConfigMap: it says no still, or was read at another moment.
      if (uid !== undefined && sight.uid === uid && (sight.veto || !isLater)) return seen;
      // It says nothing any more, is not there, or is another cluster's.
      if (isLater && !(sight.veto && isPast)) continue;
    }
    const isOne = isOneWith(sayer, goer.traits);
    if (isOne === true) return seen;
    if (isOne === undefined && 'error' in sight && goer.member.error === undefined)
      return {by, error: cantSeeNo(by, error, nothing, sight.error)};
  }
  return undefined;
}

/** What a context has seen before of ConfigMaps, which may be made anew since, shows no two. */
function isOneWith({traits, isPast}: Sayer, other: Traits): boolean | undefined {
  const now = mayBeOne(traits, other);
  if (!isPast || now === true) return now;
  return mayBeOne({...traits, word: undefined}, other);
}

/** A no that this context sees where others of its cluster look, and it would not have looked by itself. */
function seenBeside<T>(
  {member: {context}, traits, sights}: Goer<T>,
  heard: readonly Absent[],
  nothing: string,
): {by: string; error: unknown} | undefined {
  for (const one of heard) {
    if (one.context === context || mayBeOne(one.traits, traits) !== true) continue;
    for (const place of one.traits.word?.places ?? []) {
      const sight = sights.get(place);
      if (sight && 'veto' in sight && sight.veto)
        return {by: one.context, error: new ClusterSaysNo(sight.veto, nothing)};
    }
  }
  return undefined;
}

/** What is forbidden to one is forbidden to all that lead to the same cluster, whoever can see why. */
function spread<T>(
  goers: readonly Goer<T>[],
  forbidden: Map<string, {goer: Goer<T>; by: string; error: unknown}>,
): void {
  // Those that are put in here are come to, too.
  for (const {goer, by, error} of forbidden.values()) {
    if (!(error instanceof ClusterSaysNo)) continue;
    for (const other of goers) {
      const {context} = other.member;
      if (!forbidden.has(context) && mayBeOne(goer.traits, other.traits) === true)
        forbidden.set(context, {goer: other, by, error});
    }
  }
}
