import {randomBytes} from 'node:crypto';
import {closeSync, fsyncSync, openSync, rmSync, statSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {reasonOf, UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import {moveDurably} from '../../../host/durable.ts';
import {problemsIn} from './check.ts';
import {isFull, openingError, sqliteCode} from './errors.ts';
import {openForReading} from './open.ts';

/**
 * Copies the store at `from` into a new file, as one state of it, also while a server writes to it.
 *
 * @returns bytes of the copy
 * @throws {UserError} input, if there is such a file already, or it can't be made or is not sound
 */
export function backUp(from: string, to: string): number {
  if (statSync(to, {throwIfNoEntry: false})) {
    throw new UserError('input', `${clean(to)} is there already; a backup never replaces a file.`, {
      suggestions: ['Name another file.'],
    });
  }
  for (const log of [`${to}-wal`, `${to}-journal`]) {
    if (!statSync(log, {throwIfNoEntry: false})) continue;
    throw new UserError('input', `${clean(log)} is there already: it would be taken for the log of the backup.`, {
      suggestions: ['Name another file, or move that one away: it may hold what a store of this name is missing.'],
    });
  }
  // Of a name that nobody knows before: others may write to the folder, and a link of theirs would have it written elsewhere.
  const temporary = join(dirname(to), `.${basename(to)}.${randomBytes(6).toString('hex')}.tmp`);
  try {
    copyInto(from, temporary, to);
    moveDurably(temporary, to);
  } finally {
    removeRemains(temporary);
  }
  return statSync(to).size;
}

const aBackup = 'Name the file that seldon-usage serve backup made; --store names the store that it replaces.';

/**
 * Makes sure that there is a backup to restore.
 *
 * @throws {UserError} input, if there is no such file, or it is no database of this program
 */
export function requireBackup(path: string): void {
  if (!statSync(path, {throwIfNoEntry: false})?.isFile())
    throw new UserError('input', `There is no backup file ${clean(path)}.`, {suggestions: [aBackup]});
  try {
    openForReading(path).close();
  } catch (error) {
    throw badBackup(path, error);
  }
}

/** Says of the backup what opening a store says of that: the store itself is not touched. */
function badBackup(path: string, error: unknown): unknown {
  if (!(error instanceof UserError)) return error;
  const why = error.message
    .replace(/^The store /, '')
    .replace(clean(path), '')
    .replace(/;? it is unchanged/, '')
    .trim();
  return new UserError('input', `The backup ${clean(path)} can't be restored: it ${why} The store is unchanged.`, {
    suggestions: [aBackup],
    cause: error,
  });
}

/**
 * Writes a sound, synced copy of a backup.
 *
 * @param shown what the copy becomes, for messages
 * @throws {UserError} input, if the backup can't be read or is not sound, or the copy can't be written; then there is none
 */
export function copyBackup(from: string, to: string, shown: string): void {
  try {
    copyInto(from, to, shown);
  } catch (error) {
    removeRemains(to);
    throw error instanceof NotWritten ? error : badBackup(from, error);
  }
}

/** The copy could not be written, whatever it is of. */
class NotWritten extends UserError {}

/** What an interrupted copy leaves; where nothing can be written, there is nothing. */
function removeRemains(temporary: string): void {
  for (const path of [temporary, `${temporary}-journal`]) {
    try {
      rmSync(path, {force: true});
    } catch {
      // The folder is not there, or is no folder.
    }
  }
}

/**
 * Writes a sound, synced copy, with nothing in it but what is in the store now, where nothing is yet.
 *
 * @param shown what the copy becomes, for messages
 */
function copyInto(from: string, to: string, shown: string): void {
  const source = openForReading(from);
  try {
    // SQLite takes an empty file; made here, it is readable for its owner only from the start.
    closeSync(openSync(to, 'wx', 0o600));
    source.prepare('VACUUM INTO ?').run(to);
  } catch (error) {
    // SQLite says of both files that the disk is full; the copy is the one that is written.
    if (!isFull(error) && sqliteCode(error) !== undefined) throw openingError(error, from);
    const why = isFull(error) ? 'the disk is full' : reasonOf(error);
    throw new NotWritten('input', `${clean(shown)} can't be written (${why}).`, {
      suggestions: ['Name a file in a folder that is there, that you may write to, and that has room.'],
      cause: error,
    });
  } finally {
    source.close();
  }
  const [problem] = problemsIn(to, 'quick');
  if (problem) throw new UserError('input', `The store ${clean(from)} is not sound: ${clean(problem)}.`);
  const file = openSync(to, 'r+');
  fsyncSync(file);
  closeSync(file);
}
