import type {PeriodLabel, Series, Statistics, Values} from '../collector/series.ts';
import {clean} from '../foreign.ts';
import {textWidth} from '../host/text-width.ts';
import {colours} from './colours.ts';
import {table} from './table.ts';
import {bytes, count} from './units.ts';
import {wrap} from './wrap.ts';

/** Before the names of series of Core 2. */
const core2 = 'core2-';
const topicOf = (name: string) => name.replace(core2, '');
/** Series that are printed only when there is something to see, and all of Core 2. */
const onDemand = new Set(['clamped', 'refused', 'devices']);
/** Lines of a table; a person who wants more asks for JSON. */
const mostRows = 12;
const bytesAMiB = 1024 * 1024;
/** In the place of a number that is kept back, and of one that is not there before its period is over. */
const hidden = '·';
const notYet = '…';

/**
 * The statistics as tables of as many of the newest periods as fit in `columns`.
 *
 * @param named whether the questions were named: each is answered then, also for clusters of which there are none
 */
export function renderStatistics({series, minCell}: Statistics, columns: number, named = false): string {
  const {bold, dim} = colours(process.stdout);
  const shown = series.filter((one) => isShown(one) && (named || !isIdle(one, series)));
  const parts = shown.map((one) => {
    const over = wrap('', clean(one.over, 600), columns).map((line) => dim(line));
    return [bold(clean(one.title)), ...over, body(one, minCell, columns), ...whyHidden(one, minCell, columns)].join(
      '\n',
    );
  });
  return `${[...parts, ...footnotes(shown, minCell, columns).map((line) => dim(line))].join('\n\n')}\n`;
}

function isShown(one: Series): boolean {
  return !(onDemand.has(topicOf(one.name)) || one.name.startsWith(core2)) || hasAny(one);
}

/** Whether it is about clusters of a kind of which none was active, and that is told already. */
function isIdle({name, grain}: Series, series: readonly Series[]): boolean {
  const active = name.startsWith(core2) ? `${core2}active` : 'active';
  const told = series.find((one) => one.name === active && one.grain === grain);
  return told !== undefined && name !== active && name !== 'refused' && !hasAny(told);
}

function hasAny({values}: Series): boolean {
  return values.some(({data}) => data.some((number) => number !== 0));
}

function body(one: Series, minCell: number, columns: number): string {
  const {unit, periods, values} = one;
  if (values.length === 0) return minCell > 1 ? `  (none, or fewer than ${minCell} clusters)` : '  (none)';
  const shown = values.slice(0, mostRows);
  const names = shown.map(({name}) => clean(name, 40));
  const cells = shown.map((row) =>
    row.data.map((number, i) => (isPending(one, row, i) ? notYet : amount(number, unit))),
  );
  const heads = periods.map(labelOf);
  const widths = heads.map((head, i) => Math.max(head.length, ...cells.map((row) => row[i]!.length)) + 2);
  let first = heads.length;
  let room = columns - 4 - Math.max(...names.map(textWidth));
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
  if (number === null || number === undefined) return hidden;
  return unit === 'MiB' ? bytes(number * bytesAMiB) : count(number);
}

/** Whether a number is missing because it can't be counted before its period is over, not because it is hidden. */
function isPending({name, periods}: Series, row: Values, i: number): boolean {
  return topicOf(name) === 'change' && row.name === 'gone' && row.data[i] === null && !periods[i]!.complete;
}

/** The first answer of a young collector is a hidden one: the reason stands beside it. */
function whyHidden({name, values}: Series, minCell: number, columns: number): string[] {
  if (topicOf(name) !== 'active' || minCell <= 1 || values[0]?.data.at(-1) !== null) return [];
  const why = `${hidden} fewer than ${minCell} clusters: hidden. --min-cell 1 on your own machine shows the number.`;
  return wrap('', why, columns - 2).map((line) => `  ${line}`);
}

function footnotes(series: readonly Series[], minCell: number, columns: number): string[] {
  const lines = ['* still running: its figures change.'];
  const missing = series.flatMap((one) =>
    one.values.flatMap((row) =>
      row.data.flatMap((number, i) => (number === null ? [isPending(one, row, i) ? notYet : hidden] : [])),
    ),
  );
  if (missing.includes(hidden)) {
    lines.push(
      `${hidden} hidden, or folded into “other”: fewer than ${minCell} clusters, or it would tell such a number (--min-cell ${minCell}). On your own machine --min-cell 1 hides nothing; don't publish that.`,
    );
  }
  if (missing.includes(notYet)) lines.push(`${notYet} not counted yet: known when the period is over.`);
  return [lines.flatMap((line) => wrap('', line, columns)).join('\n')];
}
