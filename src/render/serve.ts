import {clean} from '../foreign.ts';
import type {Serving} from '../operations/serve.ts';

/** Where a collector is reached, one thing a line. */
export function renderServing({
  reportsUrl,
  dashboardUrl,
  everyAddress,
  storePath,
  sinks,
}: Pick<Serving, 'reportsUrl' | 'dashboardUrl' | 'everyAddress' | 'storePath' | 'sinks'>): string {
  const lines = [`Reports:   ${reportsUrl}/api/v1`, `Dashboard: ${dashboardUrl}`, `Store:     ${clean(storePath)}`];
  for (const sink of sinks) lines.push(`Also:      ${clean(sink)}`);
  if (everyAddress) {
    lines.push('It listens on every address of this machine: on it localhost serves as well as the name.');
  }
  return lines.join('\n');
}
