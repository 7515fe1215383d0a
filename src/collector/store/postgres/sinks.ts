import {UserError} from '../../../errors.ts';

/** What is said where reports in PostgreSQL are to be passed on: that is not there yet. */
export function noSinks(): UserError {
  return new UserError('usage', 'Reports in a PostgreSQL store can’t be passed on to sinks yet.', {
    suggestions: ['Leave --also out; or pass them on from a collector with an embedded store, --store sqlite:PATH.'],
  });
}
