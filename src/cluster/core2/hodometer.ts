import {clean} from '../../foreign.ts';
import {isUuid} from '../../host/uuid.ts';
import {type Level, levels} from '../../report/hodometer/properties.ts';
import type {Deployment} from '../api.ts';
import {isObjectName} from '../object-name.ts';

/** How Hodometer's Deployment is called, up to Seldon Core 2.5 and from 2.6 on: the switch is another one. */
export const deploymentNames = {'seldon-hodometer': 'up to 2.5', hodometer: '2.6 and later'} as const;

export type Core2Era = (typeof deploymentNames)[keyof typeof deploymentNames];

/** What Hodometer's variables say; each is absent where the variable is, or takes its value from elsewhere. */
export interface HodometerSettings {
  /** `invalid`: something else, with which Hodometer exits. */
  readonly level?: Level | 'invalid';
  /** Where it reports to, the built-in address first; without credentials and queries, cleaned. */
  readonly destinations: readonly string[];
  /** Destinations that are left out of the list above. */
  readonly more: number;
  /** Variables that take their value from a ConfigMap, a Secret or a field: what they say is not known. */
  readonly indirect: readonly string[];
  /** A fixed cluster ID: a UUID. Absent: a new one in each pod. */
  readonly clusterID?: string;
  /** Tag of its image, in the form that releases have. */
  readonly version?: string;
}

/** A Deployment of Hodometer as it is in the cluster. */
export interface HodometerDeployment extends HodometerSettings {
  readonly namespace: string;
  readonly name: keyof typeof deploymentNames;
  readonly era: Core2Era;
  /** Pods that it wants. */
  readonly replicas: number;
  /** When it was made, RFC 3339. */
  readonly since?: string;
}

/** Address in the binary, where PUBLISH_URL is not set. */
const builtIn = 'http://hodometer-test.seldon.io';

const mostDestinations = 20;
const versionForm = /^v?\d{1,4}\.\d{1,4}\.\d{1,4}(?:-(?:SNAPSHOT|dev|alpha|beta|rc)[.\d]{0,8})?$/;

type PodTemplate = NonNullable<NonNullable<Deployment['spec']>['template']>;
type Container = NonNullable<NonNullable<PodTemplate['spec']>['containers']>[number];

/** The container that is Hodometer: by its name, by a variable that it does not start without, else the first. */
function containerOf(deployment: Deployment): Container | undefined {
  const found = deployment.spec?.template?.spec?.containers;
  const containers = Array.isArray(found) ? found.filter((one) => typeof one === 'object' && one !== null) : [];
  return (
    containers.find(({name}) => name === 'hodometer') ??
    containers.find((one) => variables(one).has('METRICS_LEVEL')) ??
    containers[0]
  );
}

/** Variables by name; null: the value comes from elsewhere. Of several with one name the last counts, as in Kubernetes. */
function variables({env}: Container): Map<string, string | null> {
  const entries = Array.isArray(env) ? env : [];
  return new Map(
    entries.flatMap((one) =>
      typeof one?.name === 'string'
        ? [[one.name, one.valueFrom ? null : typeof one.value === 'string' ? one.value : ''] as const]
        : [],
    ),
  );
}

/** What a Deployment of Hodometer says of what it sends, and where to. */
export function settingsOf(deployment: Deployment): HodometerSettings {
  const container = containerOf(deployment);
  const set = container ? variables(container) : new Map<string, string | null>();
  const level = set.get('METRICS_LEVEL');
  const main = set.get('PUBLISH_URL');
  const extra = (set.get('EXTRA_PUBLISH_URLS') ?? '').split(',').map((one) => one.trim());
  const all = [...(main === null ? [] : [main || builtIn]), ...extra.filter((one) => one !== '')];
  const clusterID = set.get('CLUSTER_ID');
  const tag = /:([^:/@]+)(?:@|$)/.exec(typeof container?.image === 'string' ? container.image : '')?.[1];
  const known = levels.find((one) => one === level?.toLowerCase());
  return {
    ...(level == null ? {} : {level: known ?? ('invalid' as const)}),
    destinations: all.slice(0, mostDestinations).map(shownAddress),
    more: Math.max(0, all.length - mostDestinations),
    indirect: ['METRICS_LEVEL', 'PUBLISH_URL', 'EXTRA_PUBLISH_URLS', 'CLUSTER_ID'].filter(
      (name) => set.get(name) === null,
    ),
    ...(clusterID && isUuid(clusterID) ? {clusterID: clusterID.toLowerCase()} : {}),
    ...(tag !== undefined && versionForm.test(tag) ? {version: tag} : {}),
  };
}

/** Scheme, host and path of an address: no user, no password, no query. */
export function shownAddress(address: string): string {
  const parts = /^([a-z][a-z0-9+.-]{0,30}:\/\/)(?:[^/?#\\]*@)?([^/?#\\@]+)([^?#\\]*)(?:[?#]|$)/i.exec(
    address.slice(0, 2048),
  );
  return parts ? clean(`${parts[1]}${parts[2]}${parts[3]}`, 200) : 'something that is not an address';
}

/** A Deployment of Hodometer; undefined if it has another name, or nothing tells whose it is. */
export function hodometerOf(item: unknown): HodometerDeployment | undefined {
  const deployment = (item ?? {}) as Deployment;
  const {name, namespace, creationTimestamp} = deployment.metadata ?? {};
  if (!isObjectName(namespace) || (name !== 'hodometer' && name !== 'seldon-hodometer')) return undefined;
  const wanted = deployment.spec?.replicas;
  return {
    namespace,
    name,
    era: deploymentNames[name],
    replicas: typeof wanted === 'number' && Number.isSafeInteger(wanted) && wanted >= 0 ? wanted : 1,
    ...(typeof creationTimestamp === 'string' ? {since: creationTimestamp} : {}),
    ...settingsOf(deployment),
  };
}
