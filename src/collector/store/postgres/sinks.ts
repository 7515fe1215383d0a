import {kindNames} from '../../kinds.ts';
import {type Erasure, knownErased, traceOf} from '../queue.ts';
import {closeGate} from './lease.ts';
import type {Session} from './sessions.ts';
import {forKind, sessionFor} from './sql.ts';

/*
 * What waits for the sinks of a store, of each kind in tables of its own. A report waits with a copy of its own, from the transaction that stores it: it is passed
 * on as it came, whatever becomes of it in the store. Processes store side by side, and commit in another order than that of
 * their numbers: so nothing goes by a position, and what was passed on is taken out by its numbers alone.
 */

/** The tables, as a migration. */
export const sinkTables = `
    CREATE TABLE seldon_usage.sink (
      name text COLLATE "C" PRIMARY KEY, delivered bigint NOT NULL DEFAULT 0, refused bigint NOT NULL DEFAULT 0,
      dropped bigint NOT NULL DEFAULT 0, holder bigint, until timestamptz NOT NULL DEFAULT '-infinity');
    CREATE TABLE seldon_usage.waiting (
      sink text COLLATE "C", arrived bigint, received bigint NOT NULL, cluster text COLLATE "C" NOT NULL, body text NOT NULL,
      PRIMARY KEY (sink, arrived));
    DO $$ BEGIN
      ALTER TABLE seldon_usage.waiting ALTER COLUMN body SET COMPRESSION lz4;
    EXCEPTION WHEN feature_not_supported OR invalid_parameter_value THEN NULL; END $$;
    CREATE TABLE seldon_usage.undelivered (
      sink text COLLATE "C", number bigint, outcome text NOT NULL, at bigint NOT NULL, PRIMARY KEY (sink, number));
    CREATE TABLE seldon_usage.erasure (
      sink text COLLATE "C", number bigint, cluster text COLLATE "C" NOT NULL, PRIMARY KEY (sink, number));
    CREATE TABLE seldon_usage.erased (
      sink text COLLATE "C", cluster text COLLATE "C", outcome text NOT NULL, at bigint NOT NULL, PRIMARY KEY (sink, cluster));
`;

/**
 * What each kind has besides, as a migration. `held`: the mark of a report whose date is in doubt, 0 for any other. An erasing comes
 * after the events up to a number, as it comes after the reports.
 */
export const lanesOfSinks = `
    ALTER TABLE seldon_usage.waiting ADD COLUMN once text, ADD COLUMN held bigint NOT NULL DEFAULT 0;
    CREATE TABLE seldon_usage.hodometer_waiting (LIKE seldon_usage.waiting INCLUDING ALL);
    CREATE TABLE seldon_usage.hodometer_undelivered (LIKE seldon_usage.undelivered INCLUDING ALL);
    ${kindNames.map((kind) => forKind(kind, 'CREATE INDEX ON seldon_usage.waiting (held) WHERE held > 0;')).join(' ')}
    ALTER TABLE seldon_usage.erasure ADD COLUMN events bigint NOT NULL DEFAULT 0;
`;

/**
 * What tells reports apart that were given one number (Passed.epoch), as a migration. A standby that was promoted without the
 * last moments gives their numbers again; it is known by the time at which its server was started.
 */
export const epochsOfSinks = `
    ALTER TABLE seldon_usage.sink ADD COLUMN epoch bigint NOT NULL DEFAULT 0, ADD COLUMN server timestamptz;
    ${kindNames.map((kind) => forKind(kind, 'ALTER TABLE seldon_usage.waiting ADD COLUMN epoch bigint NOT NULL DEFAULT 0;')).join(' ')}
`;

/**
 * What a sink did not take while it took others waits where it waited, to be tried again when it is due, as a migration: so a program of
 * the version before erases it with its cluster, and passes it on as any other.
 */
export const apartInSinks = kindNames
  .map((kind) =>
    forKind(
      kind,
      `ALTER TABLE seldon_usage.waiting ADD COLUMN due bigint, ADD COLUMN tries integer, ADD COLUMN reason text;
       CREATE INDEX ON seldon_usage.waiting (sink, due) WHERE due IS NOT NULL;`,
    ),
  )
  .join(' ');

/** SQL: whether the epoch is of this server; null where there are no sinks. */
export const isOfThisServer =
  "(SELECT bool_and(coalesce(server, '-infinity') = pg_postmaster_start_time()) FROM seldon_usage.sink)";

/** Begins an epoch, within the caller's transaction, which has the gate closed: no number of an older one is given any more. */
async function beginEpoch(session: Session): Promise<void> {
  await session.query(
    `UPDATE seldon_usage.sink SET server = pg_postmaster_start_time(),
      epoch = greatest(epoch + 1, floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint)`,
  );
}

/** Begins an epoch, unless somebody else has done so since the server was another one. Within the caller's transaction. */
export async function followServer(session: Session): Promise<void> {
  await closeGate(session);
  const [known] = await session.query(`SELECT ${isOfThisServer} AS is_known`);
  if (known!.is_known === false) await beginEpoch(session);
}

/**
 * A part of the statement that stores reports: those that it stored wait for every sink.
 *
 * @param held the parameter with marks of which the dates are in doubt
 */
export function waits(held: string): string {
  return `, waits AS (
    INSERT INTO seldon_usage.waiting (sink, arrived, epoch, received, cluster, body, once, held)
    SELECT s.name, r.arrived, s.epoch, r.received, c.name, r.body, r.once,
      CASE WHEN r.marked = ANY(${held}::bigint[]) THEN r.marked ELSE 0 END
    FROM reports r JOIN seldon_usage.cluster c ON c.id = r.cluster CROSS JOIN seldon_usage.sink s
  )`;
}

/** Tables that have rows of a sink, by the column with its name. */
const ofSinks = [
  ...['waiting', 'undelivered'].flatMap((table) => kindNames.map((kind) => forKind(kind, `seldon_usage.${table}`))),
  ...['seldon_usage.erasure', 'seldon_usage.erased'],
];

/** Sinks that reports wait for from now on; others are no longer known. An epoch begins. Within the caller's transaction. */
export async function enlist(session: Session, sinks: readonly string[]): Promise<void> {
  const known = await session.query('SELECT 1 FROM seldon_usage.sink LIMIT 1');
  if (known.length + sinks.length === 0) return;
  // What others store at this moment either waits or does not: nothing is left for a sink that is not there.
  await closeGate(session);
  await session.query('DELETE FROM seldon_usage.sink WHERE name <> ALL($1::text[])', [sinks]);
  for (const table of ofSinks) await session.query(`DELETE FROM ${table} WHERE sink <> ALL($1::text[])`, [sinks]);
  await session.query('INSERT INTO seldon_usage.sink (name) SELECT unnest($1::text[]) ON CONFLICT (name) DO NOTHING', [
    sinks,
  ]);
  await beginEpoch(session);
}

/**
 * Nothing of a cluster waits any more, and every sink is to erase it, after all that came before; within the caller's
 * transaction, which has the gate closed. Where the store had nothing of it, those that have just erased it, or are about to, are
 * not asked again.
 *
 * @param now milliseconds
 */
export async function enqueueErasure(session: Session, cluster: string, hadAny: boolean, now: number): Promise<void> {
  let waited = 0;
  for (const kind of kindNames) {
    const remove = 'DELETE FROM seldon_usage.waiting WHERE cluster = $1 RETURNING 1';
    waited += (await sessionFor(kind, session).query(remove, [cluster])).length;
  }
  await session.query(
    `INSERT INTO seldon_usage.erasure (sink, number, cluster, events)
      SELECT s.name, n.number, $1, n.events FROM seldon_usage.sink s,
        (SELECT nextval('seldon_usage.arrival') AS number, nextval('seldon_usage.hodometer_arrival') AS events) AS n
      WHERE $2 OR NOT EXISTS (SELECT 1 FROM seldon_usage.erasure e WHERE e.sink = s.name AND e.cluster = $1)
        AND NOT EXISTS (SELECT 1 FROM seldon_usage.erased e
          WHERE e.sink = s.name AND e.cluster = $3 AND e.at BETWEEN $4 AND $5)`,
    [cluster, hadAny || waited > 0, traceOf(cluster), now - knownErased, now],
  );
}

/** What is known of the erasing of a cluster at the sinks. */
export async function erasuresOf(session: Session, cluster: string): Promise<Erasure[]> {
  const waiting = await session.query(
    "SELECT DISTINCT sink, 'waiting' AS state FROM seldon_usage.erasure WHERE cluster = $1",
    [cluster],
  );
  const done = await session.query(
    `SELECT sink, outcome AS state, at FROM seldon_usage.erased
      WHERE cluster = $1 AND sink NOT IN (SELECT sink FROM seldon_usage.erasure WHERE cluster = $2)`,
    [traceOf(cluster), cluster],
  );
  return [...waiting, ...done].map((row) => ({...row}) as Erasure);
}

/**
 * Puts the dates right of what waits with a mark, at most so many at once, as those of the reports (redate.ts).
 *
 * @returns how many; 0: none is left
 */
export async function redateWaiting(
  session: Session,
  {shift, marked, most}: {shift: number; marked: number; most: number},
): Promise<number> {
  const rows = await session.query(
    `UPDATE seldon_usage.waiting SET received = received + $1, held = 0 WHERE (sink, arrived) IN (
      SELECT sink, arrived FROM seldon_usage.waiting WHERE held = $2 LIMIT $3) RETURNING 1`,
    [shift, marked, most],
  );
  return rows.length;
}

/**
 * What came before a time waits no more: of each sink so many at once, those first that came first.
 *
 * @param received milliseconds
 */
export async function dropOld(session: Session, received: number, most: number): Promise<void> {
  await session.query(
    `WITH old AS (
        DELETE FROM seldon_usage.waiting w USING (
          SELECT o.sink, o.arrived FROM seldon_usage.sink s CROSS JOIN LATERAL (
            SELECT sink, arrived, received FROM seldon_usage.waiting WHERE sink = s.name ORDER BY arrived LIMIT $2) AS o
          WHERE o.received < $1) AS o
        WHERE w.sink = o.sink AND w.arrived = o.arrived RETURNING w.sink)
      UPDATE seldon_usage.sink s SET dropped = dropped + o.count
      FROM (SELECT sink, count(*) AS count FROM old GROUP BY sink) AS o WHERE s.name = o.sink`,
    [received, most],
  );
}
