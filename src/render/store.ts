import type {Contents} from '../collector/store/sqlite-check.ts';
import {clean} from '../foreign.ts';
import {counted} from './units.ts';

/** What a store holds, in two lines. */
export function renderContents(
  store: string,
  {schema, reports, clusters, clusterDays, oldest, newest}: Contents,
): string {
  const time = (milliseconds: number) => new Date(milliseconds).toISOString().slice(0, 19).replace('T', ' ');
  const span = oldest === undefined ? '' : `, received from ${time(oldest)} to ${time(newest!)} UTC`;
  return [
    `${clean(store)} is sound (schema ${schema}).`,
    `It holds ${counted(reports, 'report')}${span}; ${counted(clusters, 'cluster')}, ${counted(clusterDays, 'daily row')}.`,
  ].join('\n');
}
