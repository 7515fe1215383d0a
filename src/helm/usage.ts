import type {Head} from './documents.ts';
import {isExactObject, isRawNumber} from './exact-json.ts';
import type {Chart, Release} from './record.ts';

/** The charts of Seldon Core that can hold the usage metrics. */
export const chartNames: readonly string[] = ['seldon-core-operator', 'seldon-core-crd'];

/** Names of the value's parent, by what the chart's defaults hold: `usage_metrics` up to 0.2. */
const parents = ['usageMetrics', 'usage_metrics'] as const;

/** The value that turns the usage metrics on, as one release has it. */
export interface UsageValue {
  /** `usageMetrics.enabled`, as the chart of this release calls it. */
  readonly path: string;
  readonly parent: (typeof parents)[number];
  /** What the user set; absent if nothing. */
  readonly user?: Scalar;
  /** The chart's default; absent if it has none. */
  readonly default?: Scalar;
  /** Whether the templates take it for true. */
  readonly on: boolean;
  /** `null` was set for the parent: the chart can't be rendered. */
  readonly broken: boolean;
}

/** A value as it may be shown: a boolean, null, or in which way it is something else. */
export type Scalar = boolean | null | string;

/** A chart's defaults and the user's values. */
export interface HasValues {
  readonly chart: Pick<Chart, 'values'>;
  readonly config?: Release['config'] | undefined;
}

/** The value of a release; undefined if its chart has no usage metrics. */
export function usageValue({chart, config}: HasValues): UsageValue | undefined {
  const parent = parents.find((name) => isExactObject(chart.values?.[name]));
  if (!parent) return undefined;
  const [defaults, set] = [chart.values![parent] as Record<string, unknown>, config?.[parent]];
  const own = isExactObject(set) ? set : undefined;
  const effective = own && Object.hasOwn(own, 'enabled') ? own.enabled : defaults.enabled;
  return {
    path: `${parent}.enabled`,
    parent,
    ...(own && Object.hasOwn(own, 'enabled') ? {user: shown(own.enabled)} : {}),
    ...(Object.hasOwn(defaults, 'enabled') ? {default: shown(defaults.enabled)} : {}),
    on: isTruthy(effective) && rbac({chart, config}, parent),
    broken: set === null,
  };
}

/** Up to 0.2 the objects are made only where `rbac.enabled` is on too. */
function rbac({chart, config}: HasValues, parent: string): boolean {
  if (parent === 'usageMetrics') return true;
  const set = config?.rbac;
  const value = isExactObject(set) && Object.hasOwn(set, 'enabled') ? set : chart.values?.rbac;
  return !isExactObject(value) || isTruthy(value.enabled);
}

/** Truth as Go's templates have it: `false`, 0, nothing and what is empty are false. */
function isTruthy(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (isRawNumber(value)) return true;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** Only what can be no secret is shown as it is. */
function shown(value: unknown): Scalar {
  if (typeof value === 'boolean' || value === null) return value;
  if (typeof value === 'string') return /^(true|false|yes|no|on|off|)$/i.test(value) ? JSON.stringify(value) : 'a text';
  return isExactObject(value) || Array.isArray(value) ? 'not a scalar' : 'a number';
}

/** The user's values with the one key set, the rest as it was, and in the order it was. */
export function withUsage(config: Release['config'], {parent}: UsageValue, on: boolean): Record<string, unknown> {
  const own = config?.[parent];
  return {...config, [parent]: {...(isExactObject(own) ? own : {}), enabled: on}};
}

/** A kind of usage object: its API groups through the eras, its name, and whether it has a namespace. */
interface UsageKind {
  readonly groups: readonly string[];
  readonly name: RegExp;
  readonly namespaced: boolean;
}

const volunteer = /^seldon-spartakus-volunteer$/;
const role = {
  groups: ['rbac.authorization.k8s.io'],
  // From 1.0 the namespace of the release follows.
  name: /^seldon-spartakus-volunteer(?:-[a-z0-9.-]+)?$/,
  namespaced: false,
};
const usageKinds: Readonly<Record<string, UsageKind>> = {
  ServiceAccount: {groups: [''], name: volunteer, namespaced: true},
  ConfigMap: {groups: [''], name: /^seldon-spartakus-config$/, namespaced: true},
  Deployment: {groups: ['apps', 'extensions'], name: volunteer, namespaced: true},
  ClusterRole: role,
  ClusterRoleBinding: role,
};

/**
 * Whether a document is one of the usage metrics' objects: the same five kinds under the same names in every era, those
 * that have a namespace in kube-system.
 */
export function isUsageDocument({
  apiVersion,
  kind,
  name,
  namespace,
}: Pick<Head, 'kind' | 'name'> & Partial<Pick<Head, 'apiVersion' | 'namespace'>>): boolean {
  const usual = Object.hasOwn(usageKinds, kind) ? usageKinds[kind] : undefined;
  if (!usual?.name.test(name)) return false;
  if (apiVersion !== undefined && !usual.groups.includes(apiVersion.replace(/\/?[^/]*$/, ''))) return false;
  return !usual.namespaced || namespace === undefined || namespace === 'kube-system';
}

/** Whether a document is the operator itself: the annotations of its live object tell who reconciles it. */
export function isOperator({kind, name}: Pick<Head, 'kind' | 'name'>): boolean {
  return (
    ['Deployment', 'StatefulSet'].includes(kind) &&
    /^seldon-(?:operator-)?controller-manager$|cluster-manager/.test(name)
  );
}

/** What the usage metrics of a chart really do, whatever the value says. */
export interface Era {
  /** Which reports it sends, as far as the chart goes. */
  readonly sends: readonly string[];
  /** Why its volunteer can't work on a cluster of today; empty if it can. */
  readonly broken: readonly string[];
}

/** The known behaviour of the volunteer of a chart, from the tags of SeldonIO/seldon-core. */
export function eraOf({metadata: {name, version}}: Chart): Era {
  const [major = 0, minor = 0, patch = 0] = version
    .replace(/^v/, '')
    .split(/[.-]/)
    .map((part) => Number.parseInt(part, 10) || 0);
  const at = major * 1e6 + minor * 1e3 + patch;
  const before = (wanted: [number, number, number]) => at < wanted[0] * 1e6 + wanted[1] * 1e3 + wanted[2];
  const old = name === 'seldon-core-crd' || before([0, 4, 0]);
  const sends = old
    ? ['its version of Seldon Core is right', 'its cluster ID is new at every helm upgrade, unless clusterid is set']
    : before([0, 4, 2])
      ? ['its cluster ID is new at every start of the container, unless clusterid is set']
      : [
          'its cluster ID and collector are fixed in the chart: clusterid and database in the values do nothing',
          'it never reports the version of Seldon Core: the flag names a file that is not mounted, and the content is frozen at 0.5',
        ];
  return {
    sends,
    broken: [
      'its image gcr.io/google_containers/spartakus-amd64:v1.1.0 is of a retired registry',
      'the collector that it reports to is retired',
      ...(old ? ['its Deployment is extensions/v1beta1, which Kubernetes 1.16 removed'] : []),
      ...(name === 'seldon-core-operator' && !before([1, 0, 0]) && before([1, 12, 0])
        ? ['its ClusterRole is rbac.authorization.k8s.io/v1beta1, which Kubernetes 1.22 removed']
        : []),
    ],
  };
}
