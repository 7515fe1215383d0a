import {resolve} from 'node:path';
import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import type {Surroundings} from '../../settings.ts';
import type {Engine, Store, StoreAddress} from './contract.ts';
import {type SqliteAddress, sqliteAddress, standardAddress} from './sqlite/address.ts';

/** Each engine is loaded when a store of it is used. */
const engines: Readonly<Record<StoreAddress['engine'], () => Promise<Engine>>> = {
  sqlite: async () => (await import('./sqlite/index.ts')).sqlite,
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
 * The store that a user names, `sqlite:PATH`; without a name the one in the XDG data directory.
 *
 * @throws {UserError} usage, if it is none
 */
export function storeAddress(text: string | undefined, around: Surroundings): StoreAddress {
  const address = text === undefined ? standardAddress(around) : sqliteAddress(text);
  if (address) return address;
  throw new UserError('usage', `${JSON.stringify(clean(text!, 100))} names no store.`, {
    suggestions: ['Write sqlite:PATH, for example sqlite:/var/lib/seldon-usage/reports.db'],
  });
}

/** The name of a store that means the same in any folder. @throws {UserError} usage, if it is none */
export function wholeAddress(text: string, around: Surroundings): string {
  return `sqlite:${resolve((storeAddress(text, around) as SqliteAddress).path)}`;
}
