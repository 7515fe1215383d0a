import {UserError} from '../errors.ts';
import {clean, shownLines} from '../foreign.ts';
import {messageWidth} from '../host/terminal.ts';
import {firstLine, frames} from './causes.ts';
import {colours} from './colours.ts';
import {hintLines} from './hint.ts';
import {asCalled, wrap} from './wrap.ts';

/**
 * An error for people: what happened, then what to try, one line each. A bug comes with its stack trace.
 *
 * @param named makes of a frame of the stack trace what is to be shown
 */
export function renderError(
  error: Error,
  bugSuggestions: readonly string[],
  columns = messageWidth(process.stderr),
  named: (frame: string) => string = (frame) => frame,
): string {
  const {red, dim} = colours(process.stderr);
  const known = error instanceof UserError;
  const told = known ? asCalled(shownLines(error.message)) : clean(firstLine(error));
  const lines = `${red('Error:')} ${told}`.split('\n').flatMap((line) => wrap('', line, columns, 'keep'));
  if (!known) for (const frame of frames(error)) lines.push(dim(`    ${named(frame)}`));
  for (const suggestion of known ? error.suggestions : bugSuggestions)
    lines.push(...hintLines('  ', shownLines(suggestion), columns));
  return `${lines.join('\n')}\n`;
}
