import {basename} from 'node:path';
import {stripVTControlCharacters} from 'node:util';
import {textWidth} from '../host/text-width.ts';

/** The commands by which the program is named in a sentence; in `ConfigMap seldon-usage` it is not. */
const named =
  /(?<!kubectl )\bseldon-usage (?=(?:collect|completion|config|disable|enable|help|history|id|manifests|send|serve|show|stats|status|toggle)\b)/g;

/** What the user types to run the program: kubectl runs its plugin `kubectl-seldon_usage` for `kubectl seldon-usage`. */
export function calledAs(name: string, [program = '', script = ''] = [process.argv0, process.argv[1]]): string {
  const isPlugin = [program, script].some((path) => /^kubectl-seldon_usage(\.\w+)?$/.test(basename(path)));
  return isPlugin ? `kubectl ${name}` : name;
}

const own = calledAs('seldon-usage');

/** A hint with its commands as the user types them: who has the plugin of krew has no other. */
export function asCalled(hint: string, called = own): string {
  return called === 'seldon-usage' ? hint : hint.replace(named, `${called} `);
}

/**
 * The text behind `indent`, broken at spaces so that no line is wider than `width`; the lines after the first are
 * indented alike. A word is broken only where even a whole line can't hold it: what is too wide just for the indentation
 * moves to the left. Colours take no room.
 *
 * @param long what becomes of a word that is wider than a line: `keep` leaves it whole, for the terminal to break, which
 *   still copies it as one
 */
export function wrap(indent: string, text: string, width: number, long: 'break' | 'keep' = 'break'): string[] {
  const before = textWidth(indent);
  const room = Math.max(width - before, 8);
  const lines: string[] = [];
  let line = indent;
  let used = 0;
  let isEmpty = true;
  const next = (blanks: number) => {
    // A label whose value has no room beside it stays; blanks alone are no line.
    if (!isEmpty || line.trim() !== '') lines.push(line.trimEnd());
    [line, used, isEmpty] = [' '.repeat(blanks), 0, true];
  };
  for (const word of asCalled(text)
    .split(' ')
    .flatMap((word) => pieces(word, room, width, long))) {
    const columns = textWidth(word);
    if (columns > room) {
      next(Math.min(before, Math.max(width - columns, 0)));
      if (long === 'keep' && columns > width) line = ' '.repeat(before);
    } else if (used + (isEmpty ? 0 : 1) + columns > room) next(before);
    line += isEmpty ? word : ` ${word}`;
    used += columns + (isEmpty ? 0 : 1);
    isEmpty = false;
  }
  return [...lines, line];
}

/** The word in pieces of at most `room` columns; whole if a line can hold it. */
function pieces(word: string, room: number, width: number, long: 'break' | 'keep'): string[] {
  if (long === 'keep' || textWidth(word) <= width) return [word];
  const parts = [''];
  let used = 0;
  for (const character of stripVTControlCharacters(word)) {
    const columns = textWidth(character);
    if (used + columns > room) {
      parts.push('');
      used = 0;
    }
    parts[parts.length - 1] += character;
    used += columns;
  }
  return parts;
}
