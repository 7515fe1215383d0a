import type {ChalkInstance} from 'chalk';
import {clean} from '../foreign.ts';
import type {History, HistoryEntry} from '../operations/history.ts';
import {bytes, counted} from './units.ts';
import {wrap} from './wrap.ts';

/** What was sent, what waits, and why; oldest first, so that the newest stands above the next prompt. */
export function renderHistory({entries, unreadable, folder}: History, width: number, style: ChalkInstance): string {
  const lines = entries.flatMap((entry) => [...entryLines(entry, width, style), '']);
  if (entries.length === 0) lines.push('Nothing was sent, and nothing waits.');
  else
    lines.push(
      style.dim(
        wrap(
          '',
          `seldon-usage history ID prints the exact bytes. They are kept in ${clean(folder, 500)}`,
          width,
          'keep',
        ).join('\n'),
      ),
    );
  if (unreadable > 0) lines.push(`${counted(unreadable, 'line')} of the ledger can't be read.`);
  return `${lines.join('\n')}\n`;
}

function entryLines(entry: HistoryEntry, width: number, style: ChalkInstance): string[] {
  const {id, time, destination, clusterID, bytes: size, context, consent} = entry;
  const paint = {delivered: style.green, waiting: style.yellow, superseded: style.dim}[entry.state];
  return [
    `${style.bold(id)}  ${time.slice(0, 19)}Z  ${paint(entry.state)}`,
    ...wrap('  ', `${bytes(size)} to ${clean(destination)}`, width, 'keep'),
    ...wrap(
      '  ',
      `cluster ${clean(clusterID)}${context ? `, context ${clean(context)}` : ', from a file'}; consent: ${consent}`,
      width,
    ),
    ...remarks(entry).flatMap((text) => wrap('  ', text, width, 'keep')),
  ];
}

function remarks({state, reason, attempts = 0, uncertain, by, recovered}: HistoryEntry): string[] {
  const out: string[] = [];
  if (state === 'waiting' && reason) out.push(`Not delivered: it ${clean(reason)} (${counted(attempts, 'attempt')}).`);
  if (state === 'superseded' && by) out.push(`Superseded by ${clean(by, 40)}.`);
  if (uncertain) out.push('No complete answer came, so it may have arrived.');
  if (recovered) out.push('The run that delivered it ended before it could write the ledger.');
  return out;
}
