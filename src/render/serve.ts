import {clean} from '../foreign.ts';
import type {Serving} from '../operations/serve.ts';

/** Where a collector is reached, one thing a line. */
export function renderServing({
  reportsUrl,
  dashboardUrl,
  everyAddress,
  storePath,
  passesOnly,
  sinks,
}: Pick<Serving, 'reportsUrl' | 'dashboardUrl' | 'everyAddress' | 'storePath' | 'passesOnly' | 'sinks'>): string {
  const lines = [`Reports:   ${reportsUrl}/api/v1`, `Dashboard: ${dashboardUrl}`];
  lines.push(`${passesOnly ? 'Queue:    ' : 'Store:    '} ${clean(storePath)}`);
  for (const sink of sinks) lines.push(`${passesOnly ? 'Passes on:' : 'Also:     '} ${clean(sink)}`);
  if (passesOnly) lines.push('It keeps nothing that was passed on, and has no statistics.');
  if (everyAddress) {
    lines.push('It listens on every address of this machine: on it localhost serves as well as the name.');
  }
  return lines.join('\n');
}
