import type {ChalkInstance} from 'chalk';
import {clean} from '../foreign.ts';
import type {Plan} from '../helm/plan.ts';
import type {Grants} from '../helm/usage-objects.ts';
import type {Changed} from '../operations/change.ts';
import {hintLines} from './hint.ts';
import {counted} from './units.ts';
import {wrap} from './wrap.ts';

/** The plan of a change for people. */
export function renderPlan(plan: Plan, width: number, style: ChalkInstance): string {
  const {cluster, release, value} = plan;
  const rows: [string, string][] = [
    ['Cluster', `context ${clean(cluster.context)}, server ${clean(cluster.server)}, user ${clean(cluster.user)}`],
    ['Release', clean(`${release.namespace}/${release.name}, ${release.chart}, revision ${release.revision}`)],
    ['Value', `${value.path}: ${beforeOf(value)} → ${style.bold(String(value.after))}`],
    ...effectRows(plan, style),
    ['Command', plan.command],
    ['To undo', plan.undo],
  ];
  const lines = rows.flatMap(([label, text], i) =>
    label === 'Command' || label === 'To undo'
      ? [`  ${label}`, `    ${text}`]
      : wrap(`  ${(rows[i - 1]?.[0] === label ? '' : label).padEnd(9)}`, text, width, 'keep'),
  );
  const warnings = plan.warnings.flatMap((warning) => hintLines('  ', warning, width));
  return `${[style.bold('Plan'), ...lines, style.yellow('Note'), ...warnings].join('\n')}\n`;
}

/** What the value is before the change. */
export function beforeOf({before, default: usual}: Plan['value']): string {
  return before === undefined ? `the chart's default, ${usual ?? 'none'}` : String(before);
}

/** What is made or removed, what it gives to whom, what stays, and by which Helm. */
export function effectRows(
  {added, removed, grants, kept, hooks, helm}: Plan,
  style: ChalkInstance,
): [label: string, text: string][] {
  return [
    ...added.map((object): [string, string] => ['Adds', style.green(object)]),
    ...removed.map((object): [string, string] => ['Removes', style.red(object)]),
    ...(grants ? grantRows(grants) : []),
    [
      'Stays',
      `${counted(kept, 'other object')} as stored, certificates included${hooks > 0 ? `; not run: ${counted(hooks, 'hook')}` : ''}`,
    ],
    ['Helm', clean(`${helm.version}, ${helm.path}`)],
  ];
}

/** Rules, subject and image in the words of RBAC, and whatever was added to what the chart has. */
function grantRows({rules, subject, image, collector, added}: Grants): [string, string][] {
  return [
    ...rules.map((rule): [string, string] => ['Grants', clean(`${ruleText(rule)}, to ${subject}`)]),
    ['Runs', clean(`${image}, which posts to ${collector || 'the collector in its image'}`)],
    ...added.map((line): [string, string] => ['Besides', clean(line)]),
  ];
}

/** `list nodes (cluster-wide)`; rules were checked to have these fields. */
function ruleText(rule: unknown): string {
  const {apiGroups, resources, verbs} = rule as Record<'apiGroups' | 'resources' | 'verbs', readonly string[]>;
  const groups = apiGroups.filter((group) => group !== '');
  return `${verbs.join(', ')} ${resources.join(', ')}${groups.length > 0 ? ` in ${groups.join(', ')}` : ''}, in the whole cluster`;
}

/** What came of a change, in a sentence or two. */
export function renderChanged({outcome, value, release, revision, warnings}: Changed): string {
  const name = clean(`${release.namespace}/${release.name}`);
  const warned = warnings.map((warning) => `Warning: ${clean(warning, 1000)}\n`).join('');
  const state = value.on ? 'on' : 'off';
  if (outcome === 'unchanged') return `Usage metrics of ${name} are ${state} already: nothing to do.\n${warned}`;
  if (outcome === 'rehearsed')
    return `Rehearsed on the server: usage metrics of ${name} can be turned ${state}. Nothing was changed.\n`;
  return `Usage metrics of ${name} are ${state}: revision ${revision}, verified. Nothing else changed.\n${warned}`;
}
