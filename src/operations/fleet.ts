import type {Connections} from '../cluster/connection/connect.ts';
import type {Connection, ConnectionOptions} from '../cluster/connection/connection.ts';
import {readKubeconfig} from '../cluster/connection/kubeconfig.ts';
import {ClusterForbids} from '../consent/consent.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {sideBySide} from '../host/side-by-side.ts';
import type {Report} from '../report/index.ts';
import type {Surroundings} from '../settings.ts';
import {type ClusterID, givenID} from './cluster-id.ts';
import {areOfTwo} from './copied-id.ts';
import {mostClusters} from './sending.ts';
import {withConnections} from './with-connection.ts';

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
  /** The context before it that leads to the same cluster, which counts once. */
  readonly sameAs?: string;
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
 * same cluster the first that succeeds counts.
 *
 * @param most contexts at the same time
 */
export async function overFleet<T>(
  contexts: readonly string[],
  options: ConnectionOptions,
  connections: Connections,
  work: (connection: Connection, options: ConnectionOptions) => Promise<T>,
  areOne: AreOne<T>,
  told: OnMember<T> = () => {},
  most = mostClusters,
): Promise<Placed<T>[]> {
  const all = await sideBySide(contexts, most, async (context): Promise<Placed<T>> => {
    // Of plugins that run side by side none can have the keyboard.
    const terminal = {input: false, output: options.terminal?.output === true};
    // A handshake costs more than to wait for a socket that is open.
    const how = {...options, context, terminal, sockets: 3};
    let place: Pick<Placed<T>, 'place' | 'ca'> = {};
    let member: Placed<T>;
    try {
      const connection = await connections.to(how);
      const {server, ca} = connection;
      place = {place: `${server}\n${ca}`, ca};
      member = {context, ...place, result: await work(connection, how)};
    } catch (error) {
      member = {context, ...place, error};
    }
    told(member);
    return member;
  });
  return all.map((member, at) => {
    if (member.result === undefined) return member;
    const twin = all
      .slice(0, at)
      .find((other) => other.result !== undefined && (areOne(other, member) ?? other.place === member.place));
    return twin ? {context: member.context, sameAs: twin.context} : member;
  });
}

/**
 * By the IDs where both have one, else by server and CA. An ID can be copied: that two are of one cluster another CA does not
 * vouch for, and their nodes may say no.
 */
export function byID<T>(idOf: (result: T) => ClusterID | undefined, reportIn?: (result: T) => Report): AreOne<T> {
  return (one, other) => {
    const [a, b] = [keptID(idOf(one.result!)), keptID(idOf(other.result!))];
    if (a === undefined || b === undefined) return undefined;
    if (a !== b) return false;
    if (reportIn) return !areOfTwo(reportIn(one.result!), reportIn(other.result!));
    return one.ca !== '' && one.ca === other.ca ? true : undefined;
  };
}

/** An ID that is that of the cluster whoever asks, and not made for this run. */
function keptID(id: ClusterID | undefined): string | undefined {
  const isKept = id && (id.origin.from === 'cluster' || (id.origin.from === 'local' && id.origin.path !== undefined));
  return isKept ? id.value : undefined;
}

/** A no that was seen by one context counts for every other that leads to the same server. */
export function alsoForbidden<T>(members: readonly Placed<T>[]): Placed<T>[] {
  const nos = new Map(members.flatMap(({place, error}) => (error instanceof ClusterForbids ? [[place, error]] : [])));
  return members.map((member) => {
    const error = member.result && nos.get(member.place);
    return error ? {context: member.context, error} : member;
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
  areOne: AreOne<T>,
  told?: OnMember<T>,
): Promise<readonly Member<T>[]> {
  requireOwnIDs(around);
  const contexts = contextsOf(choice, options, around);
  return withConnections(around, (connections) => overFleet(contexts, options, connections, work, areOne, told));
}
