import {join, resolve} from 'node:path';
import {directory, type Surroundings} from '../../../settings.ts';
import type {StoreAddress} from '../contract.ts';

/** A store in a file. */
export interface SqliteAddress extends StoreAddress {
  readonly engine: 'sqlite';
  readonly path: string;
  /** As the user names it, where that is another path; it must go on leading there. */
  readonly name?: string;
}

/** The store that `sqlite:PATH` or `sqlite:///PATH` names; undefined if the text is of another engine. */
export function sqliteAddress(text: string): SqliteAddress | undefined {
  const path = /^sqlite:(?:\/\/(?=\/))?(.+)$/.exec(text)?.[1];
  return path === undefined ? undefined : addressOf(path);
}

/** The store in the XDG data directory. */
export function standardAddress(around: Surroundings): SqliteAddress {
  return addressOf(join(directory('data', around), 'reports.db'));
}

/** The queue in the XDG data directory, of a collector that only passes on. */
export function standardQueue(around: Surroundings): SqliteAddress {
  return addressOf(join(directory('data', around), 'queue.db'));
}

/** The store in the file at `path`, which the user may know by another name. */
export function addressOf(path: string, name?: string): SqliteAddress {
  return {engine: 'sqlite', shown: path, path, ...(name === undefined ? {} : {name})};
}

/** The name of a store with the whole path of its file. */
export function wholeName({path}: SqliteAddress): string {
  return `sqlite:${resolve(path)}`;
}
