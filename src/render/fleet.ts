import {UserError} from '../errors.ts';
import {clean, shownName} from '../foreign.ts';
import type {Collected} from '../operations/collected.ts';
import type {Member} from '../operations/fleet.ts';
import type {IdResult} from '../operations/id.ts';
import type {Preview, Sent} from '../operations/sending.ts';
import type {Status} from '../operations/status.ts';
import {encodeReport, type Report} from '../report/index.ts';
import {core2Clauses} from './core2.ts';
import {remarks, sentJson} from './send.ts';
import {contextNames, sharedBy} from './shared.ts';
import {originOfID} from './show.ts';
import {table} from './table.ts';
import {bytes, counted} from './units.ts';
import {wrap} from './wrap.ts';

/** What is said of one cluster in the table. */
export interface Line {
  readonly cluster?: string;
  readonly outcome: string;
}

/** How the result of a command is told where there are several. */
export interface FleetView<T> {
  readonly line: (result: T) => Line;
  /** What its line of JSON holds besides the context. */
  readonly json: (result: T) => object;
}

/** What became of each context, a line each. */
export function renderMembers<T>(members: readonly Member<T>[], lineOf: (result: T) => Line, width: number): string {
  const rows = members.map((member) => {
    const {cluster = '', outcome} = memberLine(member, lineOf);
    return [shownName(member.context), cluster, outcome];
  });
  // Some commands tell a cluster by its context alone.
  const columns = [{title: 'Context'}, {title: 'Cluster'}, {title: 'Outcome', share: 1}];
  const some = rows.some(([, cluster]) => cluster !== '') ? [0, 1, 2] : [0, 2];
  const chosen = rows.map((row) => some.map((i) => row[i]!));
  return `${table(
    some.map((i) => columns[i]!),
    chosen,
    width,
  )}\n`;
}

/** What became of one; why it failed is told apart, once. */
export function memberLine<T>({result, error, sameAs, undetermined}: Member<T>, lineOf: (result: T) => Line): Line {
  const blind = undetermined ? "; this context can't see whether the cluster forbids reporting" : '';
  if (sameAs !== undefined) return {outcome: `the same cluster as ${shownName(sameAs)}, counted once${blind}`};
  const line: Partial<Line> = result === undefined ? {} : lineOf(result);
  if (error === undefined) return {outcome: '', ...line};
  const failed = error instanceof UserError ? (error.code === 'consent' ? 'not allowed' : 'failed') : 'failed by a bug';
  return {outcome: failed, ...line};
}

/** What a report holds, in short. */
export function reportLine({clusterID, nodes}: Report): Line {
  return {cluster: clusterID, outcome: nodes ? counted(nodes.length, 'node') : 'without nodes'};
}

/** What was sent of a cluster, or would be. */
export function sentLine({preview, outcomes}: Sent): Line {
  const {report, size, destinations} = preview;
  const would = `dry run: ${bytes(size)} would go to ${destinations.map(({name}) => clean(name)).join(', ')}`;
  const were = (outcomes ?? []).map(({waiting: {id, destination}, delivery}) =>
    delivery.delivered
      ? `sent ${bytes(size)} to ${clean(destination)} as ${id}`
      : `not delivered to ${clean(destination)}`,
  );
  return {cluster: report.clusterID, outcome: outcomes ? were.join('; ') : would};
}

/** What is about to be sent of which cluster, as whom it was read, and what goes with it. */
export function renderFleetPreview(previews: readonly Preview[], width: number): string {
  const rows = previews.map((preview) => {
    const {context = '', server = '', user = ''} = preview.collected?.cluster ?? {};
    const {cluster, outcome} = reportLine(preview.report);
    return [
      shownName(context),
      cluster!,
      `${outcome}, ${bytes(preview.size)}, from ${clean(server)} as ${clean(user)}`,
    ];
  });
  const notes = sharedBy(
    previews.map((preview) => [
      preview.collected?.cluster?.context ?? '',
      remarks(preview).map((line) => line.replaceAll(preview.report.clusterID, 'the ID above')),
    ]),
  ).flatMap(({said, contexts}) => wrap('', `${contextNames(contexts)}: ${said}`, width));
  const columns = [{title: 'Context'}, {title: 'Cluster'}, {title: 'Report', share: 1}];
  return `${[table(columns, rows, width), ...notes].join('\n')}\n`;
}

/** One question for all of it. */
export function renderFleetQuestion(previews: readonly Preview[]): string {
  const {destinations} = previews[0]!;
  const names = destinations.map(({name}) => clean(name)).join(', ');
  const plain = destinations.some(({overheard}) => overheard)
    ? ' They go over plain http: whoever owns or overhears that name can read them.'
    : '';
  const these = previews.length === 1 ? 'this report' : `these ${counted(previews.length, 'report')}`;
  return `seldon-usage show --context NAME shows each. Send ${these} to ${names}?${plain}`;
}

/** How reports that were built are told; the JSON is what would be sent. */
export const collectedView: FleetView<Collected> = {
  line: ({report}) => reportLine(report),
  json: ({report}) => ({report: JSON.parse(encodeReport(report)) as object}),
};

/** How reports that were sent are told. */
export const sentView: FleetView<Sent> = {
  line: sentLine,
  json: ({preview, outcomes, shared}) => sentJson(preview, outcomes, shared),
};

/** Where a cluster's ID comes from. */
export function idLine({id, changed}: IdResult): Line {
  return {cluster: id.value, outcome: `${originOfID(id).trim().slice(1, -1)}${changed ? ', stored now' : ''}`};
}

/** Whether a cluster reports, in short; `status --context` tells the rest. */
export function statusLine({releases, operators, seldonCore2, own, determined}: Status): Line {
  const said = releases.map(({namespace, name, value, owner}) => {
    const metrics = value ? `usage metrics ${value.on ? 'on' : 'off'}` : 'no usage metrics';
    return clean(`${namespace}/${name}: ${metrics}${owner ? `, owned by ${owner.kind}` : ''}`);
  });
  const loose = operators.map(({namespace, name}) => clean(`${namespace}/${name}: an operator without a release`));
  const none = determined ? 'no Seldon Core was found' : 'not determined, for want of rights';
  const found = [...said, ...loose, ...(seldonCore2 ? core2Clauses(seldonCore2) : [])];
  const last = own.last ? `last sent ${own.last.time.slice(0, 19)}Z` : 'never sent from here';
  return {cluster: own.clusterID.value, outcome: [...(found.length > 0 ? found : [none]), last].join('; ')};
}
