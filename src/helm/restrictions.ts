// What may be added to the volunteer because it takes something away from it, or says where it runs.
import {addition, type Check, entries, exactly, fields, listOf, text, where} from './shape.ts';

const name = text(/[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?/);
const labelKey = text(/(?:[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?\/)?[A-Za-z\d](?:[\w.-]{0,61}[A-Za-z\d])?/);

/** Labels of an object, but those that Kubernetes acts on: `rbac.authorization.k8s.io/aggregate-to-admin` grants. */
export const ownLabelKey = (key: unknown): boolean =>
  labelKey(key) &&
  (/^app\.kubernetes\.io\//.test(String(key)) || !/(?:^|\.)(?:kubernetes|k8s)\.io\//.test(String(key)));

export const labelValue = text(/(?:[A-Za-z\d](?:[\w.-]{0,61}[A-Za-z\d])?)?/);

/** User and group 0 are root. */
const notRoot = where((value) => Number.isSafeInteger(value) && (value as number) > 0 && (value as number) < 2 ** 31);

const quantity = (value: unknown): boolean =>
  (Number.isFinite(value) && (value as number) >= 0) || text(/\d+(?:\.\d+)?(?:[numkMGTPE]|[KMGTPE]i|[eE]\d+)?/)(value);

/** No devices: a limit of GPUs takes one. */
const amounts = entries(text(/cpu|memory|ephemeral-storage/), quantity);

const profile: Check = (value, path, findings) =>
  typeof value === 'object' && value !== null && (value as {type?: unknown}).type === 'Localhost'
    ? fields({type: exactly('Localhost'), localhostProfile: where(text(/(?!.*\.\.)[\w][\w./-]{0,200}/))})(
        value,
        path,
        findings,
      )
    : fields({type: exactly('RuntimeDefault')})(value, path, findings);

const shared = {
  runAsNonRoot: exactly(true),
  runAsUser: notRoot,
  runAsGroup: notRoot,
  seccompProfile: profile,
  appArmorProfile: profile,
};

const containerContext = fields(
  {},
  {
    ...shared,
    readOnlyRootFilesystem: exactly(true),
    allowPrivilegeEscalation: exactly(false),
    privileged: exactly(false),
    procMount: exactly('Default'),
    capabilities: fields({}, {drop: listOf(where(text(/[A-Z_]{1,40}/))), add: exactly([])}),
  },
);

const podContext = fields({}, {...shared, fsGroup: notRoot, fsGroupChangePolicy: exactly('OnRootMismatch', 'Always')});

const toleration = fields(
  {},
  {
    key: where(labelKey),
    operator: exactly('Exists', 'Equal'),
    value: where(labelValue),
    effect: exactly('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
    tolerationSeconds: where(Number.isSafeInteger),
  },
);

/**
 * Kubernetes's own classes for what a cluster can't do without are not among them: with a large request such a pod drives
 * others off their nodes (PriorityClass, preemption).
 */
const priorityClass = where((value) => name(value) && !String(value).startsWith('system-'));

/** Fields of a container that only restrict it. */
export const restrictingContainer: Readonly<Record<string, Check>> = {
  resources: addition(fields({}, {limits: amounts, requests: amounts})),
  securityContext: addition(containerContext),
};

/** Fields of a pod that only restrict or place it, or say how its image is fetched. */
export const restrictingPod: Readonly<Record<string, Check>> = {
  securityContext: addition(podContext),
  tolerations: addition(listOf(toleration)),
  nodeSelector: addition(entries(labelKey, labelValue)),
  imagePullSecrets: addition(listOf(fields({name: where(name)}))),
  priorityClassName: addition(priorityClass),
};
