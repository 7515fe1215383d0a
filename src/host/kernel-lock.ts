import {closeSync, openSync} from 'node:fs';
import {DatabaseSync} from 'node:sqlite';

/** The locks of this process. Without a reference of its own one could be collected as garbage, which lets it go. */
const held = new Set<DatabaseSync>();

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
 * @throws {Error} of Node or SQLite, if the file can't be made or locked
 */
export function tryLock(path: string): KernelLock | undefined {
  // SQLite would make it readable by others.
  closeSync(openSync(path, 'a', 0o600));
  const database = new DatabaseSync(path, {timeout: 0});
  try {
    // Without a journal on disk the lock needs no room there.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if ((error as {errcode?: number}).errcode === busy) return undefined;
    throw error;
  }
  held.add(database);
  return {
    path,
    [Symbol.dispose]() {
      if (held.delete(database)) database.close();
    },
  };
}
