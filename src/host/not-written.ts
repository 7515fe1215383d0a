import {reasonOf, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';

/** The error of a file that was to be written, and was not. */
export function notWritten(path: string, error: unknown): UserError {
  return new UserError('input', `${clean(path)} can't be written (${reasonOf(error)}).`, {
    suggestions: ['Name another file with --output; what was there is unchanged.'],
    cause: error,
  });
}
