import {statSync} from 'node:fs';
import type {DatabaseSync} from 'node:sqlite';
import {type KindName, kindNames, kinds} from '../../kinds.ts';
import type {Reader, State} from '../contract.ts';
import {guarded} from './errors.ts';

import {filesOf} from './files.ts';

import {openCurrent} from './open.ts';
import {tables} from './tables.ts';

/**
 * Opens the SQLite database at `path` for reading beside its writer.
 *
 * @throws {StoreTrouble} if there is none or it can't be used
 */
export function sqliteReader(path: string): Reader {
  const database = openCurrent(path);
  // A log that was removed is not read on: as long as anybody has it open, no new one can take its place.
  const isCurrent = filesOf(path);
  const state = stateOf(database);
  let last: Promise<unknown> = Promise.resolve();
  const inTransaction = async <T>(read: (state: State) => Promise<T>): Promise<T> => {
    database.exec('BEGIN');
    try {
      return await read(state);
    } finally {
      // Some trouble ends it.
      if (database.isOpen && database.isTransaction) database.exec('COMMIT');
    }
  };
  return guarded<Reader>({
    still<T>(read: (state: State) => Promise<T>) {
      // A connection has one transaction at a time.
      const reading = last.then(() => inTransaction(read));
      last = reading.catch(() => {});
      return reading;
    },
    bytes: () => bytesOf(path),
    isCurrent,
    close: () => database.close(),
  });
}

function stateOf(database: DatabaseSync): State {
  const counters = Object.fromEntries(kindNames.map((kind) => [kind, prepare(database, kind)])) as Counters;
  const refused = database.prepare(
    'SELECT day, reason, count FROM refused WHERE day BETWEEN ? AND ? ORDER BY day, reason',
  );
  return guarded<State>({
    series: (kind, grain, dimension, from, to) =>
      (counters[kind].series.all(grain, dimension, from, to) as Record<string, never>[]).map(
        (row) => ({...row, dimension}) as never,
      ),
    firstPeriod: (kind, grain) => (counters[kind].firstPeriod.get(grain)?.period as number | null) ?? undefined,
    refused: (from, to) => refused.all(from, to) as never,
  });
}

type Counters = Readonly<Record<KindName, ReturnType<typeof prepare>>>;

function prepare(database: DatabaseSync, kind: KindName) {
  const {counter} = tables[kind];
  return {
    series: database.prepare(
      `SELECT period, value, ${kinds[kind].counted.join(', ')} FROM ${counter} WHERE grain = ? AND dimension = ? AND period BETWEEN ? AND ?`,
    ),
    firstPeriod: database.prepare(`SELECT min(period) AS period FROM ${counter} WHERE grain = ? AND dimension = 'all'`),
  };
}

/** Bytes of the database and its log. */
function bytesOf(path: string): number {
  return [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, {throwIfNoEntry: false})?.size ?? 0), 0);
}
