import type {Connection} from '../cluster/connection/connection.ts';
import {HttpError} from '../cluster/connection/request.ts';
import {clean} from '../foreign.ts';
import {resourceFinder} from './api-resources.ts';
import {type Document, readManifest} from './documents.ts';
import {type LiveObject, type Located, locateKnown, nameOf, readLive} from './objects.ts';
import {whyIdle} from './operator.ts';
import {findOwner, type Owner} from './owner.ts';
import {type FoundRelease, lastDeployed, olderRecords} from './releases.ts';
import {type Era, eraOf, isOperator, isUsageDocument, type UsageValue, usageValue} from './usage.ts';

/** An object of the usage metrics as it is in the cluster. */
export interface LiveState {
  readonly object: string;
  readonly state: 'there' | 'missing' | 'unreadable';
  /** Of the volunteer's Deployment: whether a pod of it is ready. */
  readonly ready?: boolean;
  /** When it was made, RFC 3339. */
  readonly since?: string;
}

/** When the value became what it is. */
export interface LastChange {
  readonly revision: number;
  readonly time: string;
  readonly description: string;
  /** Older revisions are not kept: it may have been so before. */
  readonly atLeast: boolean;
}

/** Everything that `status` says of one release. */
export interface ReleaseStatus {
  readonly name: string;
  readonly namespace: string;
  readonly chart: string;
  readonly driver: 'secret' | 'configmap';
  readonly revision: number;
  readonly status: string;
  /** When the last revision was made, RFC 3339. */
  readonly deployed: string;
  /** Absent: the chart has no usage metrics. */
  readonly value?: UsageValue;
  /** Usage documents of the manifest. */
  readonly documents: readonly string[];
  readonly live: readonly LiveState[];
  /** Whether the volunteer runs, in a word. */
  readonly volunteer: 'running' | 'not ready' | 'absent' | 'unreadable';
  readonly era: Era;
  readonly owner?: Owner;
  readonly lastChange?: LastChange;
  /** What the person should know; one sentence each. */
  readonly warnings: readonly string[];
}

/**
 * Looks at one release, its objects and its history. Reads only.
 *
 * @throws {UserError} cluster; what may not be read is named in the result
 */
export async function releaseStatus(connection: Connection, release: FoundRelease): Promise<ReleaseStatus> {
  const {record} = release;
  const documents = readManifest(record.manifest);
  const value = usageValue(record);
  const findResource = resourceFinder(connection);
  const usage = documents.filter(isUsageDocument);
  // Where the manifest has none, somebody may have left some: the same three are in kube-system in every era.
  const wanted = await locateKnown(usage.length > 0 ? usage : leftovers, release.namespace, findResource);
  const workload = documents.filter(isOperator);
  const [found, [workloadName, operator], lastChange, good] = await Promise.all([
    Promise.all(wanted.located.map((one) => liveState(connection, one))),
    locateKnown(workload, release.namespace, findResource).then(async ({located: [one]}) =>
      one
        ? ([nameOf(one.document, one.namespace), await quietly(() => readLive(connection, one))] as const)
        : ([undefined, undefined] as const),
    ),
    value && findLastChange(connection, release, value),
    record.info.status === 'deployed' ? undefined : lastDeployed(connection, release),
  ]);
  const owner = await findOwner(connection, {
    release,
    documents,
    operator: operator === 'unreadable' ? undefined : operator,
    path: value?.path ?? 'usageMetrics.enabled',
  });
  const idle = workloadName === undefined || operator === 'unreadable' ? undefined : whyIdle(workloadName, operator);
  const live = [...found, ...wanted.unknown.map(unreadable)];
  const shown = live.filter(({state}) => usage.length > 0 || state === 'there');
  const volunteer = volunteerOf(live);
  return {
    name: release.name,
    namespace: release.namespace,
    chart: `${record.chart.metadata.name} ${record.chart.metadata.version}`,
    driver: release.driver,
    revision: record.version,
    status: record.info.status,
    deployed: record.info.last_deployed ?? '',
    ...(value ? {value} : {}),
    documents: usage.map((document) => nameOf(document, document.namespace)),
    live: shown,
    volunteer,
    era: eraOf(record.chart),
    ...(owner ? {owner} : {}),
    ...(lastChange ? {lastChange} : {}),
    warnings: [
      ...settledWarnings(release, good),
      ...(value ? warningsOf(value, usage, shown) : []),
      ...(idle === undefined ? [] : [`Its operator does not run: ${clean(idle)}.`]),
      ...wanted.unknown.map(outdated),
    ],
  };
}

const leftovers: readonly Document[] = [
  {apiVersion: 'apps/v1', kind: 'Deployment', name: 'seldon-spartakus-volunteer'},
  {apiVersion: 'v1', kind: 'ConfigMap', name: 'seldon-spartakus-config'},
  {apiVersion: 'v1', kind: 'ServiceAccount', name: 'seldon-spartakus-volunteer'},
].map((head) => ({...head, namespace: 'kube-system', text: '', labels: {}, annotations: {}}));

/** Of a kind that the cluster no longer serves; the object may be there under a newer version of the kind. */
function unreadable(document: Document): LiveState {
  return {object: nameOf(document, document.namespace), state: 'unreadable'};
}

function outdated({apiVersion, kind, name}: Document): string {
  return clean(
    `The cluster does not know ${kind} in ${apiVersion}, which the release has for ${name}: Helm can't upgrade the release.`,
  );
}

/** The answer, or `unreadable` where the right is missing. */
async function quietly<T>(read: () => Promise<T>): Promise<T | 'unreadable'> {
  try {
    return await read();
  } catch (error) {
    if (error instanceof HttpError && error.status === 403) return 'unreadable';
    throw error;
  }
}

async function liveState(connection: Connection, one: Located): Promise<LiveState> {
  const object = nameOf(one.document, one.namespace);
  const live = await quietly(() => readLive(connection, one));
  if (live === 'unreadable') return {object, state: 'unreadable'};
  if (!live) return {object, state: 'missing'};
  const since = live.metadata.creationTimestamp;
  return {
    object,
    state: 'there',
    ...(one.document.kind === 'Deployment' ? {ready: isReady(live)} : {}),
    ...(since ? {since} : {}),
  };
}

function isReady({status}: LiveObject): boolean {
  return (status?.readyReplicas ?? 0) > 0;
}

function volunteerOf(live: readonly LiveState[]): ReleaseStatus['volunteer'] {
  const deployment = live.find(({object}) => object.startsWith('Deployment '));
  if (!deployment || deployment.state === 'missing') return 'absent';
  if (deployment.state === 'unreadable') return 'unreadable';
  return deployment.ready ? 'running' : 'not ready';
}

/** Goes back through the history as long as the value is what it is now. */
async function findLastChange(
  connection: Connection,
  release: FoundRelease,
  value: UsageValue,
): Promise<LastChange | undefined> {
  let last = release.record;
  let other = false;
  for await (const older of olderRecords(connection, release)) {
    other = usageValue(older)?.on !== value.on;
    if (other) break;
    last = older;
  }
  return {
    revision: last.version,
    time: last.info.last_deployed ?? '',
    description: clean(last.info.description ?? ''),
    atLeast: !other && last.version > 1,
  };
}

/** What is odd about the last revision itself. */
function settledWarnings({record, revisions}: FoundRelease, good: number | undefined): string[] {
  const {status} = record.info;
  const label = revisions[0]?.status;
  return [
    ...(status === 'deployed'
      ? []
      : [`The last revision is ${clean(status)}: its value may not be what runs. See helm history.`]),
    ...(label === status ? [] : [`The label of the last revision says ${clean(label)}, its record ${clean(status)}.`]),
    ...(good === undefined ? [] : [`Revision ${good} is the last one that was deployed.`]),
  ];
}

function warningsOf(value: UsageValue, documents: readonly Document[], live: readonly LiveState[]): string[] {
  const missing = live.filter(({state}) => state === 'missing');
  return [
    ...(value.on && (value.user === '"false"' || value.default === '"false"')
      ? [`${value.path} is the text "false", which the chart takes for true: usage metrics are on.`]
      : []),
    ...(value.broken ? [`${value.parent} is null: the chart can't be rendered any more.`] : []),
    ...(value.on && documents.length === 0
      ? ['The value is on, but the manifest has no usage objects: the chart makes none.']
      : []),
    ...(!value.on && documents.length > 0 ? ['The value is off, but the manifest has usage objects.'] : []),
    ...(documents.length > 0 && missing.length > 0
      ? [`Not in the cluster although the release has them: ${missing.map(({object}) => object).join(', ')}`]
      : []),
    ...(documents.length === 0 && live.length > 0
      ? ['There are usage objects in kube-system that this release does not have.']
      : []),
  ];
}
