import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import type {Surroundings} from '../../settings.ts';
import type {Engine, Store, StoreAddress} from './contract.ts';
import {type PostgresAddress, postgresAddress, wholeUrl} from './postgres/address.ts';
import {type SqliteAddress, sqliteAddress, standardAddress, standardQueue, wholeName} from './sqlite/address.ts';

/** Each engine is loaded when a store of it is used. */
const engines: Readonly<Record<StoreAddress['engine'], () => Promise<Engine>>> = {
  sqlite: async () => (await import('./sqlite/index.ts')).sqlite,
  postgres: async () => (await import('./postgres/index.ts')).postgres,
};

/** The engine of an address. */
export function engineOf({engine}: StoreAddress): Promise<Engine> {
  return engines[engine]();
}

/** The store at an address, by the one name that it has. @throws {UserError} input, if it leads nowhere */
export async function openStore(address: StoreAddress): Promise<Store & {readonly shown: string}> {
  const engine = await engineOf(address);
  const located = await engine.locate(address);
  return {...engine.at(located), shown: located.shown};
}

/**
 * The store that a user names, `sqlite:PATH` or `postgres://…`; without a name the one in the XDG data directory.
 *
 * @throws {UserError} usage, if it is none
 */
export function storeAddress(text: string | undefined, around: Surroundings): StoreAddress {
  const address = text === undefined ? standardAddress(around) : (sqliteAddress(text) ?? postgresAddress(text));
  if (address) return address;
  // What looks like a login may hold a password.
  const shown = clean(text!.replace(/\/\/[^/]*@/, '//…@'), 100);
  throw new UserError('usage', `${JSON.stringify(shown)} names no store.`, {
    suggestions: [
      'Write sqlite:PATH, for example sqlite:/var/lib/seldon-usage/reports.db',
      'or postgres://USER@HOST/DATABASE, for several collectors on one store.',
      'To keep nothing and only pass on, name a sink: https://usage.example.com, clickhouse:…, bigquery:… or stdout.',
    ],
  });
}

/**
 * The queue of a collector that only passes on, `sqlite:PATH`; without a name the one in the XDG data directory.
 *
 * @throws {UserError} usage, if it is none
 */
export function queueAddress(text: string | undefined, around: Surroundings): StoreAddress {
  const address = text === undefined ? standardQueue(around) : sqliteAddress(text);
  if (address) return {...address, relay: true};
  throw new UserError('usage', `${JSON.stringify(clean(text!.replace(/\/\/[^/]*@/, '//…@'), 100))} names no queue.`, {
    suggestions: ['It is in a file: sqlite:PATH, for example sqlite:/var/lib/seldon-usage/queue.db'],
  });
}

/** The name of a store that means the same in any folder. @throws {UserError} usage, if it is none */
export function wholeAddress(text: string, around: Surroundings): string {
  const address = storeAddress(text, around);
  if (address.engine === 'postgres') return wholeUrl(address as PostgresAddress);
  return wholeName(address as SqliteAddress);
}
