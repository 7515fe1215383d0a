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

/** What a context heard, now or in an earlier round. */
interface Heard extends Absent {
  readonly isPast: boolean;
}

/** A context that sees a no, and which ConfigMap says it. */
interface Sayer extends Heard {
  readonly error: ClusterSaysNo;
  readonly place: string;
  readonly uid: string | undefined;
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
  const heard = [...present.map((one) => ({...one, isPast: false})), ...past.map((one) => ({...one, isPast: true}))];
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
    return [{...by, places}, ...(further.length > 0 ? [{...reached, places: further}] : [])];
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

/** Has a context look where those of its cluster have looked, and, though it did before, where others see a no. */
async function lookAround<T>(member: Placed<T>, sayers: readonly Sayer[], heard: readonly Heard[]): Promise<Goer<T>> {
  const {context} = member;
  const traits = member.traits!;
  // Who may not go on anyhow is only told why.
  if (member.error !== undefined) return {member, traits, sights: new Map()};
  const known = traits.word?.places ?? [];
  const theirs = heard.flatMap((one) =>
    one.context !== context && isOneWith(one, traits) === true ? (one.traits.word?.places ?? []) : [],
  );
  const places = new Set([...sayers.map(({place}) => place), ...theirs.filter((place) => !known.includes(place))]);
  const sights = await Promise.all(
    [...places].map(async (place) => [place, await look(member.reached!.connection, place)] as const),
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

/**
 * Whether a no that another sees is of this cluster. What this context itself sees there, after the other, counts first: a no
 * that is gone, or stands in a copy of the cluster, is none here.
 */
function forbids<T>(
  {member, traits, sights}: Goer<T>,
  sayers: readonly Sayer[],
  nothing: string,
): {by: string; error: unknown} | undefined {
  for (const sayer of sayers) {
    const {context: by, error, place, uid} = sayer;
    const sight: Sight = sights.get(place) ?? {error: undefined};
    const [seen, cause] = 'error' in sight ? [undefined, sight.error] : [sight.veto];
    if (!('error' in sight) && !seen) continue;
    const isSame = !('error' in sight) && uid !== undefined && sight.uid === uid;
    // It can't look, or sees a no in another ConfigMap: of another cluster, or made anew meanwhile.
    const isOne = isSame || isOneWith(sayer, traits);
    if (isOne === true) return {by, error: new ClusterSaysNo(error.veto, nothing, by)};
    if (isOne === undefined && member.error === undefined)
      return {by, error: seen ? new ClusterSaysNo(seen, nothing) : cantSeeNo(by, error, nothing, cause)};
  }
  return undefined;
}

/** What a context has seen before of ConfigMaps, which may be made anew since, shows no two. */
function isOneWith({traits, isPast}: Heard, other: Traits): boolean | undefined {
  const now = mayBeOne(traits, other);
  if (!isPast || now === true) return now;
  return mayBeOne({...traits, word: undefined}, other);
}

/** A no that this context sees where others of its cluster look, and it would not have looked by itself. */
function seenBeside<T>(
  {member: {context}, traits, sights}: Goer<T>,
  heard: readonly Heard[],
  nothing: string,
): {by: string; error: unknown} | undefined {
  for (const one of heard) {
    if (one.context === context || isOneWith(one, traits) !== true) continue;
    for (const place of one.traits.word?.places ?? []) {
      const sight = sights.get(place);
      if (sight && 'veto' in sight && sight.veto)
        return {by: one.context, error: new ClusterSaysNo(sight.veto, nothing)};
    }
  }
  return undefined;
}

/** What is forbidden to one is forbidden to all that lead to the same cluster, but to who looked there and saw no no. */
function spread<T>(
  goers: readonly Goer<T>[],
  forbidden: Map<string, {goer: Goer<T>; by: string; error: unknown}>,
): void {
  // Those that are put in here are come to, too.
  for (const {goer, by, error} of forbidden.values()) {
    if (!(error instanceof ClusterSaysNo)) continue;
    for (const other of goers) {
      const {context} = other.member;
      const sight = other.sights.get(error.veto.namespace);
      if (sight && !('error' in sight) && !sight.veto) continue;
      if (!forbidden.has(context) && mayBeOne(goer.traits, other.traits) === true)
        forbidden.set(context, {goer: other, by, error});
    }
  }
}
