// The five usage documents of each era of Seldon's chart, made from the facts of the tags (not from their text), with
// what a user may set: the fixtures of the field by field check, and the usage template of the test chart.

// biome-ignore lint/suspicious/noExplicitAny: objects of every kind
type Any = any;

const volunteer = 'seldon-spartakus-volunteer';
const config = 'seldon-spartakus-config';
const volume = 'seldon-spartakus-config-volume';
const rbac = 'rbac.authorization.k8s.io';

export interface EraOptions {
  /** Version of the chart; it tells the era. */
  version?: string;
  /** Namespace of the release; may be a template. */
  namespace?: string;
  /** API of the Deployment and of RBAC, where a test's cluster has only the newer one. */
  workload?: string;
  rbacVersion?: string;
  clusterID?: string;
  /** Without the namespace of the release in the ClusterRole's name, in any era. */
  short?: boolean;
  database?: string;
}

const uuid = '11111111-2222-4333-8444-555555555555';

/** The documents in the order of the manifest. */
export function usageDocuments(options: EraOptions = {}): Any[] {
  const {version = '1.18.2', namespace = 'seldon', database = 'http://seldon-core-stats.seldon.io'} = options;
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const at = major * 100 + minor;
  const name = at >= 100 && !options.short ? `${volunteer}-${namespace}` : volunteer;
  const rbacVersion = options.rbacVersion ?? `${rbac}/${at >= 112 ? 'v1' : 'v1beta1'}`;
  const labels = {
    'app.kubernetes.io/name': 'seldon-core-operator',
    'app.kubernetes.io/instance': 'core',
    'app.kubernetes.io/managed-by': 'Helm',
    'helm.sh/chart': `seldon-core-operator-${version}`,
  };
  const metadata = (name: string) => ({
    name,
    namespace: 'kube-system',
    ...(at === 3 || (at === 4 && name === config) ? {labels} : {}),
  });
  const known = JSON.stringify({'seldon-core-version': version});
  const old = at < 4;
  const line = `/spartakus volunteer --cluster-id=${options.clusterID ?? '$(cat /proc/sys/kernel/random/uuid)'} --database=${database} --extensions=/etc/config/spartakus_volunteer_extensions`;
  const from = (name: string, key: string) => ({name, valueFrom: {configMapKeyRef: {key, name: config}}});
  const container = {
    args: old
      ? [
          'volunteer',
          '--cluster-id=$(SPARTAKUS_VOLUNTEER_CLUSTERID)',
          '--database=$(SPARTAKUS_VOLUNTEER_DATABASE)',
          '--extensions=/etc/config/spartakus.volunteer.extensions',
        ]
      : ['-c', line],
    ...(old
      ? {
          env: [
            from('SPARTAKUS_VOLUNTEER_CLUSTERID', 'spartakus.volunteer.clusterid'),
            from('SPARTAKUS_VOLUNTEER_DATABASE', 'spartakus.volunteer.database'),
          ],
        }
      : {command: ['/bin/sh'], ...(at === 4 ? {env: null} : {})}),
    image: 'gcr.io/google_containers/spartakus-amd64:v1.1.0',
    name: volunteer,
    volumeMounts: [{mountPath: '/etc/config', name: volume}],
  };
  return [
    {apiVersion: 'v1', kind: 'ServiceAccount', metadata: {name: volunteer, namespace: 'kube-system'}},
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: metadata(config),
      data: old
        ? {
            'spartakus.volunteer.clusterid': options.clusterID ?? uuid,
            'spartakus.volunteer.database': database,
            'spartakus.volunteer.extensions': known,
          }
        : at === 4
          ? {spartakus_volunteer_extensions: known}
          : {'version.properties': `spartakus_volunteer_extensions='{"seldon-core-version":"0.5"}'`},
    },
    {
      apiVersion: rbacVersion,
      kind: 'ClusterRole',
      metadata: {name},
      rules: [{apiGroups: [''], resources: ['nodes'], verbs: ['list']}],
    },
    {
      apiVersion: rbacVersion,
      kind: 'ClusterRoleBinding',
      metadata: {name},
      roleRef: {apiGroup: rbac, kind: 'ClusterRole', name},
      subjects: [{kind: 'ServiceAccount', name: volunteer, namespace: 'kube-system'}],
    },
    {
      apiVersion: options.workload ?? (at < 5 ? 'extensions/v1beta1' : 'apps/v1'),
      kind: 'Deployment',
      metadata: metadata(volunteer),
      spec: {
        replicas: 1,
        ...(at < 5 && !options.workload ? {} : {selector: {matchLabels: {app: volunteer}}}),
        template: {
          metadata: {labels: {app: volunteer}},
          spec: {
            containers: [container],
            serviceAccountName: volunteer,
            volumes: [{configMap: {name: config}, name: volume}],
          },
        },
      },
    },
  ];
}

/** The documents as each era writes them: JSON with tabs and a `List` up to 0.2, JSON in 0.3, YAML afterwards. */
export function usageTexts(options: EraOptions = {}): string[] {
  const {version = '1.18.2'} = options;
  const documents = usageDocuments(options);
  if (version.startsWith('0.2')) {
    const [account, map, role, binding, deployment] = documents;
    const list = {apiVersion: 'v1', items: [account, role, binding], kind: 'List', metadata: {}};
    return [map, list, deployment].map((document) => JSON.stringify(document, null, '\t'));
  }
  if (version.startsWith('0.3')) return documents.map((document) => JSON.stringify(document, null, 4));
  return documents.map((document) => block(document));
}

/** Block style, as a person writes it; flow style in lists. */
function block(value: Any, indent = ''): string {
  return Object.entries(value)
    .map(([key, child]) =>
      typeof child === 'object' && child !== null && !Array.isArray(child)
        ? `${indent}${key}:\n${block(child, `${indent}  `)}`
        : `${indent}${key}: ${typeof child === 'string' && /^[a-zA-Z][\w./-]*$/.test(child) ? child : JSON.stringify(child)}`,
    )
    .join('\n');
}

/** The tags whose rendering was looked at. */
export const versions = ['0.2.7', '0.3.1', '0.4.1', '0.5.1', '1.0.2', '1.5.0', '1.11.2', '1.18.2'];
