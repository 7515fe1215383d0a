import type {ChalkInstance} from 'chalk';
import type {Dispatched} from '../delivery/dispatch.ts';
import type {Waiting} from '../delivery/waiting.ts';
import {clean} from '../foreign.ts';
import type {Preview} from '../operations/send.ts';
import type {SentPending} from '../operations/send-pending.ts';
import type {PeriodEvent} from '../operations/send-period.ts';
import {renderShow} from './show.ts';
import {bytes, counted} from './units.ts';
import {wrap} from './wrap.ts';

/** What is about to be sent, as `show` shows it; with the remarks, unless the question that follows has them. */
export function renderPreview(
  preview: Preview,
  fate: string,
  width: number,
  style: ChalkInstance,
  asks = false,
): string {
  const destination = {value: destinationNames(preview), origin: preview.origin};
  const text = renderShow({...preview, destination, fate}, width, style);
  return [text, ...(asks ? [] : remarks(preview)).map((line) => `${wrap('', line, width).join('\n')}\n`)].join('');
}

/** Names of the destinations, without their queries. */
function destinationNames({destinations}: Preview): string {
  return destinations.map(({name}) => clean(name)).join(', ');
}

/** The question before anything leaves: what, where to, and of which cluster as whom. */
export function renderQuestion(preview: Preview): string {
  const {collected, file, size, destinations} = preview;
  const cluster = collected?.cluster;
  const source = cluster
    ? `the cluster of context ${clean(cluster.context)}, server ${clean(cluster.server)}, user ${clean(cluster.user)}`
    : collected
      ? 'the nodes that --nodes gave'
      : `the file ${clean(file)}`;
  const plain = destinations.some(({overheard}) => overheard)
    ? ' It goes over plain http: whoever owns or overhears that name can read it.'
    : '';
  const question = `Send this report (${bytes(size)}) of ${source} to ${destinationNames(preview)}?${plain}`;
  return [...remarks(preview), question].join('\n');
}

/** What a person should know of sending besides the report itself: what it makes, what is wider, who was not asked. */
export function remarks({wider, makes, askedCluster}: Preview): string[] {
  return [
    ...(makes ? [putFirst(makes)] : []),
    ...(wider.length > 0
      ? [`It holds more than the last report that was agreed to for this cluster: ${wider.join(', ')}.`]
      : []),
    ...(askedCluster ? [] : ['No cluster was asked whether it forbids reports of it.']),
  ];
}

/** What is written into the cluster: all that a ConfigMap says that is made, or the key that one gets. */
function putFirst({metadata, data}: NonNullable<Preview['makes']>): string {
  const pairs = (fields: object) =>
    Object.entries(fields)
      .map(([key, value]) => `${clean(key)}: ${clean(value)}`)
      .join(', ');
  const map = `ConfigMap ${clean(metadata.name)} in the namespace ${clean(metadata.namespace)}`;
  const {labels, annotations} = metadata;
  return labels && annotations
    ? `It puts the ID into the cluster first: ${map} with ${pairs(data)}; labels ${pairs(labels)}; annotation ${pairs(annotations)}`
    : `It puts the ID into the cluster first: ${map}, which is there, gets ${pairs(data)}; all else in it stays.`;
}

/** What was sent, and what was made for it. */
export function renderSent(preview: Preview, outcomes: readonly Dispatched[]): string {
  const {makes} = preview;
  const line = makes
    ? `The ID is now in the cluster: ConfigMap ${clean(makes.metadata.name)}, namespace ${clean(makes.metadata.namespace)}, cluster-id: ${makes.data['cluster-id']}.\n`
    : '';
  return `${renderDelivered(outcomes)}${line}`;
}

/** The question before what waits is sent. */
export function renderPendingQuestion(waiting: readonly Waiting[]): string {
  return `${listed(waiting)}\nSend ${these(waiting)}?`;
}

/** The question before what waits is discarded. */
export function renderDiscardQuestion(waiting: readonly Waiting[], shared?: string): string {
  return `${shared === undefined ? '' : `${shared}\n`}${listed(waiting)}\nDiscard ${these(waiting)}, so that no run sends ${waiting.length === 1 ? 'it' : 'them'}?`;
}

/** What was discarded, a line each. */
export function renderDiscarded(discarded: readonly Waiting[]): string {
  if (discarded.length === 0) return 'Nothing was discarded: another run has sent it meanwhile.';
  return discarded
    .map(({id, attempted}) => {
      const doubt = attempted ? ' No complete answer came when it was sent, so it may have arrived.' : '';
      return `Discarded ${id}. seldon-usage history ${id} still prints it.${doubt}`;
    })
    .join('\n');
}

function listed(waiting: readonly Waiting[]): string {
  return waiting
    .map(
      ({id, time, bytes: size, clusterID, destination}) =>
        `  ${id}  ${time.slice(0, 19)}Z  ${bytes(size)} of cluster ${clean(clusterID)} to ${clean(destination)}`,
    )
    .join('\n');
}

function these(waiting: readonly Waiting[]): string {
  return waiting.length === 1 ? 'this report' : `these ${counted(waiting.length, 'report')}`;
}

/** Why it takes long: a line for a person who waits. */
export function renderRetry(destination: string, reason: string, wait: number): string {
  return `${clean(destination)} ${reason}; again in ${counted(Math.ceil(wait / 1000), 'second')}…\n`;
}

/** What was delivered, a line each; what was not is told as an error. */
export function renderDelivered(outcomes: readonly Dispatched[]): string {
  return outcomes
    .filter(({delivery}) => delivery.delivered)
    .map(({waiting: {id, destination, bytes: size}, recorded}) => {
      const record = recorded
        ? `seldon-usage history ${id} prints them.`
        : 'The ledger could not be written; the next run will do it.';
      return `Sent ${bytes(size)} to ${clean(destination)} (204). ${record}\n`;
    })
    .join('');
}

/** The result as programs read it. */
export function sentJson(preview: Preview, outcomes: readonly Dispatched[] | undefined, warning?: string): object {
  const {report, size, sha256, destinations, collected} = preview;
  return {
    dryRun: outcomes === undefined,
    clusterID: report.clusterID,
    bytes: size,
    sha256,
    ...(collected?.cluster ? {cluster: collected.cluster} : {}),
    askedCluster: preview.askedCluster,
    ...(preview.makes ? {makes: {apiVersion: 'v1', kind: 'ConfigMap', ...preview.makes}} : {}),
    ...(preview.wider.length > 0 ? {wider: preview.wider} : {}),
    ...(warning === undefined ? {} : {warnings: [warning]}),
    destinations: outcomes ? outcomes.map(outcomeJson) : destinations.map(({name}) => ({destination: name})),
  };
}

/** What became of the reports that waited, as programs read it. */
export function pendingJson(outcomes: readonly Dispatched[], held: SentPending['held'], warning?: string): object {
  return {
    destinations: outcomes.map(outcomeJson),
    ...(warning === undefined ? {} : {warnings: [warning]}),
    ...(held.length > 0
      ? {held: held.map(({waiting: {id, destination}, error}) => ({id, destination, reason: error.message}))}
      : {}),
  };
}

/** One destination's outcome as programs read it. */
export function outcomeJson({waiting: {id, destination}, delivery, recorded, refused}: Dispatched): object {
  const {delivered, attempts, status} = delivery;
  return {
    id,
    destination,
    delivered,
    ...(status === undefined ? {} : {status}),
    attempts,
    ...(delivery.delivered
      ? {}
      : {reason: delivery.reason, mayHaveArrived: delivery.maybeArrived, refused: refused === true}),
    recorded,
  };
}

/** Makes lines of the log of a process that stays, each with its line break. */
export function eventLine(format: 'text' | 'json', now = () => new Date()): (event: PeriodEvent) => string {
  return (event) => {
    const time = now().toISOString();
    return format === 'json'
      ? `${JSON.stringify({time, ...event})}\n`
      : `${time} ${event.context === undefined ? '' : `${clean(event.context)}: `}${sentence(event)}\n`;
  };
}

/** Milliseconds in Go's syntax, as `--period` takes it: `24h`, `1h30m`. */
function duration(milliseconds: number): string {
  const [hours, minutes] = [Math.floor(milliseconds / 3_600_000), Math.floor(milliseconds / 60_000) % 60];
  const seconds = (milliseconds % 60_000) / 1000;
  const parts = [hours && `${hours}h`, minutes && `${minutes}m`, seconds && `${seconds}s`].filter(Boolean);
  return parts.join('') || '0s';
}

function sentence(event: PeriodEvent): string {
  switch (event.event) {
    case 'started':
      return `started: a report every ${duration(event.period)}${event.contexts ? ` of each of the contexts ${event.contexts.map((name) => clean(name)).join(', ')}` : ''}`;
    case 'delivered':
      return `delivered: ${bytes(event.bytes)} to ${event.destination} (${event.status}) as ${event.id}`;
    case 'failed':
      return `failed: ${event.destination} ${event.reason} (${counted(event.attempts, 'attempt')}); ${event.refused ? `the report ${event.id} does not wait, as it would be refused again` : `the report waits as ${event.id}`}${event.mayHaveArrived ? ', and may have arrived' : ''}`;
    case 'retry':
      return `retry: ${event.destination} ${event.reason}; again in ${counted(Math.ceil(event.wait / 1000), 'second')}`;
    case 'warning':
      return `warning: ${event.message}`;
    case 'error':
      return ['error:', event.message, ...event.suggestions].join(' ');
    case 'made':
      return `made: ConfigMap ${clean(event.configMap)}, namespace ${clean(event.namespace)}, cluster-id: ${event.clusterID}`;
    case 'same':
      return `the same cluster as ${clean(event.as)}, counted once`;
    case 'next':
      return `next: ${event.at}`;
  }
}
