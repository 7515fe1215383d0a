import {closeSync, openSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {setTimeout as sleep} from 'node:timers/promises';
import {UserError} from '../errors.ts';
import {notWritable} from './not-writable.ts';

/** The locks of this process. Without a reference of its own one could be collected as garbage, which lets it go. */
const held = new Set<DatabaseSync>();

/** Milliseconds between two tries. */
const interval = 50;

/**
 * Runs `work` while no other process, nor another call of this one, works on the same state directory.
 *
 * The lock is the kernel's, taken through SQLite on an empty file: it ends with the process however that ends, and needs
 * no guess whether its holder still lives, which a number in a file would (in a container every process is number 1).
 *
 * @param patience milliseconds to wait for it
 * @throws {UserError} delivery, if it is not to be had in time or the directory is not writable
 */
export async function withLock<T>(folder: string, patience: number, work: () => Promise<T>): Promise<T> {
  const release = await lock(folder, performance.now() + patience);
  try {
    return await work();
  } finally {
    release();
  }
}

async function lock(folder: string, deadline: number): Promise<() => void> {
  const path = join(folder, 'lock');
  let database: DatabaseSync;
  try {
    // SQLite would make it readable by others.
    closeSync(openSync(path, 'a', 0o600));
    database = new DatabaseSync(path, {timeout: 0});
  } catch (error) {
    throw notWritable(folder, error);
  }
  for (;;) {
    try {
      database.exec('BEGIN EXCLUSIVE');
      held.add(database);
      return () => {
        held.delete(database);
        database.close();
      };
    } catch (error) {
      if ((error as {errcode?: number}).errcode !== busy) {
        database.close();
        throw notWritable(folder, error);
      }
      if (performance.now() > deadline) {
        database.close();
        throw new UserError('delivery', 'Another seldon-usage is sending from the same state directory.', {
          suggestions: ['Try again when it has ended; nothing was sent by this one.'],
        });
      }
      await sleep(interval);
    }
  }
}

/** SQLITE_BUSY: another connection holds the lock. */
const busy = 5;
