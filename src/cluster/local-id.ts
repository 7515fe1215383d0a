import {createHash, randomUUID} from 'node:crypto';
import {linkSync, lstatSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {makeFolder} from '../host/make-folder.ts';
import {readOwnFile} from '../host/own-file.ts';
import {isUuid} from '../host/uuid.ts';
import type {Namespace} from './api.ts';
import type {Connection} from './connection/connection.ts';
import {findJson, HttpError} from './connection/request.ts';

/** The cluster ID that this user keeps for a cluster, and where; `isNew`: made by this call; no path: it could not be kept. */
export interface LocalID {
  readonly value: string;
  readonly path?: string;
  readonly isNew: boolean;
}

/**
 * The ID that this user's state directory keeps for the cluster, made at the first call; a new one each time where there
 * is no such directory.
 *
 * @param keepsNothing whether one that has to be made is not kept
 * @throws {UserError} input, if what is kept there is no UUID
 */
export async function localID(
  connection: Connection,
  stateDirectory: string | undefined,
  keepsNothing = false,
): Promise<LocalID> {
  if (stateDirectory === undefined) return {value: randomUUID(), isNew: true};
  const folder = join(stateDirectory, 'cluster-ids');
  const path = join(folder, await clusterKey(connection));
  const known = readID(path);
  if (known) return {value: known, path, isNew: false};
  const value = randomUUID();
  if (keepsNothing) return {value, isNew: true};
  // Not by the process ID: in containers that share a volume, every process is number 1.
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    makeFolder(folder);
    // Behind a link is somewhere else, where this program writes nothing.
    if (!lstatSync(folder).isDirectory()) return {value, isNew: true};
    writeFileSync(temporary, `${value}\n`, {mode: 0o600, flag: 'wx'});
    // A link fails where the name exists: of two at once, one wins, and nobody reads half a file.
    linkSync(temporary, path);
    return {value, path, isNew: true};
  } catch (error) {
    const winner = systemCode(error) === 'EEXIST' ? readID(path) : undefined;
    return winner ? {value: winner, path, isNew: false} : {value, isNew: true};
  } finally {
    removeIfThere(temporary);
  }
}

/** `force` alone still throws where a folder on the way is a file or may not be entered. */
function removeIfThere(path: string): void {
  try {
    rmSync(path, {force: true});
  } catch {
    // Then it was never written.
  }
}

/** Forgets the ID that is kept for the cluster, so that the next call makes another. */
export async function forgetLocalID(connection: Connection, stateDirectory: string | undefined): Promise<void> {
  if (stateDirectory === undefined) return;
  rmSync(join(stateDirectory, 'cluster-ids', await clusterKey(connection)), {force: true});
}

function readID(path: string): string | undefined {
  let text: string;
  try {
    text = readOwnFile(path, 4096).toString('utf8').trim();
  } catch {
    return undefined;
  }
  if (isUuid(text)) return text.toLowerCase();
  throw new UserError('input', `The cluster ID kept in ${path} is not a UUID: ${clean(text, 60)}`, {
    suggestions: ['Remove the file to have a new one.'],
  });
}

/** What tells clusters apart on this machine: the UID of the namespace kube-system, else the server, the way to it and its CA. */
async function clusterKey(connection: Connection): Promise<string> {
  try {
    const namespace = await findJson<Namespace>(connection, '/api/v1/namespaces/kube-system');
    const uid = namespace?.metadata?.uid ?? '';
    if (/^[\w-]{8,64}$/.test(uid)) return uid;
  } catch (error) {
    if (!(error instanceof HttpError && error.status === 403)) throw error;
  }
  const {server, ca, way} = connection;
  return createHash('sha256')
    .update([server, ca, ...(way === '' ? [] : [way])].join('\n'))
    .digest('hex');
}
