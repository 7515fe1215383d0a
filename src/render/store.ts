import type {Sums} from '../collector/move/lines.ts';
import type {Contents, Kept} from '../collector/store/contract.ts';
import {clean} from '../foreign.ts';
import type {Exported} from '../operations/export-file.ts';
import type {Forgotten} from '../operations/store.ts';
import {counted} from './units.ts';

/** What a store holds, in two or three lines. */
export function renderContents(store: string, {schema, relay, hodometer, ...spartakus}: Contents): string {
  if (relay) {
    return [
      `${clean(store)} is sound (schema ${schema}). It is the queue of a collector that only passes on, and keeps nothing else.`,
      ...relay.map(
        ({sink, waiting}) => `${clean(sink)}: ${counted(waiting, 'report')} ${waiting === 1 ? 'waits' : 'wait'}.`,
      ),
    ].join('\n');
  }
  return [
    `${clean(store)} is sound (schema ${schema}).`,
    `It holds ${kept(spartakus, 'report')}.`,
    ...(hodometer ? [`Of Hodometer, ${kept(hodometer, 'event')}.`] : []),
  ].join('\n');
}

function kept({reports, clusters, clusterDays, oldest, newest}: Kept, name: string): string {
  const time = (milliseconds: number) => new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
  const span = oldest === undefined ? '' : `, received from ${time(oldest)} to ${time(newest!)} UTC`;
  return `${counted(reports, name)}${span}; ${counted(clusters, 'cluster')}, ${counted(clusterDays, 'daily row')}`;
}

/** How far the erasing of a cluster has come at each sink, a line each. */
export function renderErasures(sinks: Forgotten['sinks']): string {
  const time = (milliseconds: number) => new Date(milliseconds).toISOString();
  const told = {
    waiting: () => 'waits until a running collector has passed it on; the same command again tells how far it is',
    gone: (at: number) => `its rows are gone there since ${time(at)}`,
    deleted: (at: number, goneBy: number) =>
      `its rows were deleted there at ${time(at)}; what is deleted can be brought back until ${time(goneBy)} at most`,
    'beyond-reach': () => 'what was passed on there is beyond reach: ask who keeps it',
  };
  return sinks.map(({sink, state, at = 0, goneBy = 0}) => `${clean(sink)}: ${told[state](at, goneBy)}.`).join('\n');
}

/** What was erased of a cluster, in a line; an ID of which there is nothing may be a mistyped one. */
export function renderForgotten({clusterID, store, reports, days}: Forgotten): string {
  if (reports > 0 || days > 0) return `Erased: ${counted(reports, 'report')}, ${counted(days, 'daily row')}.`;
  return `Nothing was erased: ${clean(store)} has no report and no daily row of ${clean(clusterID, 100)}. seldon-usage serve clusters lists the IDs.`;
}

/** What was exported into a file, and how much of it an interrupted export had. */
export function renderExported({file, taken, sums}: Exported): string {
  const text = renderMoved(`Exported to ${file}`, sums);
  if (taken === 0) return text;
  return `${text} An export that was interrupted had ${counted(taken, 'report')} of them: ${taken === 1 ? 'it was' : 'they were'} not read again.`;
}

/** What an export held, in a line, after what was done with it. */
export function renderMoved(done: string, {report, cluster, day, cell}: Sums): string {
  const held = [
    counted(report.count, 'report'),
    counted(cluster.count, 'cluster'),
    counted(day.count, 'daily row'),
    counted(cell.count, 'counter'),
  ];
  return `${clean(done)}: ${held.join(', ')}.`;
}
