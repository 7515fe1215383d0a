import {lstatSync} from 'node:fs';
import {join} from 'node:path';
import {writeDurably} from '../host/durable.ts';
import {makeFolder} from '../host/make-folder.ts';
import {isOwnFile, readOwnFile} from '../host/own-file.ts';
import {isUuid} from '../host/uuid.ts';
import type {Scope} from './scope.ts';

/** Longest record that is read, bytes. */
const most = 64 * 1024;

/** Where the scope is kept that was last agreed to for a cluster; a UUID leads nowhere else. */
function pathOf(folder: string, clusterID: string): string | undefined {
  return isUuid(clusterID) ? join(folder, 'agreed', `${clusterID.toLowerCase()}.json`) : undefined;
}

/**
 * The scope of the last report of this cluster that was agreed to here; undefined where none is known. What can't be read is
 * taken for one that allows nothing: who damaged it must not widen what is sent.
 */
export function readAgreed(folder: string, clusterID: string): Scope | undefined {
  const path = pathOf(folder, clusterID);
  if (path === undefined) return undefined;
  let text: string;
  try {
    text = readOwnFile(path, most).toString('utf8');
    // In a folder behind a link it is none that was kept here.
    if (!isOwnFile(path)) return nothing;
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    return code === 'ENOENT' || code === 'ENOTDIR' ? undefined : nothing;
  }
  try {
    const value = JSON.parse(text) as Partial<Scope>;
    const texts = (list: unknown): list is string[] =>
      Array.isArray(list) && list.every((one) => typeof one === 'string');
    const {version, fields, capacity, extensions} = value;
    return typeof version === 'string' && texts(fields) && texts(extensions)
      ? {version, fields, capacity: capacity === 'all' ? 'all' : 'known', extensions}
      : nothing;
  } catch {
    return nothing;
  }
}

const nothing: Scope = {version: '', fields: [], capacity: 'known', extensions: []};

/** Keeps what was agreed to; it is on the disk when this returns. */
export function writeAgreed(folder: string, clusterID: string, scope: Scope): void {
  const path = pathOf(folder, clusterID);
  if (path === undefined) return;
  makeFolder(join(folder, 'agreed'));
  // Behind a link is somewhere else, where this program writes nothing.
  if (!lstatSync(join(folder, 'agreed')).isDirectory()) throw Object.assign(new Error(path), {code: 'ELOOP'});
  writeDurably(path, `${JSON.stringify(scope)}\n`);
}
