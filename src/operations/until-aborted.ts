import {UserError} from '../errors.ts';

/** Where nothing was begun that must come to an end. */
export function interrupted(): UserError {
  return new UserError('interrupted', 'Interrupted. Nothing was changed.');
}

/**
 * The result of work that changes nothing, unless the person interrupts it first.
 *
 * @throws {UserError} interrupted
 */
export async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let interrupt = () => {};
  const ended = new Promise<never>((_, reject) => {
    interrupt = () => reject(interrupted());
  });
  signal.addEventListener('abort', interrupt);
  if (signal.aborted) interrupt();
  try {
    return await Promise.race([ended, work]);
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}

/** The person said no. */
export function declined(): UserError {
  return new UserError('usage', 'Nothing was changed.', {suggestions: ['--yes answers the question.']});
}
