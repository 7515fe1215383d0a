import {UserError} from '../errors.ts';
import {clean, textOf} from '../foreign.ts';
import {isUuid} from '../host/uuid.ts';
import type {ConfigMap} from './api.ts';
import type {Connection} from './connection/connection.ts';
import {answer, getJson, HttpError} from './connection/request.ts';
import {type Seldon, usualNamespace} from './seldon.ts';
import {type Veto, vetoIn} from './veto.ts';

/** Name of the ConfigMap in which a cluster keeps its ID (`cluster-id`) and can forbid reporting (`reporting`). */
export const configMapName = 'seldon-usage';

/** What the cluster itself says. */
export interface Stored {
  /** Namespace whose ConfigMap holds the ID. */
  readonly namespace?: string;
  readonly clusterID?: string;
  /** Why what is kept can't be used: thrown by who needs it, since a given ID makes it unimportant. */
  readonly unusable?: UserError;
  /** The cluster's own no: nobody may send a report of it. */
  readonly veto?: Veto;
  /** Namespaces whose ConfigMap could not be read for want of rights: an ID or a no may stand there. */
  readonly unreadable: readonly string[];
  /** Those of them where a no is always looked for: until they can be read, nothing may be sent. */
  readonly undetermined: readonly Undetermined[];
  /** All of them, with the answers that say why. */
  readonly refused: readonly Undetermined[];
  /** Whether operators, and with them a no in their namespaces, could be looked for in the whole cluster. */
  readonly searched: boolean;
  /** Where it was looked: for who looks again. */
  readonly places: readonly string[];
  /** Those of them where the ConfigMap is there, with an ID or without. */
  readonly present: readonly string[];
  /** By such a namespace the UID of its ConfigMap, which no other has. */
  readonly uids: Readonly<Record<string, string>>;
}

/** A place where a no can't be seen, and the answer that says why. */
export interface Undetermined {
  readonly namespace: string;
  readonly error: HttpError;
}

/** Where a cluster's no stands: always looked at by name, whatever else can be found. */
export const vetoPlaces: readonly string[] = [usualNamespace, 'kube-system'];

/**
 * The namespace in which the cluster keeps its ID: the operator's, or kube-system where there is none. One of Seldon Core 2
 * that comes later moves no ID.
 */
export function homeOf({operators}: Seldon, namespace?: string): string {
  const home = operators.find(({core2}) => !core2) ?? operators[0];
  return namespace ?? home?.namespace ?? 'kube-system';
}

/**
 * What the cluster's ConfigMaps say: in the operators' namespaces, the usual one and kube-system. Others do not count,
 * or any tenant could speak for the cluster.
 *
 * @throws {UserError} cluster, if the server does not answer; missing rights are no error but named in the result
 */
export async function readStored(connection: Connection, seldon: Seldon, namespace?: string): Promise<Stored> {
  const places = [
    ...new Set([
      homeOf(seldon, namespace),
      ...seldon.operators.map((operator) => operator.namespace),
      ...(seldon.otherNamespaces ?? []),
      ...vetoPlaces,
    ]),
  ];
  return {...(await readPlaces(connection, places)), searched: !seldon.unsearched};
}

/**
 * Reads the ConfigMaps of these namespaces, as `readStored` did: whether a no has appeared since.
 *
 * @throws {UserError} cluster, if the server does not answer
 */
export async function readPlaces(connection: Connection, places: readonly string[]): Promise<Omit<Stored, 'searched'>> {
  const refused: Undetermined[] = [];
  const maps = await Promise.all(
    places.map(async (place) => {
      try {
        const map = await findMap(connection, place);
        return map && {place, map, data: map.data ?? {}};
      } catch (error) {
        if (!(error instanceof HttpError && error.status === 403)) throw error;
        refused.push({namespace: place, error});
        return undefined;
      }
    }),
  );
  const found = maps.filter((map) => map !== undefined);
  const veto = found.map(({place, map}) => vetoIn(place, map)).find((one) => one !== undefined);
  return {
    ...idKept(found),
    ...(veto ? {veto} : {}),
    unreadable: refused.map(({namespace}) => namespace).sort(),
    refused,
    undetermined: vetoPlaces.flatMap((place) => refused.filter(({namespace}) => namespace === place)),
    places,
    present: found.map(({place}) => place),
    uids: Object.fromEntries(
      found.flatMap(({place, map: {metadata}}) => (typeof metadata?.uid === 'string' ? [[place, metadata.uid]] : [])),
    ),
  };
}

/** The one ID of all ConfigMaps, or why there is none to be had. */
function idKept(
  maps: readonly {place: string; data: Record<string, string>}[],
): Pick<Stored, 'namespace' | 'clusterID' | 'unusable'> {
  const kept = maps.flatMap(({place, data}) =>
    data['cluster-id'] === undefined ? [] : [{place, id: textOf(data['cluster-id']).trim().toLowerCase()}],
  );
  const [first] = kept;
  if (!first) return {};
  const invalid = kept.find(({id}) => !isUuid(id));
  if (invalid) return {namespace: invalid.place, unusable: noUuid(invalid.place, invalid.id)};
  const other = kept.find(({id}) => id !== first.id);
  return other ? {unusable: twoIDs(first, other)} : {namespace: first.place, clusterID: first.id};
}

function twoIDs(first: {place: string; id: string}, other: {place: string; id: string}): UserError {
  return new UserError(
    'input',
    `The cluster has two IDs: ${first.id} in ${first.place} and ${other.id} in ${other.place}.`,
    {
      suggestions: [
        `Remove the one that was never sent: kubectl -n ${other.place} delete configmap ${configMapName}`,
        'Or give the one that counts with --cluster-id.',
      ],
    },
  );
}

function idOf(place: string, data: Record<string, string>): string {
  const id = textOf(data['cluster-id']).trim();
  if (isUuid(id)) return id.toLowerCase();
  throw noUuid(place, id);
}

function noUuid(place: string, id: string): UserError {
  return new UserError(
    'input',
    `The cluster-id in the ConfigMap ${configMapName} of the namespace ${place} is not a UUID: ${clean(id, 60)}`,
    {
      suggestions: ['A name would identify its owner. Replace it: seldon-usage id --reset'],
    },
  );
}

/**
 * Puts the ID into the cluster where it has none. Never overwrites: of two at once the first wins, and its ID is the
 * cluster's.
 *
 * @returns the ID that the cluster has afterwards
 * @throws {UserError} cluster, if the right to create a ConfigMap is missing
 */
export async function storeClusterID(connection: Connection, namespace: string, value: string): Promise<string> {
  for (let tries = 0; ; tries++) {
    // Looked for first: who may only update it, since `create` can't be granted for one name alone, is refused a creation
    // also where it is there.
    const existing = await findMap(connection, namespace).catch((error: unknown) => {
      if (tries === 0 && error instanceof HttpError && error.status === 403) return undefined;
      throw error;
    });
    if (existing?.data?.['cluster-id'] !== undefined) return idOf(namespace, existing.data);
    try {
      // A ConfigMap that is there without an ID (it may forbid reporting) keeps the rest of what it says. With its
      // resourceVersion, so that somebody else's change in between is a conflict and not lost.
      if (existing)
        await write(connection, 'PUT', namespace, {...existing, data: {...existing.data, 'cluster-id': value}});
      else await write(connection, 'POST', namespace, idConfigMap(namespace, value));
      return value;
    } catch (error) {
      if (!(error instanceof HttpError && error.status === 409) || tries === 3) throw error;
    }
  }
}

/** What storing an ID writes: the whole ConfigMap where there is none, or the ID alone into one that is there. */
export interface IDWritten {
  readonly metadata: {
    readonly name: string;
    readonly namespace: string;
    readonly labels?: Readonly<Record<string, string>>;
    readonly annotations?: Readonly<Record<string, string>>;
  };
  readonly data: {readonly 'cluster-id': string};
}

/** What `storeClusterID` will write, for who is told before. */
export function idWritten(namespace: string, value: string, {present}: Pick<Stored, 'present'>): IDWritten {
  if (!present.includes(namespace)) return idConfigMap(namespace, value);
  return {metadata: {name: configMapName, namespace}, data: {'cluster-id': value}};
}

/** The ConfigMap that keeps an ID, as it is made where there is none: what is shown before is what is made. */
export function idConfigMap(namespace: string, value: string) {
  return {
    metadata: {
      name: configMapName,
      namespace,
      // kubernetes.io, Recommended Labels.
      labels: {
        'app.kubernetes.io/name': 'seldon-usage',
        'app.kubernetes.io/component': 'cluster-id',
        'app.kubernetes.io/part-of': 'seldon-usage',
        'app.kubernetes.io/managed-by': 'seldon-usage',
      },
      annotations: {
        'kubernetes.io/description':
          "Keeps the random ID under which usage reports of this cluster are counted, so that it is counted once. The key 'reporting', whatever its value, forbids reports of this cluster.",
      },
    },
    data: {'cluster-id': value},
  } as const satisfies ConfigMap;
}

/**
 * Makes `value` the ID of the cluster, whatever it was, and keeps the rest of the ConfigMap.
 *
 * @returns the ID that the cluster has afterwards
 * @throws {UserError} cluster, if the rights are missing or somebody changed it at the same moment
 */
export async function resetClusterID(connection: Connection, namespace: string, value: string): Promise<string> {
  const existing = await findMap(connection, namespace);
  if (!existing) return storeClusterID(connection, namespace, value);
  await write(connection, 'PUT', namespace, {...existing, data: {...existing.data, 'cluster-id': value}});
  return value;
}

async function findMap(connection: Connection, namespace: string): Promise<ConfigMap | undefined> {
  const permission = {verb: 'get', resource: 'configmaps', namespace} as const;
  try {
    const map = await getJson<ConfigMap>(connection, pathOf(namespace, configMapName), {permission});
    if (isConfigMap(map)) return map;
  } catch (error) {
    if (!(error instanceof HttpError && error.status === 404)) throw error;
    // That there is none is for the API server to say, not for a proxy that does not know the path.
    if (error.ofKubernetes) return undefined;
    throw error;
  }
  throw new UserError(
    'cluster',
    `The API server ${connection.server} answers with something other than the ConfigMap ${configMapName} of the namespace ${clean(namespace)}, so that it can't be seen what the cluster says.`,
  );
}

/** Whether an answer can be read as one; where it can't, a no could stand in it. */
function isConfigMap({kind, data, binaryData}: ConfigMap & {kind?: unknown}): boolean {
  const isMap = (value: unknown) => value == null || (typeof value === 'object' && !Array.isArray(value));
  return (kind === undefined || kind === 'ConfigMap') && isMap(data) && isMap(binaryData);
}

async function write(connection: Connection, method: 'POST' | 'PUT', namespace: string, map: ConfigMap): Promise<void> {
  const response = await answer(connection, pathOf(namespace, method === 'PUT' ? configMapName : undefined), {
    method,
    headers: {'Content-Type': 'application/json'},
    body: JSON.stringify({apiVersion: 'v1', kind: 'ConfigMap', ...map}),
    permission: {verb: method === 'POST' ? 'create' : 'update', resource: 'configmaps', namespace},
  });
  response.resume();
}

function pathOf(namespace: string, name?: string): string {
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps${name ? `/${name}` : ''}`;
}
