import {textWidth} from '../host/text-width.ts';

/**
 * The text behind `indent`, broken at spaces so that no line is wider than `width`; the lines after the first are
 * indented alike. A word that no line can hold has a line of its own and is never broken: a terminal that shows it on two
 * still copies it as one. Colours take no room.
 */
export function wrap(indent: string, text: string, width: number): string[] {
  const before = textWidth(indent);
  const room = Math.max(width - before, 8);
  const lines: string[] = [];
  let line: string | undefined;
  let used = 0;
  for (const word of text.split(' ')) {
    const columns = textWidth(word);
    if (line === undefined) [line, used] = [word, columns];
    else if (used + 1 + columns > room && used > 0) {
      lines.push(line);
      [line, used] = [word, columns];
    } else [line, used] = [`${line} ${word}`, used + 1 + columns];
  }
  lines.push(line ?? '');
  return lines.map((text, i) => (i === 0 ? indent : ' '.repeat(before)) + text);
}
