import Table from 'cli-table3';
import {textWidth} from '../host/text-width.ts';
import {wrap} from './wrap.ts';

/** A column: its title, and its share of the width left over by the columns that have none. */
export interface Column {
  readonly title: string;
  readonly share?: number;
}

/** Blanks between two columns. */
const gap = 2;

const noBorders = {
  ...{
    top: '',
    'top-mid': '',
    'top-left': '',
    'top-right': '',
    bottom: '',
    'bottom-mid': '',
    'bottom-left': '',
    'bottom-right': '',
  },
  ...{left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: ' '.repeat(gap)},
};

/**
 * A table as lines without borders. Columns with a share wrap their words to fit into `columns`; the others are as wide
 * as their longest cell.
 */
export function table(columns: readonly Column[], rows: readonly (readonly string[])[], width: number): string {
  const natural = columns.map(({title}, i) =>
    rows.reduce((most, row) => Math.max(most, textWidth(row[i] ?? '')), textWidth(title)),
  );
  const fixed = columns.reduce((sum, {share}, i) => sum + (share ? 0 : natural[i]!), gap * (columns.length - 1));
  const shares = columns.reduce((sum, {share = 0}) => sum + share, 0);
  const left = Math.max(width - fixed, shares * 12);
  const colWidths = columns.map(({share}, i) =>
    share ? Math.min(Math.floor((left * share) / shares), natural[i]!) : natural[i]!,
  );
  const out = new Table({
    head: columns.map(({title}) => title),
    chars: noBorders,
    colWidths,
    wordWrap: true,
    style: {head: [], border: [], 'padding-left': 0, 'padding-right': 0},
  });
  // cli-table3 cuts off a word that is wider than its column.
  out.push(
    ...rows.map((row) => row.map((cell, i) => (columns[i]!.share ? wrap('', cell, colWidths[i]!).join('\n') : cell))),
  );
  return out
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .filter((line) => line !== '')
    .join('\n');
}
