import {reasonOf, systemCode, UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import {type KernelLock, tryLock} from '../../../host/kernel-lock.ts';
import {openingError, sqliteCode} from './errors.ts';

/**
 * Takes the store for one server, until the returned function is called or the process ends, however it ends: the lock
 * is the operating system's, held on a file beside the store.
 *
 * @throws {UserError} input, if another server has it, or the lock can't be written
 */
export function lockStore(path: string): () => void {
  const lock = take(path);
  if (lock) return () => lock[Symbol.dispose]();
  throw new UserError('input', `Another seldon-usage serve has the store ${clean(path)}.`, {
    suggestions: ['Stop it first, or name another store with --store sqlite:PATH.'],
  });
}

function take(path: string): KernelLock | undefined {
  try {
    return tryLock(`${path}.lock`, path);
  } catch (error) {
    if (sqliteCode(error) !== undefined) throw openingError(error, path);
    if (systemCode(error) === 'EOWNER') {
      throw new UserError(
        'input',
        `The store ${clean(path)} can't be used: its lock is another user's, or not empty.`,
        {
          suggestions: [`If no server runs on it, remove ${clean(path)}.lock.`],
          cause: error,
        },
      );
    }
    throw new UserError('input', `The store ${clean(path)} can't be used (${reasonOf(error)}).`, {
      suggestions: ['Its folder must be there and writable; --store sqlite:PATH names another place.'],
      cause: error,
    });
  }
}
