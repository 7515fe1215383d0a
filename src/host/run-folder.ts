import {lstatSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {KernelLock} from './kernel-lock.ts';
import {whoElseMayWrite} from './private-folder.ts';

/** How the name of the folder of one run begins. */
export const runFolderPrefix = 'seldon-usage-helm-';

/** File whose lock says that the folder's owner runs; it is the kernel's, and ends with the process. */
const lockName = 'lock';

/** Folders that are made before what goes wrong with the lock counts. */
const mostTries = 10;

/** Folders that are held by this process, and what removes each. */
const held = new Map<string, () => void>();

/** One listener for all: eleven would be warned of. */
function removeAll(): void {
  for (const remove of held.values()) remove();
}

/** A private folder for one run. */
export interface RunFolder {
  readonly path: string;
  remove(): void;
}

/**
 * Makes a folder that only the user can enter (0700). It is gone at `remove` or at the end of the process; what a killed
 * process leaves is removed by `sweepRunFolders` of any later one.
 *
 * @throws {Error} of Node or SQLite, if it can't be made
 */
export async function makeRunFolder(parent = tmpdir()): Promise<RunFolder> {
  const {tryLock} = await import('./kernel-lock.ts');
  for (let tries = 1; ; tries++) {
    const path = mkdtempSync(join(parent, runFolderPrefix));
    let lock: KernelLock | undefined;
    let failed: unknown;
    try {
      lock = tryLock(join(path, lockName));
    } catch (error) {
      failed = error;
    }
    const remove = () => {
      // Another process may look at this moment whose it is, and makes the lock's file anew that is gone already.
      rmSync(path, {recursive: true, force: true, maxRetries: 10, retryDelay: 10});
      lock?.[Symbol.dispose]();
      held.delete(path);
      if (held.size === 0) process.removeListener('exit', removeAll);
    };
    if (held.size === 0) process.once('exit', removeAll);
    held.set(path, remove);
    if (lock) return {path, remove};
    // Another process took it for abandoned between these two steps, and may have removed it by now.
    remove();
    if (failed !== undefined && tries === mostTries) throw failed;
  }
}

/** Removes the folders of this user whose owners have ended. Never fails: what can't be removed now may go later. */
export async function sweepRunFolders(parent = tmpdir()): Promise<void> {
  let names: string[];
  try {
    names = readdirSync(parent).filter((name) => name.startsWith(runFolderPrefix));
    // None is made where somebody else could give a folder of this user such a name, to have it removed.
    if (names.length === 0 || whoElseMayWrite(parent) !== undefined) return;
  } catch {
    return;
  }
  for (const name of names) {
    const path = join(parent, name);
    try {
      if (!held.has(path) && isOwn(path) && (await isAbandoned(path))) rmSync(path, {recursive: true, force: true});
    } catch {
      // Another run was faster.
    }
  }
}

/** A real folder of this user, that nobody else can write to. */
function isOwn(path: string): boolean {
  const {uid, mode} = lstatSync(path);
  return lstatSync(path).isDirectory() && uid === process.getuid?.() && (mode & 0o077) === 0;
}

/** Milliseconds after which a folder without the file counts as left behind: it is made at once. */
const grace = 60_000;

async function isAbandoned(path: string): Promise<boolean> {
  const file = join(path, lockName);
  const there = lstatSync(file, {throwIfNoEntry: false});
  if (!there) return Date.now() - lstatSync(path).mtimeMs > grace;
  // Loaded where something was left behind only.
  const {tryLock} = await import('./kernel-lock.ts');
  const lock = tryLock(file);
  lock?.[Symbol.dispose]();
  return lock !== undefined;
}
