import {asCalled, wrap} from './wrap.ts';

/** Programs that our hints tell people to run, behind variables that a shell sets for them. */
const program =
  /^(?:[A-Z][A-Z0-9_]*=\S* )*(?:\(umask |(?:\S*\/)?(?:kubectl|helm|seldon-usage|npx|npm|node) |(?:\S*\/)?run\.js |uuidgen$|--[a-z])/;

/** Whether a line can be pasted as it is: a command or flags, not a sentence that begins with the name of one. */
export function isCommand(text: string): boolean {
  return program.test(text) && !/[.:;,?!]$/.test(text);
}

/**
 * A hint as lines behind `indent`. Sentences are broken at words. On a terminal a command is a line of its own, never broken,
 * so that it can be pasted; so is a line that brings its own indentation, a part of a YAML document.
 *
 * @param width infinite where there is no terminal: a hint is one line then
 */
export function hintLines(indent: string, hint: string, width: number): string[] {
  const text = asCalled(hint);
  if (text.startsWith(' ') || isCommand(text)) return [indent + text];
  if (!Number.isFinite(width)) return [indent + text];
  for (const {index} of text.matchAll(/: /g)) {
    const command = text.slice(index + 2);
    if (isCommand(command)) return [...wrap(indent, text.slice(0, index + 1), width, 'keep'), `${indent}  ${command}`];
  }
  return wrap(indent, text, width, 'keep');
}

/** Several lines of a message, each laid out so, with its own indentation. */
export function message(text: string, width: number): string {
  return text
    .split('\n')
    .flatMap((line) => {
      const indent = /^ */.exec(line)![0];
      return hintLines(indent, line.slice(indent.length), width);
    })
    .join('\n');
}
