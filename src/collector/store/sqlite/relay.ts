import type {DatabaseSync} from 'node:sqlite';
import {type KindName, kindNames} from '../../kinds.ts';
import {StoreTrouble} from '../trouble.ts';
import {positionIn} from './lane.ts';
import {keepNumber, lastNumber} from './numbers.ts';
import {isParked} from './parking.ts';
import {tables} from './tables.ts';

/*
 * A store that only passes on: the reports of the queue are all that it has, and each goes when every sink has settled it, its
 * cluster with the last of them. It has one index more than others, by cluster: there clusters come and go with their reports.
 */

/** Whether a store only passes on; one of an older version does not. */
export function isRelay(database: DatabaseSync): boolean {
  const isThere = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'relay'").get();
  return isThere !== undefined && database.prepare('SELECT 1 FROM relay').get() !== undefined;
}

/** Has a store that holds nothing yet only pass on from now on; another stays as it is. Within the caller's transaction. */
export function becomeRelay(database: DatabaseSync, now: number): void {
  if (isRelay(database) || !holdsNothing(database)) return;
  database.prepare('INSERT INTO relay VALUES (1, ?)').run(now);
  for (const kind of kindNames) {
    const {report} = tables[kind];
    database.exec(`CREATE INDEX ${report}_cluster ON ${report} (cluster)`);
  }
}

/** Also no numbers of reports that were there, no counts and no time: it was made just now, perhaps by a start that was killed. */
function holdsNothing(database: DatabaseSync): boolean {
  const names = kindNames.flatMap((kind) => {
    const {report, cluster, cluster_day, counter, numbered} = tables[kind];
    return [report, cluster, cluster_day, counter, numbered];
  });
  return [...names, 'refused', 'clock', 'sink', 'moved'].every(
    (name) => database.prepare(`SELECT 1 FROM ${name} LIMIT 1`).get() === undefined,
  );
}

/** What a relay's writer does besides. Every function runs within the caller's transaction. */
export function relaying(database: DatabaseSync): {
  waiting(): Readonly<Record<KindName, number>>;
  letGo(most: number): number;
} {
  const of = (kind: KindName) => {
    const last = lastNumber(database, tables[kind]);
    const settled = database.prepare(`SELECT min(${positionIn[kind]}) AS position FROM sink`);
    const parked = database.prepare(`SELECT count(*) AS count FROM parked WHERE kind = '${kind}'`);
    const waiting = () =>
      last() - ((settled.get()!.position as number | null) ?? last()) + (parked.get()!.count as number);
    return {waiting, letGo: lettingGo(database, kind)};
  };
  const each = {spartakus: of('spartakus'), hodometer: of('hodometer')};
  return {
    waiting: () => ({spartakus: each.spartakus.waiting(), hodometer: each.hodometer.waiting()}),
    letGo: (most) => kindNames.reduce((count, kind) => count + (count < most ? each[kind].letGo(most - count) : 0), 0),
  };
}

function lettingGo(database: DatabaseSync, kind: KindName): (most: number) => number {
  const t = tables[kind];
  const keep = database.prepare(keepNumber(t));
  const settled = database.prepare(`DELETE FROM ${t.report} WHERE id IN (
    SELECT id FROM ${t.report} r WHERE id <= (SELECT min(${positionIn[kind]}) FROM sink) AND NOT ${isParked(kind, 'r.id')}
    ORDER BY id LIMIT ?) RETURNING cluster`);
  const alone = database.prepare(
    `DELETE FROM ${t.cluster} WHERE id = ?1 AND NOT EXISTS (SELECT 1 FROM ${t.report} WHERE cluster = ?1)`,
  );
  return (most) => {
    keep.run();
    const clusters = settled.all(most).map(({cluster}) => cluster as number);
    for (const cluster of new Set(clusters)) alone.run(cluster);
    return clusters.length;
  };
}

/** SQL of how many reports wait for a sink; a store of an older version has none that wait apart. */
export function waitingFor(database: DatabaseSync): string {
  const isThere = database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'parked'").get();
  const apart = isThere ? ['(SELECT count(*) FROM parked WHERE sink = sink.name)'] : [];
  const each = kindNames.map((kind) => `(SELECT count(*) FROM ${tables[kind].report} WHERE id > ${positionIn[kind]})`);
  return [...each, ...apart].join(' + ');
}

/** @throws {StoreTrouble} if something waits for a sink that is left out: nobody else has it */
export function requireNobodyWaits(database: DatabaseSync, sinks: readonly string[]): void {
  const [left] = database
    .prepare(
      `SELECT name, ${waitingFor(database)} AS reports,
        (SELECT count(*) FROM erasure WHERE sink = name) AS erasures
      FROM sink WHERE name NOT IN (SELECT value FROM json_each(?)) AND (reports > 0 OR erasures > 0)`,
    )
    .all(JSON.stringify(sinks)) as {name: string; reports: number; erasures: number}[];
  if (!left) return;
  const {name, reports, erasures} = left;
  const what = reports > 0 ? `${reports} reports wait` : `${erasures} clusters are still to be erased`;
  throw new StoreTrouble(
    `In this queue ${what} ${reports > 0 ? 'for' : 'at'} ${name}, which is no longer named, and nobody else has them.`,
    {
      suggestions: [
        'Start with it once more, as --also, until nothing waits: seldon-usage serve check tells how many do.',
        '--queue sqlite:PATH names another queue.',
      ],
    },
  );
}
