import type {DatabaseSync} from 'node:sqlite';
import {clean} from '../../../foreign.ts';
import {type ClockRecord, parseSpans} from '../../clock.ts';
import {noNetwork} from '../../network.ts';
import {dayOf} from '../../periods.ts';
import type {Erased, Writer} from '../contract.ts';
import {StoreTrouble} from '../trouble.ts';
import {counting, oldest} from './counting.ts';
import {guarded} from './errors.ts';
import {forget} from './forget.ts';
import {fileIdentity} from './identity.ts';
import {keepNumber, lastNumber} from './numbers.ts';
import {openForWriting} from './open.ts';
import {packing} from './packing.ts';
import {putting} from './put.ts';
import {redating} from './redate.ts';
import {insertRow, takeOver, valuesOf} from './rows.ts';

/** Numbers of clusters kept in memory; beyond it they are read again. */
const mostClusters = 100_000;

/** A cluster's number, and the day that its row of the table of clusters already has. */
interface Known {
  readonly id: number;
  readonly day: number;
}

/**
 * Opens the SQLite database at `path` as its one writer.
 *
 * @throws {StoreTrouble} if it can't be used
 */
export function sqliteWriter(path: string, {create, name = path}: {create: boolean; name?: string}): Writer {
  const database = openForWriting(path, create);
  if (name !== path && fileIdentity(name) !== fileIdentity(path)) {
    database.close();
    throw new StoreTrouble(`${clean(name)} leads to another file than it did at the start`);
  }
  const statements = prepare(database);
  const counts = counting(database);
  const redate = redating(database, counts);
  const pack = packing(database);
  const keepClock = ({trusted, floor, wall, observed, credit, state, open, due, spans}: ClockRecord) => {
    const numbers = [trusted, floor, wall, observed, credit].map(Math.round);
    statements.keepClock.run(...numbers, state, JSON.stringify({open, due, spans}));
  };
  const pieces = putting(database, keepClock);
  const readLast = lastNumber(database);
  const isSameFile = watchFile(path, name);
  let clusters = new Map<string, Known>();
  let dataVersion = 0;
  let last = 0;

  const transaction = (change: () => void) => {
    database.exec('BEGIN IMMEDIATE');
    try {
      // Another connection changed something: `serve forget` may have erased a cluster that is known here.
      const version = statements.dataVersion.get()!.data_version as number;
      if (version !== dataVersion) {
        clusters = new Map();
        last = Math.max(last, readLast());
      }
      dataVersion = version;
      change();
      database.exec('COMMIT');
    } catch (error) {
      clusters = new Map();
      if (database.isTransaction) database.exec('ROLLBACK');
      throw error;
    }
    if (!isSameFile()) {
      rescue(database);
      throw new StoreTrouble('the file was replaced or removed');
    }
  };

  const clusterNumber = (name: string, day: number, isAdmitted: () => boolean): number => {
    const known = clusters.get(name);
    if (known?.day === day) return known.id;
    const unranked = !known && !statements.isKnown.get(name) && !isAdmitted();
    const {id} = statements.cluster.get(name, day, day, unranked ? 1 : 0) as {id: number};
    if (clusters.size >= mostClusters) clusters.clear();
    clusters.set(name, {id, day});
    return id;
  };

  return guarded<Writer>({
    append(batch, admits = () => true) {
      transaction(() => {
        const days = new Set<number>();
        for (const {cluster, received, body, facts, span = 0, network = noNetwork} of batch) {
          const day = dayOf(received);
          const id = clusterNumber(cluster, day, () => admits(network, day));
          statements.report.run(++last, received, id, body, span);
          // A row that is certain is no worse for what may belong to another day.
          (span === 0 ? statements.clusterDay : statements.markedDay).run(day, id, ...valuesOf(facts), span, last);
          days.add(day);
        }
        for (const day of days) statements.changed.run(day);
      });
    },
    countRefused(day, reasons, span) {
      transaction(() => {
        for (const [reason, count] of Object.entries(reasons)) {
          statements.refused.run(day, reason, count);
          if (span !== undefined) statements.markedRefused.run(span, day, reason, count);
        }
      });
    },
    count(now, most) {
      let more = false;
      transaction(() => {
        more = counts.step(now, most);
      });
      return more;
    },
    clock() {
      const row = statements.clock.get() as (Omit<ClockRecord, 'open'> & {spans: string}) | undefined;
      return row && {...row, ...parseSpans(row.spans)};
    },
    keepClock(record) {
      transaction(() => keepClock(record));
    },
    newest() {
      const report = statements.newest.get()?.newest as number | undefined;
      // Reports are erased long before the rows of their days.
      const day = statements.newestDay.get()!.day as number | null;
      return report ?? (day === null ? undefined : day * 86_400_000);
    },
    redate(span, most) {
      let count = 0;
      transaction(() => {
        count = redate(span, most);
        clusters = new Map();
      });
      return count;
    },
    discard({received, day}, most) {
      let erased = {reports: 0, days: 0};
      transaction(() => {
        counts.erasing(received, most);
        erased = discard(statements, {received, day}, most);
        clusters = new Map();
      });
      return erased;
    },
    pack(most) {
      let more = false;
      transaction(() => {
        more = pack(most);
      });
      return more;
    },
    put(taken, moved) {
      transaction(() => pieces.put(taken, moved));
      clusters = new Map();
      last = readLast();
    },
    moved: () => pieces.moved(),
    forget(cluster, today) {
      try {
        return forget(database, counts, cluster, today);
      } finally {
        clusters = new Map();
      }
    },
    settle() {
      database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    },
    close() {
      database.close();
    },
  });
}

type Statements = ReturnType<typeof prepare>;

function prepare(database: DatabaseSync) {
  return {
    dataVersion: database.prepare('PRAGMA data_version'),
    isKnown: database.prepare('SELECT 1 FROM cluster WHERE name = ?'),
    cluster: database.prepare(
      'INSERT INTO cluster (name, first_day, last_day, unranked) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET first_day = min(first_day, excluded.first_day), last_day = max(last_day, excluded.last_day) RETURNING id',
    ),
    report: database.prepare('INSERT INTO report (id, received, cluster, body, marked) VALUES (?, ?, ?, ?, ?)'),
    clusterDay: database.prepare(`${insertRow} ON CONFLICT DO UPDATE SET ${takeOver}`),
    markedDay: database.prepare(`${insertRow} ON CONFLICT DO UPDATE SET ${takeOver} WHERE marked > 0`),
    clock: database.prepare('SELECT trusted, floor, wall, observed, credit, state, spans FROM clock'),
    keepClock: database.prepare('INSERT OR REPLACE INTO clock VALUES (1, ?, ?, ?, ?, ?, ?, ?)'),
    newestDay: database.prepare('SELECT max(day) AS day FROM cluster_day WHERE marked = 0'),
    newest: database.prepare('SELECT received AS newest FROM report WHERE marked = 0 ORDER BY received DESC LIMIT 1'),
    changed: database.prepare('INSERT INTO changed VALUES (?, 1) ON CONFLICT DO UPDATE SET version = version + 1'),
    refused: database.prepare(
      'INSERT INTO refused VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    ),
    markedRefused: database.prepare(
      'INSERT INTO refused_marked VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count',
    ),
    keepNumber: database.prepare(keepNumber),
    oldReports: database.prepare(`DELETE FROM report WHERE id IN (SELECT id FROM (${oldest}))`),
    oldDays: database.prepare(
      'DELETE FROM cluster_day WHERE (day, cluster) IN (SELECT day, cluster FROM cluster_day WHERE day < ? AND day NOT IN (SELECT day FROM changed) ORDER BY day LIMIT ?)',
    ),
    oldClusters: database.prepare('DELETE FROM cluster WHERE last_day < ?'),
  };
}

function discard(
  {keepNumber, oldReports, oldDays, oldClusters}: Statements,
  before: {received: number; day: number},
  most: number,
): Erased {
  keepNumber.run();
  const reports = Number(oldReports.run(before.received, most).changes);
  const days = reports < most ? Number(oldDays.run(before.day, most - reports).changes) : 0;
  // A cluster goes with the last of its rows; if it comes back it is new again.
  if (reports + days < most) oldClusters.run(Math.min(before.day, dayOf(before.received)));
  return {reports, days};
}

/** What was acknowledged is only in a log that has lost its name: it is written to the database while it is open here. */
function rescue(database: DatabaseSync): void {
  try {
    database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
  } catch {
    // The database is gone too, or its disk.
  }
}

/** A function that says whether the store's name still leads to the file at `path`, and that has its log beside it. */
function watchFile(path: string, name: string): () => boolean {
  const main = fileIdentity(path);
  let log: string | undefined;
  return () => {
    if (fileIdentity(name) !== main) return false;
    // The log comes into being with the first change.
    log ??= fileIdentity(`${path}-wal`);
    return fileIdentity(`${path}-wal`) === log;
  };
}
