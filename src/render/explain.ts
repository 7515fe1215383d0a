import type {ChalkInstance} from 'chalk';
import {clean} from '../foreign.ts';
import {type Field, fieldName, fields, type Report} from '../report/index.ts';
import {count, counted} from './units.ts';
import {wrap} from './wrap.ts';

/** Values of a field that are shown before the rest is counted. */
const mostValues = 3;

/** Every field of the table with the values that this report has for it: why it is there and where it comes from. */
export function renderExplain(report: Report, width: number, style: ChalkInstance): string {
  const blocks = (fields as readonly Field[]).map((field) => {
    const always = field.path.includes('.') ? 'in every item' : 'always there';
    const optional = field.required ? always : `optional: --omit ${field.path}`;
    return [
      ...wrap('', `${style.bold(field.path)}: ${valuesOf(report, field)}`, width),
      ...wrap('  ', `Why: ${field.why}.`, width),
      ...wrap('  ', `From: ${field.source}.`, width),
      ...wrap('  ', `Since ${field.since}, ${optional}.`, width).map((line) => style.dim(line)),
    ].join('\n');
  });
  return `${blocks.join('\n')}\n`;
}

function valuesOf(report: Report, {path, type}: Field): string {
  const values = lookUp(report, path.split('.').slice(0, -1)).map(
    (parent) => (parent as Record<string, unknown>)[fieldName(path)],
  );
  const present = values.filter((value) => value !== undefined);
  if (type === 'list') {
    const items = present.reduce((sum: number, list) => sum + (list as unknown[]).length, 0);
    return present.length === 0 ? 'not in this report' : counted(items, 'item');
  }
  const counts = new Map<string, number>();
  for (const value of present) counts.set(String(value), (counts.get(String(value)) ?? 0) + 1);
  if (counts.size === 0) return 'not in this report';
  const sorted = [...counts].sort((a, b) => b[1] - a[1]);
  const shown = sorted
    .slice(0, mostValues)
    .map(([value, times]) => `${clean(value, 80) || '(empty)'}${times > 1 ? ` (${count(times)} times)` : ''}`);
  return sorted.length > mostValues
    ? `${shown.join(', ')}, and ${counted(sorted.length - mostValues, 'other value')}`
    : shown.join(', ');
}

/** Everything at a path of the report, lists followed into each item. */
function lookUp(value: unknown, path: readonly string[]): unknown[] {
  if (Array.isArray(value)) return value.flatMap((item) => lookUp(item, path));
  const [key, ...rest] = path;
  if (key === undefined) return value === undefined ? [] : [value];
  return lookUp((value as Record<string, unknown> | undefined)?.[key], rest);
}
