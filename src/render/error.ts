import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {colours} from './terminal.ts';

/** An error for people: what happened, then what to try, one line each. A bug comes with its stack trace. */
export function renderError(error: Error, bugSuggestions: readonly string[]): string {
  const {red, dim} = colours(process.stderr);
  const known = error instanceof UserError;
  const lines = known
    ? [`${red('Error:')} ${error.message}`]
    : [
        `${red('Error:')} ${clean(error?.message ?? error)}`,
        dim(
          String(error?.stack ?? '')
            .split('\n')
            .slice(1)
            .join('\n'),
        ),
      ];
  for (const suggestion of known ? error.suggestions : bugSuggestions) lines.push(`  ${suggestion}`);
  return `${lines.join('\n')}\n`;
}
