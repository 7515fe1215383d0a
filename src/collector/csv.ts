import type {Series} from './series.ts';

const columns = ['series', 'grain', 'period', 'from', 'to', 'complete', 'value', 'unit', 'count'];

/** The series as CSV (RFC 4180), one row a number. What is not told is left empty. */
export function toCsv(series: readonly Series[]): string {
  const rows = series.flatMap(({name, grain, unit, periods, values}) =>
    values.flatMap((value) =>
      periods.map(({label, from, to, complete}, i) =>
        [name, grain, label, from, to, complete, value.name, unit, value.data[i] ?? ''].map(cell).join(','),
      ),
    ),
  );
  return `${[columns.join(','), ...rows].join('\r\n')}\r\n`;
}

function cell(value: string | number | boolean): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
