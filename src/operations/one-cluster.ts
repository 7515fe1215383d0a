// Whether two contexts lead to one cluster. Two questions: who counts a cluster once must know that it is one, and who heeds a
// no must know that it is none.
import type {ClusterID} from './cluster-id.ts';
import type {Word} from './word.ts';

/** What is known of the cluster behind a context. */
export interface Traits {
  /** As `placeOf` tells it. */
  readonly place: string;
  readonly ca: string;
  /** What it said of reports, and where it was asked. */
  readonly word?: Word | undefined;
  readonly id?: ClusterID | undefined;
  /** IDs of its nodes; absent where they were not read. */
  readonly nodes?: ReadonlySet<string> | undefined;
  /** What would be changed there. */
  readonly subject?: Subject | undefined;
}

/** Something in a cluster that is known by its UID. */
export interface Subject {
  readonly uid: string;
  /** Whether many may read the UID, and a server of their own could show it. */
  readonly known: boolean;
}

/**
 * Whether they are one cluster, so that it counts once. The cluster's own ConfigMaps and nodes say so; the ID can be copied,
 * and a CA can be that of many. What a server tells of itself, an ID and a UID among it, it can have read elsewhere: that alone
 * must not make a cluster stand in for another, which nobody would be told of then.
 */
export function areOne(one: Traits, other: Traits): boolean {
  if (areTwo(one, other)) return false;
  const isVouched = areVouched(one, other);
  if (one.subject && other.subject) return one.subject.uid === other.subject.uid && (!one.subject.known || isVouched);
  const nodes = byNodes(one, other);
  if (byMaps(one, other) && (nodes === true || isVouched)) return true;
  const [id, another] = [idOf(one), idOf(other)];
  if (id?.stored && another?.stored) return id.value === another.value && (nodes === true || isSamePlace(one, other));
  const isShown = nodes === true && isVouched;
  // One that this user keeps goes by what the context may read: two of them can be of one cluster.
  if (id && another && !id.stored && !another.stored)
    return isShown || (id.value === another.value && (nodes === true || isVouched));
  return isShown || isSamePlace(one, other);
}

/** Whether more than what the servers tell of themselves says that they are one: who is trusted, or where it is. */
export function areVouched(one: Pick<Traits, 'ca' | 'place'>, other: Pick<Traits, 'ca' | 'place'>): boolean {
  return (one.ca !== '' && one.ca === other.ca) || one.place === other.place;
}

/** Whether something shows that they are two. */
export function areTwo(one: Traits, other: Traits): boolean {
  return byMaps(one, other) === false || byNodes(one, other) === false;
}

/**
 * Whether something shows that they are one, with which a no is not doubted; undefined: they may be, by their CA or server, or a
 * ConfigMap was made between two looks.
 */
export function mayBeOne(one: Traits, other: Traits): boolean | undefined {
  const nodes = byNodes(one, other);
  if (nodes === false) return false;
  if (byMaps(one, other) === false) return nodes || isSamePlace(one, other) ? undefined : false;
  const [id, another] = [idOf(one), idOf(other)];
  if (byMaps(one, other) || nodes || isSamePlace(one, other)) return true;
  if (id !== undefined && id.value === another?.value) return true;
  if (one.subject && one.subject.uid === other.subject?.uid) return true;
  return isSameCA(one, other) || serverOf(one) === serverOf(other) ? undefined : false;
}

/** What the ConfigMaps say where both were looked for: each has a UID of its own. Nothing, where there is none on either side. */
function byMaps({word: one}: Traits, {word: other}: Traits): boolean | undefined {
  if (!one || !other) return undefined;
  let same: boolean | undefined;
  for (const place of one.places) {
    if (!isSeen(one, place) || !isSeen(other, place)) continue;
    if (one.uids[place] !== other.uids[place]) return false;
    if (one.uids[place] !== undefined) same = true;
  }
  return same;
}

/** Whether it is known which ConfigMap is there, or that there is none. */
function isSeen({places, unreadable, present, uids}: Word, place: string): boolean {
  if (!places.includes(place) || unreadable.includes(place)) return false;
  return !present.includes(place) || uids[place] !== undefined;
}

function byNodes({nodes: some}: Traits, {nodes: others}: Traits): boolean | undefined {
  return haveNodeInCommon(some, others);
}

/** Whether a node is among both; undefined where the nodes of one are not known, or nobody has any. */
export function haveNodeInCommon(
  some: ReadonlySet<string> | undefined,
  others: ReadonlySet<string> | undefined,
): boolean | undefined {
  if (!some || !others || some.size + others.size === 0) return undefined;
  return !some.isDisjointFrom(others);
}

/** An ID that is that of the cluster whoever asks, and not made for this run. */
function idOf({id, word}: Traits): {value: string; stored: boolean} | undefined {
  if (id?.origin.from === 'cluster') return {value: id.value, stored: true};
  if (word?.clusterID !== undefined) return {value: word.clusterID, stored: true};
  return id?.origin.from === 'local' && id.origin.path !== undefined ? {value: id.value, stored: false} : undefined;
}

function isSamePlace(one: Traits, other: Traits): boolean {
  return one.place === other.place;
}

function serverOf({place}: Traits): string {
  return place.slice(0, place.indexOf('\n'));
}

/** The same CA that is known; none is no CA of both. */
function isSameCA(one: Traits, other: Traits): boolean {
  return one.ca !== '' && one.ca === other.ca;
}
