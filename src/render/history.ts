import type {ChalkInstance} from 'chalk';
import {clean} from '../foreign.ts';
import type {HistoryEntry} from '../operations/history.ts';
import {bytes, counted} from './units.ts';
import {wrap} from './wrap.ts';

/** What is shown of a history: the newest entries that were asked for. */
export interface ShownHistory {
  readonly entries: readonly HistoryEntry[];
  /** Older ones that were left out by the limit. */
  readonly older?: number;
  /** Whether entries were asked for by what they are. */
  readonly isFiltered?: boolean;
  /** Lines of the ledger and reports of the outbox together. */
  readonly unreadable: number;
  /** Of them, the reports. */
  readonly damaged?: number;
  readonly folder: string;
}

/** What was sent, what waits, and why; newest first. */
export function renderHistory(shown: ShownHistory, width: number, style: ChalkInstance): string {
  const {entries, older = 0, isFiltered, unreadable, damaged = 0, folder} = shown;
  const say = (text: string) => wrap('', text, width, 'keep');
  const lines = entries.flatMap((entry) => [...entryLines(entry, width, style), '']);
  if (older > 0) lines.push(...say(`${counted(older, 'older report')} not shown: --limit says how many are.`));
  if (entries.length === 0)
    lines.push(...say(isFiltered ? 'No report is like that.' : 'Nothing was sent, and nothing waits.'));
  else
    lines.push(
      ...say(`seldon-usage history ID prints the exact bytes. They are kept in ${clean(folder, 500)}`).map((line) =>
        style.dim(line),
      ),
    );
  const torn = unreadable - damaged;
  if (torn > 0) lines.push(...say(`${counted(torn, 'line')} of the ledger can't be read.`));
  if (damaged > 0)
    lines.push(
      ...say(
        `What ${clean(folder, 500)}/waiting says of ${counted(damaged, 'report')} can't be read, so no run sends ${damaged === 1 ? 'it' : 'them'}.`,
      ),
    );
  return `${lines.join('\n')}\n`;
}

function entryLines(entry: HistoryEntry, width: number, style: ChalkInstance): string[] {
  const {id, time, destination, clusterID, bytes: size, context, consent} = entry;
  const paint = {
    ...{delivered: style.green, waiting: style.yellow, refused: style.red},
    ...{superseded: style.dim, discarded: style.dim},
  }[entry.state];
  return [
    `${style.bold(id)}  ${time.slice(0, 19)}Z  ${paint(entry.state)}`,
    ...wrap('  ', `${bytes(size)} to ${clean(destination)}`, width, 'keep'),
    ...wrap(
      '  ',
      `cluster ${clean(clusterID)}${context ? `, context ${clean(context)}` : ', from a file'}; consent: ${consent}`,
      width,
      'keep',
    ),
    ...remarks(entry).flatMap((text) => wrap('  ', text, width, 'keep')),
  ];
}

function remarks({state, reason, attempts = 0, uncertain, by, recovered}: HistoryEntry): string[] {
  const out: string[] = [];
  const tried = `${clean(reason)} (${counted(attempts, 'attempt')})`;
  if (state === 'waiting' && reason) out.push(`Not delivered: it ${tried}.`);
  if (state === 'refused' && reason) out.push(`Not sent again: it ${tried}.`);
  if (state === 'superseded' && by) out.push(`Superseded by ${clean(by, 40)}.`);
  if (uncertain && state === 'delivered')
    out.push('An attempt before got no complete answer, so it may have arrived twice.');
  else if (uncertain) out.push('No complete answer came, so it may have arrived.');
  if (recovered) out.push('The run that delivered it ended before it could write the ledger.');
  return out;
}
