// What runs `serve` in a cluster: one collector with its store on a volume, or two on a PostgreSQL.
import {
  authoritiesVolume,
  metadata,
  namesEgress,
  ownFolder,
  podTemplate,
  portsEgress,
  readOnly,
  secretVolume,
  selector,
  serviceAccount,
  variable,
} from './pod.ts';
import {each, given, item, Joined, type Template, text, value, when} from './template.ts';

const ports = {reports: 8080, admin: 9090};
const certificate = '/etc/seldon-usage/tls';
const token = '/etc/seldon-usage/admin';
const authorities = '/etc/seldon-usage/ca';
/** Files that sinks are told of: passwords, credentials. */
const sinkFiles = '/etc/seldon-usage/also';
const tls = given('tls-secret');
const dashboard = given('admin-token-secret');
const postgres = given('postgres-secret');

/** Answered where reports are taken: the dashboard's own asks for a token. */
const alive: Template = {path: '/healthz', port: 'reports', scheme: when(tls, 'HTTPS', 'HTTP')};

const patience = {periodSeconds: 20, timeoutSeconds: 10, failureThreshold: 6};

/** What a Pod has for where its store is. */
interface Place {
  readonly env: readonly Template[];
  readonly mounts: readonly Template[];
  readonly livenessProbe: Template;
}

/** Of a Pod with its store, or the queue of what it passes on, on a volume. */
const onVolume: Place = {
  env: [
    // In a folder of its own, which is nobody else's: the volume's is shared with its group.
    when(
      given('store'),
      [
        variable('SELDON_USAGE_STORE', value('store')),
        variable('SELDON_USAGE_QUEUE', `sqlite:${ownFolder}/store/queue.db`),
      ],
      variable('SELDON_USAGE_STORE', `sqlite:${ownFolder}/store/reports.db`),
    ),
  ],
  mounts: [{name: 'store', mountPath: ownFolder}],
  livenessProbe: {httpGet: alive, ...patience},
};

const fromSecret = (name: string, key: string, more: {[key: string]: Template} = {}): Template => ({
  name,
  valueFrom: {secretKeyRef: {name: value('postgres-secret'), key, ...more}},
});

/** Of a Pod whose store is elsewhere: while that is away it answers 503, and must not be started anew for it. */
const onPostgres: Place = {
  env: [fromSecret('SELDON_USAGE_STORE', 'address'), fromSecret('PGPASSWORD', 'password', {optional: true})],
  mounts: [],
  livenessProbe: {tcpSocket: {port: 'reports'}, ...patience},
};

const podOn = ({env, mounts, livenessProbe}: Place): Template =>
  podTemplate('serve', {
    args: [
      'serve',
      text`--keep=${value('keep')}`,
      when(tls, [`--tls-cert=${certificate}/tls.crt`, `--tls-key=${certificate}/tls.key`]),
      when(dashboard, `--admin-token-file=${token}/token`),
      each('trusted-proxy', text`--trusted-proxy=${item}`),
      each('shared-address', text`--shared-address=${item}`),
    ],
    env: [
      variable('SELDON_USAGE_LISTEN', `:${ports.reports}`),
      variable('SELDON_USAGE_ADMIN_LISTEN', when(dashboard, `:${ports.admin}`, `127.0.0.1:${ports.admin}`)),
      when(given('also'), variable('SELDON_USAGE_ALSO', new Joined('also', ' '))),
      // Besides those of the image, which lie in a folder.
      when(given('ca-config-map'), variable('SSL_CERT_FILE', `${authorities}/ca.crt`)),
      ...env,
    ],
    mounts: [
      ...mounts,
      // SQLite sorts there what does not fit into memory.
      {name: 'tmp', mountPath: '/tmp'},
      when(tls, readOnly('tls', certificate)),
      when(dashboard, readOnly('admin', token)),
      when(given('also-secret'), readOnly('also', sinkFiles)),
      when(given('ca-config-map'), readOnly('ca', authorities)),
    ],
    volumes: [
      {name: 'tmp', emptyDir: {sizeLimit: '1Gi'}},
      when(tls, secretVolume('tls', 'tls-secret')),
      when(dashboard, secretVolume('admin', 'admin-token-secret')),
      when(given('also-secret'), secretVolume('also', 'also-secret')),
      when(given('ca-config-map'), authoritiesVolume),
    ],
    token: false,
    container: {
      ports: [
        {name: 'reports', containerPort: ports.reports, protocol: 'TCP'},
        when(dashboard, {name: 'admin', containerPort: ports.admin, protocol: 'TCP'}),
      ],
      // A store that is migrated or checked at the start takes a while.
      startupProbe: {httpGet: alive, periodSeconds: 2, failureThreshold: 150},
      readinessProbe: {httpGet: alive, periodSeconds: 10, timeoutSeconds: 5},
      livenessProbe,
    },
    // What is in flight is finished.
    pod: {terminationGracePeriodSeconds: 60},
  });

const statefulSet: Template = {
  apiVersion: 'apps/v1',
  kind: 'StatefulSet',
  metadata: metadata('serve'),
  spec: {
    // An embedded store has one server at a time.
    replicas: 1,
    serviceName: value('name'),
    revisionHistoryLimit: 2,
    selector: {matchLabels: selector('serve')},
    template: podOn(onVolume),
    volumeClaimTemplates: [
      {
        metadata: {name: 'store'},
        spec: {
          accessModes: ['ReadWriteOnce'],
          storageClassName: when(given('storage-class'), value('storage-class')),
          resources: {requests: {storage: value('storage')}},
        },
      },
    ],
  },
};

/** None of them is special: the store decides who counts and erases. */
const deployment: Template = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: metadata('serve'),
  spec: {
    replicas: 2,
    revisionHistoryLimit: 2,
    strategy: {type: 'RollingUpdate', rollingUpdate: {maxUnavailable: 0, maxSurge: 1}},
    selector: {matchLabels: selector('serve')},
    template: podOn(onPostgres),
  },
};

const service: Template = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: metadata('serve'),
  spec: {
    type: value('service-type'),
    // The sender's address stays what it is, and with it whose share a report uses.
    externalTrafficPolicy: when({not: {option: 'service-type', is: 'ClusterIP'}}, 'Local'),
    selector: selector('serve'),
    ports: [{name: 'reports', protocol: 'TCP', port: when(tls, 443, 80), targetPort: 'reports'}],
  },
};

const adminName = text`${value('name')}-admin`;
/** Other than those of the Service for reports: a ServiceMonitor selects by them. */
const adminLabels: {[label: string]: Template} = {
  ...selector('serve'),
  'app.kubernetes.io/component': 'serve-admin',
};

/** Apart from the one for reports, which may be open to the world. */
const adminService: Template = {
  apiVersion: 'v1',
  kind: 'Service',
  metadata: {
    name: adminName,
    namespace: value('namespace'),
    labels: {...adminLabels, 'app.kubernetes.io/part-of': 'seldon-usage'},
  },
  spec: {
    type: 'ClusterIP',
    selector: selector('serve'),
    ports: [{name: 'admin', protocol: 'TCP', port: ports.admin, targetPort: 'admin'}],
  },
};

const serviceMonitor: Template = {
  apiVersion: 'monitoring.coreos.com/v1',
  kind: 'ServiceMonitor',
  metadata: metadata('serve'),
  spec: {
    selector: {matchLabels: adminLabels},
    endpoints: [
      {
        port: 'admin',
        path: '/metrics',
        scheme: when(tls, 'https', 'http'),
        authorization: {type: 'Bearer', credentials: {name: value('admin-token-secret'), key: 'token'}},
        // As cert-manager fills such a Secret; the certificate must name the Service.
        tlsConfig: when(tls, {
          ca: {secret: {name: value('tls-secret'), key: 'ca.crt'}},
          serverName: text`${value('name')}-admin.${value('namespace')}.svc`,
        }),
      },
    ],
  },
};

const ingress: Template = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'Ingress',
  metadata: {
    ...metadata('serve'),
    annotations: {
      // nginx takes a megabyte; a report may have 16 MiB.
      'nginx.ingress.kubernetes.io/proxy-body-size': '16m',
      'nginx.ingress.kubernetes.io/backend-protocol': when(tls, 'HTTPS', 'HTTP'),
    },
  },
  spec: {
    ingressClassName: when(given('ingress-class'), value('ingress-class')),
    tls: when(given('ingress-tls-secret'), [{hosts: [value('ingress-host')], secretName: value('ingress-tls-secret')}]),
    rules: [
      {
        host: value('ingress-host'),
        http: {
          // Spartakus' protocol, and that of Hodometer.
          paths: ['/api/v1', '/track'].map((path) => ({
            path,
            pathType: 'Exact',
            backend: {service: {name: value('name'), port: {name: 'reports'}}},
          })),
        },
      },
    ],
  },
};

/** Reports come from anywhere; it dials nobody, not even for names, unless its store is a database or it passes reports on: without
 * rules nothing goes out. */
const networkPolicy: Template = {
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: metadata('serve'),
  spec: {
    podSelector: {matchLabels: selector('serve')},
    policyTypes: ['Ingress', 'Egress'],
    ingress: [
      {
        ports: [{protocol: 'TCP', port: ports.reports}, when(dashboard, {protocol: 'TCP', port: ports.admin})],
      },
    ],
    // The address of the database is in the Secret: to where and to which port is not known here.
    egress: when(
      postgres,
      when(given('egress-cidr'), [namesEgress, {to: [each('egress-cidr', {ipBlock: {cidr: item}})]}], [{}]),
      when(given('egress-ports'), [namesEgress, portsEgress]),
    ),
  },
};

const disruptionBudget: Template = {
  apiVersion: 'policy/v1',
  kind: 'PodDisruptionBudget',
  metadata: metadata('serve'),
  spec: {
    // Of one replica none must stay: a node could not be drained. What is not taken meanwhile waits at its sender.
    maxUnavailable: 1,
    unhealthyPodEvictionPolicy: 'AlwaysAllow',
    selector: {matchLabels: selector('serve')},
  },
};

/** The objects of `manifests serve`, in the order in which they are applied. */
export const serveObjects: readonly Template[] = [
  serviceAccount('serve'),
  networkPolicy,
  disruptionBudget,
  service,
  when(dashboard, adminService),
  when(postgres, deployment, statefulSet),
  when(given('ingress-host'), ingress),
  when(given('service-monitor'), serviceMonitor),
];
