import type {Connection} from '../cluster/connection/connection.ts';
import {listItems} from '../cluster/list-items.ts';
import {UserError} from '../errors.ts';
import {clean, isObject} from '../foreign.ts';
import {meaning} from './documents.ts';
import {type Located, nameOf} from './objects.ts';

/** A Service by what it selects. */
interface Selector {
  readonly name: string;
  readonly labels: readonly (readonly [string, unknown])[];
}

/**
 * Refuses labels by which the volunteer's pod would become an end of somebody's Service in its namespace, kube-dns say: it
 * would get their requests. The chart's own label selects nothing, and needs no look.
 *
 * @throws {UserError} release; cluster, if the Services can't be seen
 */
export async function requireNoService(connection: Connection, usage: readonly Located[]): Promise<void> {
  for (const one of usage) {
    const labels = podLabels(one);
    if (Object.keys(labels).length < 2) continue;
    const namespace = one.namespace ?? 'kube-system';
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/services`;
    const permission = {verb: 'list', resource: 'services', namespace} as const;
    const services = await listItems(connection, path, {permission}, selectorOf);
    const taken = services.find(({labels: wanted}) => wanted.length > 0 && wanted.every(([k, v]) => labels[k] === v));
    if (!taken) continue;
    throw new UserError(
      'release',
      `${nameOf(one.document, namespace)} has labels that would give its pod the requests of the Service ${clean(`${namespace}/${taken.name}`)}; nothing was changed.`,
      {suggestions: ["Take them out of the release's values, or of its chart."]},
    );
  }
}

function podLabels({document}: Located): Record<string, unknown> {
  if (document.kind !== 'Deployment') return {};
  const spec = meaning(document.text).spec as {template?: {metadata?: {labels?: unknown}}} | undefined;
  const labels = spec?.template?.metadata?.labels;
  return isObject(labels) ? labels : {};
}

function selectorOf(item: unknown): Selector {
  const {metadata, spec} = (item ?? {}) as {metadata?: {name?: unknown}; spec?: {selector?: unknown}};
  return {name: String(metadata?.name), labels: isObject(spec?.selector) ? Object.entries(spec.selector) : []};
}
