import {UserError} from '../errors.ts';
import {clean, textOf, textsOf} from '../foreign.ts';
import type {Deployment, DeploymentList, StatefulSet, StatefulSetList} from './api.ts';
import type {Connection} from './connection/connection.ts';
import {findJson, getJson, HttpError, metadataOnly} from './connection/request.ts';
import {mayHaveCore2} from './core2/present.ts';
import {isObjectName} from './object-name.ts';

/** A workload that is an operator of Seldon Core, of the first one or of Seldon Core 2. */
export interface Operator {
  readonly namespace: string;
  readonly name: string;
  /** Plural of its kind, as in its path in the API group apps/v1. */
  readonly resource: 'deployments' | 'statefulsets';
  /** Version of Seldon Core; absent if nothing on the workload tells it. */
  readonly version?: string;
  /** It is of Seldon Core 2, which has no usage metrics of the first one. */
  readonly core2?: true;
}

/** What was found of Seldon Core. */
export interface Seldon {
  /** Newest first; where a namespace was chosen, those in it. */
  readonly operators: readonly Operator[];
  /** Namespaces of operators that were not chosen: what they say of the whole cluster counts all the same. */
  readonly otherNamespaces?: readonly string[];
  /** Namespaces that could not be looked into; `*`: the whole cluster could not be searched at once. */
  readonly forbidden: readonly string[];
  /** The whole cluster could not be searched, whether or not that mattered to what was chosen. */
  readonly unsearched?: true;
}

/**
 * How each era names its operator (tags of SeldonIO/seldon-core): a Deployment since 0.4.2, a StatefulSet from 0.3.0 to
 * 0.4.1, and the cluster manager, named after its release, up to 0.2.
 */
const eras = [
  {resource: 'deployments', selector: 'fieldSelector=metadata.name%3Dseldon-controller-manager'},
  {resource: 'statefulsets', selector: 'fieldSelector=metadata.name%3Dseldon-operator-controller-manager'},
  {resource: 'deployments', selector: 'labelSelector=app%3Dseldon-cluster-manager-server'},
] as const;

/**
 * The operator of Seldon Core 2, where it has a name of its own; older charts call it as the first Seldon Core does, and its
 * image tells them apart.
 */
const core2Name = 'seldon-v2-controller-manager';
const core2Era = {resource: 'deployments', selector: `fieldSelector=metadata.name%3D${core2Name}`} as const;

/** Where the documentation of Seldon Core installs it. */
export const usualNamespace = 'seldon-system';

/** Where the documentation of Seldon Core 2 installs it. */
export const core2Namespace = 'seldon-mesh';

/**
 * Where to look for what is Seldon Core's if the whole cluster can't be searched.
 *
 * @throws {UserError} cluster, if the server does not answer
 */
export async function likelyNamespaces(connection: Connection): Promise<readonly string[]> {
  const ofCore2 = (await mayHaveCore2(connection)) ? [core2Namespace] : [];
  return [...new Set([connection.namespace, usualNamespace, ...ofCore2])];
}

/** As the API describes it, which a server may not keep to: whatever is read of it is read as if it could be absent. */
type Workload = Deployment | StatefulSet;

/**
 * Finds the operators of Seldon Core, 1 and 2, by metadata alone. Without the right to search the whole cluster, it looks into
 * the namespace of the context and the usual ones.
 *
 * @param namespace whose operators are chosen
 * @param also one more namespace to look into where the whole cluster can't be searched
 * @throws {UserError} cluster, if the server does not answer; missing rights are no error but named in the result
 */
export async function findSeldon(connection: Connection, namespace?: string, also?: string): Promise<Seldon> {
  const forbidden = new Set<string>();
  const found = await search(connection, [undefined], forbidden);
  const unsearched = forbidden.size > 0;
  if (unsearched) {
    // Of a chosen namespace only its own rights matter.
    if (namespace) forbidden.clear();
    const likely = namespace ? [namespace] : await likelyNamespaces(connection);
    const places = [...new Set([...likely, ...(also === undefined ? [] : [also])])];
    const known = new Set(found.map(keyOf));
    found.push(...(await search(connection, places, forbidden)).filter((one) => !known.has(keyOf(one))));
  }
  const chosen = found.filter((one) => namespace === undefined || one.namespace === namespace);
  const operators = await Promise.all(chosen.map((one) => withVersion(connection, one)));
  operators.sort((a, b) => compareVersions(b.version ?? '', a.version ?? '') || (a.namespace < b.namespace ? -1 : 1));
  const others = [...new Set(found.filter((one) => !chosen.includes(one)).map((one) => one.namespace))];
  return {
    operators,
    ...(others.length > 0 ? {otherNamespaces: others} : {}),
    forbidden: [...forbidden],
    ...(unsearched ? {unsearched} : {}),
  };
}

function keyOf({resource, namespace, name}: Operator): string {
  return `${resource}/${namespace}/${name}`;
}

type Found = Operator & {labels: Record<string, string>};

async function search(
  connection: Connection,
  namespaces: (string | undefined)[],
  forbidden: Set<string>,
): Promise<Found[]> {
  const lookups = namespaces.flatMap((namespace) =>
    [...eras, core2Era].map(async ({resource, selector}): Promise<Found[]> => {
      if (selector === core2Era.selector && !(await mayHaveCore2(connection))) return [];
      const place = namespace ? `namespaces/${encodeURIComponent(namespace)}/` : '';
      try {
        const list = await getJson<DeploymentList | StatefulSetList>(
          connection,
          `/apis/apps/v1/${place}${resource}?${selector}`,
          {
            headers: metadataOnly,
          },
        );
        return itemsOf(list, connection).map(({metadata: {namespace, name, labels}}) => ({
          resource,
          namespace,
          name,
          labels: textsOf(labels),
        }));
      } catch (error) {
        if (!(error instanceof HttpError && error.status === 403)) throw error;
        forbidden.add(namespace ?? '*');
        return [];
      }
    }),
  );
  return (await Promise.all(lookups)).flat();
}

interface Item {
  readonly metadata: {readonly namespace: string; readonly name: string; readonly labels?: unknown};
}

/**
 * The workloads of a list. Where it is something else an operator could stand in it, and in its namespace a no.
 *
 * @throws {UserError} cluster
 */
function itemsOf({items}: {items?: unknown}, {server}: Connection): Item[] {
  const found: unknown[] | undefined = items == null ? [] : Array.isArray(items) ? items : undefined;
  if (found?.every(isItem)) return found;
  throw new UserError('cluster', `The API server ${server} answers with something other than a list of workloads.`, {
    suggestions: ['A proxy may be in between: check the server in the kubeconfig, and the VPN.'],
  });
}

function isItem(item: unknown): item is Item {
  const {namespace, name} = (item as Partial<Item> | null)?.metadata ?? {};
  return isObjectName(namespace) && isObjectName(name);
}

async function withVersion(connection: Connection, {labels, ...operator}: Found): Promise<Operator> {
  const version = versionOfLabels(labels) ?? (await versionOfImage(connection, operator));
  // The first Seldon Core ended with 1.x.
  const core2 = operator.name === core2Name || (version !== undefined && compareVersions(version, '2.0.0-dev') >= 0);
  return {...operator, ...(version ? {version} : {}), ...(core2 ? {core2} : {})};
}

/** A version as Seldon's charts and images write it; anything else could be somebody's own words. */
const versionForm = /^v?\d{1,4}\.\d{1,4}\.\d{1,4}(?:-(?:SNAPSHOT|dev|alpha|beta|rc)[.\d]{0,8})?$/;

/**
 * The version that the labels of the workload's own metadata tell. `v0.5` is not one: kustomize and the pod template
 * carry it unchanged in every release since 0.5.
 */
export function versionOfLabels(labels: Readonly<Record<string, string>>): string | undefined {
  const chart = labels['helm.sh/chart'] ?? labels.chart ?? '';
  const candidates = [labels['app.kubernetes.io/version'], chart.replace(/^seldon-core(?:-operator)?-/, '')];
  return candidates.find((candidate) => candidate !== undefined && versionForm.test(candidate));
}

/** Operators of 0.3 and of plain kustomize have no label that tells the version: the tag of the operator's image does. */
async function versionOfImage(
  connection: Connection,
  {namespace, name, resource}: Operator,
): Promise<string | undefined> {
  const path = `/apis/apps/v1/namespaces/${encodeURIComponent(namespace)}/${resource}/${encodeURIComponent(name)}`;
  try {
    const workload = await findJson<Workload>(connection, path);
    const containers: unknown = workload?.spec?.template?.spec?.containers;
    const tags = (Array.isArray(containers) ? (containers as ({image?: unknown} | null)[]) : []).map(
      (one) =>
        /(?:^|\/)(?:seldon-core-operator|cluster-manager|seldonv2-controller):([^@]+)/.exec(textOf(one?.image))?.[1] ??
        '',
    );
    return tags.find((tag) => versionForm.test(tag));
  } catch (error) {
    if (error instanceof HttpError && error.status === 403) return undefined;
    throw error;
  }
}

/** Orders versions by their numbers; a pre-release comes before its release, and what is no version before all. */
export function compareVersions(a: string, b: string): number {
  const key = (version: string) => {
    const [numbers = '', suffix] = version.replace(/^v/, '').split('-');
    return [...numbers.split('.').map((part) => Number.parseInt(part, 10) || 0), suffix ? 0 : 1];
  };
  const [x, y] = [key(a), key(b)];
  for (let i = 0; i < 4; i++) if ((x[i] ?? 0) !== (y[i] ?? 0)) return (x[i] ?? 0) - (y[i] ?? 0);
  return 0;
}

/** Why there is no version of Seldon Core to report; undefined if there is one. */
export function whyNoVersion({operators, forbidden}: Seldon): string | undefined {
  if (operators[0]?.version) return undefined;
  if (operators[0]) return `the operator in the namespace ${clean(operators[0].namespace)} does not tell its version`;
  const places = forbidden.filter((place) => place !== '*').map((place) => clean(place));
  if (forbidden.includes('*'))
    return `no right to search the cluster for the operator${places.length > 0 ? `, nor in ${places.join(', ')}` : '; -n names its namespace'}`;
  if (places.length > 0) return `no right to look for the operator in ${places.join(', ')}`;
  return 'no Seldon Core operator was found';
}
