import {join} from 'node:path';
import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {directory, type Surroundings} from '../../settings.ts';
import type {Reader, StoreAddress, Writer} from './contract.ts';
import {sqliteReader} from './sqlite-reader.ts';
import {sqliteWriter} from './sqlite-writer.ts';

/**
 * The store that a user names, `sqlite:PATH`; without a name the one in the XDG data directory.
 *
 * @throws {UserError} usage, if it is none
 */
export function storeAddress(text: string | undefined, around: Surroundings): StoreAddress {
  if (text === undefined) return {engine: 'sqlite', path: join(directory('data', around), 'reports.db')};
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(text)?.[1];
  if (path) return {engine: 'sqlite', path};
  throw new UserError('usage', `${JSON.stringify(clean(text, 100))} names no store.`, {
    suggestions: ['Write sqlite:PATH, for example sqlite:/var/lib/seldon-usage/reports.db'],
  });
}

/**
 * Opens the store for its one writer.
 *
 * @param create makes it if there is none
 * @throws {UserError} input
 */
export function openWriter({path, name = path}: StoreAddress, options: {create: boolean}): Writer {
  return sqliteWriter(path, {...options, name});
}

/**
 * Opens the store for reading beside its writer.
 *
 * @throws {UserError} input
 */
export function openReader({path}: StoreAddress): Reader {
  return sqliteReader(path);
}
