import {DatabaseSync} from 'node:sqlite';
import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {openingError, sqliteCode} from './sqlite-errors.ts';

const busy = 5;

/**
 * Takes the store for one server, until the returned function is called or the process ends, however it ends: the lock
 * is the operating system's, held on a file beside the store.
 *
 * @throws {UserError} input, if another server has it
 */
export function lockStore(path: string): () => void {
  const database = new DatabaseSync(`${path}.lock`);
  try {
    // Without a journal on disk the lock needs no room there.
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE');
  } catch (error) {
    database.close();
    if (sqliteCode(error) !== busy) throw openingError(error, `${path}.lock`);
    throw new UserError('input', `Another seldon-usage serve has the store ${clean(path)}.`, {
      suggestions: ['Stop it first, or name another store with --store sqlite:PATH.'],
      cause: error,
    });
  }
  return () => database.close();
}
