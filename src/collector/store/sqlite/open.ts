import {closeSync, constants, fstatSync, lstatSync, openSync, readSync, statSync} from 'node:fs';
import {dirname} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {reasonOf} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import {makeFolder} from '../../../host/make-folder.ts';
import {openOwnFile} from '../../../host/own-file.ts';
import {kindNames} from '../../kinds.ts';
import {StoreTrouble} from '../trouble.ts';
import {derivedTables, deriveTables} from './derived.ts';
import {openingError} from './errors.ts';
import {applicationId, headerOf, migrate, schemaVersion} from './schema.ts';
import {tables} from './tables.ts';

/** Milliseconds to wait for another program's lock: longer, and the queue of reports grows. */
const busyTimeout = 1000;

/**
 * Opens the database for writing; migrates it where needed.
 *
 * @param create makes it and its folder if there is none; else that is an error
 * @throws {StoreTrouble} if it can't be used; then the file is unchanged
 */
export function openForWriting(path: string, create: boolean): DatabaseSync {
  if (!create) requireFile(path);
  requireNoLogAlone(path);
  requireOwnJournal(path);
  prepareFile(path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, {timeout: busyTimeout});
    if (isEmpty(database)) {
      // Two or three reports a page. Has to come before the first table.
      database.exec('PRAGMA page_size = 8192');
    } else {
      checkHeader(database, path);
      // Before anything is written.
      readSomething(database);
    }
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA secure_delete = ON');
    // Where nobody else has copied the log (checkpoints.ts) that is part of a commit: it must not make an answer much slower.
    database.exec('PRAGMA wal_autocheckpoint = 6000; PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384');
    // Names of clusters and the like are never written to the folder of temporary files.
    database.exec('PRAGMA temp_store = MEMORY');
    migrate(database, headerOf(database).version);
    deriveTables(database);
    return database;
  } catch (error) {
    closeQuietly(database);
    throw openingError(error, path);
  }
}

/**
 * Opens the database for reading beside a writer.
 *
 * @throws {StoreTrouble} if there is none or it can't be used
 */
export function openForReading(path: string): DatabaseSync {
  return openBeside(path, {readOnly: true, timeout: busyTimeout});
}

function openBeside(path: string, options: {readonly readOnly: boolean; readonly timeout: number}): DatabaseSync {
  requireFile(path);
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path, options);
    checkHeader(database, path);
    readSomething(database);
    return database;
  } catch (error) {
    closeQuietly(database);
    throw openingError(error, path);
  }
}

/**
 * Opens the database for writing its log into it, beside its writer.
 *
 * @throws {StoreTrouble} as `openForReading`
 */
export function openForCheckpoints(path: string): DatabaseSync {
  return openBeside(path, {readOnly: false, timeout: 0});
}

/**
 * Opens the database for reading what only the newest version keeps.
 *
 * @throws {StoreTrouble} as `openForReading`, and if it is of an older version
 */
export function openCurrent(path: string): DatabaseSync {
  const database = openForReading(path);
  const {version} = headerOf(database);
  if (version === schemaVersion) return database;
  database.close();
  throw new StoreTrouble(
    `${clean(path)} has schema ${version}, of an older seldon-usage; this one knows ${schemaVersion}.`,
    {suggestions: ['Run seldon-usage serve on it once, or on a copy of it: that takes it to the newest.']},
  );
}

/** The file beside a store that says that a backup is taking its place. */
export function restoreMark(path: string): string {
  return `${path}.restore-mark`;
}

function requireFile(path: string): void {
  if (statSync(restoreMark(path), {throwIfNoEntry: false})) {
    throw new StoreTrouble(`A restore of ${clean(path)} is under way, or was interrupted.`, {
      suggestions: ['If none runs: the next seldon-usage serve, or the next serve restore, finishes it.'],
    });
  }
  if (statSync(path, {throwIfNoEntry: false})?.isFile()) return;
  throw new StoreTrouble(`There is no store at ${clean(path)}.`, {
    suggestions: ['--store sqlite:PATH names another one; seldon-usage serve makes one.'],
  });
}

/**
 * Refuses a log without its database, as it is left where the database was moved or removed: SQLite would delete it
 * beside an empty one.
 */
function requireNoLogAlone(path: string): void {
  const sizeOf = (file: string) => statSync(file, {throwIfNoEntry: false})?.size ?? 0;
  if (sizeOf(path) > 0 || sizeOf(`${path}-wal`) === 0) return;
  throw new StoreTrouble(`The store ${clean(path)} is gone, and its log ${clean(path)}-wal is left.`, {
    suggestions: [
      'The log holds the last reports: bring the store back beside it.',
      'seldon-usage serve restore FILE puts a backup in its place and keeps the log.',
      'To begin with an empty store, move the log away.',
    ],
  });
}

/** With what the end of a journal begins and ends that names another file (sqlite.org/fileformat2.html, 3). */
const journalMagic = Buffer.from('d9d505f920a163d7', 'hex');

/**
 * Refuses a journal that is none of this program's: of several databases at once it names one more file, which SQLite removes
 * when the journal is played back. Who can write to the folder would have any file of this user removed. (That of a store which
 * was killed while it was made names none.)
 */
function requireOwnJournal(path: string): void {
  const journal = `${path}-journal`;
  const found = lstatSync(journal, {throwIfNoEntry: false});
  if (!found || (found.isFile() && !endsWithMagic(journal))) return;
  throw new StoreTrouble(`${clean(journal)} is not a journal of this program.`, {
    suggestions: ['Somebody else put it there: look who may write to the folder, and move it away.'],
  });
}

function endsWithMagic(path: string): boolean {
  const file = openOwnFile(path, constants.O_RDONLY);
  try {
    const end = Buffer.alloc(journalMagic.length);
    readSync(file, end, 0, end.length, Math.max(0, fstatSync(file).size - end.length));
    return end.equals(journalMagic);
  } finally {
    closeSync(file);
  }
}

/** Whether nothing was made in it yet; killed while it was made, it may have a first page already. */
function isEmpty(database: DatabaseSync): boolean {
  const {application, version} = headerOf(database);
  return application === 0 && version === 0 && database.prepare('SELECT 1 FROM sqlite_schema').get() === undefined;
}

/** Makes the folder and an empty file that only this user can read, where there is none. */
function prepareFile(path: string): void {
  try {
    makeFolder(dirname(path));
    // Never where it is there: closing it would let go the locks that other threads have on it (POSIX has it so).
    if (statSync(path, {throwIfNoEntry: false})?.isFile()) return;
    // SQLite gives the files beside it the same rights.
    closeSync(openSync(path, 'a', 0o600));
  } catch (error) {
    throw new StoreTrouble(`The store ${clean(path)} can't be made or written (${reasonOf(error)}).`, {
      suggestions: ['--store sqlite:PATH names another place.'],
      cause: error,
    });
  }
}

/** Refuses a database of another program and one of a newer version. */
function checkHeader(database: DatabaseSync, path: string): void {
  const {application, version} = headerOf(database);
  if (application !== applicationId) {
    throw new StoreTrouble(`${clean(path)} is a database of another program; it is unchanged.`, {
      suggestions: ['--store sqlite:PATH names another one.'],
    });
  }
  if (version < 1) {
    throw new StoreTrouble(`${clean(path)} is damaged: it has schema ${version}, which there is none of.`, {
      suggestions: ['seldon-usage serve restore FILE puts a backup in its place.'],
    });
  }
  if (version > schemaVersion) {
    throw new StoreTrouble(
      `${clean(path)} has schema ${version}, written by a newer seldon-usage; this one knows ${schemaVersion}.`,
      {suggestions: ['Update seldon-usage, or name another store with --store sqlite:PATH.']},
    );
  }
}

const isReports = (table: string) => kindNames.some((kind) => tables[kind].report === table);
/** Tables that no report needs. */
const ofCounting: readonly string[] = [...derivedTables, ...kindNames.map((kind) => tables[kind].counter)];

/**
 * The first read of every table's first page: what is damaged there shows now, not at the first report. Reports can do
 * without counters.
 */
function readSomething(database: DatabaseSync): void {
  const tables = database.prepare("SELECT name FROM sqlite_schema WHERE type = 'table'").all() as {name: string}[];
  for (const {name} of tables.filter(({name}) => !ofCounting.includes(name))) {
    // New reports go to the other end, and the oldest are read by nobody but who looks for damage.
    const first = isReports(name) ? 'ORDER BY id DESC LIMIT 1' : 'LIMIT 1';
    database.prepare(`SELECT * FROM "${name.replaceAll('"', '""')}" ${first}`).get();
  }
}

function closeQuietly(database: DatabaseSync | undefined): void {
  try {
    database?.close();
  } catch {
    // What could not be opened has nothing to close.
  }
}
