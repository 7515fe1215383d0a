import type {Arrived} from '../collector/arrived.ts';
import {clean} from '../foreign.ts';
import {padColumns} from '../host/text-width.ts';
import {meanings} from '../report/hodometer/meanings.ts';
import {properties} from '../report/hodometer/properties.ts';
import {colours} from './colours.ts';
import {count, counted} from './units.ts';
import {wrap} from './wrap.ts';

const longestName = Math.max(...properties.map(({name}) => name.length));
/** The widest of the usual values, a sum of memory. */
const valueWidth = 12;
const wideHead = 2 + longestName + 2 + valueWidth + 2;
/** Columns that a meaning needs beside its value. */
const narrowest = 24;

/** What arrived at a collector: an event of Hodometer property by property, a report in a line. */
export function renderArrived(arrived: readonly Arrived[], more: number, width: number): string {
  const parts = arrived.map((one) => (one.kind === 'hodometer' ? event(one, width) : report(one, width)));
  if (more > 0) parts.push(`… and ${count(more)} more in this second.`);
  return `${parts.join('\n')}\n`;
}

function event({cluster, received, body}: Arrived, width: number): string {
  const {bold, dim} = colours(process.stdout);
  const values = JSON.parse(body) as Readonly<Record<string, string | number>>;
  const rows = properties.flatMap(({name, level, constant}) => {
    const value = values[name];
    if (value === undefined) return [];
    const shown = value === '' ? '(empty)' : clean(value, 60);
    const isDoubtful = value === 0 && constant === undefined && (level === 'resource' || level === 'feature');
    const meaning = `${meanings[name]}${isDoubtful ? ' (or not collected)' : ''}`;
    const head = `  ${padColumns(name, longestName)}  ${padColumns(shown, valueWidth)}  `;
    // A value that is wide, as an ID is, and a narrow terminal have the meaning below.
    if (head.length > wideHead || width - wideHead < narrowest)
      return [head.trimEnd(), ...wrap('    ', meaning, width).map((line) => dim(line))];
    const [first = '', ...rest] = wrap(' '.repeat(wideHead), meaning, width);
    return [head + dim(first.trimStart()), ...rest.map((line) => dim(line))];
  });
  return [bold(`${time(received)}  an event of Hodometer, cluster ${clean(cluster, 100)}`), ...rows].join('\n');
}

function report({cluster, received, facts}: Arrived, width: number): string {
  const {kubernetes, seldon, nodes} = facts;
  const known = [counted(Number(nodes), 'node'), `Kubernetes ${clean(kubernetes, 20)}`];
  if (seldon !== 'unknown') known.push(`Seldon Core ${clean(seldon, 20)}`);
  const text = `${time(received)}  a report of the cluster ${clean(cluster, 100)}: ${known.join(', ')}`;
  return wrap('', text, width, 'keep').join('\n');
}

function time(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ')} UTC`;
}
