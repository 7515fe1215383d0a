import fc from 'fast-check';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseAllDocuments} from 'yaml';
import {idConfigMap} from '../../src/cluster/stored-id.ts';
import {UserError} from '../../src/errors.ts';
import {readYaml} from '../../src/helm/yaml.ts';
import {type Given, type KubeObject, manifests, options, type Part} from '../../src/manifests/index.ts';
import {toYaml} from '../../src/manifests/print.ts';
import {refused, taken} from './values.ts';

const least: Record<Part, Given> = {
  send: {image: 'registry.example.com/seldon-usage:0.1.0', url: ['https://usage.example.com']},
  serve: {image: 'registry.example.com/seldon-usage:0.1.0'},
};

function made(part: Part, given: Given = {}): KubeObject[] {
  return manifests(part, {...least[part], ...given});
}

/** An object by its kind, and what lies below a path in it: `spec.rules.0`. */
function at(objects: readonly KubeObject[], kind: string, path = ''): unknown {
  const object: unknown = objects.find((one) => one.kind === kind);
  const keys = path === '' ? [] : path.split('.');
  return keys.reduce((value, key) => (value as Record<string, unknown> | undefined)?.[key], object);
}

for (const [part, option, value] of refused) {
  test(`${part} --${option} ${JSON.stringify(value).slice(0, 60)} is refused`, () => {
    assert.throws(
      () => made(part, {[option]: value}),
      (error: unknown) =>
        error instanceof UserError && error.code === 'usage' && error.message.includes(`--${option} `),
    );
  });
}

for (const [part, option, value] of taken)
  test(`${part} --${option} ${JSON.stringify(value)} is taken`, () => assert.ok(made(part, {[option]: value})));

const together: [part: Part, given: Given, says: RegExp][] = [
  ['send', {url: []}, /--url is missing/],
  ['send', {url: [], image: undefined}, /--image and --url are missing/],
  ['send', {image: undefined}, /--image is missing/],
  ['send', {url: ['http://usage.example.com']}, /plain http/],
  ['send', {'state-storage-class': 'fast'}, /--state-storage is missing/],
  ['serve', {'ingress-host': 'usage.example.com'}, /--trusted-proxy is missing/],
  ['serve', {'ingress-class': 'nginx'}, /--ingress-host is missing/],
  ['serve', {'ingress-tls-secret': 'tls', 'trusted-proxy': ['10.0.0.0/8']}, /--ingress-host is missing/],
  ['serve', {store: 'https://a.example', 'postgres-secret': 'db'}, /--postgres-secret is too much/],
  ['serve', {'service-monitor': true}, /--admin-token-secret is missing/],
];
for (const [part, given, says] of together)
  test(`${part} with ${JSON.stringify(given)}: ${says}`, () => assert.throws(() => made(part, given), says));

const pod = 'spec.template.spec';
const cronPod = 'spec.jobTemplate.spec.template.spec';
const ingress = {'ingress-host': 'a.example', 'trusted-proxy': ['10.0.0.0/8']};
const tcp = (...ports: number[]) => ports.map((port) => ({protocol: 'TCP', port}));
const dns = [53, 5353].flatMap((port) => [{protocol: 'UDP', port}, ...tcp(port)]);
const properties: [part: Part, given: Given, kind: string, path: string, expected: unknown][] = [
  ['send', {}, 'Namespace', 'metadata.name', 'seldon-usage'],
  ['send', {namespace: 'usage'}, 'ServiceAccount', 'metadata.namespace', 'usage'],
  ['send', {'create-namespace': false}, 'Namespace', '', undefined],
  ['send', {}, 'ClusterRole', 'rules.length', 2],
  ['send', {}, 'ClusterRole', 'rules.0', {apiGroups: [''], resources: ['nodes'], verbs: ['list']}],
  ['send', {'find-operator': true}, 'ClusterRole', 'rules.2.resources', ['deployments', 'statefulsets']],
  ['send', {}, 'Role', 'rules.0.verbs', ['get', 'update']],
  ['send', {}, 'Role', 'rules.0.resourceNames', ['seldon-usage']],
  ['send', {'seldon-namespace': 'ml'}, 'Role', 'metadata.namespace', 'ml'],
  ['send', {'seldon-namespace': 'ml'}, 'ConfigMap', 'metadata.namespace', 'ml'],
  ['send', {}, 'ConfigMap', 'data', undefined],
  ['send', {'id-config-map': false}, 'ConfigMap', '', undefined],
  ['send', {}, 'CronJob', 'spec.concurrencyPolicy', 'Forbid'],
  ['send', {}, 'Deployment', '', undefined],
  ['send', {period: '24h'}, 'CronJob', '', undefined],
  ['send', {period: '24h'}, 'Deployment', `${pod}.containers.0.args.3`, '--period=24h'],
  ['send', {}, 'CronJob', `${cronPod}.containers.0.args`, ['send', '--yes', '--namespace=seldon-system']],
  ['send', {}, 'CronJob', `${cronPod}.containers.0.securityContext.readOnlyRootFilesystem`, true],
  ['send', {}, 'CronJob', `${cronPod}.containers.0.resources.limits.memory`, '256Mi'],
  [
    'send',
    {url: ['https://a.example', 'https://b.example']},
    'CronJob',
    `${cronPod}.containers.0.env.0.value`,
    'https://a.example https://b.example',
  ],
  ['send', {}, 'NetworkPolicy', 'spec.egress.0.ports', dns],
  ['send', {}, 'NetworkPolicy', 'spec.egress.1.to', undefined],
  ['send', {'egress-cidr': ['10.0.0.0/8']}, 'NetworkPolicy', 'spec.egress.1.to', [{ipBlock: {cidr: '10.0.0.0/8'}}]],
  ['send', {url: ['https://a.example:8443']}, 'NetworkPolicy', 'spec.egress.1.ports.2.port', 8443],
  ['send', {url: ['http://a.example'], 'allow-http': true}, 'NetworkPolicy', 'spec.egress.1.ports.2.port', 80],
  ['send', {'egress-port': [8080, '443']}, 'NetworkPolicy', 'spec.egress.1.ports', tcp(443, 6443, 8080)],
  ['send', {url: ['https://usage.team.svc']}, 'NetworkPolicy', 'spec.egress.1.ports', tcp(443, 6443, 8080)],
  ['send', {url: ['https://a.b.svc.c.d:8443']}, 'NetworkPolicy', 'spec.egress.1.ports', tcp(443, 6443, 8443, 8080)],
  ['send', {}, 'PersistentVolumeClaim', '', undefined],
  ['send', {'state-storage': '1Gi'}, 'PersistentVolumeClaim', 'metadata.name', 'seldon-usage-send-state'],
  [
    'send',
    {'state-storage': '1Gi'},
    'CronJob',
    `${cronPod}.volumes.0`,
    {name: 'state', persistentVolumeClaim: {claimName: 'seldon-usage-send-state'}},
  ],
  ['send', {}, 'CronJob', `${cronPod}.securityContext.runAsUser`, 65_532],
  ['send', {'fixed-user': false}, 'CronJob', `${cronPod}.securityContext.runAsUser`, undefined],
  ['send', {'fixed-user': false}, 'CronJob', `${cronPod}.securityContext.runAsNonRoot`, true],
  ['serve', {}, 'Service', 'spec.externalTrafficPolicy', undefined],
  ['serve', {'service-type': 'LoadBalancer'}, 'Service', 'spec.externalTrafficPolicy', 'Local'],
  ['serve', {'service-type': 'NodePort'}, 'Service', 'spec.externalTrafficPolicy', 'Local'],
  ['serve', {}, 'StatefulSet', `${pod}.automountServiceAccountToken`, false],
  [
    'serve',
    {},
    'StatefulSet',
    `${pod}.containers.0.livenessProbe.httpGet`,
    {path: '/healthz', port: 'reports', scheme: 'HTTP'},
  ],
  ['serve', {'tls-secret': 'tls'}, 'StatefulSet', `${pod}.containers.0.readinessProbe.httpGet.scheme`, 'HTTPS'],
  ['serve', {}, 'StatefulSet', 'spec.volumeClaimTemplates.0.spec.storageClassName', undefined],
  ['serve', {'storage-class': 'fast'}, 'StatefulSet', 'spec.volumeClaimTemplates.0.spec.storageClassName', 'fast'],
  ['serve', {}, 'PodDisruptionBudget', 'spec.maxUnavailable', 1],
  ['serve', {}, 'NetworkPolicy', 'spec.egress', undefined],
  ['serve', {'postgres-secret': 'db'}, 'StatefulSet', '', undefined],
  ['serve', {}, 'Deployment', '', undefined],
  ['serve', {'postgres-secret': 'db'}, 'Deployment', 'spec.replicas', 2],
  [
    'serve',
    {'postgres-secret': 'db'},
    'Deployment',
    `${pod}.containers.0.env.2.valueFrom.secretKeyRef`,
    {name: 'db', key: 'address'},
  ],
  [
    'serve',
    {'postgres-secret': 'db'},
    'Deployment',
    `${pod}.containers.0.env.3.valueFrom.secretKeyRef`,
    {name: 'db', key: 'password', optional: true},
  ],
  ['serve', {'postgres-secret': 'db'}, 'Deployment', `${pod}.containers.0.livenessProbe.tcpSocket.port`, 'reports'],
  ['serve', {'postgres-secret': 'db'}, 'Deployment', `${pod}.volumes.1`, undefined],
  ['serve', {'postgres-secret': 'db'}, 'NetworkPolicy', 'spec.egress', [{}]],
  [
    'serve',
    {'postgres-secret': 'db', 'egress-cidr': ['10.0.0.0/8'], also: ['https://a.example']},
    'NetworkPolicy',
    'spec.egress',
    [{ports: dns}, {to: [{ipBlock: {cidr: '10.0.0.0/8'}}]}],
  ],
  ['serve', {also: ['stdout']}, 'NetworkPolicy', 'spec.egress', undefined],
  ['serve', {}, 'NetworkPolicy', 'spec.policyTypes', ['Ingress', 'Egress']],
  ['send', {}, 'NetworkPolicy', 'spec.policyTypes', ['Ingress', 'Egress']],
  ['serve', {also: ['https://a.example']}, 'NetworkPolicy', 'spec.egress', [{ports: dns}, {ports: tcp(443)}]],
  [
    'serve',
    {also: ['clickhouse:https://ch.db.svc:8443/usage', 'https://usage.team.svc'], 'egress-port': [988]},
    'NetworkPolicy',
    'spec.egress.1.ports',
    tcp(8443, 443, 8080, 988),
  ],
  [
    'serve',
    {also: ['https://a.example', 'stdout']},
    'StatefulSet',
    `${pod}.containers.0.env.2`,
    {name: 'SELDON_USAGE_ALSO', value: 'https://a.example stdout'},
  ],
  ['serve', {also: ['stdout'], 'also-secret': 's'}, 'StatefulSet', `${pod}.volumes.1.secret.secretName`, 's'],
  [
    'serve',
    {store: 'https://a.example'},
    'StatefulSet',
    `${pod}.containers.0.env`,
    [
      {name: 'SELDON_USAGE_LISTEN', value: ':8080'},
      {name: 'SELDON_USAGE_ADMIN_LISTEN', value: '127.0.0.1:9090'},
      {name: 'SELDON_USAGE_STORE', value: 'https://a.example'},
      {name: 'SELDON_USAGE_QUEUE', value: 'sqlite:/var/lib/seldon-usage/store/queue.db'},
    ],
  ],
  ['serve', {store: 'https://a.example:8443'}, 'NetworkPolicy', 'spec.egress.1.ports', tcp(8443)],
  ['serve', {'ca-config-map': 'ca'}, 'StatefulSet', `${pod}.volumes.1.configMap.name`, 'ca'],
  ['serve', {'ca-config-map': 'ca'}, 'StatefulSet', `${pod}.containers.0.env.2.name`, 'SSL_CERT_FILE'],
  ['serve', ingress, 'Ingress', 'spec.rules.0.http.paths.0.path', '/api/v1'],
  ['serve', ingress, 'Ingress', 'spec.rules.0.http.paths.1.path', '/track'],
  ['serve', {}, 'Ingress', '', undefined],
  ['serve', {}, 'ServiceMonitor', '', undefined],
  [
    'serve',
    {'ingress-host': 'a.example', 'trusted-proxy': ['10.0.0.0/8']},
    'StatefulSet',
    `${pod}.containers.0.args.2`,
    '--trusted-proxy=10.0.0.0/8',
  ],
  [
    'serve',
    {'admin-token-secret': 't', 'service-monitor': true},
    'ServiceMonitor',
    'spec.endpoints.0.authorization.credentials',
    {name: 't', key: 'token'},
  ],
];
for (const [part, given, kind, path, expected] of properties) {
  test(`${part} ${JSON.stringify(given)}: ${kind} ${path}`, () =>
    assert.equal(at(made(part, given), kind, path), expected));
}

test('the ConfigMap is the one that send makes, without data, and marked to outlive what brought it', () => {
  const {metadata} = idConfigMap('seldon-system', '846db7e9-c861-43d7-8d08-31578af59878');
  const found = at(made('send'), 'ConfigMap', 'metadata') as typeof metadata;
  assert.equal({...found, annotations: metadata.annotations}, metadata);
  assert.equal({...found.annotations, ...metadata.annotations}, found.annotations);
});
test('an image that is pulled with secrets', () =>
  assert.equal(at(made('send', {'image-pull-secret': ['a', 'b']}), 'CronJob', `${cronPod}.imagePullSecrets`), [
    {name: 'a'},
    {name: 'b'},
  ]));

// Names that some reader takes for a number, a boolean, nothing or a date.
for (const name of ['null', 'true', 'on', 'y', '1e3', '0x1f', '0o7', '1-2', '123', '2026-11-26', '1.5']) {
  test(`every reader of YAML takes ${name} for text`, () => {
    const objects = made('serve', {'tls-secret': name, 'storage-class': name, 'admin-token-secret': name});
    const text = toYaml(objects);
    const documents = text.split(/^---\n/m).slice(1);
    assert.equal(documents.map(readYaml), objects);
    for (const version of ['1.1', '1.2'] as const) {
      assert.equal(
        [...parseAllDocuments(text, {version})].map((one) => one.toJS()),
        objects,
      );
    }
  });
}

test('whatever is given by chance is refused, or every reader takes it for what it is', () => {
  const pieces = fc.constantFrom(
    ...'abz019-./:@*,_~ \n\t"\'{}[]#&|>%$=\u0085\u2028é',
    '---',
    '{{',
    '}}',
    '\\',
    '0x',
    'e3',
    'https://',
  );
  const words = fc.array(pieces, {maxLength: 8}).map((all) => all.join(''));
  const choices = (['send', 'serve'] as const).flatMap((part) =>
    options[part].filter(({holds}) => holds !== 'switch').map((option) => ({part, option})),
  );
  fc.assert(
    fc.property(fc.constantFrom(...choices), words, ({part, option: {name, holds}}, word) => {
      let objects: KubeObject[];
      try {
        objects = made(part, {[name]: holds === 'text' ? word : [word]});
      } catch (error) {
        assert.instance(error, UserError);
        return;
      }
      const documents = toYaml(objects)
        .split(/^---\n/m)
        .slice(1);
      assert.equal(documents.map(readYaml), objects);
    }),
    {numRuns: 3000, seed: 16},
  );
});
test('the same options are the same text', () => assert.is(toYaml(made('send')), toYaml(made('send'))));

test.run();
