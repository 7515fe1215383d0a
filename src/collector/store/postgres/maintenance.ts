import {UserError} from '../../../errors.ts';
import {type KindName, kindNames, kinds} from '../../kinds.ts';
import {isoDay} from '../../periods.ts';
import type {Contents, Kept, KnownCluster, Maintenance} from '../contract.ts';
import type {PostgresAddress} from './address.ts';
import {problemsOf} from './check.ts';
import {troubleOf} from './errors.ts';
import {fewAtOnce, lettingGo, oneState} from './few-locks.ts';
import {daysOf} from './partitions.ts';
import {piecesOf} from './pieces.ts';
import {noStore, versionOf} from './schema.ts';
import {type Row, type Session, type Sessions, sessions} from './sessions.ts';
import {erasuresOf} from './sinks.ts';
import {forKind, sessionFor} from './sql.ts';

/** Milliseconds for one statement that looks at all of a day, and between two. */
const limits = {statement: 3_600_000, idle: 3_600_000} as const;
/** Clusters that are fetched at once. */
const page = 1000;

/**
 * What a person does to the store at an address.
 *
 * @param told makes of an error what a person is told
 */
export function maintenanceOf(address: PostgresAddress, told: (error: unknown) => unknown): Maintenance {
  const open = () => sessions(address, {most: 1, reading: true, patience: limits.statement});
  const reading = async <T>(read: (session: Session, version: number) => Promise<T>): Promise<T> => {
    const pool = open();
    try {
      const found = await pool.alone(versionOf);
      if (!found) throw noStore(address.shown);
      return await pool.transaction((session) => read(session, found.version), {begin: oneState, limits});
    } catch (error) {
      throw told(error);
    } finally {
      await pool.close();
    }
  };
  return {
    clusters: () => whole(open(), address.shown, told, known),
    backUp: async () => {
      throw notHere('A store in PostgreSQL is backed up by PostgreSQL’s own programs.', [
        'pg_dump --format=custom --schema=seldon_usage --file=FILE DATABASE copies one state of it, also while it is used.',
        'docs/postgresql.md says more: copies that go on, and standbys.',
      ]);
    },
    requireBackup: async () => {
      throw notRestored();
    },
    restore: async () => {
      throw notRestored();
    },
    contents: () => reading(contentsOf),
    passesOnlyTo: async () => undefined,
    erasures: (cluster) => reading((session) => erasuresOf(session, cluster)),
    pieces: (bodies) => whole(open(), address.shown, told, (session) => piecesOf(session, bodies)),
    problems: () => reading(problemsOf),
  };
}

function notHere(message: string, suggestions: string[]): UserError {
  return new UserError('input', message, {suggestions});
}

function notRestored(): UserError {
  return notHere('A store in PostgreSQL is restored by PostgreSQL’s own programs.', [
    'Stop every seldon-usage serve, then: pg_restore --clean --if-exists --single-transaction --dbname=DATABASE FILE',
  ]);
}

async function contentsOf(session: Session, version: number): Promise<Contents> {
  const events = await keptIn(sessionFor('hodometer', session));
  const isThere = events.reports + events.clusterDays > 0;
  return {schema: version, ...(await keptIn(session)), ...(isThere ? {hodometer: events} : {})};
}

async function keptIn(session: Session): Promise<Kept> {
  let [reports, clusterDays] = [0, 0];
  let [oldest, newest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  const ofDays = (what: string, days: readonly number[]) =>
    lettingGo(session, async () => (await session.query(`SELECT ${what} WHERE day = ANY($1::int[])`, [days]))[0]!);
  for (const days of fewAtOnce(await daysOf(session, 'report'))) {
    const row = await ofDays('count(*), min(received), max(received) FROM seldon_usage.report', days);
    reports += row.count as number;
    oldest = Math.min(oldest, (row.min as number | null) ?? oldest);
    newest = Math.max(newest, (row.max as number | null) ?? newest);
  }
  for (const days of fewAtOnce(await daysOf(session, 'cluster_day')))
    clusterDays += (await ofDays('count(*) FROM seldon_usage.cluster_day', days)).count as number;
  const [clusters] = await session.query('SELECT count(*) FROM seldon_usage.cluster');
  return {
    ...{reports, clusters: clusters!.count as number, clusterDays},
    ...(reports === 0 ? {} : {oldest, newest}),
  };
}

/** What is read of one state of the store, one at a time, as long as it is asked for. */
async function* whole<T>(
  pool: Sessions,
  shown: string,
  told: (error: unknown) => unknown,
  read: (session: Session) => AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  try {
    if (!(await pool.alone(versionOf))) throw noStore(shown);
    yield* read(await pool.begin({begin: oneState, limits}));
  } catch (error) {
    throw told(troubleOf(error));
  } finally {
    await pool.close();
  }
}

/** Every cluster, a page of a cursor at a time. */
async function* known(session: Session): AsyncGenerator<KnownCluster, void> {
  const days = new Map<KindName, ReadonlySet<number>>();
  for (const kind of kindNames) days.set(kind, new Set(await daysOf(sessionFor(kind, session), 'cluster_day')));
  const one = (kind: KindName) =>
    forKind(kind, `SELECT id, name, first_day, last_day, '${kind}' AS kind FROM seldon_usage.cluster`);
  // Spartakus' kind comes first where both have a name.
  const query = `${kindNames.map(one).join(' UNION ALL ')} ORDER BY last_day DESC, name, kind DESC`;
  await session.batch(`DECLARE known NO SCROLL CURSOR FOR ${query}`);
  for (;;) {
    const rows = await session.batch(`FETCH ${page} FROM known`);
    yield* await withFacts(session, rows, days);
    if (rows.length < page) return;
  }
}

/** What is told of a cluster on a day. */
function listedOf(kind: KindName): string {
  return kinds[kind].listed.map(([column, name]) => `${column} AS ${name}`).join(', ');
}

/** Clusters with what is known of them on their last day; a page is of one day, nearly always. */
async function withFacts(
  session: Session,
  rows: readonly Row[],
  days: ReadonlyMap<KindName, ReadonlySet<number>>,
): Promise<KnownCluster[]> {
  const facts = new Map<string, Row>();
  for (const kind of kindNames) {
    const own = rows.filter((row) => row.kind === kind);
    for (const day of new Set(own.map(({last_day}) => last_day as number))) {
      if (!days.get(kind)!.has(day)) continue;
      const ids = own.filter(({last_day}) => last_day === day).map(({id}) => id);
      const found = await lettingGo(session, () =>
        sessionFor(kind, session).query(
          `SELECT cluster, ${listedOf(kind)} FROM seldon_usage.cluster_day WHERE day = $1 AND cluster = ANY($2::bigint[])`,
          [day, ids],
        ),
      );
      for (const {cluster, ...known} of found) facts.set(`${kind} ${cluster}`, known);
    }
  }
  return rows.map(({id, name, first_day, last_day, kind}) => ({
    clusterID: name as string,
    ...(kind === 'hodometer' ? {kind} : {}),
    ...facts.get(`${kind} ${id}`),
    firstSeen: isoDay(first_day as number),
    lastSeen: isoDay(last_day as number),
  }));
}
