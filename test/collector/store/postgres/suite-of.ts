import {engineOf, storeAddress} from '../../../../src/collector/store/engines.ts';
import {postgresAddress} from '../../../../src/collector/store/postgres/address.ts';
import {prepareSchema} from '../../../../src/collector/store/postgres/schema.ts';
import {sessions} from '../../../../src/collector/store/postgres/sessions.ts';
import {rigSuite} from '../../../rig/available.ts';
import {type Postgres, startPostgres} from '../../../rig/postgres.ts';
import {type PostgresVersion, whyNoPostgres} from '../../../rig/postgres-programs.ts';
import {storeSuite} from '../suite.ts';

/** The store in the database of a URL. */
export async function storeAt(url: string) {
  const address = storeAddress(url, {env: {}} as never);
  return (await engineOf(address)).at(address);
}

/** Histories by chance, other ones on each of the two; SQLite has these and more. */
const seeds: Readonly<Record<PostgresVersion, readonly number[]>> = {15: [1, 4], 18: [6, 7]};

/** The suite of every engine on a real server of a version. */
export function suiteOn(version: PostgresVersion): {run(): void} {
  const program = `postgres${version}` as const;
  if (whyNoPostgres(program) !== undefined) {
    return rigSuite(`store on PostgreSQL ${version}`, [program]);
  }
  let begun: Promise<{server: Postgres; prepared: string}> | undefined;
  const newStore = async () => {
    begun ??= begin(version);
    const {server, prepared} = await begun;
    return storeAt(await server.newDatabase('', prepared));
  };
  return storeSuite(`PostgreSQL ${version}`, newStore, seeds[version]);
}

/** A server, and a database in which the tables are made: that is most of what a new store costs, and each case has one. */
async function begin(version: PostgresVersion): Promise<{server: Postgres; prepared: string}> {
  // What is durable is for other tests: here it would be waited for some thousand times. And a vacuum that comes to each
  // database every few seconds is much of the work, with as many databases as cases.
  const settings = {fsync: 'off', autovacuum: 'off', max_connections: 400};
  const server = await startPostgres({version, settings});
  const prepared = await server.newDatabase();
  const pool = sessions(postgresAddress(prepared)!, {most: 1, reading: false, patience: 60_000});
  await prepareSchema(pool, prepared, true);
  await pool.close();
  return {server, prepared};
}
