import {kindNames} from '../../kinds.ts';
import {StoreTrouble} from '../trouble.ts';
import {definition, deriveTables} from './derived.ts';
import {forgettingTable} from './forget.ts';
import type {Session, Sessions} from './sessions.ts';
import {apartInSinks, epochsOfSinks, lanesOfSinks, sinkTables} from './sinks.ts';
import {forKind, locks, numbersOfBatch} from './sql.ts';

/** One version of the schema. An entry that was released is never changed: add another one. */
interface Migration {
  readonly sql: string;
  /** Programs of the version before go on storing reports beside it; they do not count any more. */
  readonly compatible: boolean;
}

/** What each kind of report has. The columns of its statistics come when the store is opened (derived.ts). */
const ofEachKind = `
    CREATE SEQUENCE seldon_usage.arrival INCREMENT ${numbersOfBatch} MINVALUE -${numbersOfBatch} START 1;
    CREATE TABLE seldon_usage.cluster (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, name text COLLATE "C" NOT NULL UNIQUE,
      first_day integer NOT NULL, last_day integer NOT NULL, unranked boolean NOT NULL);
    CREATE TABLE seldon_usage.report (
      day integer NOT NULL, cluster bigint NOT NULL, sha256 bytea NOT NULL, marked bigint NOT NULL,
      arrived bigint NOT NULL, received bigint NOT NULL, body text NOT NULL, once text,
      PRIMARY KEY (cluster, day, sha256, marked)) PARTITION BY RANGE (day);
    -- Several times faster than what is the default, where the server was built with it.
    DO $$ BEGIN
      ALTER TABLE seldon_usage.report ALTER COLUMN body SET COMPRESSION lz4;
    EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN NULL; END $$;
    CREATE INDEX ON seldon_usage.report (received) WHERE marked = 0;
    CREATE INDEX ON seldon_usage.report (marked, arrived) WHERE marked > 0;
    CREATE TABLE seldon_usage.once (
      cluster bigint, once text COLLATE "C", day integer NOT NULL, PRIMARY KEY (cluster, once));
    CREATE INDEX ON seldon_usage.once (day);
    CREATE TABLE seldon_usage.cluster_day (
      day integer NOT NULL, cluster bigint NOT NULL, marked bigint NOT NULL, arrived bigint NOT NULL,
      PRIMARY KEY (cluster, day)) PARTITION BY RANGE (day);
    CREATE TABLE seldon_usage.day (day integer PRIMARY KEY, reports boolean NOT NULL, rows boolean NOT NULL);
    CREATE TABLE seldon_usage.swept (before integer NOT NULL);
    CREATE TABLE seldon_usage.marked_day (span bigint, day integer, PRIMARY KEY (span, day));
    CREATE TABLE seldon_usage.pending (
      id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, day integer NOT NULL, clusters bigint[] NOT NULL);
    CREATE TABLE seldon_usage.changed (day integer PRIMARY KEY);
    CREATE TABLE seldon_usage.counter (
      grain text COLLATE "C", dimension text COLLATE "C", period integer, value text COLLATE "C", clusters bigint NOT NULL,
      PRIMARY KEY (grain, dimension, period, value));
`;

export const migrations: readonly Migration[] = [
  {
    compatible: false,
    sql: `
    CREATE TABLE seldon_usage.meta (
      one boolean PRIMARY KEY DEFAULT true CHECK (one), version integer NOT NULL, oldest integer NOT NULL,
      definition text NOT NULL DEFAULT '', erasures bigint NOT NULL DEFAULT 0);
    INSERT INTO seldon_usage.meta (version, oldest) VALUES (0, 0);
    CREATE TABLE seldon_usage.refused (
      day integer, reason text COLLATE "C", count bigint NOT NULL, PRIMARY KEY (day, reason));
    CREATE TABLE seldon_usage.refused_marked (
      span bigint, day integer, reason text COLLATE "C", count bigint NOT NULL, PRIMARY KEY (span, day, reason));
    CREATE TABLE seldon_usage.clock (
      slot integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, seen timestamptz NOT NULL, kept jsonb);
    CREATE TABLE seldon_usage.moved (export text NOT NULL, lines bigint NOT NULL);
    CREATE TABLE seldon_usage.lease (
      name text PRIMARY KEY, holder bigint, fence bigint NOT NULL, until timestamptz NOT NULL);
    INSERT INTO seldon_usage.lease VALUES ('work', NULL, 0, '-infinity');
    ${kindNames.map((kind) => forKind(kind, ofEachKind)).join('')}
    `,
  },
  // What a process of the version before stores waits for no sink.
  {compatible: true, sql: sinkTables},
  // Whose the clock of a slot is (clock.ts).
  {compatible: true, sql: 'ALTER TABLE seldon_usage.clock ADD COLUMN owner bigint'},
  // Whose rows are being erased.
  {compatible: true, sql: forgettingTable},
  // Events of Hodometer wait for sinks too, and what has a date in doubt is known there.
  {compatible: true, sql: lanesOfSinks},
  // What of two with one number came later is known to sinks.
  {compatible: true, sql: epochsOfSinks},
  // What a sink does not take while it takes others waits apart.
  {compatible: true, sql: apartInSinks},
];

/** Version of the schema that this program writes. */
export const schemaVersion = migrations.length;

/** Milliseconds for a migration, and for another process to make it. */
const patience = 600_000;

/** The version of the schema; undefined if there is none. */
export async function versionOf(
  session: Session,
): Promise<{version: number; oldest: number; definition: string} | undefined> {
  const [there] = await session.query("SELECT to_regclass('seldon_usage.meta') IS NOT NULL AS there");
  if (!there!.there) return undefined;
  const [meta] = await session.query('SELECT version, oldest, definition FROM seldon_usage.meta');
  return meta as {version: number; oldest: number; definition: string} | undefined;
}

/**
 * Takes the schema to the version of this program, whole or not at all, one process at a time. A newer one stays as it is.
 *
 * @throws {StoreTrouble} if there is none and none is to be made, or if it is too new to write into
 */
export async function prepareSchema(pool: Sessions, shown: string, create: boolean): Promise<void> {
  const found = await pool.alone(versionOf);
  if (found) requireKnown(found, shown);
  else if (!create) throw noStore(shown);
  if (found && found.version >= schemaVersion && found.definition === definition) return;
  await pool.transaction(
    async (session) => {
      await session.batch('CREATE SCHEMA IF NOT EXISTS seldon_usage');
      const now = await versionOf(session);
      if (now) requireKnown(now, shown);
      for (let version = now?.version ?? 0; version < schemaVersion; version++) {
        const {sql, compatible} = migrations[version]!;
        await session.batch(sql);
        await session.query(
          'UPDATE seldon_usage.meta SET version = $1, oldest = CASE WHEN $2 THEN oldest ELSE $1 END',
          [version + 1, compatible],
        );
      }
      if ((now?.version ?? 0) <= schemaVersion) await deriveTables(session);
    },
    {begin: `SELECT pg_advisory_xact_lock(${locks.migration})`, limits: {statement: patience, idle: patience}},
  );
}

/** The error of a database that has no store. */
export function noStore(shown: string): StoreTrouble {
  return new StoreTrouble(`There is no store in ${shown}.`, {
    suggestions: ['--store postgres://… names another database; seldon-usage serve makes one.'],
  });
}

/** @throws {StoreTrouble} if a newer program does not let this one write */
function requireKnown({version, oldest}: {version: number; oldest: number}, shown: string): void {
  if (oldest <= schemaVersion) return;
  throw new StoreTrouble(
    `${shown} has schema ${version}, written by a newer seldon-usage; this one knows ${schemaVersion}.`,
    {suggestions: ['Update seldon-usage, or name another store with --store.']},
  );
}
