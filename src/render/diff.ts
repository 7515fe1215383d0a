import type {ChalkInstance} from 'chalk';
import {clean} from '../foreign.ts';
import type {Change, Difference} from '../operations/diff.ts';
import type {HistoryEntry} from '../operations/history.ts';
import type {NodeReport} from '../report/index.ts';
import {counted} from './units.ts';

/** What changed, since which report that was sent. */
export interface ChangesSince {
  readonly difference: Difference;
  readonly since: HistoryEntry;
}

/** Nodes listed of each kind before the rest is counted. */
const most = 20;

/** What changed since the last report that was sent, for people; undefined: none was. */
export function renderDiff(changes: ChangesSince | undefined, style: ChalkInstance): string {
  if (!changes) return 'No report of this cluster was sent from here, so there is nothing to compare with.\n';
  const {difference, since} = changes;
  const {fields, extensions, addedNodes, removedNodes, changedNodes} = difference;
  const title = `Changes since ${since.time.slice(0, 19)}Z (${since.id}, to ${clean(since.destination)})`;
  const lines = [
    ...fields.map((change) => changed('', change, style)),
    ...extensions.map((change) => changed('extension ', change, style)),
    ...list(addedNodes, (node) => style.green(`+ node ${describe(node)}`)),
    ...list(removedNodes, (node) => style.red(`- node ${describe(node)}`)),
    ...list(changedNodes, ({id, changes}) =>
      [`~ node ${clean(id, 40)}`, ...changes.map((change) => `    ${changed('', change, style)}`)].join('\n'),
    ),
  ];
  return `${style.bold(title)}\n${lines.length === 0 ? '  none\n' : lines.map((line) => `  ${line}\n`).join('')}`;
}

function list<T>(items: readonly T[], line: (item: T) => string): string[] {
  const lines = items.slice(0, most).map(line);
  if (items.length > most) lines.push(`  and ${counted(items.length - most, 'further node')}`);
  return lines;
}

function changed(what: string, {path, before, after}: Change, style: ChalkInstance): string {
  const name = `${what}${clean(path, 320)}`;
  if (before === undefined) return style.green(`+ ${name}: ${clean(after)}`);
  if (after === undefined) return style.red(`- ${name}: ${clean(before)}`);
  return `~ ${name}: ${clean(before)} → ${clean(after)}`;
}

function describe({id, osImage = '', kubeletVersion = ''}: NodeReport): string {
  return [id, osImage, kubeletVersion].map((text) => clean(text, 80)).join('  ');
}
