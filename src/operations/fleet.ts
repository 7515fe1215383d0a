import type {Connections} from '../cluster/connection/connect.ts';
import type {Connection, ConnectionOptions} from '../cluster/connection/connection.ts';
import {readKubeconfig} from '../cluster/connection/kubeconfig.ts';
import {ClusterForbids, ClusterSaysNo} from '../consent/consent.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {sideBySide} from '../host/side-by-side.ts';
import type {Report} from '../report/index.ts';
import type {Surroundings} from '../settings.ts';
import {type ClusterID, givenID} from './cluster-id.ts';
import {areOfTwo, haveNodeInCommon} from './copied-id.ts';
import {mostClusters} from './sending.ts';
import {withConnections} from './with-connection.ts';
import type {Word} from './word.ts';

/** Which contexts; none named: all but those excluded. */
export interface FleetChoice {
  readonly contexts: readonly string[] | undefined;
  readonly exclude: readonly string[];
}

/** What became of one context. */
export interface Member<T> {
  readonly context: string;
  readonly result?: T;
  readonly error?: unknown;
  /** The context that leads to the same cluster, which counts once. */
  readonly sameAs?: string;
  /** Whether this context can't see what the cluster says of reports, and the other can. */
  readonly undetermined?: true;
}

/** A member while the work goes on; `place`: server and CA, once the context is resolved. */
export interface Placed<T> extends Member<T> {
  readonly place?: string;
  readonly ca?: string;
}

/** Whether two results are of one cluster, wherever it is reached; undefined where they don't tell. */
export type AreOne<T> = (one: Placed<T>, other: Placed<T>) => boolean | undefined;

/** Told of each context when its own work ends. */
export type OnMember<T> = (member: Member<T>) => void;

/** How the work for several contexts comes together. */
export interface Together<T> {
  readonly areOne: AreOne<T>;
  /** What a result tells of the cluster's own word: of one cluster the context counts that can see it. */
  readonly wordOf?: (result: T) => Word | undefined;
  /** Throws what forbids a result, which is then no other's twin. */
  readonly check?: (result: T) => void;
  readonly told?: OnMember<T> | undefined;
  /** Contexts at the same time. */
  readonly most?: number;
}

/**
 * Refuses an ID that is given, which would be that of all.
 *
 * @throws {UserError} usage
 */
export function requireOwnIDs(around: Surroundings): void {
  const given = givenID(undefined, around);
  if (given)
    throw new UserError('usage', `The setting cluster-id (${given.origin.from}) goes with one cluster.`, {
      suggestions: ['Without it, each cluster has the ID that it keeps.'],
    });
}

/**
 * The contexts that are chosen, in the order of the flags or of the kubeconfig.
 *
 * @throws {UserError} usage, if there is none, or one that is excluded is none
 */
export function contextsOf(
  {contexts, exclude}: FleetChoice,
  {kubeconfig}: ConnectionOptions,
  around: Surroundings,
): readonly string[] {
  if (contexts) return contexts;
  const all = [...readKubeconfig(kubeconfig, around).contexts.keys()];
  const odd = exclude.find((name) => !all.includes(name));
  if (odd !== undefined)
    throw new UserError('usage', `--exclude ${clean(odd)}: no context of the kubeconfig.`, {
      suggestions: ['kubectl config get-contexts lists them.'],
    });
  const chosen = all.filter((name) => !exclude.includes(name));
  if (chosen.length > 0) return chosen;
  throw new UserError('usage', 'The kubeconfig defines no context, or all are excluded.');
}

/**
 * Does the work for each context, several side by side. What fails for one stops no other. Of contexts that lead to the
 * same cluster the first that succeeds counts, one that sees a no of the cluster before all, and one that can't see whether
 * there is one last.
 *
 * @returns a member each; one whose result `check` forbids has its error too
 */
export async function overFleet<T>(
  contexts: readonly string[],
  options: ConnectionOptions,
  connections: Connections,
  work: (connection: Connection, options: ConnectionOptions) => Promise<T>,
  {areOne, wordOf, check, told, most = mostClusters}: Together<T>,
): Promise<Placed<T>[]> {
  const all = await sideBySide(contexts, most, async (context): Promise<Placed<T>> => {
    // Of plugins that run side by side none can have the keyboard.
    const terminal = {input: false, output: options.terminal?.output === true, shared: true};
    const waiting = (sentence: string) => options.waiting?.(sentence, context);
    // A handshake costs more than to wait for a socket that is open.
    const how = {...options, context, terminal, waiting, sockets: 3};
    let member: Placed<T> = {context};
    try {
      const connection = await connections.to(how);
      const {server, ca} = connection;
      member = {context, place: `${server}\n${ca}`, ca};
      const result = await work(connection, how);
      member = {...member, result};
      check?.(result);
    } catch (error) {
      member = {...member, error};
    }
    told?.(member);
    return member;
  });
  return countedOnce(all, areOne, wordOf);
}

/** The members, of those that are of one cluster all but one told as the same. */
function countedOnce<T>(all: readonly Placed<T>[], areOne: AreOne<T>, wordOf: Together<T>['wordOf']): Placed<T>[] {
  const sight = ({result}: Placed<T>) => sightOf(wordOf?.(result!));
  const done = all.filter(({result, error}) => result !== undefined && error === undefined);
  const ranked = done.toSorted((a, b) => sight(a) - sight(b));
  const roots = new Map<Placed<T>, Placed<T>>();
  for (const member of ranked) {
    const twin = [...roots.keys()].find((other) => isSame(other, member, areOne));
    roots.set(member, twin ? roots.get(twin)! : member);
  }
  return all.map((member) => {
    const root = roots.get(member) ?? member;
    if (root === member) return member;
    const blind = sight(member) === sights.unseen && sight(root) !== sights.unseen;
    return {context: member.context, sameAs: root.context, ...(blind ? {undetermined: true} : {})};
  });
}

/** How much is seen of what the cluster says; the least comes first. */
const sights = {no: 0, none: 1, unseen: 2} as const;

function sightOf(word: Word | undefined): number {
  if (!word) return sights.none;
  return word.veto ? sights.no : word.undetermined.length > 0 ? sights.unseen : sights.none;
}

function isSame<T>(one: Placed<T>, other: Placed<T>, areOne: AreOne<T>): boolean {
  return areOne(one, other) ?? one.place === other.place;
}

/**
 * By the IDs where both have one, else by server and CA. An ID can be copied: that two are of one cluster another CA does not
 * vouch for, and their nodes may say no. One that this user keeps, since what the cluster keeps can't be seen, says nothing.
 */
export function byID<T>(idOf: (result: T) => ClusterID | undefined, reportIn?: (result: T) => Report): AreOne<T> {
  return (one, other) => {
    const [id, another] = [idOf(one.result!), idOf(other.result!)];
    const [a, b] = [keptID(id), keptID(another)];
    if (a === undefined || b === undefined) return undefined;
    if (a !== b) {
      if (id!.origin.from === 'cluster' && another!.origin.from === 'cluster') return false;
      // One that this user keeps goes by what the context may read: two of them can be of one cluster.
      if (reportIn && isSameCA(one, other) && haveNodeInCommon(reportIn(one.result!), reportIn(other.result!)))
        return true;
      return id!.origin.from === another!.origin.from ? false : undefined;
    }
    if (reportIn) return !areOfTwo(reportIn(one.result!), reportIn(other.result!));
    return isSameCA(one, other) ? true : undefined;
  };
}

function isSameCA<T>({ca}: Placed<T>, other: Placed<T>): boolean {
  return ca !== undefined && ca !== '' && ca === other.ca;
}

/** An ID that is that of the cluster whoever asks, and not made for this run. */
function keptID(id: ClusterID | undefined): string | undefined {
  const isKept = id && (id.origin.from === 'cluster' || (id.origin.from === 'local' && id.origin.path !== undefined));
  return isKept ? id.value : undefined;
}

/**
 * A no that was seen by one context counts for every other that leads to the same cluster, and is what is told of them. That
 * one can't see whether there is a no forbids it to that one alone.
 */
export function alsoForbidden<T>(members: readonly Placed<T>[], areOne: AreOne<T> = () => undefined): Placed<T>[] {
  const nos = members.filter(({error}) => error instanceof ClusterSaysNo);
  return members.map((member) => {
    const {context, result, error} = member;
    if (result === undefined && !(error instanceof ClusterForbids)) return member;
    const same: AreOne<T> = (one, other) => (one.result && other.result ? areOne(one, other) : undefined);
    const no = error instanceof ClusterSaysNo ? member : nos.find((one) => isSame(one, member, same));
    if (no) return {context, error: no.error};
    return error === undefined ? member : {context, error};
  });
}

/**
 * Does the work for each of the contexts that are chosen.
 *
 * @throws {UserError} usage, before any cluster is asked; what fails for one is in the result
 */
export async function eachContext<T>(
  choice: FleetChoice,
  options: ConnectionOptions,
  around: Surroundings,
  work: (connection: Connection, options: ConnectionOptions) => Promise<T>,
  together: Together<T>,
): Promise<readonly Member<T>[]> {
  requireOwnIDs(around);
  const contexts = contextsOf(choice, options, around);
  return withConnections(around, (connections) => overFleet(contexts, options, connections, work, together));
}
