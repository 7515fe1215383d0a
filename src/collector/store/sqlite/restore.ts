import {readdirSync, renameSync, rmSync, statSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {reasonOf, UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import {moveDurably, syncFolder, writeDurably} from '../../../host/durable.ts';
import {readOwnFile} from '../../../host/own-file.ts';
import {copyBackup, requireBackup} from './copy.ts';
import {lockStore} from './lock.ts';
import {restoreMark} from './open.ts';

/*
 * A restore is four durable steps, each whole or not at all:
 *   1. the backup is copied beside the store and synced;
 *   2. a mark is written: from here on the restore is decided, and whoever has the lock next finishes it;
 *   3. all files of the old store get their new names;
 *   4. the copy gets the name of the store, and the mark goes.
 * Whoever finds no mark finds the old store; whoever finds one opens nothing before it is finished.
 */

/** Files that make up a store; the log (or a journal) goes with its database, or it would be mixed into another one. */
const ends = ['', '-wal', '-journal'];

/**
 * Puts a backup in the place of the store at `path`. What was there is kept beside it.
 *
 * @returns the name under which the replaced store is kept; undefined if there was none
 * @throws {UserError} input, if a server runs on the store or the backup is not sound; then nothing has changed
 */
export function restore(backup: string, path: string, now: Date): string | undefined {
  requireBackup(backup);
  const unlock = lockStore(path);
  try {
    finishRestore(path);
    copyBackup(backup, stagedOf(path), path);
    const kept = keptName(path, now);
    moving(path, () => writeDurably(restoreMark(path), `${JSON.stringify({kept: basename(kept)})}\n`));
    return swap(path, kept);
  } finally {
    unlock();
  }
}

/**
 * Finishes a restore that was interrupted, and removes what is left of one that was not decided yet. The caller has the
 * lock of the store.
 *
 * @returns what was done, in a sentence; undefined if there was nothing to do
 * @throws {UserError} input, if it can't be finished
 */
export function finishRestore(path: string): string | undefined {
  const kept = readMark(path);
  const staged = stagedOf(path);
  if (kept === undefined) {
    moving(path, () => removeUndecided(path));
    return undefined;
  }
  if (isThere(staged)) {
    swap(path, kept);
    return `A restore that was interrupted is finished; what was there before is kept in ${clean(kept)}.`;
  }
  if (!isThere(path)) {
    if (!isThere(kept))
      throw new UserError('input', `A restore of ${clean(path)} was interrupted, and both files are gone.`, {
        suggestions: [`Bring back a backup under that name, and remove ${clean(restoreMark(path))}.`],
      });
    moving(path, () => moveAll(kept, path));
    removeMark(path);
    return 'A restore that was interrupted was undone: its copy of the backup is gone, the old store is back in its place.';
  }
  removeMark(path);
  return 'A restore that was interrupted is finished.';
}

/** What is left of a restore that ended before its mark was whole. */
function removeUndecided(path: string): void {
  for (const end of [...ends, '-shm']) rmSync(stagedOf(path) + end, {force: true});
  const torn = `${basename(restoreMark(path))}.`;
  for (const file of readdirSync(dirname(path))) {
    if (file.startsWith(torn) && file.endsWith('.tmp')) rmSync(join(dirname(path), file), {force: true});
  }
}

/** Beside the store, because only there a name can be changed in one step. */
function stagedOf(path: string): string {
  return `${path}.restoring`;
}

function keptName(path: string, now: Date): string {
  const name = `${path}.replaced-${now.toISOString().replace(/[-:]|\.\d+/g, '')}`;
  for (let i = 1; ; i++) {
    const candidate = i === 1 ? name : `${name}-${i}`;
    if (!ends.some((end) => isThere(candidate + end))) return candidate;
  }
}

/** Steps 3 and 4; each can be done again after it was interrupted. */
function swap(path: string, kept: string): string | undefined {
  moving(path, () => {
    moveAll(path, kept);
    rmSync(`${path}-shm`, {force: true});
    syncFolder(dirname(path));
    moveDurably(stagedOf(path), path);
  });
  removeMark(path);
  return ends.map((end) => kept + end).find(isThere);
}

function moveAll(from: string, to: string): void {
  for (const end of ends) {
    if (isThere(from + end)) renameSync(from + end, to + end);
  }
}

function removeMark(path: string): void {
  moving(path, () => {
    rmSync(restoreMark(path), {force: true});
    syncFolder(dirname(path));
  });
}

/** Where the replaced store is kept, as the mark has it; undefined if there is no mark. */
function readMark(path: string): string | undefined {
  const mark = restoreMark(path);
  if (!isThere(mark)) return undefined;
  try {
    const {kept} = JSON.parse(readOwnFile(mark, 4096).toString('utf8')) as {kept?: unknown};
    // Others may be able to write to the folder: no other file is moved than one of this name.
    if (typeof kept === 'string' && kept.startsWith(`${basename(path)}.replaced-`) && !/[/\0]/.test(kept)) {
      return join(dirname(path), kept);
    }
  } catch {
    // Told below.
  }
  throw new UserError(
    'input',
    `A restore of ${clean(path)} was interrupted, and its mark ${clean(mark)} can't be read.`,
    {
      suggestions: ['Look what is beside the store, bring the right file to its name, and remove the mark.'],
    },
  );
}

function isThere(path: string): boolean {
  return statSync(path, {throwIfNoEntry: false}) !== undefined;
}

function moving(path: string, change: () => void): void {
  try {
    change();
  } catch (error) {
    throw new UserError('input', `The store ${clean(path)} can't be replaced (${reasonOf(error)}).`, {
      suggestions: [
        isThere(restoreMark(path))
          ? 'The next seldon-usage serve, or the next serve restore, finishes it when its cause is gone.'
          : 'Its folder must be writable, and have room. The store is unchanged.',
      ],
      cause: error,
    });
  }
}
