import {kinds} from '../../kinds.ts';
import type {Reader, State} from '../contract.ts';
import type {PostgresAddress} from './address.ts';
import {noStore, versionOf} from './schema.ts';
import {type Session, sessions} from './sessions.ts';
import {listed, sessionFor} from './sql.ts';

/** Connections of a reader: so many states are read side by side. */
const most = 2;
/** Milliseconds for one question, and between two of the same state. */
const limits = {statement: 20_000, idle: 60_000} as const;

/**
 * Opens the store for reading, where that is all that is wanted on a standby too.
 *
 * @throws {StoreTrouble} if there is none or it can't be used
 */
export async function postgresReader(address: PostgresAddress): Promise<Reader> {
  const pool = sessions(address, {most, reading: true, patience: 30_000});
  try {
    if (!(await pool.alone(versionOf))) throw noStore(address.shown);
  } catch (error) {
    await pool.close();
    throw error;
  }
  return {
    still: (read) =>
      pool.transaction((session) => read(stateOf(session)), {
        begin: 'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY',
        limits,
      }),
    bytes: () =>
      pool.alone(async (session) => {
        const [row] = await session.query(
          `SELECT sum(pg_total_relation_size(c.oid))::bigint AS bytes FROM pg_class c
            WHERE c.relnamespace = 'seldon_usage'::regnamespace AND c.relkind IN ('r', 'S')`,
        );
        return row!.bytes as number;
      }),
    isCurrent: () => true,
    close: () => pool.close(),
  };
}

function stateOf(session: Session): State {
  return {
    async series(kind, grain, dimension, from, to) {
      const rows = await sessionFor(kind, session).query(
        `SELECT period, value, ${listed('name::double precision AS name', kinds[kind].counted)} FROM seldon_usage.counter
          WHERE grain = $1 AND dimension = $2 AND period BETWEEN $3 AND $4`,
        [grain, dimension, from, to],
      );
      return rows.map((row) => ({...row, dimension}) as never);
    },
    async firstPeriod(kind, grain) {
      const [row] = await sessionFor(kind, session).query(
        "SELECT min(period) AS period FROM seldon_usage.counter WHERE grain = $1 AND dimension = 'all'",
        [grain],
      );
      return (row!.period as number | null) ?? undefined;
    },
    async refused(from, to) {
      return (await session.query(
        'SELECT day, reason, count FROM seldon_usage.refused WHERE day BETWEEN $1 AND $2 ORDER BY day, reason',
        [from, to],
      )) as never;
    },
  };
}
