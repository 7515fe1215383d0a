import {UserError} from '../errors.ts';
import {clean, shownLines} from '../foreign.ts';
import {messageWidth} from '../host/terminal.ts';
import {colours} from './colours.ts';
import {hintLines} from './hint.ts';
import {asCalled, wrap} from './wrap.ts';

/**
 * An error for people: what happened, then what to try, one line each. A bug comes with its stack trace.
 *
 * @param stackOf the stack trace of an error, as it is to be shown
 */
export function renderError(
  error: Error,
  bugSuggestions: readonly string[],
  columns = messageWidth(process.stderr),
  stackOf: (error: Error) => string = ({stack = ''}) => stack,
): string {
  const {red, dim} = colours(process.stderr);
  const known = error instanceof UserError;
  const told = known ? asCalled(shownLines(error.message)) : clean(error?.message ?? error);
  const lines = `${red('Error:')} ${told}`.split('\n').flatMap((line) => wrap('', line, columns, 'keep'));
  if (!known) lines.push(dim(stackOf(error).split('\n').slice(1).join('\n')));
  for (const suggestion of known ? error.suggestions : bugSuggestions)
    lines.push(...hintLines('  ', shownLines(suggestion), columns));
  return `${lines.join('\n')}\n`;
}
