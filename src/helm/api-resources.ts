import type {Connection} from '../cluster/connection/connection.ts';
import {findJson} from '../cluster/connection/request.ts';
import type {Head} from './documents.ts';

/** Where the API has the objects of a kind. */
export interface ApiResource {
  readonly apiVersion: string;
  /** Empty for the core group. */
  readonly group: string;
  /** Plural, as in a path and in RBAC. */
  readonly resource: string;
  readonly namespaced: boolean;
}

/** Answers where the API has a document; undefined where the cluster knows no such kind. */
export type FindResource = (document: Pick<Head, 'apiVersion' | 'kind'>) => Promise<ApiResource | undefined>;

interface ResourceList {
  readonly resources?: unknown;
}

interface Resource {
  readonly name?: unknown;
  readonly kind?: unknown;
  readonly namespaced?: unknown;
}

/** How a plural is written: it is a part of paths and of commands that are shown. */
const plural = /^[a-z][a-z0-9-]{0,252}$/;

/** A finder that asks the server once for each group and version. */
export function resourceFinder(connection: Connection): FindResource {
  const lists = new Map<string, Promise<ResourceList | undefined>>();
  return async ({apiVersion, kind}) => {
    const list = lists.get(apiVersion) ?? findJson<ResourceList>(connection, rootOf(apiVersion));
    lists.set(apiVersion, list);
    const listed = (await list)?.resources;
    const resources = Array.isArray(listed) ? (listed as (Resource | null)[]) : [];
    const found = resources.find(
      (one) => one?.kind === kind && !(typeof one.name === 'string' && one.name.includes('/')),
    );
    if (typeof found?.name !== 'string' || !plural.test(found.name)) return undefined;
    const group = apiVersion.includes('/') ? apiVersion.split('/')[0]! : '';
    return {apiVersion, group, resource: found.name, namespaced: found.namespaced === true};
  };
}

function rootOf(apiVersion: string): string {
  return apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

/** Path of the objects of a kind, or of one; documents without a namespace are in the release's. */
export function pathOf(
  {apiVersion, resource, namespaced}: ApiResource,
  {name, namespace}: {name?: string; namespace?: string | undefined},
  releaseNamespace: string,
): string {
  const place = namespaced ? `/namespaces/${encodeURIComponent(namespace ?? releaseNamespace)}` : '';
  return `${rootOf(apiVersion)}${place}/${resource}${name === undefined ? '' : `/${encodeURIComponent(name)}`}`;
}
