import {DatabaseSync} from 'node:sqlite';
import type {Contents, Kept} from '../contract.ts';
import {isTrouble} from './errors.ts';
import {openForReading} from './open.ts';
import {isRelay, waitingFor} from './relay.ts';
import {headerOf} from './schema.ts';
import {type Tables, tables} from './tables.ts';

/** Problems told; a damaged file has any number. */
const most = 20;

/**
 * What SQLite finds wrong with the file; nothing if it is sound.
 *
 * @param how `full` also compares every index with its table
 */
export function problemsIn(path: string, how: 'quick' | 'full'): string[] {
  try {
    const database = new DatabaseSync(path, {readOnly: true});
    try {
      const pragma = how === 'quick' ? 'quick_check' : 'integrity_check';
      const rows = database.prepare(`PRAGMA ${pragma}(${most})`).all();
      return rows.map((row) => String(Object.values(row)[0])).filter((line) => line !== 'ok');
    } finally {
      database.close();
    }
  } catch (error) {
    if (!isTrouble(error)) throw error;
    return [(error as Error).message];
  }
}

/**
 * Counts what the store at `path` holds.
 *
 * @throws {UserError} input, if it can't be read
 */
export function contentsOf(path: string): Contents {
  const database = openForReading(path);
  try {
    const {spartakus, hodometer} = tables;
    const events = keptIn(database, hodometer);
    const isThere = events.reports + events.clusterDays > 0;
    return {
      schema: headerOf(database).version,
      ...(isRelay(database) ? {relay: waitingIn(database)} : {}),
      ...keptIn(database, spartakus),
      ...(isThere ? {hodometer: events} : {}),
    };
  } finally {
    database.close();
  }
}

/** How many reports wait for each sink. */
function waitingIn(database: DatabaseSync): NonNullable<Contents['relay']> {
  const rows = database.prepare(`SELECT name AS sink, ${waitingFor(database)} AS waiting FROM sink ORDER BY name`);
  return rows.all().map((row) => ({...row}) as never);
}

/** Names of the sinks that the store at `path` only passes on to; undefined if it keeps what it takes. */
export function sinksOfRelay(path: string): string[] | undefined {
  const database = openForReading(path);
  try {
    if (!isRelay(database)) return undefined;
    const names = database.prepare('SELECT name FROM sink ORDER BY name').all();
    return names.map(({name}) => String(name));
  } finally {
    database.close();
  }
}

function keptIn(database: DatabaseSync, {report, cluster, cluster_day}: Tables): Kept {
  const count = (table: string) => database.prepare(`SELECT count(*) AS n FROM ${table}`).get()!.n as number;
  const {oldest, newest} = database
    .prepare(`SELECT min(received) AS oldest, max(received) AS newest FROM ${report}`)
    .get()!;
  return {
    reports: count(report),
    clusters: count(cluster),
    clusterDays: count(cluster_day),
    ...(oldest === null ? {} : {oldest: oldest as number, newest: newest as number}),
  };
}
