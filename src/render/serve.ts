import {clean} from '../foreign.ts';
import type {Serving} from '../operations/serve.ts';

type Shown = Omit<Serving, 'listening' | 'admin' | 'died' | 'stop' | 'reread'>;

/** Where a collector is reached, one thing a line. */
export function renderServing(serving: Shown): string {
  const {reportsUrl, dashboardUrl, everyAddress, storePath, passesOnly, sinks} = serving;
  const lines = [
    `Reports:   ${reportsUrl}/api/v1`,
    `Hodometer: ${reportsUrl}/track`,
    `Dashboard: ${dashboardUrl}`,
    `${passesOnly ? 'Queue:    ' : 'Store:    '} ${clean(storePath)}`,
  ];
  for (const sink of sinks) lines.push(`${passesOnly ? 'Passes on:' : 'Also:     '} ${clean(sink)}`);
  if (passesOnly) lines.push('It keeps nothing that was passed on, and has no statistics.');
  if (everyAddress) {
    lines.push('It listens on every address of this machine: on it localhost serves as well as the name.');
  }
  return lines.join('\n');
}
