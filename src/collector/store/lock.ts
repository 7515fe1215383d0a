import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {type KernelLock, tryLock} from '../../host/kernel-lock.ts';
import {openingError} from './sqlite-errors.ts';

/**
 * Takes the store for one server, until the returned function is called or the process ends, however it ends: the lock
 * is the operating system's, held on a file beside the store.
 *
 * @throws {UserError} input, if another server has it
 */
export function lockStore(path: string): () => void {
  const lock = take(`${path}.lock`);
  if (lock) return () => lock[Symbol.dispose]();
  throw new UserError('input', `Another seldon-usage serve has the store ${clean(path)}.`, {
    suggestions: ['Stop it first, or name another store with --store sqlite:PATH.'],
  });
}

function take(path: string): KernelLock | undefined {
  try {
    return tryLock(path);
  } catch (error) {
    throw openingError(error, path);
  }
}
