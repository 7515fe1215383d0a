// A release record is written by whoever may write Secrets in its namespace: what they may try, each with one of the Helms. Each
// attack is refused before anything is changed, and what is wrong is named.
import {gzipSync} from 'node:zlib';
import * as assert from 'uvu/assert';
import {usageDocuments, usageTexts} from '../helm/eras.ts';
import {base64, changed, create, foreign, own, rendering, rows, service, storing} from '../helm/hostile-records.ts';
import {putRecord} from '../helm/put-record.ts';
import {
  type Ended,
  makeWorld,
  namespace,
  otherPaths,
  release,
  tryChange,
  usagePaths,
  type World,
} from '../helm/world.ts';
import {rigSuite} from '../rig/available.ts';

const said = ({error}: Ended) => [error?.message, ...(error?.suggestions ?? [])].join('\n');

/** The suite of one Helm: a file for each, since both together take minutes. */
export function hostileRecords(major: 3 | 4) {
  const test = rigSuite<{world: World}>(`helm ${major}: hostile records`, ['apiserver', `helm${major}`]);
  test.before(async (context) => {
    context.world = await makeWorld(major);
  });
  test.before.each(async ({world}) => {
    await world.reset();
    for (const path of [foreign, own, service]) await world.gone(path);
  });

  for (const [i, [name, {prepare, options, code = 'release', says, helm = i % 2 === 0 ? 3 : 4}]] of Object.entries(
    rows,
  ).entries()) {
    if (helm !== major) continue;
    test(`enable refuses: ${name}`, async ({world}) => {
      await prepare(world);
      const [versions, bystander] = [await world.versions(), await world.get(foreign)];
      const ended = await tryChange(world, {...options});
      assert.is(ended.error?.code, code, said(ended));
      assert.match(said(ended), says);
      assert.is(await world.usageThere(), 0);
      assert.equal(await world.versions(), versions);
      assert.equal(await world.get(foreign), bystander);
      const {items} = await world.get(`/api/v1/namespaces/${namespace}/secrets?labelSelector=owner%3Dhelm`);
      assert.is(items.length, 1);
    });
  }

  test('a tenant forges a whole release: the administrator gives away nothing', async ({world}) => {
    await world.server.request('POST', '/api/v1/namespaces', {metadata: {name: 'tenant'}});
    const kept = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {name: 'seldon-config', namespace: 'tenant'},
      data: {a: 'b'},
    };
    const evil = `{{- if .Values.usageMetrics.enabled }}
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: seldon-spartakus-volunteer}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: default, namespace: tenant}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: seldon-spartakus-config, namespace: tenant}
data: {copied: {{ (lookup "v1" "Secret" "kube-system" "some-secret").data | toJson | quote }}}
{{- end }}`;
    const record = {
      ...{name: 'core', namespace: 'tenant', version: 1, config: {}, hooks: []},
      info: {status: 'deployed', first_deployed: '2026-11-01T00:00:00Z', last_deployed: '2026-11-01T00:00:00Z'},
      chart: {
        metadata: {name: 'seldon-core-operator', version: '1.18.2', apiVersion: 'v2'},
        ...{lock: null, schema: null, files: [], values: {usageMetrics: {enabled: false}}},
        templates: [
          {name: 'templates/kept.yaml', data: base64(JSON.stringify(kept))},
          {name: 'templates/evil.yaml', data: base64(evil)},
        ],
      },
      manifest: `---\n${JSON.stringify(kept)}\n`,
    };
    const name = 'sh.helm.release.v1.core.v1';
    await create(world, `/api/v1/namespaces/tenant/secrets/${name}`, {
      type: 'helm.sh/release.v1',
      metadata: {name, labels: {owner: 'helm', name: 'core', version: '1', status: 'deployed'}},
      data: {release: base64(gzipSync(JSON.stringify(record)).toString('base64'))},
    });
    const annotations = {'meta.helm.sh/release-name': 'core', 'meta.helm.sh/release-namespace': 'tenant'};
    const labels = {'app.kubernetes.io/managed-by': 'Helm'};
    const metadata = {...kept.metadata, annotations, labels};
    await create(world, '/api/v1/namespaces/tenant/configmaps/seldon-config', {...kept, metadata});
    const ended = await tryChange(world, {namespace: 'tenant'});
    assert.is(ended.error?.code, 'release', said(ended));
    // The lookup comes first; without it the binding, and the tenant's ConfigMap, are what is named.
    assert.match(
      said(ended),
      /not part of the change, and was stopped; nothing was changed: GET Secret kube-system\/some-secret/,
    );
    assert.is(await world.get(usagePaths[4]!), undefined);
    await world.server.request('DELETE', `/api/v1/namespaces/tenant/secrets/${name}`);
    await world.server.request('DELETE', '/api/v1/namespaces/tenant/configmaps/seldon-config');
  });

  test('what only restricts or places is accepted, shown, and applied', async ({world}) => {
    await changed('Deployment', ({spec}) => {
      Object.assign(spec.template.spec, {nodeSelector: {pool: 'a'}, priorityClassName: 'low'});
      Object.assign(spec.template.spec.containers[0], {
        image: 'mirror.example/spartakus-amd64:v1.1.0',
        resources: {limits: {cpu: '0.1', memory: '64Mi'}},
        securityContext: {runAsNonRoot: true, allowPrivilegeEscalation: false, capabilities: {drop: ['ALL']}},
      });
    })(world);
    const {changed: done, plan, error} = await tryChange(world, {acceptImage: 'mirror.example/spartakus-amd64:v1.1.0'});
    assert.is(done?.outcome, 'changed', said({error: error!}));
    assert.equal(done?.warnings, []);
    assert.equal(plan?.grants?.rules, [{apiGroups: [''], resources: ['nodes'], verbs: ['list']}]);
    assert.is(plan?.grants?.subject, 'ServiceAccount kube-system/seldon-spartakus-volunteer');
    assert.is(plan?.grants?.image, 'mirror.example/spartakus-amd64:v1.1.0');
    assert.match(plan?.grants?.added.join('\n') ?? '', /nodeSelector[\s\S]*|priorityClassName[\s\S]*resources[\s\S]*/);
    const {spec} = (await world.get(usagePaths[2]!)).spec.template;
    assert.equal([spec.nodeSelector, spec.containers[0].resources.limits.cpu], [{pool: 'a'}, '100m']);
  });

  // From 0.5.1 on they differ in nothing but their APIs, and in the names that end in the namespace from 1.0.
  for (const version of major === 3 ? ['0.2.7', '0.4.1', '1.18.2'] : ['0.3.1', '0.5.1', '1.18.2'])
    test(`the five documents of ${version}: on, off, and on again`, async ({world}) => {
      await rendering(usageTexts({version, workload: 'apps/v1', rbacVersion: 'rbac.authorization.k8s.io/v1'}))(world);
      const suffix = version === '1.18.2' ? `-${namespace}` : '';
      const paths = usagePaths.map((path, i) => (i < 3 ? path : `${path}${suffix}`));
      for (const path of paths) await world.gone(path);
      for (const to of [true, false, true]) {
        const ended = await tryChange(world, {to});
        assert.is(ended.changed?.outcome, 'changed', said(ended));
        for (const path of paths) assert.is((await world.get(path)) !== undefined, to, path);
      }
      for (const path of paths) await world.gone(path);
    });

  test('a release whose manifest holds a list of other objects stays usable', async ({world}) => {
    const items = ['a', 'b'].map((name) => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: {name: `seldon-${name}`, namespace},
      data: {a: 'b'},
    }));
    const list = JSON.stringify({apiVersion: 'v1', kind: 'List', items}, null, '\t');
    const annotations = {'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': namespace};
    const labels = {'app.kubernetes.io/managed-by': 'Helm'};
    const paths = items.map(({metadata}) => `/api/v1/namespaces/${namespace}/configmaps/${metadata.name}`);
    for (const [i, {metadata, data}] of items.entries())
      await create(world, paths[i]!, {metadata: {...metadata, annotations, labels}, data});
    await storing(list)(world);
    for (const to of [true, false]) {
      const ended = await tryChange(world, {to});
      assert.is(ended.changed?.outcome, 'changed', said(ended));
      for (const path of paths) assert.equal((await world.get(path))?.data, {a: 'b'});
    }
    for (const path of paths) await world.gone(path);
  });

  test('disable never looks into the volunteer: a customised one stays removable', async ({world}) => {
    const stored = usageDocuments({short: true});
    stored[4].spec.template.spec.containers[0].image = 'mirror.example/a:1';
    stored[4].spec.template.spec.hostNetwork = true;
    stored[1].data.more = 'x';
    const annotations = {'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': namespace};
    const labels = {'app.kubernetes.io/managed-by': 'Helm'};
    for (const [i, object] of stored.entries())
      await create(world, usagePaths[[0, 1, 3, 4, 2][i]!]!, {
        ...object,
        metadata: {...object.metadata, annotations, labels},
      });
    await putRecord(world, 1, (record) => {
      record.config = {...record.config, usageMetrics: {enabled: true}};
      record.manifest += stored.map((one) => `---\n${JSON.stringify(one)}\n`).join('');
    });
    const ended = await tryChange(world, {to: false});
    assert.is(ended.changed?.outcome, 'changed', said(ended));
    assert.is(await world.usageThere(), 0);
  });

  test('disable removes a volunteer that somebody edited in the cluster', async ({world}) => {
    assert.is((await tryChange(world, {})).changed?.outcome, 'changed');
    const containers = [
      {name: 'seldon-spartakus-volunteer', image: 'mirror.example/a:1', args: ['-c', 'sleep 1']},
      {name: 'more', image: 'mirror.example/b:1', securityContext: {runAsUser: 0}},
    ];
    const patch = {spec: {replicas: 0, template: {metadata: {labels: {'k8s-app': 'x'}}, spec: {containers}}}};
    const headers = {'content-type': 'application/strategic-merge-patch+json'};
    const {status} = await world.server.request('PATCH', `${usagePaths[2]}?fieldManager=kubectl`, patch, {headers});
    assert.is(status, 200);
    const ended = await tryChange(world, {to: false});
    assert.is(ended.changed?.outcome, 'changed', said(ended));
    assert.is(await world.usageThere(), 0);
  });

  test('disable refuses a usage object that is not of this release', async ({world}) => {
    assert.is((await tryChange(world, {})).changed?.outcome, 'changed');
    const headers = {'content-type': 'application/merge-patch+json'};
    const mark = (name: string | null) =>
      world.server.request(
        'PATCH',
        usagePaths[1]!,
        {metadata: {annotations: {'meta.helm.sh/release-name': name}}},
        {headers},
      );
    await mark('other');
    const taken = await tryChange(world, {to: false});
    assert.is(taken.error?.code, 'release');
    assert.match(said(taken), /ConfigMap kube-system\/seldon-spartakus-config belongs to the release seldon\/other/);
    await mark(null);
    const unmarked = await tryChange(world, {to: false});
    assert.match(
      said(unmarked),
      /carries no marks[\s\S]*--accept-unmarked ConfigMap\/kube-system\/seldon-spartakus-config/,
    );
    assert.is(await world.usageThere(), 5);
    const accepted = await tryChange(world, {
      to: false,
      acceptUnmarked: ['ConfigMap/kube-system/seldon-spartakus-config'],
    });
    assert.is(accepted.changed?.outcome, 'changed', said(accepted));
    assert.is(await world.usageThere(), 0);
  });

  test('an object of a release older than Helm 3.2 is accepted by its name', async ({world}) => {
    const headers = {'content-type': 'application/merge-patch+json'};
    const annotations = {'meta.helm.sh/release-name': null, 'meta.helm.sh/release-namespace': null};
    await world.server.request('PATCH', otherPaths[4]!, {metadata: {annotations}}, {headers});
    assert.match(said(await tryChange(world, {})), /--accept-unmarked ConfigMap\/seldon-notes/);
    const ended = await tryChange(world, {acceptUnmarked: ['ConfigMap/seldon-notes'], dryRun: true});
    assert.is(ended.changed?.outcome, 'rehearsed', said(ended));
  });

  test('what admission changed is named, and what RBAC gives must be what was planned', async ({world}) => {
    const root = '/apis/admissionregistration.k8s.io/v1';
    const policy = (name: string, resource: [string, string], expression: string) => ({
      metadata: {name},
      spec: {
        failurePolicy: 'Fail',
        reinvocationPolicy: 'Never',
        matchConstraints: {
          resourceRules: [
            {apiGroups: [resource[0]], apiVersions: ['*'], operations: ['CREATE'], resources: [resource[1]]},
          ],
        },
        mutations: [{patchType: 'ApplyConfiguration', applyConfiguration: {expression}}],
      },
    });
    const {status, body} = await world.server.request(
      'POST',
      `${root}/mutatingadmissionpolicies`,
      policy('labels', ['apps', 'deployments'], 'Object{spec: Object.spec{revisionHistoryLimit: 3}}'),
    );
    assert.is(status, 201, JSON.stringify(body));
    await world.server.request('POST', `${root}/mutatingadmissionpolicybindings`, {
      metadata: {name: 'labels'},
      spec: {policyName: 'labels'},
    });
    const probe = {...usageDocuments()[4], metadata: {name: 'probe', namespace}};
    const path = `/apis/apps/v1/namespaces/${namespace}/deployments?dryRun=All`;
    while ((await world.server.request('POST', path, probe)).body.spec.revisionHistoryLimit !== 3)
      await new Promise((done) => setTimeout(done, 50));
    const ended = await tryChange(world, {});
    assert.is(ended.changed?.outcome, 'changed', said(ended));
    assert.match(
      ended.changed?.warnings.join() ?? '',
      /otherwise than the chart: Deployment .*spec\.revisionHistoryLimit/,
    );
    await world.server.request('DELETE', `${root}/mutatingadmissionpolicybindings/labels`);
    await world.server.request('DELETE', `${root}/mutatingadmissionpolicies/labels`);
  });
  return test;
}
