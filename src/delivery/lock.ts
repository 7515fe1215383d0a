import {existsSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {UserError} from '../errors.ts';
import {type KernelLock, tryLock} from '../host/kernel-lock.ts';
import {notWritable} from './not-writable.ts';

/** Milliseconds between two tries. */
const interval = 50;

/**
 * Runs `work` while no other process, nor another call of this one, works on the same state directory.
 *
 * @param patience milliseconds to wait for it
 * @throws {UserError} delivery, if it is not to be had in time or the directory is not writable
 */
export async function withLock<T>(folder: string, patience: number, work: () => Promise<T>): Promise<T> {
  const held = await lock(folder, performance.now() + patience);
  try {
    return await work();
  } finally {
    held[Symbol.dispose]();
  }
}

/** The lock of one report: held by the run that posts it, so that no other does. */
export function recordLockPath(folder: string, id: string): string {
  return join(folder, 'waiting', `${id}.lock`);
}

/**
 * Takes the lock of a report; undefined if another run is posting it. The caller holds the lock of the directory, as does
 * whoever removes the file.
 *
 * @throws {Error} of Node or SQLite
 */
export function lockRecord(folder: string, id: string): KernelLock | undefined {
  return tryLock(recordLockPath(folder, id));
}

/** Lets it go, and removes its file. The caller holds the lock of the directory. */
export function unlockRecord(folder: string, id: string, lock: KernelLock): void {
  removeLock(folder, id);
  lock[Symbol.dispose]();
}

/** Removes its file. The caller holds the lock of the directory. */
export function removeLock(folder: string, id: string): void {
  try {
    rmSync(recordLockPath(folder, id), {force: true});
  } catch {
    // It stays, and is taken again by the next run; something else in its place holds up no other report.
  }
}

/** Whether a run is posting the report at this moment. What can't be determined is taken for held. */
export function isHeld(folder: string, id: string): boolean {
  if (!existsSync(recordLockPath(folder, id))) return false;
  try {
    const taken = lockRecord(folder, id);
    taken?.[Symbol.dispose]();
    return taken === undefined;
  } catch {
    return true;
  }
}

async function lock(folder: string, deadline: number): Promise<KernelLock> {
  for (;;) {
    const taken = take(folder);
    if (taken) return taken;
    if (performance.now() > deadline) {
      throw new UserError('delivery', 'Another seldon-usage is at work in the same state directory.', {
        suggestions: ['Try again when it has ended; nothing was sent by this one.'],
      });
    }
    await sleep(interval);
  }
}

function take(folder: string): KernelLock | undefined {
  try {
    return tryLock(join(folder, 'lock'));
  } catch (error) {
    throw notWritable(folder, error);
  }
}
