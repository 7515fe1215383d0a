import {isObject} from '../foreign.ts';
// What may be added to the volunteer because it takes something away from it, or says where it runs.
import {addition, type Check, entries, exactly, fields, listOf, shownValue, text, where} from './shape.ts';

const name = text(/[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?/);
const labelKey = text(/(?:[a-z\d](?:[a-z\d.-]{0,251}[a-z\d])?\/)?[A-Za-z\d](?:[\w.-]{0,61}[A-Za-z\d])?/);

/**
 * Labels that Kubernetes recommends, or once did, and Helm writes; they say what an object belongs to. Services go by them
 * too: the pod's are held against the Services of its namespace (pod-labels.ts).
 */
const recommended =
  /^(?:app\.kubernetes\.io\/(?:name|instance|version|component|part-of|managed-by|created-by)|helm\.sh\/chart|k8s-app|app)$/;

/** What people call whom an object belongs to, by itself or behind the domain of a company: `example.com/cost-center`. */
const organizing =
  /^(?:[a-z\d.-]+\/)?(?:team|owner|contact|squad|department|division|unit|business-unit|company|organi[sz]ation|org|project|product|service|application|app-?name|environment|env|stage|tier|cost-?cent(?:er|re)|cost-?code|billing|budget|chart|release|heritage|component|version|part-of|purpose|criticality|compliance|data-?classification)$/i;

/**
 * Labels that may be added. The cluster's programs act on labels of their own: they give a pod an identity
 * (`azure.workload.identity/use`, `aadpodidbinding`), a sidecar (`sidecar.istio.io/inject`), another image (`keel.sh/policy`),
 * or a role more rules (`rbac.authorization.k8s.io/aggregate-to-view`, or any label that somebody aggregates by). Nobody
 * knows all of them, so that only what says whom an object belongs to is accepted.
 */
export const ownLabelKey = (key: unknown): boolean =>
  labelKey(key) &&
  (recommended.test(String(key)) ||
    (organizing.test(String(key)) &&
      !/(?:^|\.)(?:kubernetes|k8s|istio|amazonaws|azure|openshift)\./i.test(String(key))));

export const labelValue = text(/(?:[A-Za-z\d](?:[\w.-]{0,61}[A-Za-z\d])?)?/);

/** User and group 0 are root. */
const notRoot = where((value) => Number.isSafeInteger(value) && (value as number) > 0 && (value as number) < 2 ** 31);

/** What the letters of a quantity stand for (resource.Quantity of apimachinery). */
const units: Readonly<Record<string, number>> = {
  ...{n: 1e-9, u: 1e-6, m: 1e-3, '': 1, k: 1e3, M: 1e6, G: 1e9, T: 1e12, P: 1e15, E: 1e18},
  ...{Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30, Ti: 2 ** 40, Pi: 2 ** 50, Ei: 2 ** 60},
};

/** The amount that a quantity is; undefined where it is none. */
function amountOf(value: unknown): number | undefined {
  const [, number, unit = '', power = '0'] =
    /^(\d{1,20}(?:\.\d{1,20})?)(?:([numkMGTPE]|[KMGTPE]i)|[eE](\d{1,2}))?$/.exec(String(value)) ?? [];
  if ((typeof value !== 'string' && typeof value !== 'number') || number === undefined) return undefined;
  return Number(number) * units[unit]! * 10 ** Number(power);
}

/**
 * The volunteer lists nodes once a day: it takes a few MB. With a priority class a large request would drive others off their
 * nodes, and a quota of kube-system would be used up by it.
 */
const amount = (most: number) =>
  where((value) => {
    const found = amountOf(value);
    return found !== undefined && found <= most;
  });

/** No devices: a limit of GPUs takes one. CPUs, bytes, bytes. */
const amounts = fields({}, {cpu: amount(4), memory: amount(4 * 2 ** 30), 'ephemeral-storage': amount(8 * 2 ** 30)});

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

const toleration: Check = (value, path, findings) =>
  fields(
    // Without a key it tolerates every taint, which only `Exists` may say: it places the pod, and gives it nothing.
    isObject(value) && value.operator === 'Exists' ? {} : {key: where(labelKey)},
    {
      key: where(labelKey),
      operator: exactly('Exists', 'Equal'),
      value: where(labelValue),
      effect: exactly('NoSchedule', 'PreferNoSchedule', 'NoExecute'),
      tolerationSeconds: where(Number.isSafeInteger),
    },
  )(value, path, findings);

/**
 * Any class, but Kubernetes's own two for what a cluster can't do without (`system-` is reserved for them): such a pod drives
 * every other off its node, and is never evicted itself. A class of the
 * cluster's own was made for its workloads by its administrators.
 */
const priorityClass: Check = (value, path, findings) => {
  if (name(value) && String(value).startsWith('system-'))
    findings.refused.push(
      `${path} is ${shownValue(value)}, which is for what a cluster can't do without: take another class`,
    );
  else where(name)(value, path, findings);
};

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
