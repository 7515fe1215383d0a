import * as Errors from '@oclif/core/errors';
import {exitCodes, UserError} from '../errors.ts';
import {clean, shownLines} from '../foreign.ts';
import {causesOf, firstLine} from '../render/causes.ts';
import {renderError} from '../render/error.ts';
import {asCalled} from '../render/wrap.ts';
import {packageVersion} from '../report/version.ts';
import {debugVariable, isOn} from '../settings.ts';
import {wantsJson} from './output.ts';
import {sourceFrames} from './source-frames.ts';
import {flagMeant} from './suggest.ts';

/** An error as programs read it: `{"error": {"code", "message", "suggestions"}}`; with SELDON_USAGE_DEBUG `causes` too. */
export interface ErrorJson {
  error: {code: string; message: string; suggestions: readonly string[]; causes?: readonly string[]};
}

/**
 * Prints the error to standard error, as text or with `--json` as one line of JSON, and answers the exit code.
 */
export function reportError(error: unknown, argv: readonly string[]): number {
  const known = asUserError(error);
  const code = known ? exitCodes[known.code] : exitCodes.bug;
  const causes = isOn(process.env[debugVariable]) ? causesOf(error).map(sourceFrames) : undefined;
  if (wantsJson(argv)) {
    const json = errorJson(error, known);
    process.stderr.write(`${JSON.stringify(causes ? {error: {...json.error, causes}} : json)}\n`);
  } else {
    process.stderr.write(renderError(known ?? (error as Error), bugSuggestions, undefined, sourceFrames));
    if (causes) process.stderr.write(`${causes.join('\n')}\n`);
  }
  return code;
}

const bugSuggestions = [`This is a bug of seldon-usage ${packageVersion}: please report it, with the lines above.`];

/** An error as programs read it. */
export function errorJson(error: unknown, known = asUserError(error)): ErrorJson {
  if (known)
    return {
      error: {
        code: known.code,
        message: shownLines(known.message),
        suggestions: known.suggestions.map((one) => asCalled(shownLines(one))),
      },
    };
  return {
    error: {code: 'bug', message: clean(firstLine(error)), suggestions: bugSuggestions},
  };
}

/** oclif puts lines of its own around what the parser of a flag throws. */
function withoutWrapping(error: UserError): UserError {
  const [, flag, message] = /^Parsing (--[\w-]+) \n\t([\s\S]*)\nSee more help with --help$/.exec(error.message) ?? [];
  return flag
    ? new UserError(error.code, `${flag}: ${message}`, {suggestions: error.suggestions, cause: error})
    : error;
}

/** What oclif's parser says of a command line, as the rest of the program would. */
function inOwnWords(message: string): string {
  return message
    .replace(/^The following errors? occurred:\n/, '')
    .replace(/^Parsing (--[\w-]+) *\n\s*Expected/gm, '$1: expected')
    .replace(/^Missing required flag ([\w-]+)/gm, '--$1 is missing')
    .replace(/(--[\w-]+)=true /g, '$1 ')
    .replace(/^Missing \d+ required args?:\n([\s\S]*)$/, (_, args: string) =>
      args.replace(/^(\S+) +/gm, (_, name: string) => `${name.toUpperCase()} is missing: `),
    );
}

/** The error as one that the user can mend; undefined if it is a bug. What oclif's parser throws is wrong usage. */
function asUserError(error: unknown): UserError | undefined {
  if (error instanceof UserError) return withoutWrapping(error);
  if (!(error instanceof Errors.CLIError)) return undefined;
  const lines = error.message.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('See more help'));
  const message = inOwnWords(lines.map((line) => clean(line)).join('\n'));
  const meant = flagMeant(error);
  return new UserError('usage', message, {
    suggestions: [
      ...(meant ? [`Did you mean: --${meant}`] : []),
      ...(error.suggestions ?? []),
      'seldon-usage help lists the commands; --help after one lists its flags.',
    ],
    cause: error,
  });
}
