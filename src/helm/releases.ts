import type {Connection} from '../cluster/connection/connection.ts';
import {findJson, getJson, HttpError, metadataOnly} from '../cluster/connection/request.ts';
import {UserError} from '../errors.ts';
import {decodeRecord, type Release} from './record.ts';
import {chartNames} from './usage.ts';

/** How Helm stores a release: HELM_DRIVER. */
export type Driver = 'secret' | 'configmap';

/** What the metadata of a record says. */
export interface Revision {
  readonly version: number;
  readonly status: string;
  /** Labels of the record: Helm's own and those of the user. */
  readonly labels: Readonly<Record<string, string>>;
  /** Field managers of the record: who wrote it. */
  readonly managers: readonly string[];
  /** When it was made, RFC 3339. */
  readonly created: string;
}

/** A release by its metadata, revisions newest first. */
export interface ReleaseMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly driver: Driver;
  readonly revisions: readonly Revision[];
}

/** A release with its newest record. */
export interface FoundRelease extends ReleaseMetadata {
  readonly record: Release;
  /** The record as it was stored, unpacked. Holds Secrets: never shown. */
  readonly json: string;
  /** Bytes that the record takes of the 1 MiB that a Secret or ConfigMap may hold. */
  readonly size: number;
}

/** Releases of the charts, and where it was not possible to look. */
export interface FoundReleases {
  readonly releases: readonly FoundRelease[];
  /** `secrets in all namespaces`, `configmaps in seldon-system`, `release models/x`: what could not be read. */
  readonly unreadable: readonly string[];
  /** Other places that were searched because the whole cluster could not be. */
  readonly searched: readonly string[];
}

export interface Where {
  readonly namespace?: string | undefined;
  readonly release?: string | undefined;
  /** Namespaces to look into where the whole cluster can't be searched. */
  readonly likely: readonly string[];
}

const resources = {secret: 'secrets', configmap: 'configmaps'} as const;

/** Records that are read at the same time: each may be a megabyte. */
const atOnce = 8;

/**
 * Finds every release of Seldon's charts: lists of metadata first, then the newest record of each release.
 *
 * @throws {UserError} cluster, if the server does not answer; input, if all that there is is damaged; missing rights are
 *   no error but named in the result
 */
export async function findReleases(connection: Connection, where: Where): Promise<FoundReleases> {
  const unreadable: string[] = [];
  const searched = new Set<string>();
  const lists = (['secret', 'configmap'] as const).map(async (driver) => {
    const all = await listReleases(connection, driver, where.namespace, unreadable);
    if (all || where.namespace) return all ?? [];
    const places = await Promise.all(
      where.likely.map(async (namespace) => {
        const found = await listReleases(connection, driver, namespace, unreadable);
        if (found) searched.add(namespace);
        return found ?? [];
      }),
    );
    return places.flat();
  });
  const metadata = (await Promise.all(lists)).flat().filter(({name}) => !where.release || name === where.release);
  const releases: FoundRelease[] = [];
  const damaged: {release: string; error: UserError}[] = [];
  await Promise.all(
    Array.from({length: atOnce}, async () => {
      for (let next = metadata.shift(); next; next = metadata.shift()) {
        const found = await readNewest(connection, next, unreadable, damaged);
        if (found && chartNames.includes(found.record.chart.metadata.name)) releases.push(found);
      }
    }),
  );
  // Somebody else's damaged record keeps nobody from a release that is found.
  if (damaged[0] && releases.length === 0) throw damaged[0].error;
  unreadable.push(...damaged.map(({release}) => `the record of release ${release}, which is damaged`));
  const place = ({namespace, name}: FoundRelease) => `${namespace}/${name}`;
  releases.sort((a, b) => (place(a) < place(b) ? -1 : 1));
  return {releases, unreadable, searched: [...searched]};
}

interface ListItem {
  metadata?: {
    name?: string;
    namespace?: string;
    labels?: Record<string, string>;
    creationTimestamp?: string;
    managedFields?: {manager?: string}[];
  };
}

/** The releases of a namespace or of the cluster by metadata; undefined, and named, if that is forbidden. */
async function listReleases(
  connection: Connection,
  driver: Driver,
  namespace: string | undefined,
  unreadable: string[],
): Promise<ReleaseMetadata[] | undefined> {
  const place = namespace === undefined ? '' : `namespaces/${encodeURIComponent(namespace)}/`;
  const type = driver === 'secret' ? '&fieldSelector=type%3Dhelm.sh%2Frelease.v1' : '';
  let items: ListItem[];
  try {
    const path = `/api/v1/${place}${resources[driver]}?labelSelector=owner%3Dhelm${type}`;
    items = (await getJson<{items?: ListItem[]}>(connection, path, {headers: metadataOnly})).items ?? [];
  } catch (error) {
    if (!(error instanceof HttpError && error.status === 403)) throw error;
    unreadable.push(`${resources[driver]} in ${namespace === undefined ? 'all namespaces' : namespace}`);
    return undefined;
  }
  return group(driver, items);
}

function group(driver: Driver, items: readonly ListItem[]): ReleaseMetadata[] {
  const releases = new Map<string, ReleaseMetadata & {revisions: Revision[]}>();
  for (const {metadata = {}} of items) {
    const {namespace = '', labels = {}, managedFields = [], creationTimestamp: created = ''} = metadata;
    const version = Number(labels.version);
    if (!labels.name || !Number.isInteger(version) || metadata.name !== recordName(labels.name, version)) continue;
    const id = `${namespace}/${labels.name}`;
    const release = releases.get(id) ?? {name: labels.name, namespace, driver, revisions: []};
    const managers = managedFields.flatMap(({manager}) => manager ?? []);
    release.revisions.push({version, status: labels.status ?? 'unknown', labels, managers, created});
    releases.set(id, release);
  }
  for (const {revisions} of releases.values()) revisions.sort((a, b) => b.version - a.version);
  return [...releases.values()];
}

function recordName(release: string, version: number): string {
  return `sh.helm.release.v1.${release}.v${version}`;
}

async function readNewest(
  connection: Connection,
  metadata: ReleaseMetadata,
  unreadable: string[],
  damaged: {release: string; error: UserError}[],
): Promise<FoundRelease | undefined> {
  const release = `${metadata.namespace}/${metadata.name}`;
  try {
    const found = await readRecord(connection, metadata, metadata.revisions[0]!.version);
    return found && {...metadata, ...found};
  } catch (error) {
    if (error instanceof HttpError && error.status === 403) unreadable.push(`the record of release ${release}`);
    else if (error instanceof UserError && error.code === 'input') damaged.push({release, error});
    else throw error;
    return undefined;
  }
}

/**
 * One record of a release; undefined if there is none.
 *
 * @throws {UserError} cluster or input
 */
export async function readRecord(
  connection: Connection,
  {name, namespace, driver}: Pick<ReleaseMetadata, 'name' | 'namespace' | 'driver'>,
  version: number,
): Promise<Pick<FoundRelease, 'record' | 'json' | 'size'> | undefined> {
  const object = recordName(name, version);
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${resources[driver]}/${encodeURIComponent(object)}`;
  const found = await findJson<{data?: {release?: string}}>(connection, path);
  if (!found) return undefined;
  const data = found.data?.release ?? '';
  // A Secret adds its own base64; a ConfigMap does not.
  const encoded = driver === 'secret' ? Buffer.from(data, 'base64').toString('latin1') : data;
  return {...decodeRecord(encoded, `${namespace}/${object}`), size: encoded.length};
}

/** The metadata of one release as it is now, newest revision first; undefined if it is gone. */
export async function readRevisions(
  connection: Connection,
  {name, namespace, driver}: Pick<ReleaseMetadata, 'name' | 'namespace' | 'driver'>,
): Promise<readonly Revision[]> {
  const selector = encodeURIComponent(`owner=helm,name=${name}`);
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${resources[driver]}?labelSelector=${selector}`;
  const {items = []} = await getJson<{items?: ListItem[]}>(connection, path, {headers: metadataOnly});
  return group(driver, items)[0]?.revisions ?? [];
}
