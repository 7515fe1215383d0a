// Every way in which a change is refused or fails: how it ends, what is left, and that Helm goes on working with the
// release. With both Helms where they are run, else with one of the two.
import {gzipSync} from 'node:zlib';
import * as assert from 'uvu/assert';
import type {ErrorCode} from '../../src/errors.ts';
import {putRecord} from '../helm/put-record.ts';
import {
  type Ended,
  makeWorld,
  namespace,
  otherPaths,
  recordPath,
  tryChange,
  usagePaths,
  type World,
} from '../helm/world.ts';
import {rigSuite} from '../rig/available.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
type Any = any;

const deployment = otherPaths[5]!;
const webhook = otherPaths[7]!;

/** Merges a change into an object as kubectl would. */
async function patch(world: World, path: string, change: Any, manager = 'kubectl'): Promise<void> {
  const headers = {'content-type': 'application/merge-patch+json'};
  const {status, body} = await world.server.request('PATCH', `${path}?fieldManager=${manager}`, change, {headers});
  assert.is(status, 200, JSON.stringify(body));
}

const pending = (status: string) => (world: World) =>
  putRecord(world, 2, (record) => {
    record.info = {...record.info, status, last_deployed: new Date(Date.now() - 3_600_000).toISOString()};
  });

interface Row {
  prepare?: (world: World) => Promise<void>;
  user?: string;
  options?: Parameters<typeof tryChange>[1];
  code: ErrorCode;
  says: RegExp;
  /** Revisions afterwards. */
  revisions?: number;
  /** Helm is run, in the rehearsal or to roll back. */
  runs?: true;
}

const rows: Record<string, Row> = {
  // What forbids can't be seen, so nothing is permitted.
  'no rights': {user: 'nobody', code: 'consent', says: /It can't be seen whether the cluster forbids reporting/},
  'rights to read only': {user: 'viewer', code: 'cluster', says: /lacks \d+ rights[\s\S]*create secrets in seldon/},
  'admin of the namespace only': {
    user: 'tenant',
    code: 'cluster',
    says: /create serviceaccounts in kube-system[\s\S]*nothing was changed|nothing was changed[\s\S]*create serviceaccounts in kube-system/,
  },
  'a pending revision': {
    runs: true,
    prepare: pending('pending-upgrade'),
    code: 'release',
    says: /2, is pending-upgrade, since 6\d minutes[\s\S]*helm rollback core 1 /,
    revisions: 2,
  },
  'a failed revision': {
    runs: true,
    prepare: pending('failed'),
    code: 'release',
    says: /2, is failed[\s\S]*helm rollback core 1 /,
    revisions: 2,
  },
  'a failed revision whose label says deployed, on top of another such': {
    runs: true,
    prepare: async (world) => {
      for (const version of [2, 3])
        await putRecord(
          world,
          version,
          (record) => {
            record.info = {...record.info, status: version === 2 ? 'failed' : 'pending-upgrade'};
          },
          'deployed',
        );
    },
    code: 'release',
    says: /3, is pending-upgrade, .*\(its label says deployed\)[\s\S]*helm rollback core 1 /,
    revisions: 3,
  },
  'a deployed revision whose label says failed': {
    runs: true,
    prepare: (world) => putRecord(world, 2, () => {}, 'failed'),
    code: 'release',
    says: /2, is deployed, .*\(its label says failed\)[\s\S]*helm rollback core 1 [\s\S]*kubectl label secret/,
    revisions: 2,
  },
  'a record that would not fit': {
    runs: true,
    prepare: (world) => putRecord(world, 1, fill),
    code: 'release',
    says: /would take 10\d{5} bytes; a Secret holds 1048576/,
  },
  'a scaled manager': {
    prepare: (world) => patch(world, `${deployment}`, {spec: {replicas: 3}}),
    code: 'release',
    says: /Deployment seldon\/seldon-controller-manager: spec\.replicas/,
  },
  'a patched caBundle': {
    prepare: async (world) => {
      const {webhooks} = await world.get(webhook);
      webhooks[0].clientConfig.caBundle = Buffer.from(world.server.ca).toString('base64');
      await patch(world, webhook, {webhooks});
    },
    code: 'release',
    says: /ValidatingWebhookConfiguration .*: webhooks\[0\]\.clientConfig\.caBundle/,
  },
  'a deleted object': {
    prepare: async (world) => void (await world.server.request('DELETE', otherPaths[4]!)),
    code: 'release',
    says: /ConfigMap seldon\/seldon-notes: missing/,
  },
  'usage objects of another release': {
    prepare: async (world) => {
      const annotations = {'meta.helm.sh/release-name': 'other', 'meta.helm.sh/release-namespace': 'elsewhere'};
      const labels = {'app.kubernetes.io/managed-by': 'Helm'};
      const metadata = {name: 'seldon-spartakus-config', annotations, labels};
      await world.server.request('POST', usagePaths[1]!.replace(/\/[^/]+$/, ''), {metadata});
    },
    code: 'release',
    says: /seldon-spartakus-config is there already and belongs to the release elsewhere\/other/,
  },
  'a release of Argo CD': {
    prepare: (world) =>
      patch(world, deployment, {metadata: {annotations: {'argocd.argoproj.io/tracking-id': 'ml:apps/Deployment:a/b'}}}),
    code: 'release',
    says: /belongs to Argo CD[\s\S]*Application ml[\s\S]*valuesObject:[\s\S]*enabled: true/,
  },
  'a release of Flux': {
    prepare: (world) =>
      patch(world, deployment, {
        metadata: {
          labels: {'helm.toolkit.fluxcd.io/name': 'core', 'helm.toolkit.fluxcd.io/namespace': 'flux-system'},
        },
      }),
    code: 'release',
    says: /belongs to Flux \(the HelmRelease flux-system\/core[\s\S]*enabled: true/,
  },
  'a release of k3s': {
    prepare: (world) =>
      patch(world, recordPath(1), {metadata: {labels: {'helmcharts.helm.cattle.io/configHash': 'x'}}}),
    code: 'release',
    says: /belongs to k3s[\s\S]*valuesContent[\s\S]*enabled: true/,
  },
  'a release of Fleet': {
    prepare: (world) =>
      putRecord(world, 1, (record) => {
        record.chart.metadata.annotations = {'fleet.cattle.io/bundle-id': 'models'};
      }),
    code: 'release',
    says: /belongs to Fleet[\s\S]*Bundle models[\s\S]*enabled: true/,
  },
  'a release of Terraform': {
    prepare: (world) =>
      patch(world, recordPath(1), {metadata: {labels: {by: 'terraform'}}}, 'terraform-provider-helm_v2.17.0_x5'),
    code: 'release',
    says: /belongs to Terraform[\s\S]*enabled: true/,
  },
  'a release of Pulumi': {
    prepare: (world) => patch(world, deployment, {metadata: {labels: {by: 'pulumi'}}}, 'pulumi-kubernetes-1234'),
    code: 'release',
    says: /belongs to Pulumi[\s\S]*enabled: true/,
  },
  'a chart that renders otherwise now': {
    runs: true,
    prepare: (world) =>
      putRecord(world, 1, (record) => {
        const data = Buffer.from('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: surprise\n').toString('base64');
        record.chart.templates.push({name: 'templates/surprise.yaml', data});
      }),
    code: 'release',
    says: /did not produce what was planned[\s\S]*ConfigMap surprise would be new/,
  },
  'a chart that renders an object less': {
    runs: true,
    prepare: (world) =>
      putRecord(world, 1, (record) => {
        record.chart.templates = record.chart.templates.filter(({name}: Any) => name !== 'templates/settings.yaml');
      }),
    code: 'release',
    says: /did not produce what was planned[\s\S]*ConfigMap .*seldon-\w+ would be gone/,
  },
  'a chart without usage metrics': {
    prepare: (world) =>
      putRecord(world, 1, (record) => {
        delete record.chart.values.usageMetrics;
      }),
    code: 'release',
    says: /seldon-core-operator 1\.18\.2 has no usage metrics/,
  },
  'a chart with subcharts': {
    prepare: (world) =>
      putRecord(world, 1, (record) => {
        record.chart.metadata.dependencies = [{name: 'other', version: '1.0.0', repository: ''}];
      }),
    code: 'release',
    says: /has subcharts/,
  },
  'usage objects of an API that is gone': {
    runs: true,
    prepare: (world) =>
      putRecord(world, 1, (record) => {
        const usage = record.chart.templates.find(({name}: Any) => name === 'templates/usage.yaml');
        const text = Buffer.from(usage.data, 'base64').toString();
        usage.data = Buffer.from(
          text.replaceAll('authorization.k8s.io/v1\n', 'authorization.k8s.io/v1beta1\n'),
        ).toString('base64');
      }),
    code: 'release',
    says: /does not know ClusterRole in rbac\.authorization\.k8s\.io\/v1beta1/,
  },
  'a damaged record': {
    prepare: (world) => patch(world, recordPath(1), {data: {release: Buffer.from('SGVsbG8=').toString('base64')}}),
    code: 'input',
    says: /record seldon\/sh\.helm\.release\.v1\.core\.v1 can't be read/,
  },
  'another name': {options: {release: 'other'}, code: 'release', says: /no release other of Seldon Core/},
  'the answer no': {runs: true, options: {yes: false}, code: 'usage', says: /Nothing was changed/},
};

/** Fills the record up to 100 bytes below what a Secret holds. */
function fill(record: Any): void {
  const size = () => Math.ceil(gzipSync(JSON.stringify(record), {level: 9}).length / 3) * 4;
  const filler = {name: 'files/filler', data: ''};
  record.chart.files.push(filler);
  const bytes = Buffer.alloc(1 << 20);
  for (let i = 0, x = 88172645; i < bytes.length; i++) {
    x ^= x << 13;
    x ^= x >>> 17;
    x ^= x << 5;
    bytes[i] = x;
  }
  let [low, high] = [0, bytes.length];
  while (high - low > 16) {
    const middle = (low + high) >> 1;
    filler.data = bytes.subarray(0, middle).toString('base64');
    if (size() > 1_048_476) high = middle;
    else low = middle;
  }
  filler.data = bytes.subarray(0, low).toString('base64');
}

const said = ({error}: Ended) => [error?.message, ...(error?.suggestions ?? [])].join('\n');

for (const major of [3, 4] as const) {
  const test = rigSuite<{world: World}>(`helm ${major}: refused`, ['apiserver', `helm${major}`]);
  test.before(async (context) => {
    context.world = await makeWorld(major, {users: {viewer: [], tenant: []}});
    const everything = {apiGroups: ['*'], resources: ['*']};
    await context.world.server.allow('viewer', [{...everything, verbs: ['get', 'list']}]);
    await context.world.server.allow('tenant', [{...everything, verbs: ['get', 'list']}]);
    await context.world.server.allow('tenant', [{...everything, verbs: ['*']}], namespace);
  });

  for (const [i, [name, {prepare, user, options, code, says, revisions = 1, runs}]] of Object.entries(rows).entries()) {
    if (!runs && major !== (i % 2 === 0 ? 3 : 4)) continue;
    test(name, async ({world}) => {
      await world.reset();
      await prepare?.(world);
      const [versions, there] = [await world.versions(), await world.usageThere()];
      const ended = await tryChange(world, {...options, ...(user ? {user} : {})});
      assert.is(ended.changed, undefined);
      assert.is(ended.error?.code, code, said(ended));
      assert.match(said(ended), says);
      assert.not.match(said(ended), /tls\.key|PRIVATE/);
      assert.is(await world.usageThere(), there);
      assert.equal(await world.versions(), versions);
      const {items} = await world.get(`/api/v1/namespaces/${namespace}/secrets?labelSelector=owner%3Dhelm`);
      assert.is(items.length, revisions);
      const rollback = /helm (rollback .*)/.exec(said(ended))?.[1];
      if (rollback)
        await world.helm(
          ...rollback
            .split(' ')
            .filter((word) => !/^--(?:kubeconfig|namespace)$/.test(word) && !word.startsWith('/'))
            .filter((word) => word !== namespace),
        );
    });
  }

  test.run();
}
