import type {Deployment, ObjectMeta} from '../cluster/api.ts';
import type {Connection} from '../cluster/connection/connection.ts';
import {findJson, type JsonOptions} from '../cluster/connection/request.ts';
import {UserError} from '../errors.ts';
import {clean, isObject} from '../foreign.ts';
import {type ApiResource, type FindResource, pathOf} from './api-resources.ts';
import type {Document, Head} from './documents.ts';

/** A document of a manifest and where the API has its object. */
export interface Located {
  readonly document: Document;
  readonly resource: ApiResource;
  /** Absent for objects of the whole cluster. */
  readonly namespace?: string;
  readonly path: string;
}

/** A live object, as far as it matters here. */
export interface LiveObject {
  readonly metadata: ObjectMeta;
  readonly spec?: Pick<NonNullable<Deployment['spec']>, 'replicas'>;
  readonly status?: Pick<NonNullable<Deployment['status']>, 'observedGeneration' | 'readyReplicas' | 'replicas'>;
  readonly [field: string]: unknown;
}

/**
 * Finds where the API has the documents.
 *
 * @throws {UserError} release, if the cluster knows no such kind: Helm could not handle it either
 */
export async function locate(
  documents: readonly Document[],
  releaseNamespace: string,
  findResource: FindResource,
): Promise<Located[]> {
  const {located, unknown} = await locateKnown(documents, releaseNamespace, findResource);
  const [first] = unknown;
  if (first) {
    throw new UserError(
      'release',
      `The cluster does not know ${clean(first.kind)} in ${clean(first.apiVersion)}, which the chart needs for ${clean(first.name)}.`,
      {suggestions: ['This version of the chart is too old for this version of Kubernetes: upgrade Seldon Core.']},
    );
  }
  return located;
}

/** Finds where the API has the documents; those of a kind that the cluster does not know apart. */
export async function locateKnown(
  documents: readonly Document[],
  releaseNamespace: string,
  findResource: FindResource,
): Promise<{located: Located[]; unknown: Document[]}> {
  const resources = await Promise.all(documents.map(findResource));
  const [located, unknown]: [Located[], Document[]] = [[], []];
  for (const [i, document] of documents.entries()) {
    const resource = resources[i];
    if (!resource) {
      unknown.push(document);
      continue;
    }
    const namespace = resource.namespaced ? (document.namespace ?? releaseNamespace) : undefined;
    located.push({
      document,
      resource,
      ...(namespace === undefined ? {} : {namespace}),
      path: pathOf(resource, document, releaseNamespace),
    });
  }
  return {located, unknown};
}

/** The live object of a document; undefined if there is none. */
export function readLive(
  connection: Connection,
  {path, resource, namespace}: Located,
): Promise<LiveObject | undefined> {
  return findLive(connection, path, {
    permission: {
      verb: 'get',
      resource: resource.resource,
      group: resource.group,
      ...(namespace === undefined ? {} : {namespace}),
    },
  });
}

/**
 * The live object of a path; undefined if there is none.
 *
 * @throws {UserError} cluster, also where what is answered is none: whose it is could not be seen
 */
export async function findLive(
  connection: Connection,
  path: string,
  options: JsonOptions = {},
): Promise<LiveObject | undefined> {
  const found = await findJson<LiveObject>(connection, path, options);
  if (found === undefined || isLive(found)) return found;
  throw new UserError(
    'cluster',
    `The API server ${connection.server} answers with something other than an object at ${clean(path, 200)}.`,
    {suggestions: ['A proxy may be in between: check the server in the kubeconfig, and the VPN.']},
  );
}

function isLive({metadata, spec, status}: Record<string, unknown>): boolean {
  if (!isObject(metadata) || ![spec, status].every((part) => part == null || isObject(part))) return false;
  const {labels, annotations, ownerReferences, managedFields, creationTimestamp} = metadata;
  const isMap = (map: unknown) =>
    map === undefined || (isObject(map) && Object.values(map).every((value) => typeof value === 'string'));
  const isList = (list: unknown, key: string) =>
    list === undefined ||
    (Array.isArray(list) &&
      list.every((one) => isObject(one) && (one[key] === undefined || typeof one[key] === 'string')));
  return (
    [labels, annotations].every(isMap) &&
    isList(ownerReferences, 'kind') &&
    isList(managedFields, 'manager') &&
    (creationTimestamp == null || typeof creationTimestamp === 'string')
  );
}

/** `Deployment kube-system/seldon-spartakus-volunteer`, for people. */
export function nameOf({kind, name}: Pick<Head, 'kind' | 'name'>, namespace?: string): string {
  return clean(`${kind} ${namespace === undefined ? '' : `${namespace}/`}${name}`);
}

/**
 * What of a live object is its owner's word: without what the server writes and without its status. A field that is null
 * is one that is not there (Kubernetes' API conventions): Helm's patches leave the one where its manifest has the other.
 */
export function content({metadata, status: _status, ...rest}: LiveObject): unknown {
  const {managedFields: _m, resourceVersion: _r, generation: _g, ...kept} = (metadata ?? {}) as Record<string, unknown>;
  return withoutNulls({metadata: kept, ...rest});
}

function withoutNulls(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutNulls);
  if (typeof value !== 'object' || value === null) return value;
  const set = Object.entries(value).filter(([, one]) => one !== null);
  return Object.fromEntries(set.map(([name, one]) => [name, withoutNulls(one)]));
}

/** Paths of the fields in which two values differ, at most `most` of them; values are never named: they may be secret. */
export function differences(a: unknown, b: unknown, most = 8, path = ''): string[] {
  if (Object.is(a, b)) return [];
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return [path];
  if (Array.isArray(a) !== Array.isArray(b)) return [path];
  const found: string[] = [];
  for (const key of new Set([...Object.keys(a), ...Object.keys(b)])) {
    const place = Array.isArray(a) ? `${path}[${key}]` : path ? `${path}.${key}` : key;
    const [x, y] = [own(a, key), own(b, key)];
    found.push(...differences(x, y, most - found.length, place));
    if (found.length >= most) break;
  }
  return found;
}

/** Not what every object of JavaScript has, such as `__proto__`. */
function own(object: object, key: string): unknown {
  return Object.hasOwn(object, key) ? (object as Record<string, unknown>)[key] : undefined;
}
