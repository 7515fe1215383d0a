import type {ChalkInstance} from 'chalk';
import {clean, shownName} from '../foreign.ts';
import type {Plan} from '../helm/plan.ts';
import type {Changed} from '../operations/changing.ts';
import type {FleetView, Line} from './fleet.ts';
import {hintLines} from './hint.ts';
import {beforeOf, effectRows} from './plan.ts';
import {contextNames, sharedBy} from './shared.ts';
import {table} from './table.ts';
import {wrap} from './wrap.ts';

/**
 * The plans of several clusters: what changes where as a table, then what is made, given and left, each once for all that it
 * is true of.
 */
export function renderPlans(plans: readonly Plan[], width: number, style: ChalkInstance): string {
  const rows = plans.map(({cluster, release, value}) => [
    shownName(cluster.context),
    clean(`${release.namespace}/${release.name}`),
    `${value.path}: ${beforeOf(value)} → ${value.after}; revision ${release.revision}, at ${clean(cluster.server)} as ${clean(cluster.user)}`,
  ]);
  const columns = [{title: 'Context'}, {title: 'Release'}, {title: 'Change', share: 1}];
  const all = <T>(said: (plan: Plan) => readonly T[]) =>
    sharedBy(plans.map((plan) => [plan.cluster.context, said(plan)] as const));
  const some = (contexts: readonly string[]) => contexts.length < plans.length;
  const found = all((plan) => [['Chart', clean(plan.release.chart)] as const, ...effectRows(plan, style)]);
  const labels = [...new Set(found.map(({said: [label]}) => label))];
  const details = labels.flatMap((wanted) => found.filter(({said: [label]}) => label === wanted));
  const notes = all(({warnings}) => warnings);
  return `${[
    style.bold('Plan'),
    table(columns, rows, width),
    ...details.flatMap(({said: [label, text], contexts}, i) =>
      wrap(
        `  ${(details[i - 1]?.said[0] === label ? '' : label).padEnd(9)}`,
        some(contexts) ? `${text} (${contextNames(contexts)})` : text,
        width,
        'keep',
      ),
    ),
    '  To undo',
    ...plans.map(({undo}) => `    ${undo}`),
    style.yellow('Note'),
    ...notes.flatMap(({said, contexts}) =>
      hintLines('  ', some(contexts) ? `${contextNames(contexts)}: ${said}` : said, width),
    ),
  ].join('\n')}\n`;
}

/** One question for all of it. */
export function renderPlansQuestion(plans: readonly Plan[]): string {
  const what = `${plans[0]!.value.after ? 'Enable' : 'Disable'} usage metrics`;
  const contexts = plans.map(({cluster}) => cluster.context);
  return contexts.length === 1
    ? `${what} of the cluster of context ${contextNames(contexts)}?`
    : `${what} of the ${contexts.length} clusters of the contexts ${contextNames(contexts)}?`;
}

/** What became of one cluster, or would. */
export function changedLine({outcome, release, value, revision}: Changed): Line {
  const [name, state] = [clean(`${release.namespace}/${release.name}`), value.on ? 'on' : 'off'];
  const told = {
    unchanged: `are ${state} already`,
    rehearsed: `can be turned ${state}`,
    changed: `are ${state}, revision ${revision}, verified`,
  };
  return {outcome: `usage metrics of ${name} ${told[outcome]}`};
}

/** How the changes of several clusters are told. */
export const changedView: FleetView<Changed> = {line: changedLine, json: (changed) => changed};
