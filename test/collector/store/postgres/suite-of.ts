import {engineOf, storeAddress} from '../../../../src/collector/store/engines.ts';
import {rigSuite} from '../../../rig/available.ts';
import {type Postgres, startPostgres} from '../../../rig/postgres.ts';
import {type PostgresVersion, whyNoPostgres} from '../../../rig/postgres-programs.ts';
import {storeSuite} from '../suite.ts';

/** The store in the database of a URL. */
export async function storeAt(url: string) {
  const address = storeAddress(url, {env: {}} as never);
  return (await engineOf(address)).at(address);
}

/** Each history by chance is tried on one of the two; SQLite has all of them. */
const seeds: Readonly<Record<PostgresVersion, readonly number[]>> = {15: [1, 2, 3, 4], 18: [5, 6, 7, 8]};

/** The suite of every engine on a real server of a version. */
export function suiteOn(version: PostgresVersion): {run(): void} {
  const program = `postgres${version}` as const;
  if (whyNoPostgres(program) !== undefined) {
    return rigSuite(`store on PostgreSQL ${version}`, [program]);
  }
  let server: Promise<Postgres> | undefined;
  const newStore = async () => {
    // What is durable is for other tests: here it would be waited for some thousand times.
    server ??= startPostgres({version, settings: {fsync: 'off', max_connections: 400}});
    return storeAt(await (await server).newDatabase());
  };
  return storeSuite(`PostgreSQL ${version}`, newStore, seeds[version]);
}
