import {isDeepStrictEqual} from 'node:util';
import {isObject} from '../foreign.ts';
import {canonicalQuantity} from '../report/quantity.ts';
import {meaning} from './documents.ts';
import {ownership} from './kept.ts';
import {type LiveObject, type Located, nameOf} from './objects.ts';
import type {FoundRelease} from './releases.ts';

/** What is odd about a usage object that was just applied. */
export interface LiveFindings {
  /** It does not give what was planned, or is not the release's. */
  readonly problems: readonly string[];
  /** What something in the cluster (admission) made otherwise, by paths. */
  readonly notes: readonly string[];
}

/**
 * Holds a live usage object against the planned one. What RBAC gives must be exactly that; fields that the API server
 * fills in are ignored.
 */
export function compareLive(
  {document, namespace}: Located,
  live: LiveObject,
  release: Pick<FoundRelease, 'name' | 'namespace'>,
): LiveFindings {
  const planned = meaning(document.text);
  const name = nameOf(document, namespace);
  const problems = [
    ...(ownership(live, release) === 'ours' ? [] : [`${name} does not carry the marks of this release`]),
    ...grantFields
      .filter((field) => !isDeepStrictEqual(granted(live[field]), granted(planned[field])))
      .map((field) => `${name} is not as planned: ${field}`),
  ];
  const fields = changed(planned, live, '').slice(0, 8);
  return {problems, notes: fields.length > 0 ? [`${name}: ${fields.join(', ')}`] : []};
}

/** Fields of RBAC that give something to somebody. */
const grantFields = ['rules', 'aggregationRule', 'roleRef', 'subjects'];

/** The core API group may be written or left out. */
function granted(value: unknown): unknown {
  if (!Array.isArray(value)) return value;
  return value.map((one) => {
    if (!isObject(one) || one.kind !== 'ServiceAccount') return one;
    const {apiGroup, ...rest} = one;
    return apiGroup ? one : rest;
  });
}

/** What the API server fills in (pkg/apis/apps/v1 and core/v1/defaults.go of Kubernetes), by path; undefined: whatever it is. */
const defaults: readonly (readonly [path: RegExp, ...values: unknown[]])[] = [
  [/^metadata\.(?:uid|resourceVersion|generation|creationTimestamp|managedFields|selfLink)$/],
  [/^metadata\.labels\.app\.kubernetes\.io\/managed-by$/, 'Helm'],
  [/^metadata\.annotations\.(?:meta\.helm\.sh\/release-name(?:space)?|deployment\.kubernetes\.io\/revision)$/],
  [/^status$/],
  // Tokens of service accounts before Kubernetes 1.24.
  [/^secrets$/],
  [/^subjects\[0\]\.apiGroup$/, ''],
  [/^spec\.progressDeadlineSeconds$/, 600, 2 ** 31 - 1],
  [/^spec\.revisionHistoryLimit$/, 10, 2 ** 31 - 1],
  [/^spec\.strategy$/, rolling('25%'), rolling(1)],
  [/^spec\.selector$/, {matchLabels: {app: 'seldon-spartakus-volunteer'}}],
  [/\.template\.metadata\.creationTimestamp$/, null],
  [/\.template\.spec\.dnsPolicy$/, 'ClusterFirst'],
  [/\.template\.spec\.restartPolicy$/, 'Always'],
  [/\.template\.spec\.schedulerName$/, 'default-scheduler'],
  [/\.template\.spec\.securityContext$/, {}],
  [/\.template\.spec\.serviceAccount$/, 'seldon-spartakus-volunteer'],
  [/\.template\.spec\.terminationGracePeriodSeconds$/, 30],
  [/\.containers\[0\]\.imagePullPolicy$/, 'IfNotPresent'],
  [/\.containers\[0\]\.terminationMessagePath$/, '/dev/termination-log'],
  [/\.containers\[0\]\.terminationMessagePolicy$/, 'File'],
  [/\.containers\[0\]\.resources$/, {}],
  [/\.configMap\.defaultMode$/, 420],
];

function rolling(part: string | number): unknown {
  return {type: 'RollingUpdate', rollingUpdate: {maxSurge: part, maxUnavailable: part}};
}

function isDefault(path: string, value: unknown): boolean {
  const found = defaults.find(([form]) => form.test(path));
  return found !== undefined && (found.length === 1 || found.slice(1).some((one) => isDeepStrictEqual(one, value)));
}

/** Paths at which the live value is another than the planned one, defaults aside. */
function changed(planned: unknown, live: unknown, path: string): string[] {
  if (isDeepStrictEqual(planned, live) || isDefault(path, live)) return [];
  if (isObject(planned) && isObject(live)) {
    const keys = new Set([...Object.keys(planned), ...Object.keys(live)]);
    return [...keys].flatMap((key) => changed(planned[key], live[key], path ? `${path}.${key}` : key));
  }
  if (Array.isArray(planned) && Array.isArray(live))
    return Array.from({length: Math.max(planned.length, live.length)}).flatMap((_, i) =>
      changed(planned[i], live[i], `${path}[${i}]`),
    );
  if (live === undefined && isEmpty(planned)) return [];
  // The marks of Helm, where there were no labels or annotations.
  if (planned === undefined && isObject(live) && /^metadata\.(?:labels|annotations)$/.test(path))
    return changed({}, live, path);
  if (/\.resources\.(?:limits|requests)\./.test(path) && sameAmount(planned, live)) return [];
  return [path];
}

function isEmpty(value: unknown): boolean {
  return (Array.isArray(value) || isObject(value)) && Object.keys(value).length === 0;
}

function sameAmount(a: unknown, b: unknown): boolean {
  try {
    return canonicalQuantity(String(a)) === canonicalQuantity(String(b));
  } catch {
    return false;
  }
}
