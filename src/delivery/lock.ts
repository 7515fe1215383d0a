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

async function lock(folder: string, deadline: number): Promise<KernelLock> {
  for (;;) {
    const taken = take(folder);
    if (taken) return taken;
    if (performance.now() > deadline) {
      throw new UserError('delivery', 'Another seldon-usage is sending from the same state directory.', {
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
