import type {ConfigMap, ObjectMeta, Secret} from '../cluster/api.ts';
import type {Connection} from '../cluster/connection/connection.ts';
import {findJson, HttpError, metadataOnly} from '../cluster/connection/request.ts';
import {listItems} from '../cluster/list-items.ts';
import {isObjectName} from '../cluster/object-name.ts';
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
  /** Characters of the record's JSON. */
  readonly unpacked: number;
  /** Whether templates and files were left out of the record, where there are several: `readRecord` has them. */
  readonly outline?: true;
  /** Bytes that the record takes of the 1 MiB that a Secret or ConfigMap may hold. */
  readonly size: number;
  readonly stored: StoredRecord;
}

/** The Secret or ConfigMap of a record as it was read, without the record. */
export interface StoredRecord {
  readonly metadata: Readonly<Record<string, unknown>>;
}

/** Releases of the charts, and where it was not possible to look. */
export interface FoundReleases {
  readonly releases: readonly FoundRelease[];
  /** `secrets in all namespaces`, `configmaps in seldon-system`, `release models/x`: what could not be read. */
  readonly unreadable: readonly string[];
  /** Why records were refused. */
  readonly damaged: readonly UserError[];
  /** Other places that were searched because the whole cluster could not be. */
  readonly searched: readonly string[];
}

export interface Where {
  readonly namespace?: string | undefined;
  readonly release?: string | undefined;
  /** Namespaces to look into where the whole cluster can't be searched. */
  readonly likely: readonly string[];
  /** Charts that matter besides those of the first Seldon Core. */
  readonly charts?: readonly string[];
}

/** The resources that hold records. */
export const resources = {secret: 'secrets', configmap: 'configmaps'} as const;

/** Records that are fetched at the same time: each may be a megabyte. They are unpacked one at a time. */
const atOnce = 8;

/** Most bytes of manifests that are held at a time; those of Seldon's charts take a megabyte. */
const mostHeld = 24 * 1024 * 1024;

/**
 * Finds every release of Seldon's charts: lists of metadata first, then the newest record of each release.
 *
 * @throws {UserError} cluster, if the server does not answer; missing rights, and records that are refused, are no error
 *   but named in the result
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
  const charts = [...chartNames, ...(where.charts ?? [])];
  const held: Held = {releases: [], bytes: 0};
  const damaged: UserError[] = [];
  await Promise.all(
    Array.from({length: atOnce}, async () => {
      for (let next = metadata.shift(); next; next = metadata.shift())
        await readNewest(connection, next, charts, held, unreadable, damaged);
    }),
  );
  const place = ({namespace, name}: FoundRelease) => `${namespace}/${name}`;
  held.releases.sort((a, b) => (place(a) < place(b) ? -1 : 1));
  return {releases: held.releases, unreadable, damaged, searched: [...searched]};
}

/** The releases that were found so far. */
interface Held {
  readonly releases: FoundRelease[];
  /** Of their manifests. */
  bytes: number;
}

/** Of several releases only what tells them apart and what `status` looks at stays in memory. */
function hold(held: Held, found: FoundRelease): boolean {
  const {releases} = held;
  held.bytes += Buffer.byteLength(found.record.manifest);
  if (releases.length > 0 && held.bytes > mostHeld) return false;
  releases.push(found);
  if (releases.length > 1) for (const [i, one] of releases.entries()) releases[i] = outline(one);
  return true;
}

function outline(release: FoundRelease): FoundRelease {
  const {record} = release;
  const chart = {...record.chart, templates: null, files: null, schema: null};
  return release.outline ? release : {...release, record: {...record, chart}, outline: true};
}

/** What is kept of the metadata of a record. */
interface RecordMetadata {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly managers: readonly string[];
  readonly created: string;
}

function pick(item: unknown): RecordMetadata {
  const {metadata} = (item ?? {}) as {metadata?: ObjectMeta};
  const {name, namespace, labels, managedFields, creationTimestamp} = metadata ?? {};
  const managers = Array.isArray(managedFields) ? managedFields.map((one) => text(one?.manager)) : [];
  return {
    name: text(name),
    namespace: text(namespace),
    labels: Object.fromEntries(Object.entries(labels ?? {}).filter(([, value]) => typeof value === 'string')),
    managers: [...new Set(managers.filter((manager) => manager !== ''))],
    created: text(creationTimestamp),
  };
}

function text(value: unknown): string {
  return typeof value === 'string' ? value : '';
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
  try {
    const path = `/api/v1/${place}${resources[driver]}?labelSelector=owner%3Dhelm${type}`;
    return group(driver, await listItems(connection, path, {headers: metadataOnly}, pick));
  } catch (error) {
    if (!(error instanceof HttpError && error.status === 403)) throw error;
    unreadable.push(`${resources[driver]} in ${namespace === undefined ? 'all namespaces' : namespace}`);
    return undefined;
  }
}

function group(driver: Driver, items: readonly RecordMetadata[]): ReleaseMetadata[] {
  const releases = new Map<string, ReleaseMetadata & {revisions: Revision[]}>();
  for (const {name, namespace, labels, managers, created} of items) {
    const version = Number(labels.version);
    if (!labels.name || !Number.isSafeInteger(version) || name !== recordName(labels.name, version)) continue;
    if (!isObjectName(namespace) || !isObjectName(name)) continue;
    const id = `${namespace}/${labels.name}`;
    const release = releases.get(id) ?? {name: labels.name, namespace, driver, revisions: []};
    release.revisions.push({version, status: labels.status ?? 'unknown', labels, managers, created});
    releases.set(id, release);
  }
  for (const {revisions} of releases.values()) revisions.sort((a, b) => b.version - a.version);
  return [...releases.values()];
}

/** Name of the object that holds a revision. */
export function recordName(release: string, version: number): string {
  return `sh.helm.release.v1.${release}.v${version}`;
}

async function readNewest(
  connection: Connection,
  metadata: ReleaseMetadata,
  charts: readonly string[],
  held: Held,
  unreadable: string[],
  damaged: UserError[],
): Promise<void> {
  const release = `the record of release ${metadata.namespace}/${metadata.name}`;
  try {
    const found = await readRecord(connection, metadata, metadata.revisions[0]!.version, charts);
    if (!found || !charts.includes(found.record.chart.metadata.name)) return;
    if (!hold(held, {...metadata, ...found}))
      unreadable.push(`${release}, which is more than is held at a time: --namespace and --release choose it`);
  } catch (error) {
    if (error instanceof HttpError && error.status === 403) unreadable.push(release);
    else if (error instanceof UserError && error.code === 'input') {
      damaged.push(error);
      unreadable.push(`${release}, which is damaged (${error.message.replace(/^.*?can't be read: |\.$/g, '')})`);
    } else throw error;
  }
}

/**
 * One record of a release; undefined if there is none, or its chart is none of `charts`.
 *
 * @throws {UserError} cluster or input
 */
export async function readRecord(
  connection: Connection,
  {name, namespace, driver}: Pick<ReleaseMetadata, 'name' | 'namespace' | 'driver'>,
  version: number,
  charts: readonly string[] = [],
): Promise<Pick<FoundRelease, 'record' | 'unpacked' | 'size' | 'stored'> | undefined> {
  const object = recordName(name, version);
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${resources[driver]}/${encodeURIComponent(object)}`;
  const found = await findJson<Secret | ConfigMap>(connection, path);
  if (!found) return undefined;
  const data = text(found.data?.release);
  // A Secret adds its own base64; a ConfigMap does not.
  const encoded = driver === 'secret' ? Buffer.from(data, 'base64').toString('latin1') : data;
  const decoded = decodeRecord(encoded, `${namespace}/${object}`, charts);
  return decoded && {...decoded, size: encoded.length, stored: {metadata: found.metadata ?? {}}};
}

/** The metadata of one release as it is now, newest revision first; undefined if it is gone. */
export async function readRevisions(
  connection: Connection,
  {name, namespace, driver}: Pick<ReleaseMetadata, 'name' | 'namespace' | 'driver'>,
): Promise<readonly Revision[]> {
  const selector = encodeURIComponent(`owner=helm,name=${name}`);
  const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/${resources[driver]}?labelSelector=${selector}`;
  return group(driver, await listItems(connection, path, {headers: metadataOnly}, pick))[0]?.revisions ?? [];
}

/** Older revisions that are looked at; Helm keeps ten unless it is told otherwise. */
const mostHistory = 50;

/** The older records of a release, newest first, as far as they can be read. */
export async function* olderRecords(
  connection: Connection,
  release: Pick<FoundRelease, 'name' | 'namespace' | 'driver' | 'revisions'>,
): AsyncGenerator<Release> {
  for (const {version} of release.revisions.slice(1, 1 + mostHistory)) {
    const older = await readRecord(connection, release, version).catch((error: unknown) => {
      // Of somebody's damaged record nothing is known; the ones before it may be sound.
      if (error instanceof UserError && (error.code === 'input' || error instanceof HttpError)) return undefined;
      throw error;
    });
    if (older) yield older.record;
  }
}

/** The last revision before the newest that was deployed, by what its record says and not by its label. */
export async function lastDeployed(connection: Connection, release: FoundRelease): Promise<number | undefined> {
  for await (const {version, info} of olderRecords(connection, release))
    if (info.status === 'deployed' || info.status === 'superseded') return version;
  return undefined;
}
