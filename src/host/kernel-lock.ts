import {type BigIntStats, closeSync, constants, fstatSync, statSync} from 'node:fs';
import {DatabaseSync} from 'node:sqlite';
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
 * @returns undefined if another process, or another call of this one, holds it
 * @throws {Error} of Node or SQLite, if the file can't be made or locked; `EOWNER` if somebody else may have made it
 */
export function tryLock(path: string): KernelLock | undefined {
  // Opening and closing the file again would let this process's own lock go: POSIX has it so.
  const before = identityOf(path);
  if (before !== undefined && held.has(before)) return undefined;
  const made = makeEmpty(path);
  const database = new DatabaseSync(path, {timeout: 0});
  try {
    // What SQLite has opened by its name is the same; a journal beside an empty file says nothing to it.
    if (identityOf(path) !== made) throw notOurs(path);
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
 * user's or root's, and empty: into any other SQLite would write what a journal beside it says, whoever put that there.
 */
function makeEmpty(path: string): string {
  const file = openOwnFile(path, constants.O_WRONLY | constants.O_APPEND | constants.O_CREAT);
  try {
    const found = fstatSync(file, {bigint: true});
    const user = process.geteuid?.();
    const isOurs = user === undefined || [0n, BigInt(user)].includes(found.uid);
    if (!isOurs || found.size > 0n) throw notOurs(path);
    return identity(found);
  } finally {
    closeSync(file);
  }
}

function notOurs(path: string): Error {
  return Object.assign(new Error(`EOWNER: ${path}`), {code: 'EOWNER'});
}

function identityOf(path: string): string | undefined {
  const found = statSync(path, {bigint: true, throwIfNoEntry: false});
  return found && identity(found);
}

/** Exact numbers: those of some file systems do not fit into a double. */
function identity({dev, ino}: BigIntStats): string {
  return `${dev}:${ino}`;
}
