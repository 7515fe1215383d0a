import type {ChalkInstance} from 'chalk';
import {clean} from '../foreign.ts';
import type {Core2Changed, Core2Plan} from '../helm/core2-plan.ts';
import {hintLines} from './hint.ts';
import {counted} from './units.ts';
import {wrap} from './wrap.ts';

/** The plan of a change of Hodometer for people. */
export function renderCore2Plan(plan: Core2Plan, width: number, style: ChalkInstance): string {
  const {cluster, namespace, era, to, fields, removed, kept, helm, destinations, level} = plan;
  const rows: [string, string][] = [
    ['Cluster', `context ${clean(cluster.context)}, server ${clean(cluster.server)}, user ${clean(cluster.user)}`],
    ['Hodometer', `of Seldon Core 2 (${era}) in ${clean(namespace)}`],
    ['Reports to', destinations.map((one) => clean(one)).join(', ') || 'not known: it has no Deployment'],
    // Who turns it on should know what that reports.
    ...(to === 'on' && level && level !== 'invalid'
      ? [['Level', `${level}; seldon-usage show has the event`] as [string, string]]
      : []),
    ['Changes', clean(plan.object)],
    ...fields.map(({path, before, after}): [string, string] => ['', `${path}: ${before} → ${style.bold(after)}`]),
    ...removed.map((object): [string, string] => ['Removes', style.red(clean(object))]),
    ...(kept === undefined ? [] : [['Stays', `${counted(kept, 'other object')} as stored`] as [string, string]]),
    ...(helm ? [['Helm', clean(`${helm.version}, ${helm.path}`)] as [string, string]] : []),
  ];
  const lines = [
    ...rows.flatMap(([label, text], i) =>
      wrap(`  ${(rows[i - 1]?.[0] === label ? '' : label).padEnd(11)}`, text, width, 'keep'),
    ),
    ...['  Command', `    ${plan.command}`, '  To undo', `    ${plan.undo}`],
  ];
  const warnings = plan.warnings.flatMap((warning) => hintLines('  ', warning, width));
  const notes = warnings.length > 0 ? [style.yellow('Note'), ...warnings] : [];
  return `${[style.bold('Plan'), ...lines, ...notes].join('\n')}\n`;
}

/** What came of it, in a sentence or two. */
export function renderCore2Changed({outcome, hodometer, revision, watched, warnings}: Core2Changed): string {
  const {namespace, to, level} = hodometer;
  const name = `Hodometer of Seldon Core 2 in ${clean(namespace)}`;
  const state = to === 'level' ? `at the level ${level}` : to;
  const warned = warnings.map((warning) => `Warning: ${clean(warning, 1000)}\n`).join('');
  if (outcome === 'unchanged') return `${name} is ${state} already: nothing to do.\n${warned}`;
  if (outcome === 'rehearsed')
    return `Rehearsed on the server: ${name} can be ${to === 'level' ? `set to the level ${level}` : `turned ${to}`}. Nothing was changed.\n`;
  const by = revision === undefined ? '' : `: revision ${revision}`;
  const seen = watched === undefined ? '' : ` No pod runs, and none came back in ${Math.round(watched / 1000)} s.`;
  return `${name} is ${state}${by}.${seen} Nothing else changed.\n${warned}`;
}
