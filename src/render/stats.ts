import type {PeriodLabel, Series, Statistics, Values} from '../collector/series.ts';
import {clean} from '../foreign.ts';
import {table} from './table.ts';
import {colours} from './terminal.ts';
import {bytes, count} from './units.ts';

/** Series that are printed only when there is something to see. */
const onDemand = new Set(['clamped', 'refused', 'devices']);
/** Lines of a table; a person who wants more asks for JSON. */
const mostRows = 12;
const bytesAMiB = 1024 * 1024;

/** The statistics as tables of as many of the newest periods as fit in `columns`. */
export function renderStatistics({series, minCell}: Statistics, columns: number): string {
  const {bold, dim} = colours(process.stdout);
  const parts = series.filter(isShown).map((one) => {
    const over = wrap(clean(one.over, 600), columns).map((line) => dim(line));
    return [bold(clean(one.title)), ...over, body(one, columns)].join('\n');
  });
  return `${[...parts, ...footnotes(series, minCell, columns).map((line) => dim(line))].join('\n\n')}\n`;
}

function isShown({name, values}: Series): boolean {
  return !onDemand.has(name) || values.some(({data}) => data.some((number) => number !== 0));
}

function body({unit, periods, values}: Series, columns: number): string {
  if (values.length === 0) return '  (none)';
  const shown = values.slice(0, mostRows);
  const names = shown.map(({name}) => clean(name, 40));
  const cells = shown.map(({data}) => data.map((number) => amount(number, unit)));
  const heads = periods.map(labelOf);
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((row) => row[i]!.length)) + 2);
  let first = heads.length;
  let room = columns - 4 - Math.max(...names.map((name) => name.length));
  while (first > 0 && room - widths[first - 1]! >= 0) room -= widths[--first]!;
  first = Math.min(first, heads.length - 1);
  const align = (text: string, i: number) => text.padStart(widths[i + first]! - 2);
  // What has come and gone before the periods that fit says nothing here.
  const rows = shown.flatMap(({data}, row) =>
    shown.length > 1 && data.slice(first).every((number) => number === 0)
      ? []
      : [[`  ${names[row]}`, ...cells[row]!.slice(first).map(align)]],
  );
  const lines = table([{title: ''}, ...heads.slice(first).map((head, i) => ({title: align(head, i)}))], rows, columns);
  return values.length > mostRows ? `${lines}\n  … and ${values.length - mostRows} more` : lines;
}

function labelOf({label, complete}: PeriodLabel): string {
  return complete ? label : `${label}*`;
}

function amount(number: Values['data'][number] | undefined, unit: Series['unit']): string {
  if (number === null || number === undefined) return '·';
  return unit === 'MiB' ? bytes(number * bytesAMiB) : count(number);
}

function footnotes(series: readonly Series[], minCell: number, columns: number): string[] {
  const lines = ['* still running: its figures change.'];
  if (series.some(({values}) => values.some(({data}) => data.includes(null)))) {
    lines.push(
      minCell > 1
        ? `· not told: fewer than ${minCell} clusters, or not known yet. --min-cell 1 tells more on this machine; don't publish it.`
        : '· not known yet.',
    );
  }
  return [lines.flatMap((line) => wrap(line, columns)).join('\n')];
}

function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= columns) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}
