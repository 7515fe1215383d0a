import {randomUUID} from 'node:crypto';
import {closeSync, constants, fstatSync, lstatSync, rmSync} from 'node:fs';
import {DatabaseSync} from 'node:sqlite';
import {fileIdentity, identityOf} from './file-identity.ts';
import {openOwnFile} from './own-file.ts';

/**
 * The locks of this process by the identity of their files, since one file can have several names. Without a reference
 * of its own one could be collected as garbage, which lets it go.
 */
const held = new Map<string, DatabaseSync>();

/** SQLITE_BUSY: another connection holds the lock. */
const busy = 5;

/** A lock that is held until it is disposed of or the process ends, however it ends. */
export interface KernelLock extends Disposable {
  readonly path: string;
}

/**
 * Takes the lock that the file at `path` stands for, or says at once that somebody has it. The file is made where it is
 * missing (mode 0600) and stays empty.
 *
 * The lock is the kernel's, taken through SQLite: it ends with the process, even by SIGKILL, and needs no guess whether
 * its holder still lives, which a number in a file would (in a container every process is number 1).
 *
 * @param data the file that is kept by it: who owns that may have made the lock too, since he needs none to change it
 * @returns undefined if another process, or another call of this one, holds it
 * @throws {Error} of Node or SQLite, if the file can't be made or locked; `EOWNER` if somebody else may have made it
 */
export function tryLock(path: string, data?: string): KernelLock | undefined {
  // Opening and closing the file again would let this process's own lock go: POSIX has it so.
  const before = fileIdentity(path);
  if (before !== undefined && held.has(before)) return undefined;
  const made = makeEmpty(path, data);
  const database = new DatabaseSync(path, {timeout: 0});
  try {
    // What SQLite has opened by its name is the same; a journal beside an empty file says nothing to it.
    if (fileIdentity(path) !== made) throw notOurs(path);
    // Without a journal on disk the lock needs no room there.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as {errcode?: number}).errcode === busy) return undefined;
    throw error;
  }
  held.set(made, database);
  return {
    path,
    [Symbol.dispose]() {
      if (held.get(made) !== database) return;
      held.delete(made);
      database.close();
    },
  };
}

/**
 * Makes the file where it is missing; SQLite would make it readable by others, and follow a link. One that is there is this
 * user's, root's or the data's owner's, and empty: into any other SQLite would write what a journal beside it says, whoever put that there.
 */
function makeEmpty(path: string, data: string | undefined): string {
  const file = openOwnFile(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
  try {
    const found = fstatSync(file, {bigint: true});
    if (found.size > 0n || !(isOwner(found.uid, () => ownerOfNew(path)) || found.uid === ownerOf(data)))
      throw notOurs(path);
    return identityOf(found);
  } finally {
    closeSync(file);
  }
}

/**
 * Whether this is root, or this user.
 *
 * @param ofNew whom a file belongs to that this user makes there: a volume over the network may tell another number
 */
export function isOwner(uid: bigint, ofNew: () => bigint, user = process.geteuid?.()): boolean {
  return user === undefined || uid === 0n || uid === BigInt(user) || uid === ofNew();
}

function ownerOfNew(path: string): bigint {
  const probe = `${path}.${randomUUID()}.tmp`;
  const file = openOwnFile(probe, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL);
  try {
    return fstatSync(file, {bigint: true}).uid;
  } finally {
    closeSync(file);
    rmSync(probe, {force: true});
  }
}

function ownerOf(path: string | undefined): bigint | undefined {
  return path === undefined ? undefined : lstatSync(path, {bigint: true, throwIfNoEntry: false})?.uid;
}

function notOurs(path: string): Error {
  return Object.assign(new Error(`EOWNER: ${path}`), {code: 'EOWNER'});
}
