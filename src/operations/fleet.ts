import {amongOthers} from '../cluster/connection/allowance.ts';
import type {Connections} from '../cluster/connection/connect.ts';
import {type Connection, type ConnectionOptions, placeOf} from '../cluster/connection/connection.ts';
import {readKubeconfig} from '../cluster/connection/kubeconfig.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {sideBySide} from '../host/side-by-side.ts';
import type {Surroundings} from '../settings.ts';
import {givenID} from './cluster-id.ts';
import {areOne, type Traits} from './one-cluster.ts';
import {mostClusters, type Reached} from './sending.ts';
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

/** A member while the work goes on. */
export interface Placed<T> extends Member<T> {
  /** What is known of its cluster, as far as it came. */
  readonly traits?: Traits;
  /** How it is reached, once its context is resolved. */
  readonly reached?: Reached;
  /** The context whose cluster's no forbids it too. */
  readonly forbiddenBy?: string;
}

/** Told of each context when its own work ends. */
export type OnMember<T> = (member: Member<T>) => void;

/** The work for one context; `heard` is told what its cluster says of reports, before what may fail. */
export type Work<T> = (connection: Connection, options: ConnectionOptions, heard: (word: Word) => void) => Promise<T>;

/** How the work for several contexts comes together. */
export interface Together<T> {
  /** What a result tells of its cluster. */
  readonly tells: (result: T) => Partial<Traits>;
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
    throw new UserError('usage', `--exclude ${clean(odd)}: the kubeconfig has no such context.`, {
      suggestions: ['kubectl config get-contexts lists them.'],
    });
  const chosen = all.filter((name) => !exclude.includes(name));
  if (chosen.length > 0) return chosen;
  throw new UserError('usage', 'The kubeconfig defines no context, or all are excluded.');
}

/** Does the work for each context, several side by side. What fails for one stops no other. */
export async function overFleet<T>(
  contexts: readonly string[],
  options: ConnectionOptions,
  connections: Connections,
  work: Work<T>,
  {tells, told, most = mostClusters}: Together<T>,
): Promise<Placed<T>[]> {
  return sideBySide(contexts, most, async (context): Promise<Placed<T>> => {
    // Of plugins that run side by side none can have the keyboard.
    const terminal = {input: false, output: options.terminal?.output === true, shared: true};
    const waiting = (sentence: string) => options.waiting?.(sentence, context);
    // A handshake costs more than to wait for a socket that is open.
    const how = {allowance: amongOthers, ...options, context, terminal, waiting, sockets: 3};
    let member: Placed<T> = {context};
    const tell = (traits: Partial<Traits>) => {
      member = {...member, traits: {...member.traits!, ...traits}};
    };
    try {
      const connection = await connections.to(how);
      member = {context, traits: {place: placeOf(connection), ca: connection.ca}, reached: {connection, how}};
      const result = await work(connection, how, (word) => tell({word}));
      tell(tells(result));
      member = {...member, result};
    } catch (error) {
      member = {...member, error};
    }
    told?.(member);
    return member;
  });
}

/** A cluster that counts already. */
export type Counted = Pick<Placed<unknown>, 'context' | 'traits'>;

/**
 * The members, of those that are of one cluster all but one told as the same. The first that succeeded counts, one that sees a
 * no of the cluster before all, and one that can't see whether there is one last.
 *
 * @param before those that count whatever comes
 */
export function countedOnce<T>(all: readonly Placed<T>[], before: readonly Counted[] = []): Placed<T>[] {
  const done = all.filter(({result, error}) => result !== undefined && error === undefined);
  const roots = new Map<Counted, Counted>();
  for (const member of [...before, ...done.toSorted((a, b) => sightOf(a) - sightOf(b))]) {
    const twin = [...roots.keys()].find((other) => areOne(other.traits!, member.traits!));
    roots.set(member, twin ? roots.get(twin)! : member);
  }
  return all.map((member) => {
    const root = roots.get(member) ?? member;
    if (root === member) return member;
    const blind = sightOf(member) === sights.unseen && sightOf(root) !== sights.unseen;
    return {context: member.context, sameAs: root.context, ...(blind ? {undetermined: true} : {})};
  });
}

/** How much is seen of what the cluster says; the least comes first. */
const sights = {no: 0, none: 1, unseen: 2} as const;

function sightOf({traits}: Counted): number {
  const word = traits?.word;
  if (!word) return sights.none;
  return word.veto ? sights.no : word.undetermined.length > 0 ? sights.unseen : sights.none;
}

/**
 * Does the work for each of the contexts that are chosen, each cluster counted once.
 *
 * @throws {UserError} usage, before any cluster is asked; what fails for one is in the result
 */
export async function eachContext<T>(
  choice: FleetChoice,
  options: ConnectionOptions,
  around: Surroundings,
  work: Work<T>,
  together: Together<T>,
): Promise<readonly Placed<T>[]> {
  requireOwnIDs(around);
  const contexts = contextsOf(choice, options, around);
  return withConnections(around, async (connections) =>
    countedOnce(await overFleet(contexts, options, connections, work, together)),
  );
}
