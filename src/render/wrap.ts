import {stripVTControlCharacters} from 'node:util';
import {textWidth} from '../host/text-width.ts';

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
  for (const word of text.split(' ').flatMap((word) => pieces(word, room, width, long))) {
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
