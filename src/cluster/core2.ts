import {clean} from '../foreign.ts';
import type {Deployment} from './api.ts';
import type {Connection} from './connection/connection.ts';
import {findJson, HttpError} from './connection/request.ts';
import {listItems} from './list-items.ts';

/**
 * How each era names the Deployment of Hodometer (charts of SeldonIO/seldon-core): part of the chart seldon-core-v2-setup
 * up to 2.5; made by the operator from a SeldonRuntime since 2.6.
 */
export const hodometerNames = {'seldon-hodometer': 'up to 2.5', hodometer: 'since 2.6'} as const;
export type Era = (typeof hodometerNames)[keyof typeof hodometerNames];

/** A Hodometer that is there, and what it is told. Whatever is absent is not set. */
export interface Hodometer {
  readonly namespace: string;
  readonly name: keyof typeof hodometerNames;
  readonly era: Era;
  /** Replicas that are wanted, and that there are: it reports while there is one. */
  readonly replicas: number;
  readonly running: number;
  /** When its Deployment was made. */
  readonly since?: string;
  /** `cluster`, `resource` or `feature`. */
  readonly level?: string;
  /** Where it posts to, without user and query. */
  readonly destinations: readonly string[];
  /** A UUID that stays; without it each pod makes a new one. */
  readonly clusterID?: string;
  /** `NAMESPACE/RELEASE` of Helm, by its Deployment or its SeldonRuntime. */
  readonly release?: string;
}

/** What a SeldonRuntime says of Hodometer. */
export interface RuntimeOverride {
  readonly namespace: string;
  readonly name: string;
  readonly disable?: boolean;
  readonly replicas?: number;
  readonly release?: string;
}

/** What was found of Seldon Core 2. */
export interface SeldonCore2 {
  readonly hodometers: readonly Hodometer[];
  readonly runtimes: readonly RuntimeOverride[];
  /** What could not be looked for, for want of rights: `Deployments`, `SeldonRuntimes`. */
  readonly unreadable: readonly string[];
}

/** Most objects that are told of: a cluster has a few. */
const most = 100;

/** Seldon Core 2, known by its API group; undefined if the cluster does not have it. @throws {UserError} cluster */
export async function findSeldonCore2(connection: Connection): Promise<SeldonCore2 | undefined> {
  if ((await findJson<unknown>(connection, '/apis/mlops.seldon.io')) === undefined) return undefined;
  const unreadable: string[] = [];
  const [deployments, runtimes] = await Promise.all([
    Promise.all(Object.keys(hodometerNames).map((name) => named(connection, name))).then(
      (lists) => lists.flat(),
      forbidden(unreadable, 'Deployments'),
    ),
    list(connection, '/apis/mlops.seldon.io/v1alpha1/seldonruntimes', overrideOf).catch(
      forbidden(unreadable, 'SeldonRuntimes'),
    ),
  ]);
  const hodometers = deployments.map((deployment) => {
    const {namespace} = deployment;
    const {release = runtimes.find((runtime) => runtime.namespace === namespace)?.release, ...rest} = deployment;
    return {...rest, ...(release ? {release} : {})};
  });
  return {hodometers, runtimes, unreadable: [...new Set(unreadable)].sort()};
}

function forbidden(unreadable: string[], what: string): (error: unknown) => never[] {
  return (error) => {
    if (!(error instanceof HttpError && error.status === 403)) throw error;
    unreadable.push(what);
    return [];
  };
}

function named(connection: Connection, name: string): Promise<Hodometer[]> {
  const path = `/apis/apps/v1/deployments?fieldSelector=metadata.name%3D${name}`;
  return list(connection, path, (item) => hodometerOf(item as Deployment, name as Hodometer['name']));
}

/** What `pick` takes of the first objects of a list; nothing where the server does not know the kind. */
async function list<T>(connection: Connection, path: string, pick: (item: unknown) => T): Promise<T[]> {
  try {
    return (await listItems(connection, path, {}, pick)).slice(0, most);
  } catch (error) {
    if (error instanceof HttpError && error.status === 404) return [];
    throw error;
  }
}

function hodometerOf({metadata, spec, status}: Deployment, name: Hodometer['name']): Hodometer {
  const containers = spec?.template?.spec?.containers ?? [];
  const env = new Map(containers.flatMap((each) => each.env ?? []).map((one) => [one.name, one.value ?? '']));
  const level = env.get('METRICS_LEVEL')?.toLowerCase();
  const clusterID = env.get('CLUSTER_ID');
  const urls = [env.get('PUBLISH_URL') ?? '', ...(env.get('EXTRA_PUBLISH_URLS') ?? '').split(',')];
  const release = releaseOf(metadata);
  return {
    namespace: String(metadata?.namespace ?? ''),
    name,
    era: hodometerNames[name],
    // Kubernetes' own default.
    replicas: spec?.replicas ?? 1,
    running: status?.replicas ?? 0,
    ...(metadata?.creationTimestamp ? {since: String(metadata.creationTimestamp)} : {}),
    ...(level ? {level: clean(level, 40)} : {}),
    destinations: urls.map((url) => url.trim()).flatMap((url) => (url === '' ? [] : [withoutQuery(url)])),
    ...(clusterID ? {clusterID: clean(clusterID, 60)} : {}),
    ...(release ? {release} : {}),
  };
}

function withoutQuery(text: string): string {
  const url = URL.parse(text);
  return url ? clean(`${url.origin}${url.pathname === '/' ? '' : url.pathname}`, 200) : 'an address that is not a URL';
}

function overrideOf(item: unknown): RuntimeOverride {
  const {metadata, spec} = (item ?? {}) as {
    metadata?: Deployment['metadata'];
    spec?: {overrides?: {name?: unknown; disable?: unknown; replicas?: unknown}[]};
  };
  const overrides = Array.isArray(spec?.overrides) ? spec.overrides : [];
  const {disable, replicas} = overrides.find((one) => one?.name === 'hodometer') ?? {};
  const release = releaseOf(metadata);
  return {
    namespace: String(metadata?.namespace ?? ''),
    name: String(metadata?.name ?? ''),
    ...(typeof disable === 'boolean' ? {disable} : {}),
    ...(typeof replicas === 'number' ? {replicas} : {}),
    ...(release ? {release} : {}),
  };
}

function releaseOf(metadata: Deployment['metadata']): string | undefined {
  const {'meta.helm.sh/release-name': name, 'meta.helm.sh/release-namespace': namespace} = metadata?.annotations ?? {};
  return name ? `${clean(namespace ?? metadata?.namespace ?? '', 80)}/${clean(name, 80)}` : undefined;
}
