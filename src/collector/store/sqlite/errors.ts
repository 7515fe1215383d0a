import {isDiskFull, systemCode, UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import {StoreTrouble} from '../trouble.ts';

/** Primary result codes of SQLite (sqlite.org/rescode.html) that say what is the matter with a store. */
const codes = {perm: 3, busy: 5, locked: 6, readonly: 8, io: 10, corrupt: 11, full: 13, cantOpen: 14, notADatabase: 26};

/** Primary result code of an error of node:sqlite; undefined if it is none. */
export function sqliteCode(error: unknown): number | undefined {
  const errcode = (error as {errcode?: unknown} | null | undefined)?.errcode;
  return typeof errcode === 'number' ? errcode & 0xff : undefined;
}

/** SQLITE_IOERR, SQLITE_CORRUPT, SQLITE_NOTADB. */
const damage = new Set([codes.io, codes.corrupt, codes.notADatabase]);

/** What SQLite says of a statement where tables are others than it was written for. */
const ofAnotherSchema =
  /^(no such (table|column|index)|table \S+ has no column named|(table|index) \S+ already exists|duplicate column name)\b/;

/**
 * Whether an error says that a file is damaged. One that has other tables or columns than its version was changed, if only in a
 * letter: every version makes what its statements name.
 */
export function isDamage(error: unknown): boolean {
  const code = sqliteCode(error);
  if (code === 1) return ofAnotherSchema.test((error as Error).message);
  return code !== undefined && damage.has(code);
}

/** Whether a disk has no more room. */
export function isFull(error: unknown): boolean {
  return sqliteCode(error) === codes.full || isDiskFull(error);
}

/** What is the matter, in a few words for a log line. */
export function whatIsWrong(error: unknown): string {
  const code = sqliteCode(error);
  if (code === codes.full) return 'the disk is full';
  if (code === codes.busy || code === codes.locked) return 'another program holds the database';
  if (code === codes.readonly || code === codes.perm) return 'the database is read-only';
  if (code === codes.cantOpen) return 'the file cannot be opened';
  if (code === codes.io) return 'the disk reports an error';
  if (isDamage(error)) return 'the file is damaged';
  return clean((error as Error).message, 120);
}

/** Codes of SQLite that only a bug of this program brings: wrong SQL, wrong values, misuse. */
const bugs = new Set([1, 2, 19, 20, 21, 25]);

/** Whether an error is trouble with the store, which may pass; any other is a bug. A closed connection is the former. */
export function isTrouble(error: unknown): boolean {
  if (error instanceof UserError) return true;
  const code = sqliteCode(error);
  if (code !== undefined) return isDamage(error) || !bugs.has(code);
  return ['ERR_INVALID_STATE', 'ENOSPC', 'EDQUOT', 'EIO', 'EROFS', 'EACCES', 'EPERM', 'ENOENT', 'ESTALE'].includes(
    systemCode(error) ?? '',
  );
}

/** Beside the writer: trouble of the store is its writer's to tell. Throws what is none. */
export function leaveToWriter(error: unknown): void {
  if (!isTrouble(error)) throw error;
}

/** Runs something of the store; what goes wrong is a StoreTrouble, if it is no bug and nobody has said more of it. */
export async function inTrouble<T>(act: () => T | Promise<T>): Promise<T> {
  try {
    return await act();
  } catch (error) {
    throw troubleOf(error);
  }
}

/** The same for what comes one at a time. */
async function* eachInTrouble<T>(all: () => AsyncIterable<T>): AsyncGenerator<T, void> {
  try {
    yield* all();
  } catch (error) {
    throw troubleOf(error);
  }
}

function troubleOf(error: unknown): unknown {
  if (error instanceof UserError || !isTrouble(error)) return error;
  return new StoreTrouble(whatIsWrong(error), {cause: error});
}

/** What a contract has, as it is written here: without promises. */
type Plain<T> = {
  [key in keyof T]: T[key] extends (...given: infer A) => Promise<infer R> ? (...given: A) => R | Promise<R> : T[key];
};

/** Functions of a contract that give no promises: those that answer at once stay as they are, others give one at a time. */
const [atOnce, oneByOne] = [new Set(['isCurrent']), new Set(['clusters', 'pieces'])];

/** A part of the contract in which whatever goes wrong is a StoreTrouble, if it is no bug. */
export function guarded<T extends object>(plain: Plain<T>): T {
  const wrap = (name: string, act: (...given: unknown[]) => unknown) => {
    if (typeof act !== 'function' || atOnce.has(name)) return act;
    if (oneByOne.has(name))
      return (...given: unknown[]) => eachInTrouble(() => act(...given) as AsyncIterable<unknown>);
    return (...given: unknown[]) => inTrouble(() => act(...given));
  };
  return Object.fromEntries(Object.entries(plain).map(([name, act]) => [name, wrap(name, act as () => unknown)])) as T;
}

/** The error of opening the store at `path`, with the way out; what is not SQLite's, or is a bug, stays as it is. */
export function openingError(error: unknown, path: string): unknown {
  const code = sqliteCode(error);
  if (code === undefined || !isTrouble(error)) return error;
  const shown = clean(path);
  if (isDamage(error) && code !== codes.io) {
    return new StoreTrouble(`The store ${shown} is damaged or is not a database of this program; it is unchanged.`, {
      suggestions: [
        `seldon-usage serve check --store sqlite:${shown} says what SQLite finds.`,
        'seldon-usage serve restore FILE puts a backup in its place and keeps the damaged file.',
        'Another path with --store starts an empty one.',
      ],
      cause: error,
    });
  }
  return new StoreTrouble(`The store ${shown} can't be used: ${whatIsWrong(error)}.`, {
    suggestions: [
      code === codes.busy || code === codes.locked
        ? 'End the program that holds it, or try again.'
        : 'The file and its folder must be writable for the user who runs this, and the disk must have room.',
    ],
    cause: error,
  });
}
