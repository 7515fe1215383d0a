import {mkdtempSync, rmSync} from 'node:fs';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {connect} from '../../src/cluster/connection/connect.ts';
import type {LiveObject} from '../../src/helm/objects.ts';
import {findOwner, type Traces} from '../../src/helm/owner.ts';
import type {FoundRelease} from '../../src/helm/releases.ts';
import {ownerEdit} from '../../src/helm/user-commands.ts';
import {writeKubeconfig} from '../rig/kubeconfig.ts';

/** What the API answers, by path; 404 elsewhere. The custom resources of Flux and k3s need no more of an API server. */
type Answers = Record<string, unknown>;

const test = suite<{server: Server; answers: Answers; folder: string; kubeconfig: string}>('owner');
test.before(async (context) => {
  context.answers = {};
  context.server = createServer((request, response) => {
    const answer = context.answers[request.url ?? ''];
    response.writeHead(answer === undefined ? 404 : 200, {'content-type': 'application/json'});
    response.end(JSON.stringify(answer ?? {kind: 'Status', message: 'not found'}));
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => context.server.once('listening', resolve));
  const {port} = context.server.address() as AddressInfo;
  context.folder = mkdtempSync(join(tmpdir(), 'owner-'));
  context.kubeconfig = join(context.folder, 'config');
  const content = {server: `http://127.0.0.1:${port}`, ca: '', credentials: {}, userName: 'u', context: 'c'};
  writeKubeconfig(context.kubeconfig, content);
});
test.after(({server, folder}) => {
  server.close();
  rmSync(folder, {recursive: true});
});

const release = (labels: Record<string, string> = {}, managers: string[] = [], annotations = {}) =>
  ({
    name: 'core',
    namespace: 'seldon',
    revisions: [{version: 1, status: 'deployed', labels, managers, created: ''}],
    record: {chart: {metadata: {annotations}}},
  }) as unknown as FoundRelease;
const operator = (metadata: LiveObject['metadata']): LiveObject => ({metadata});
const helmRelease = (namespace: string, name: string, spec: object, labels = {}) => ({
  '/apis/helm.toolkit.fluxcd.io/v2/helmreleases': {items: [{metadata: {name, namespace, labels}, spec}]},
});
const helmChart = (namespace: string, name: string, spec: object) => ({
  '/apis/helm.cattle.io/v1/helmcharts': {items: [{metadata: {name, namespace}, spec}]},
});

const rows: Record<string, [answers: Answers, traces: Partial<Traces>, owner: string | undefined, edit: RegExp]> = {
  nobody: [{}, {}, undefined, /^$/],
  'a HelmRelease by its release name': [
    helmRelease('flux', 'x', {releaseName: 'core', targetNamespace: 'seldon'}),
    {},
    'Flux',
    /HelmRelease x of the namespace flux:\nspec:\n {2}values:\n {4}usageMetrics:\n {6}enabled: true$/,
  ],
  'a HelmRelease by the name that Flux makes': [
    helmRelease('flux', 'core', {}),
    {release: {...release(), namespace: 'flux'}},
    'Flux',
    /HelmRelease core/,
  ],
  'a HelmRelease into another namespace': [
    helmRelease('flux', 'y', {targetNamespace: 'seldon'}),
    {release: {...release(), name: 'seldon-y'}},
    'Flux',
    /HelmRelease y/,
  ],
  'a HelmRelease of something else': [helmRelease('flux', 'other', {}), {}, undefined, /^$/],
  'a HelmRelease that is itself applied from Git': [
    helmRelease('seldon', 'core', {}, {'kustomize.toolkit.fluxcd.io/name': 'apps'}),
    {},
    'Flux',
    /applied by the Kustomization apps, so that kubectl edit would be reverted/,
  ],
  'valuesFrom with a targetPath wins': [
    helmRelease('seldon', 'core', {valuesFrom: [{kind: 'ConfigMap', name: 'v', targetPath: 'usageMetrics.enabled'}]}),
    {},
    'Flux',
    /In ConfigMap seldon\/v, .*wins over values.* write: true$/,
  ],
  'an older version of Flux': [
    {'/apis/helm.toolkit.fluxcd.io/v2beta1/helmreleases': {items: [{metadata: {name: 'core', namespace: 'seldon'}}]}},
    {},
    'Flux',
    /HelmRelease core/,
  ],
  'a HelmChart of k3s': [
    helmChart('kube-system', 'core', {targetNamespace: 'seldon'}),
    {},
    'k3s',
    /HelmChart kube-system\/core.*HelmChartConfig/,
  ],
  'a HelmChart of something else': [helmChart('kube-system', 'core', {targetNamespace: 'other'}), {}, undefined, /^$/],
  'the label that every chart sets is no trace of Argo CD': [
    {},
    {operator: operator({labels: {'app.kubernetes.io/instance': 'core'}})},
    undefined,
    /^$/,
  ],
  'the annotation of Argo CD': [
    {},
    {operator: operator({annotations: {'argocd.argoproj.io/tracking-id': 'ml:apps/Deployment:seldon/x'}})},
    'Argo CD',
    /Application ml .*parameters win.*\nspec:\n {2}source:\n {4}helm:\n {6}valuesObject:\n {8}usageMetrics:\n {10}enabled: true$/,
  ],
  'the annotation of Fleet': [{}, {release: release({}, [], {'fleet.cattle.io/bundle-id': 'b'})}, 'Fleet', /Bundle b/],
  'Terraform by the record': [
    {},
    {release: release({}, ['terraform-provider-helm_v2.17.0_x5'])},
    'Terraform',
    /helm_release of core/,
  ],
  'Pulumi by the operator': [
    {},
    {operator: operator({managedFields: [{manager: 'pulumi-kubernetes'}]})},
    'Pulumi',
    /usageMetrics/,
  ],
  'Helm by hand': [
    {},
    {release: release({}, ['helm']), operator: operator({managedFields: [{manager: 'helm'}]})},
    undefined,
    /^$/,
  ],
};

for (const [name, [answers, traces, owner, edit]] of Object.entries(rows)) {
  test(name, async (context) => {
    context.answers = answers;
    const connection = await connect({kubeconfig: context.kubeconfig}, {env: {}, home: '/'});
    const found = await findOwner(connection, {
      release: release(),
      documents: [],
      path: 'usageMetrics.enabled',
      ...traces,
    });
    connection.close();
    assert.is(found?.kind, owner);
    assert.match(found ? ownerEdit(found, true).join('\n') : '', edit);
  });
}

test.run();
