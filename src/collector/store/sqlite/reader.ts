import {statSync} from 'node:fs';
import type {DatabaseSync, StatementSync} from 'node:sqlite';
import type {Changed, ClusterDay, Reader, State} from '../contract.ts';
import {guarded} from './errors.ts';
import {fileIdentity} from './identity.ts';
import {openForReading} from './open.ts';

/**
 * Opens the SQLite database at `path` for reading beside its writer.
 *
 * @throws {StoreTrouble} if there is none or it can't be used
 */
export function sqliteReader(path: string): Reader {
  const database = openForReading(path);
  const opened = fileIdentity(path);
  let log = fileIdentity(`${path}-wal`);
  // A log that was removed is not read on: as long as anybody has it open, no new one can take its place.
  const hasItsLog = () => {
    log ??= fileIdentity(`${path}-wal`);
    return fileIdentity(`${path}-wal`) === log;
  };
  const state = stateOf(database);
  let last: Promise<unknown> = Promise.resolve();
  const inTransaction = async <T>(read: (state: State) => Promise<T>): Promise<T> => {
    database.exec('BEGIN');
    try {
      return await read(state);
    } finally {
      database.exec('COMMIT');
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
    isCurrent: () => fileIdentity(path) === opened && hasItsLog(),
    close: () => database.close(),
  });
}

function stateOf(database: DatabaseSync): State {
  const statements = prepare(database);
  return guarded<State>({
    changed: () => statements.changed.all() as unknown as Changed[],
    clusterDays: (day) => clusterDays(statements.clusterDays, day),
    clusters: async (from, to) => numbers(statements.clusters, from, to),
    firstSeen: (from, to) => numbers(statements.firstSeen, from, to),
    unranked: () => numbers(statements.unranked),
    series: (grain, dimension, from, to) =>
      (statements.series.all(grain, dimension, from, to) as Record<string, never>[]).map(
        (row) => ({...row, dimension}) as never,
      ),
    firstPeriod: (grain) => (statements.firstPeriod.get(grain)?.period as number | null) ?? undefined,
    refused: (from, to) => statements.refused.all(from, to) as never,
  });
}

function prepare(database: DatabaseSync) {
  return {
    changed: database.prepare('SELECT day, version FROM changed ORDER BY day'),
    clusterDays: database.prepare('SELECT * FROM cluster_day WHERE day = ?'),
    clusters: database.prepare('SELECT DISTINCT cluster FROM cluster_day WHERE day BETWEEN ? AND ?'),
    firstSeen: database.prepare('SELECT id FROM cluster WHERE first_day BETWEEN ? AND ?'),
    unranked: database.prepare('SELECT id FROM cluster WHERE unranked = 1 AND first_day = last_day'),
    series: database.prepare(
      'SELECT period, value, clusters, nodes, cpu, memory, devices, clamped FROM counter WHERE grain = ? AND dimension = ? AND period BETWEEN ? AND ?',
    ),
    firstPeriod: database.prepare("SELECT min(period) AS period FROM counter WHERE grain = ? AND dimension = 'all'"),
    refused: database.prepare('SELECT day, reason, count FROM refused WHERE day BETWEEN ? AND ? ORDER BY day, reason'),
  };
}

async function* clusterDays(statement: StatementSync, day: number): AsyncIterable<ClusterDay> {
  for (const row of statement.iterate(day)) yield {...row, clamped: row.clamped === 1} as unknown as ClusterDay;
}

/** The first column as a set. Arrays, because these are hundreds of thousands of rows. */
function numbers(statement: StatementSync, ...range: number[]): Set<number> {
  statement.setReturnArrays(true);
  const found = new Set<number>();
  for (const [number] of statement.iterate(...range) as Iterable<unknown> as Iterable<number[]>) found.add(number!);
  return found;
}

/** Bytes of the database and its log. */
function bytesOf(path: string): number {
  return [path, `${path}-wal`].reduce((sum, file) => sum + (statSync(file, {throwIfNoEntry: false})?.size ?? 0), 0);
}
