import {clean} from '../../../foreign.ts';
import type {Engine, Store} from '../contract.ts';
import {StoreTrouble} from '../trouble.ts';
import type {PostgresAddress} from './address.ts';
import {maintenanceOf} from './maintenance.ts';
import {postgresQueue} from './queue.ts';
import {postgresReader} from './reader.ts';
import {versionOf} from './schema.ts';
import {sessions} from './sessions.ts';
import {postgresWriter} from './writer.ts';

/** The store in a PostgreSQL database: any number of writers and readers, on any number of machines. */
export const postgres: Engine = {
  isOnDisk: false,
  locate: async (address) => address,
  async lock(named) {
    const address = named as PostgresAddress;
    const pool = sessions(address, {most: 1, reading: false, patience: 15_000});
    try {
      const isNew = (await pool.alone(versionOf)) === undefined;
      // Nobody has it alone: what only one may do at a time goes by a lease (lease.ts).
      return {address, isNew, release: async () => {}};
    } catch (error) {
      throw opening(error, address);
    } finally {
      await pool.close();
    }
  },
  at: (address) => storeAt(address as PostgresAddress),
};

function storeAt(address: PostgresAddress): Store {
  const telling = async <T>(open: () => Promise<T>): Promise<T> => {
    try {
      return await open();
    } catch (error) {
      throw opening(error, address);
    }
  };
  return {
    writer: (options) => telling(() => postgresWriter(address, options)),
    reader: () => telling(() => postgresReader(address)),
    queue: () => telling(() => postgresQueue(address)),
    // The database looks after its files itself, and tells damage as an error: of a writer's, of a question's, of a check's.
    watch: () => ({damage: () => undefined, stop() {}}),
    maintenance: maintenanceOf(address, (error) => opening(error, address)),
  };
}

/** The error of opening a store, with its name and the way out; what says more already stays as it is. */
function opening(error: unknown, {shown}: PostgresAddress): unknown {
  if (!(error instanceof StoreTrouble) || error.suggestions.length > 0) return error;
  return new StoreTrouble(`The store ${clean(shown)} can't be used: ${error.message}.`, {
    suggestions: [
      'psql with the same address says more. The password comes from PGPASSWORD, PGPASSFILE or passwordfile=PATH in the address.',
    ],
    cause: error,
  });
}
