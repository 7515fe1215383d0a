import type {DatabaseSync} from 'node:sqlite';
import {StoreTrouble} from '../trouble.ts';
import {emptyLog} from './checkpoints.ts';
import type {Ledger} from './ledger.ts';

/** Milliseconds to wait for who is in the way of emptying the log; reports wait for it. */
export const patience = 1000;

/** Runs a change in a transaction: all of it or nothing. */
export type Transaction = <T>(change: () => T) => T;

/**
 * The transactions of the one writer.
 *
 * @param ledgers are told where they no longer know what is in the store
 * @param isSameFile whether what is written is still in the file that the store's path leads to
 */
export function transactions(
  database: DatabaseSync,
  ledgers: readonly Pick<Ledger, 'reset' | 'renumber'>[],
  isSameFile: () => boolean,
): Transaction {
  const readVersion = database.prepare('PRAGMA data_version');
  let known = 0;
  return (change) => {
    database.exec('BEGIN IMMEDIATE');
    let result: ReturnType<typeof change>;
    try {
      // Another connection changed something: `serve forget` may have erased a cluster that is known here.
      const version = readVersion.get()!.data_version as number;
      if (version !== known) for (const one of ledgers) one.renumber();
      known = version;
      result = change();
      database.exec('COMMIT');
    } catch (error) {
      for (const one of ledgers) one.reset();
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
    if (!isSameFile()) {
      rescue(database);
      throw new StoreTrouble('the file was replaced or removed');
    }
    return result;
  };
}

/** What was acknowledged is only in a log that has lost its name: it is written to the database while it is open here. */
function rescue(database: DatabaseSync): void {
  try {
    emptyLog(database, patience);
  } catch {
    // The database is gone too, or its disk.
  }
}
