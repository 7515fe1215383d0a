import {stripVTControlCharacters} from 'node:util';
import {eastAsianWidth} from 'get-east-asian-width';

/** Latin letters, and the dashes, quotes, arrows and signs that this program writes: one column each, known at a glance. */
const plain = /^[\u0020-\u007e\u00a0-\u00ac\u00ae-\u02ff\u2010-\u2027\u2030-\u205e\u2190-\u21ff]*$/;

/** What is drawn over the character before it, or not at all. */
const weightless = /^[\p{Mark}\p{Format}\p{Control}]$/u;

/**
 * Columns that a terminal takes for the text: two for wide characters (Unicode Standard Annex 11), none for colours and
 * combining marks. By code points, not by Intl.Segmenter, which takes 20 ms to load; emoji joined from several have lost
 * their joiners in `clean` anyway.
 */
export function textWidth(text: string): number {
  const shown = text.includes('\u001b') ? stripVTControlCharacters(text) : text;
  if (plain.test(shown)) return shown.length;
  let columns = 0;
  for (const character of shown) {
    if (!weightless.test(character)) columns += eastAsianWidth(character.codePointAt(0)!);
  }
  return columns;
}

/** The text with blanks behind it up to so many columns. */
export function padColumns(text: string, columns: number): string {
  return text + ' '.repeat(Math.max(columns - textWidth(text), 0));
}
