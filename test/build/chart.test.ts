// The program, the chart and the kustomizations say the same: what Helm 3, Helm 4 and kubectl make of theirs is compared
// with what `manifests` prints.
import {execFile} from 'node:child_process';
import {mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseAllDocuments} from 'yaml';
import {chartFiles, kustomizations} from '../../build/chart.ts';
import {chartValues} from '../../src/manifests/chart-values.ts';
import {type Given, type KubeObject, manifests, type Part} from '../../src/manifests/index.ts';
import {refusedByPattern} from '../manifests/values.ts';
import {rigSuite} from '../rig/available.ts';
import {helmBinary, kubectlBinary} from '../rig/toolchain.ts';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);
const folder = mkdtempSync(join(tmpdir(), 'seldon-usage-chart-'));
process.once('exit', () => rmSync(folder, {recursive: true, force: true}));

for (const [path, text] of Object.entries(chartFiles()))
  test(`${path} is up to date (else: npm run charts)`, () =>
    assert.fixture(readFileSync(join(root, path), 'utf8'), text));

test.run();

/** Objects in an order that does not depend on who printed them: both Helms sort by kind. */
function sorted(objects: readonly KubeObject[]): KubeObject[] {
  const key = ({kind, metadata}: KubeObject) => `${kind}/${metadata.namespace}/${metadata.name}`;
  return objects.toSorted((a, b) => (key(a) < key(b) ? -1 : 1));
}

function parsed(yaml: string): KubeObject[] {
  return [...parseAllDocuments(yaml, {version: '1.1'})].map((one) => one.toJS() as KubeObject).filter(Boolean);
}

/** The values of the chart for these options, with the namespace that `manifests` makes. */
function valuesOf(part: Part, given: Given): Record<string, unknown> {
  return {createNamespace: true, ...chartValues(part, given)};
}

async function rendered(helm: string, values: unknown, namespace = 'seldon-usage'): Promise<KubeObject[]> {
  const file = join(folder, `${crypto.randomUUID()}.json`);
  writeFileSync(file, JSON.stringify(values));
  const args = ['template', 'any', join(root, 'charts/seldon-usage'), '--namespace', namespace, '--values', file];
  const {stdout} = await run(helm, args, {env: {HOME: folder}});
  return parsed(stdout);
}

const image = 'registry.example.com/seldon-usage:0.1.0';
const url = ['https://usage.example.com'];
const shapes: [part: Part, given: Given][] = [
  ['send', {image, url}],
  ['send', {image, url, period: '24h', 'find-operator': true, namespace: 'on', name: 'y'}],
  [
    'send',
    {
      image,
      url: ['https://[2001:db8::1]:8443/a?b=c&d=e', 'http://usage.example.com', 'https://usage.example.com:6443'],
      'allow-http': true,
      'image-pull-secret': ['1e3', 'null'],
      'create-namespace': false,
      'fixed-user': false,
      'ca-config-map': 'ca',
      capacity: 'all',
      omit: ['nodes.osImage', 'nodes.kernelVersion'],
      schedule: '*/15 0-6 * JAN-MAR MON',
      'seldon-namespace': '123',
      'id-config-map': false,
      'egress-cidr': ['10.0.0.0/8', '::/0'],
      'api-server-port': [443, 16443],
      'egress-port': [8080, 443],
      'state-storage': '1Gi',
      'state-storage-class': 'fast',
      cpu: '1',
      memory: '1Gi',
    },
  ],
  ['send', {image, url: ['https://Usage.team.SVC:8443/', 'https://a.b.svc.cluster.local', 'https://svc.example.com']}],
  ['serve', {image}],
  ['serve', {image, 'service-type': 'LoadBalancer', 'tls-secret': '0x1f', 'storage-class': 'true', storage: '1Ti'}],
  [
    'serve',
    {
      image,
      'ingress-host': '*.example.com',
      'ingress-class': 'nginx',
      'ingress-tls-secret': 'tls',
      'trusted-proxy': ['10.244.0.0/16', 'fd00::/8'],
      'shared-address': ['203.0.113.7/32'],
      'admin-token-secret': 'token',
      'service-monitor': true,
      'tls-secret': 'own',
      keep: '2160h',
    },
  ],
  ['serve', {image, 'postgres-secret': 'db', 'admin-token-secret': 'token', 'tls-secret': 'own'}],
  ['serve', {image, 'postgres-secret': 'db', 'egress-cidr': ['10.0.0.0/8'], 'ca-config-map': 'ca'}],
  ['serve', {image, also: ['stdout']}],
  ['serve', {image, also: ['stdout'], 'egress-port': [1234]}],
  ['serve', {image, store: 'https://usage.team.svc:8443/api/v1', also: ['https://a.example']}],
  [
    'serve',
    {
      image,
      also: [
        'https://usage.example.com:8443/a?b=c',
        'clickhouse:https://ch.db.svc:9443/usage?user=u&password-file=/etc/seldon-usage/also/password',
        'https://usage.team.svc',
        'bigquery://my-project.usage.reports',
        'stdout',
      ],
      'also-secret': 'also',
      'ca-config-map': 'ca',
      'egress-cidr': ['10.0.0.0/8', '::/0'],
      'egress-port': [988],
    },
  ],
];

const charts = rigSuite('the chart', ['helm3', 'helm4']);
for (const major of [3, 4] as const) {
  for (const [part, given] of shapes) {
    charts(`Helm ${major} makes the objects of manifests ${part} ${JSON.stringify(given).slice(0, 80)}`, async () => {
      const namespace = String(given.namespace ?? 'seldon-usage');
      assert.equal(
        sorted(await rendered(await helmBinary(major), valuesOf(part, given), namespace)),
        sorted(manifests(part, given)),
      );
    });
  }
}

charts('both parts at once share a namespace', async () => {
  const both = {...valuesOf('send', {image, url}), serve: {enabled: true}};
  const kinds = (await rendered(await helmBinary(4), both)).map(({kind}) => kind);
  assert.is(kinds.filter((kind) => kind === 'Namespace').length, 1);
  assert.ok(kinds.includes('CronJob') && kinds.includes('StatefulSet'));
});

for (const [part, option, value] of refusedByPattern) {
  charts(`the schema refuses ${part} ${option} ${JSON.stringify(value).slice(0, 60)}`, async () => {
    const given = {image, ...(part === 'send' ? {url} : {}), [option]: value};
    const error = await rendered(await helmBinary(3), valuesOf(part, given)).then(
      () => assert.unreachable('it was taken'),
      (reason: {stderr?: string}) => reason,
    );
    assert.match(String(error?.stderr), "values don't meet the specifications of the schema");
  });
}

const together: [part: Part, given: Given][] = [
  ['send', {image}],
  ['send', {image, url: ['http://usage.example.com']}],
  ['send', {image, url, 'state-storage-class': 'fast'}],
  ['serve', {image, 'ingress-host': 'a.example'}],
  ['serve', {image, 'ingress-class': 'nginx'}],
  ['serve', {image, 'service-monitor': true}],
  ['serve', {image, store: 'https://a.example', 'postgres-secret': 'db'}],
];
for (const [part, given] of together) {
  charts(`the schema refuses ${part} with ${JSON.stringify(given)}`, async () => {
    const error = await rendered(await helmBinary(4), valuesOf(part, given)).then(
      () => assert.unreachable('it was taken'),
      (reason: {stderr?: string}) => reason,
    );
    assert.match(String(error?.stderr), "values don't meet the specifications of the schema");
  });
}
charts.run();

const kustomize = rigSuite('the kustomizations', ['kubectl']);
for (const [name, {part, given}] of Object.entries(kustomizations)) {
  kustomize(`deploy/${name} makes the objects of manifests ${part} ${JSON.stringify(given)}`, async () => {
    const {stdout} = await run(await kubectlBinary(), ['kustomize', join(root, 'deploy', name)]);
    assert.equal(sorted(parsed(stdout)), sorted(manifests(part, given)));
  });
}
kustomize('an overlay names image and collector', async () => {
  const base = join(folder, 'base');
  const overlay = join(folder, 'overlay');
  for (const [path, text] of Object.entries(chartFiles()))
    if (path.startsWith('deploy/send/')) write(join(base, path.slice('deploy/send/'.length)), text);
  write(
    join(overlay, 'kustomization.yaml'),
    JSON.stringify({
      resources: ['../base'],
      images: [{name: 'seldon-usage', newName: 'registry.example.com/seldon-usage', newTag: '0.1.0'}],
      patches: [{path: 'collector.yaml'}],
    }),
  );
  const env = [{name: 'SELDON_USAGE_URL', value: 'https://collector.example.com'}];
  const spec = {jobTemplate: {spec: {template: {spec: {containers: [{name: 'send', env}]}}}}};
  const metadata = {name: 'seldon-usage-send', namespace: 'seldon-usage'};
  write(join(overlay, 'collector.yaml'), JSON.stringify({apiVersion: 'batch/v1', kind: 'CronJob', metadata, spec}));
  const {stdout} = await run(await kubectlBinary(), ['kustomize', overlay]);
  assert.equal(sorted(parsed(stdout)), sorted(manifests('send', {image, url: ['https://collector.example.com']})));
});
kustomize.run();

function write(path: string, text: string): void {
  mkdirSync(join(path, '..'), {recursive: true});
  writeFileSync(path, text);
}
