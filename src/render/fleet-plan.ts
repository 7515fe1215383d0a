import type {ChalkInstance} from 'chalk';
import {clean, shownName} from '../foreign.ts';
import type {Core2Changed, Core2Plan} from '../helm/core2-plan.ts';
import type {Plan} from '../helm/plan.ts';
import type {AnyChanged, AnyPlan} from '../operations/change-fleet.ts';
import type {FleetView, Line} from './fleet.ts';
import {hintLines} from './hint.ts';
import {beforeOf, effectRows} from './plan.ts';
import {contextNames, sharedBy} from './shared.ts';
import {table} from './table.ts';
import {counted} from './units.ts';
import {wrap} from './wrap.ts';

/** What the table and the lines below it say of one plan. */
interface Told {
  readonly context: string;
  readonly what: string;
  readonly change: string;
  readonly details: readonly (readonly [label: string, text: string])[];
  readonly plan: AnyPlan;
}

function toldOf(plan: AnyPlan, style: ChalkInstance): Told {
  return 'fields' in plan ? toldOfCore2(plan, style) : toldOfFirst(plan, style);
}

function toldOfFirst(plan: Plan, style: ChalkInstance): Told {
  const {cluster, release, value} = plan;
  return {
    context: cluster.context,
    what: clean(`${release.namespace}/${release.name}`),
    change: `${value.path}: ${beforeOf(value)} → ${value.after}; revision ${release.revision}, ${whereOf(plan)}`,
    details: [['Chart', clean(release.chart)], ...effectRows(plan, style)],
    plan,
  };
}

function toldOfCore2(plan: Core2Plan, style: ChalkInstance): Told {
  const {cluster, namespace, fields, object, era, removed, kept, helm, destinations} = plan;
  const changes = fields.map(({path, before, after}) => `${path}: ${before} → ${after}`);
  return {
    context: cluster.context,
    what: clean(`${namespace}/hodometer`),
    change: [...changes, `${clean(object)}, ${whereOf(plan)}`].join('; '),
    details: [
      ['Hodometer', `of Seldon Core 2 (${era})`],
      [
        'Reports',
        `to ${destinations.map((one) => clean(one)).join(', ') || 'what is not known: it has no Deployment'}`,
      ],
      ...removed.map((one) => ['Removes', style.red(clean(one))] as const),
      ...(kept === undefined ? [] : [['Stays', `${counted(kept, 'other object')} as stored`] as const]),
      ...(helm ? [['Helm', clean(`${helm.version}, ${helm.path}`)] as const] : []),
    ],
    plan,
  };
}

function whereOf({cluster: {server, user}}: AnyPlan): string {
  return `at ${clean(server)} as ${clean(user)}`;
}

/**
 * The plans of several clusters: what changes where as a table, then what is made, given and left, each once for all that it
 * is true of.
 */
export function renderPlans(plans: readonly AnyPlan[], width: number, style: ChalkInstance): string {
  const told = plans.map((plan) => toldOf(plan, style));
  const rows = told.map(({context, what, change}) => [shownName(context), what, change]);
  const title = plans.some((plan) => 'fields' in plan) ? 'What' : 'Release';
  const columns = [{title: 'Context'}, {title}, {title: 'Change', share: 1}];
  const all = <T>(said: (one: Told) => readonly T[]) => sharedBy(told.map((one) => [one.context, said(one)] as const));
  const some = (contexts: readonly string[]) => contexts.length < plans.length;
  const found = all(({details}) => details);
  const labels = [...new Set(found.map(({said: [label]}) => label))];
  const details = labels.flatMap((wanted) => found.filter(({said: [label]}) => label === wanted));
  const room = Math.max(9, ...labels.map((label) => label.length + 2));
  const notes = all(({plan: {warnings}}) => warnings);
  return `${[
    style.bold('Plan'),
    table(columns, rows, width),
    ...details.flatMap(({said: [label, text], contexts}, i) =>
      wrap(
        `  ${(details[i - 1]?.said[0] === label ? '' : label).padEnd(room)}`,
        some(contexts) ? `${text} (${contextNames(contexts)})` : text,
        width,
        'keep',
      ),
    ),
    '  To undo',
    ...plans.map(({undo}) => `    ${undo}`),
    ...(notes.length > 0 ? [style.yellow('Note')] : []),
    ...notes.flatMap(({said, contexts}) =>
      hintLines('  ', some(contexts) ? `${contextNames(contexts)}: ${said}` : said, width),
    ),
  ].join('\n')}\n`;
}

/** One question for all of it. */
export function renderPlansQuestion(plans: readonly AnyPlan[]): string {
  const first = plans.filter((plan): plan is Plan => !('fields' in plan));
  const core2 = plans.filter((plan) => 'fields' in plan);
  const parts = [
    ...(first.length > 0
      ? [`${first[0]!.value.after ? 'enable' : 'disable'} usage metrics of ${clustersOf(first)}`]
      : []),
    ...(core2.length > 0 ? [`${core2Verb(core2)} ${clustersOf(core2)}`] : []),
  ];
  const question = `${parts.join(', and ')}?`;
  return question.charAt(0).toUpperCase() + question.slice(1);
}

function core2Verb(plans: readonly Core2Plan[]): string {
  const {to, fields} = plans[0]!;
  const hodometer = 'Hodometer of Seldon Core 2';
  if (to === 'level') return `set ${hodometer} to the level ${fields[0]?.after} in`;
  return to === 'off' ? `stop ${hodometer} in` : `start ${hodometer}, which then reports, in`;
}

function clustersOf(plans: readonly AnyPlan[]): string {
  const contexts = plans.map(({cluster}) => cluster.context);
  return contexts.length === 1
    ? `the cluster of context ${contextNames(contexts)}`
    : `the ${contexts.length} clusters of the contexts ${contextNames(contexts)}`;
}

/** What became of one cluster, or would. */
export function changedLine(changed: AnyChanged): Line {
  if ('hodometer' in changed) return {outcome: core2Line(changed)};
  const {outcome, release, value, revision} = changed;
  const [name, state] = [clean(`${release.namespace}/${release.name}`), value.on ? 'on' : 'off'];
  const told = {
    unchanged: `are ${state} already`,
    rehearsed: `can be turned ${state}`,
    changed: `are ${state}, revision ${revision}, verified`,
  };
  return {outcome: `usage metrics of ${name} ${told[outcome]}`};
}

function core2Line({outcome, hodometer: {namespace, to, level}, revision, watched}: Core2Changed): string {
  const state = to === 'level' ? `at the level ${level}` : to;
  const by = revision === undefined ? '' : `, revision ${revision}`;
  const seen = watched === undefined ? '' : `, and no pod came back in ${Math.round(watched / 1000)} s`;
  const told = {
    unchanged: `is ${state} already`,
    rehearsed: `can be ${to === 'level' ? `set to the level ${level}` : `turned ${to}`}`,
    changed: `is ${state}${by}${seen}`,
  };
  return `Hodometer in ${clean(namespace)} ${told[outcome]}`;
}

/** How the changes of several clusters are told. */
export const changedView: FleetView<AnyChanged> = {line: changedLine, json: (changed) => changed};
