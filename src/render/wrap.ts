import {stripVTControlCharacters} from 'node:util';

/**
 * The text behind `indent`, broken at spaces so that no line is wider than `width`; the lines after the first are
 * indented alike. A word that no line can hold is broken where the line ends, as a terminal would. Colours take no room.
 */
export function wrap(indent: string, text: string, width: number): string[] {
  const room = Math.max(width - indent.length, 8);
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ').flatMap((word) => pieces(word, room))) {
    if (line !== '' && columns(line) + 1 + columns(word) > room) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines.map((text, i) => (i === 0 ? indent : ' '.repeat(indent.length)) + text);
}

function columns(text: string): number {
  return stripVTControlCharacters(text).length;
}

/** The word in pieces of at most `room`; whole if it fits. */
function pieces(word: string, room: number): string[] {
  if (columns(word) <= room) return [word];
  const characters = [...stripVTControlCharacters(word)];
  return Array.from({length: Math.ceil(characters.length / room)}, (_, i) =>
    characters.slice(i * room, (i + 1) * room).join(''),
  );
}
