import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import {UserError} from '../errors.ts';
import {formatDuration, parseDuration} from '../host/duration.ts';

/**
 * A point in time, ISO 8601 in UTC: of a date (`2026-11-22`), a date and time, or a duration before now (`24h`, `7d`).
 *
 * @throws {UserError} usage, if it is none
 */
export function parseSince(text: string, now = Date.now()): string {
  const days = /^(\d{1,5})d$/.exec(text)?.[1];
  const date = /^\d{4}-\d\d-\d\d(T[\d:.]+(Z|[+-]\d\d:\d\d)?)?$/.test(text) ? Date.parse(text) : undefined;
  if (date !== undefined && !Number.isNaN(date)) return new Date(date).toISOString();
  try {
    const before = days === undefined ? parseDuration(text) : Number(days) * 86_400_000;
    return new Date(now - before).toISOString();
  } catch (error) {
    throw new UserError('usage', `${JSON.stringify(text)} is not a time.`, {
      suggestions: ['Write a date (2026-11-22), or how long ago: 90m, 24h, 7d.'],
      cause: error,
    });
  }
}

/** A flag that takes a duration in Go's syntax and gives milliseconds. */
export const duration = Flags.custom<number>({
  helpValue: '<duration>',
  parse: async (text) => parseDuration(text),
  defaultHelp: async ({options}) =>
    typeof options.default === 'number' && options.default > 0 ? formatDuration(options.default) : undefined,
});

/** kubectl's --request-timeout: a bare number is seconds, as nowhere else. */
export const requestTimeout = Flags.custom<number>({
  helpValue: '<duration>',
  parse: async (text) => (/^\+?\d+$/.test(text) ? Number(text) * 1000 : parseDuration(text)),
});

/**
 * A flag of kubectl's that holds a secret: other users of the machine and the shell's history would see it, so it is
 * refused, with the way that works.
 */
export function refusedSecret(instead: string) {
  return Flags.string({
    hidden: true,
    parse: async () => {
      throw new UserError('usage', 'A secret in a flag is seen by everybody who may list processes.', {
        suggestions: [instead],
      });
    },
  });
}

/** Of commands that ask something before they change anything. */
export const yesFlag = {yes: Flags.boolean({char: 'y', description: 'answer the question with yes'})};

/** An argument. oclif would take piped input for a missing one, and leave none for `--nodes -` or the next in the pipe. */
export function argument(options: {description: string}) {
  return Args.string({...options, ignoreStdin: true});
}
