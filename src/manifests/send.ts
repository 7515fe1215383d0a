// What runs `send` in a cluster, with the least rights that it needs there.
import {
  authoritiesVolume,
  metadata,
  namesEgress,
  ownFolder,
  podTemplate,
  portsEgress,
  readOnly,
  selector,
  serviceAccount,
  variable,
} from './pod.ts';
import {given, Joined, type Template, text, value, when} from './template.ts';

const rbac = 'rbac.authorization.k8s.io';
const authorities = '/etc/seldon-usage/ca';
/**
 * Name and marks of the ConfigMap as `send` itself makes it (idConfigMap in src/cluster/stored-id.ts, which a test compares).
 * Not imported: what two commands share is a file more at the start of both.
 */
const configMapName = 'seldon-usage';
const labels = {
  'app.kubernetes.io/name': 'seldon-usage',
  'app.kubernetes.io/component': 'cluster-id',
  'app.kubernetes.io/part-of': 'seldon-usage',
  'app.kubernetes.io/managed-by': 'seldon-usage',
};
const annotations = {
  'kubernetes.io/description':
    "Keeps the random ID under which usage reports of this cluster are counted, so that it is counted once. The key 'reporting', whatever its value, forbids reports of this cluster.",
};

const subject: Template = {kind: 'ServiceAccount', name: value('name'), namespace: value('namespace')};

function binding(kind: 'ClusterRoleBinding' | 'RoleBinding', role: string, place: Template | null): Template {
  return {
    apiVersion: `${rbac}/v1`,
    kind,
    metadata: metadata('send', {namespace: place}),
    roleRef: {apiGroup: rbac, kind: role, name: value('name')},
    subjects: [subject],
  };
}

/** Rights in the whole cluster: a no of the cluster can stand in each operator's namespace, and what can't be read forbids. */
const clusterRole: Template = {
  apiVersion: `${rbac}/v1`,
  kind: 'ClusterRole',
  metadata: metadata('send', {namespace: null}),
  rules: [
    {apiGroups: [''], resources: ['nodes'], verbs: ['list']},
    {apiGroups: [''], resources: ['configmaps'], resourceNames: [configMapName], verbs: ['get']},
    when(given('find-operator'), {
      apiGroups: ['apps'],
      resources: ['deployments', 'statefulsets'],
      verbs: ['get', 'list'],
    }),
  ],
};

/** The right to put the ID into the one ConfigMap: `create` can't be limited to a name, so it is brought without data. */
const role: Template = {
  apiVersion: `${rbac}/v1`,
  kind: 'Role',
  metadata: metadata('send', {namespace: value('seldon-namespace')}),
  rules: [{apiGroups: [''], resources: ['configmaps'], resourceNames: [configMapName], verbs: ['get', 'update']}],
};

/** Without data, which is the program's and whoever says no: nothing that applies this again takes it away. */
const configMap: Template = {
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: {
    name: configMapName,
    namespace: value('seldon-namespace'),
    labels,
    annotations: {
      ...annotations,
      // The ID outlives whatever brought it: with another one the cluster would be counted twice.
      'argocd.argoproj.io/sync-options': 'Prune=false,Delete=false',
      'helm.sh/resource-policy': 'keep',
      'kustomize.toolkit.fluxcd.io/prune': 'disabled',
    },
  },
};

/**
 * It dials names, the API server and the collectors, and nobody dials it: without rules nothing comes in. An empty list would
 * say the same, but the API server keeps none, and whoever compares would see a change for ever.
 */
const networkPolicy: Template = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: metadata('send'),
  spec: {
    podSelector: {matchLabels: selector('send')},
    policyTypes: ['Ingress', 'Egress'],
    egress: [namesEgress, portsEgress],
  },
};

const stateName = text`${value('name')}-state`;

/** What outlives a pod. Where there is none, nothing tells a wider report from the last that was agreed to. */
const stateClaim: Template = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: metadata('send', {name: stateName}),
  spec: {
    accessModes: ['ReadWriteOnce'],
    storageClassName: when(given('state-storage-class'), value('state-storage-class')),
    resources: {requests: {storage: value('state-storage')}},
  },
};

const pod = (more: {readonly [key: string]: Template}) =>
  podTemplate('send', {
    args: [
      'send',
      '--yes',
      text`--namespace=${value('seldon-namespace')}`,
      when(given('period'), text`--period=${value('period')}`),
    ],
    env: [
      variable('SELDON_USAGE_URL', new Joined('url', ' ')),
      variable('SELDON_USAGE_STATE_DIR', `${ownFolder}/state`),
      when(given('allow-http'), variable('SELDON_USAGE_ALLOW_HTTP', 'true')),
      when({option: 'capacity', is: 'all'}, variable('SELDON_USAGE_CAPACITY', 'all')),
      when(given('omit'), variable('SELDON_USAGE_OMIT', new Joined('omit', ' '))),
      when(given('ca-config-map'), variable('SELDON_USAGE_CACERT', `${authorities}/ca.crt`)),
    ],
    mounts: [{name: 'state', mountPath: ownFolder}, when(given('ca-config-map'), readOnly('ca', authorities))],
    volumes: [
      when(
        given('state-storage'),
        {name: 'state', persistentVolumeClaim: {claimName: stateName}},
        {name: 'state', emptyDir: {sizeLimit: '256Mi'}},
      ),
      when(given('ca-config-map'), authoritiesVolume),
    ],
    token: true,
    pod: more,
  });

const cronJob: Template = {
  apiVersion: 'batch/v1',
  kind: 'CronJob',
  metadata: metadata('send'),
  spec: {
    schedule: value('schedule'),
    timeZone: 'Etc/UTC',
    concurrencyPolicy: 'Forbid',
    startingDeadlineSeconds: 3600,
    successfulJobsHistoryLimit: 1,
    failedJobsHistoryLimit: 3,
    jobTemplate: {
      spec: {
        backoffLimit: 3,
        activeDeadlineSeconds: 1800,
        // Wrong usage and a no stay what they are: nobody is asked again before the next time.
        podFailurePolicy: {
          rules: [{action: 'FailJob', onExitCodes: {containerName: 'send', operator: 'In', values: [2, 6]}}],
        },
        template: pod({restartPolicy: 'Never'}),
      },
    },
  },
};

const deployment: Template = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: metadata('send'),
  spec: {
    replicas: 1,
    // Two at once would send twice.
    strategy: {type: 'Recreate'},
    revisionHistoryLimit: 2,
    selector: {matchLabels: selector('send')},
    template: pod({}),
  },
};

/** The objects of `manifests send`, in the order in which they are applied. */
export const sendObjects: readonly Template[] = [
  serviceAccount('send'),
  clusterRole,
  binding('ClusterRoleBinding', 'ClusterRole', null),
  when(given('id-config-map'), configMap),
  role,
  binding('RoleBinding', 'Role', value('seldon-namespace')),
  networkPolicy,
  when(given('state-storage'), stateClaim),
  when(given('period'), deployment, cronJob),
];
