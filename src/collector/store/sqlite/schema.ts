import type {DatabaseSync} from 'node:sqlite';
import {StoreTrouble} from '../trouble.ts';
import {isDamage} from './errors.ts';
import {respellClusters} from './respell.ts';

/** Marks the file as ours (`file` and `sqlite3` show it): "SUSG". */
export const applicationId = 0x53555347;

/** SQL, or what needs more than SQL. */
export type Step = string | ((database: DatabaseSync) => void);

/**
 * One entry a version, each taking the schema one version further. An entry that was released is never changed: add
 * another one.
 */
export const migrations: readonly Step[] = [
  `
  CREATE TABLE report (id INTEGER PRIMARY KEY, received INTEGER NOT NULL, cluster INTEGER NOT NULL, body TEXT NOT NULL);
  CREATE INDEX report_received ON report (received);
  CREATE TABLE cluster (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE,
    first_day INTEGER NOT NULL, last_day INTEGER NOT NULL);
  CREATE INDEX cluster_first_day ON cluster (first_day);
  CREATE TABLE cluster_day (
    day INTEGER, cluster INTEGER, kubernetes TEXT NOT NULL, seldon TEXT NOT NULL, provider TEXT NOT NULL,
    architecture TEXT NOT NULL, os TEXT NOT NULL, runtime TEXT NOT NULL, device TEXT NOT NULL, nodes INTEGER NOT NULL,
    cpu INTEGER NOT NULL, memory INTEGER NOT NULL, devices INTEGER NOT NULL, clamped INTEGER NOT NULL,
    PRIMARY KEY (day, cluster)
  ) WITHOUT ROWID;
  CREATE TABLE changed (day INTEGER PRIMARY KEY, version INTEGER NOT NULL);
  CREATE TABLE counter (
    grain TEXT, dimension TEXT, period INTEGER, value TEXT, clusters INTEGER NOT NULL, nodes REAL NOT NULL,
    cpu REAL NOT NULL, memory REAL NOT NULL, devices REAL NOT NULL, clamped INTEGER NOT NULL,
    PRIMARY KEY (grain, dimension, period, value)
  ) WITHOUT ROWID;
  CREATE TABLE refused (day INTEGER, reason TEXT, count INTEGER NOT NULL, PRIMARY KEY (day, reason)) WITHOUT ROWID;
  `,
  // What arrived while the clock was in doubt is marked, to be dated anew.
  `
  ALTER TABLE report ADD COLUMN marked INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX report_marked ON report (id) WHERE marked = 1;
  ALTER TABLE cluster_day ADD COLUMN marked INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX cluster_day_marked ON cluster_day (day, cluster) WHERE marked = 1;
  CREATE TABLE clock (
    id INTEGER PRIMARY KEY CHECK (id = 1), trusted INTEGER NOT NULL, floor INTEGER NOT NULL, wall INTEGER NOT NULL, observed INTEGER NOT NULL,
    credit INTEGER NOT NULL, state TEXT NOT NULL, shift INTEGER);
  `,
  respellClusters,
  // What its network's bound did not admit is unranked until it reports on a second day.
  `
  ALTER TABLE cluster ADD COLUMN unranked INTEGER NOT NULL DEFAULT 0;
  CREATE INDEX cluster_unranked ON cluster (id) WHERE unranked = 1 AND first_day = last_day;
  `,
  // A mark is the number of its span; of which report a row is tells the last to arrive, and no number is given twice.
  `
  DROP INDEX report_marked;
  CREATE INDEX report_marked ON report (marked, id) WHERE marked > 0;
  DROP INDEX cluster_day_marked;
  ALTER TABLE cluster_day ADD COLUMN arrived INTEGER NOT NULL DEFAULT 0;
  CREATE TABLE refused_marked (
    span INTEGER, day INTEGER, reason TEXT, count INTEGER NOT NULL, PRIMARY KEY (span, day, reason)) WITHOUT ROWID;
  CREATE TABLE numbered (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL);
  ALTER TABLE clock ADD COLUMN spans TEXT NOT NULL DEFAULT '';
  UPDATE clock SET spans = CASE
    WHEN shift IS NOT NULL THEN json_object('open', json_array(), 'due', json_array(json_object('id', 1, 'shift', shift)), 'spans', 1)
    WHEN state = 'settled' THEN json_object('open', json_array(), 'due', json_array(), 'spans', 1)
    ELSE json_object('open', json_array(json_object('id', 1, 'shift', 0)), 'due', json_array(), 'spans', 1) END;
  ALTER TABLE clock DROP COLUMN shift;
  `,
  // How far reports are counted, and which definition the tables of counting have (derived.ts).
  `
  CREATE TABLE gathered (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL);
  INSERT INTO gathered SELECT 1, max(coalesce((SELECT max(id) FROM report), 0), coalesce((SELECT last FROM numbered), 0));
  CREATE TABLE derived (id INTEGER PRIMARY KEY CHECK (id = 1), definition TEXT NOT NULL);
  `,
  // How far reports are packed (packing.ts).
  `
  CREATE TABLE packed (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL);
  INSERT INTO packed VALUES (1, 0);
  `,
  // An import that is not finished: which export, and how many of its lines were taken.
  'CREATE TABLE moved (id INTEGER PRIMARY KEY CHECK (id = 1), export TEXT NOT NULL, lines INTEGER NOT NULL)',
  // Events of Hodometer have tables of their own; the columns of their statistics come when the store is opened (rows.ts).
  `
  CREATE TABLE hodometer_report (
    id INTEGER PRIMARY KEY, received INTEGER NOT NULL, cluster INTEGER NOT NULL, body TEXT NOT NULL,
    marked INTEGER NOT NULL, once TEXT);
  CREATE INDEX hodometer_report_received ON hodometer_report (received);
  CREATE INDEX hodometer_report_marked ON hodometer_report (marked, id) WHERE marked > 0;
  CREATE UNIQUE INDEX hodometer_report_once ON hodometer_report (cluster, once) WHERE once IS NOT NULL;
  CREATE TABLE hodometer_cluster (
    id INTEGER PRIMARY KEY AUTOINCREMENT, name TEXT NOT NULL UNIQUE, first_day INTEGER NOT NULL,
    last_day INTEGER NOT NULL, unranked INTEGER NOT NULL);
  CREATE TABLE hodometer_cluster_day (
    day INTEGER, cluster INTEGER, marked INTEGER NOT NULL, arrived INTEGER NOT NULL, PRIMARY KEY (day, cluster)
  ) WITHOUT ROWID;
  CREATE TABLE hodometer_changed (day INTEGER PRIMARY KEY, version INTEGER NOT NULL);
  CREATE TABLE hodometer_counter (
    grain TEXT, dimension TEXT, period INTEGER, value TEXT, clusters INTEGER NOT NULL,
    PRIMARY KEY (grain, dimension, period, value)) WITHOUT ROWID;
  CREATE TABLE hodometer_numbered (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL);
  CREATE TABLE hodometer_gathered (id INTEGER PRIMARY KEY CHECK (id = 1), last INTEGER NOT NULL);
  INSERT INTO hodometer_gathered VALUES (1, 0);
  `,
  // What is passed on, and what became of it (queue.ts).
  `
  CREATE TABLE sink (
    name TEXT PRIMARY KEY, position INTEGER NOT NULL, delivered INTEGER NOT NULL, refused INTEGER NOT NULL,
    dropped INTEGER NOT NULL) WITHOUT ROWID;
  CREATE TABLE undelivered (
    sink TEXT, number INTEGER, outcome TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (sink, number)) WITHOUT ROWID;
  CREATE TABLE erasure (sink TEXT, number INTEGER, cluster TEXT NOT NULL, PRIMARY KEY (sink, number)) WITHOUT ROWID;
  CREATE TABLE erased (
    sink TEXT, cluster TEXT, outcome TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY (sink, cluster)) WITHOUT ROWID;
  `,
  // Has a row in a store that only passes on (relay.ts).
  'CREATE TABLE relay (id INTEGER PRIMARY KEY CHECK (id = 1), since INTEGER NOT NULL)',
  // Events of Hodometer are passed on too; what was taken before was taken under another promise.
  `
  ALTER TABLE sink ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
  UPDATE sink SET events = max(
    coalesce((SELECT max(id) FROM hodometer_report), 0), coalesce((SELECT last FROM hodometer_numbered), 0));
  ALTER TABLE erasure ADD COLUMN events INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE undelivered RENAME TO undelivered_before;
  CREATE TABLE undelivered (
    sink TEXT, kind TEXT, number INTEGER, outcome TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (sink, kind, number)) WITHOUT ROWID;
  INSERT INTO undelivered SELECT sink, 'spartakus', number, outcome, at FROM undelivered_before;
  DROP TABLE undelivered_before;
  CREATE TABLE held (span INTEGER PRIMARY KEY);
  `,
  // Grows with each start (Passed.epoch): a store that was put back to an older state gives numbers again.
  'ALTER TABLE sink ADD COLUMN epoch INTEGER NOT NULL DEFAULT 0',
  // What a sink did not take while it took others (parking.ts).
  `
  CREATE TABLE parked (
    kind TEXT, number INTEGER, sink TEXT, epoch INTEGER NOT NULL, tries INTEGER NOT NULL, due INTEGER NOT NULL,
    reason TEXT NOT NULL, PRIMARY KEY (kind, number, sink)) WITHOUT ROWID;
  CREATE INDEX parked_due ON parked (sink, kind, due);
  `,
];

/** Version of the schema that this program writes. */
export const schemaVersion = migrations.length;

/** Numbers that the file's header holds. */
export function headerOf(database: DatabaseSync): {application: number; version: number} {
  const pragma = (name: string) => Object.values(database.prepare(`PRAGMA ${name}`).get()!)[0] as number;
  return {application: pragma('application_id'), version: pragma('user_version')};
}

/**
 * Takes the schema from version `from` to the newest, each step whole or not at all.
 *
 * @throws {StoreTrouble} if it is not of that version: its header is damaged
 */
export function migrate(database: DatabaseSync, from: number, steps: readonly Step[] = migrations): void {
  // What a step puts aside is never written to the folder of temporary files.
  if (from < steps.length) database.exec('PRAGMA temp_store = MEMORY');
  for (let version = from; version < steps.length; version++) {
    database.exec('BEGIN IMMEDIATE');
    try {
      const step = steps[version]!;
      if (typeof step === 'string') database.exec(step);
      else step(database);
      database.exec(`PRAGMA user_version = ${version + 1}; PRAGMA application_id = ${applicationId}; COMMIT`);
    } catch (error) {
      if (database.isTransaction) database.exec('ROLLBACK');
      if (!isDamage(error)) throw error;
      throw new StoreTrouble(`The store says that it has schema ${version}, and has not: it is damaged.`, {
        suggestions: ['seldon-usage serve restore FILE puts a backup in its place and keeps the damaged file.'],
        cause: error,
      });
    }
  }
}
