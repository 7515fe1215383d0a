import type {Connection} from '../cluster/connection/connection.ts';
import {localID} from '../cluster/local-id.ts';
import type {Stored} from '../cluster/stored-id.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {isUuid} from '../host/uuid.ts';
import {type Surroundings, setting, stateDirectoryIfAny} from '../settings.ts';
import {afterWord, wordOf} from './word.ts';

/** A cluster's ID and where it comes from. */
export interface ClusterID {
  readonly value: string;
  readonly origin:
    | {readonly from: 'flag' | 'variable' | 'file'}
    | {readonly from: 'cluster'; readonly namespace: string}
    /** Kept by this user; `isNew`: since this call; no path: it could not be kept, and the next one will be another. */
    | {readonly from: 'local'; readonly path?: string; readonly isNew: boolean};
}

/**
 * The ID that the user gives with the flag, the variable or the user's file; undefined if none is given.
 *
 * @throws {UserError} usage, if it is not a UUID
 */
export function givenID(flag: string | undefined, around: Surroundings): ClusterID | undefined {
  const given = setting('cluster-id', flag, around);
  if (!given) return undefined;
  if (isUuid(given.value)) return {value: given.value.toLowerCase(), origin: {from: given.origin as 'flag'}};
  throw new UserError(
    'usage',
    `The cluster ID ${JSON.stringify(clean(given.value, 60))} is not a UUID; a name would identify its owner.`,
    {
      suggestions: ['Leave --cluster-id out: the cluster keeps a random one. Or make one: uuidgen'],
    },
  );
}

/** What the user says about the ID. */
export interface IdChoices {
  readonly clusterID?: string | undefined;
  readonly stateDir?: string | undefined;
  /** Write nothing: an ID that has to be made is for this once. */
  readonly keepsNothing?: boolean | undefined;
}

/**
 * The ID of the cluster: given, else the one that the cluster keeps, else the one that this user keeps for it.
 *
 * @throws {UserError} usage, if what is given is not a UUID; input, if what is kept can't be used
 */
export async function clusterID(
  connection: Connection,
  stored: Stored,
  {clusterID: flag, stateDir, keepsNothing = false}: IdChoices,
  around: Surroundings,
): Promise<ClusterID> {
  const given = givenID(flag, around);
  if (given) return given;
  if (stored.unusable) throw afterWord(wordOf(stored), stored.unusable);
  if (stored.clusterID) return {value: stored.clusterID, origin: {from: 'cluster', namespace: stored.namespace!}};
  const {value, path, isNew} = await localID(connection, stateDirectoryIfAny(stateDir, around), keepsNothing);
  return {value, origin: {from: 'local', isNew, ...(path ? {path} : {})}};
}
