// What status says of Seldon Core 2's Hodometer, on a real API server with releases made by both Helms.
import {mkdtempSync, rmSync} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {runtimeOf} from '../../src/cluster/core2/runtime.ts';
import {offPatch} from '../../src/helm/core2.ts';
import {type Status, status} from '../../src/operations/status.ts';
import {colours} from '../../src/render/colours.ts';
import {renderStatus} from '../../src/render/status.ts';
import {ensureNamespace} from '../cluster/on-cluster.ts';
import {core2Chart, hodometer, installCore2, runHelm} from '../helm/core2-world.ts';
import {type Apiserver, startApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {helmBinary} from '../rig/toolchain.ts';

interface Context {
  server: Apiserver;
  folder: string;
}

const test = rigSuite<Context>('status of Seldon Core 2', ['apiserver', 'helm3', 'helm4']);

test.before(async (context) => {
  context.server = await startApiserver({users: {viewer: [], local: []}});
  context.folder = mkdtempSync(join(tmpdir(), 'core2-'));
  await installCore2(context.server);
});
test.after(async ({server, folder}) => {
  rmSync(folder, {recursive: true});
  await server.close();
});

function look({server, folder}: Context, user = 'admin', namespace?: string): Promise<Status> {
  const connection = {kubeconfig: server.kubeconfig({user})};
  return status({connection, stateDir: folder, namespace}, {env: {PATH: process.env.PATH}, home: homedir()});
}

const text = (found: Status) => renderStatus(found, 200, colours({})).replace(/\s+/g, ' ');
const at = (found: Status, namespace: string) => found.seldonCore2?.places.find((one) => one.namespace === namespace);
const deployments = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;
const runtimes = (namespace: string) => `/apis/mlops.seldon.io/v1alpha1/namespaces/${namespace}/seldonruntimes`;
const merge = {headers: {'content-type': 'application/merge-patch+json'}};

async function made(server: Apiserver, path: string, object: object): Promise<void> {
  const {status: code, body} = await server.request('POST', path, object);
  assert.is(code, 201, JSON.stringify(body));
}

/** A pod of Hodometer that runs, as the controllers and a kubelet would have made it. */
async function startPod(server: Apiserver, namespace: string, name: string): Promise<void> {
  await made(server, `/api/v1/namespaces/${namespace}/serviceaccounts`, {metadata: {name: 'default'}}).catch(() => {});
  const {spec} = hodometer('hodometer').spec.template;
  await made(server, `/api/v1/namespaces/${namespace}/pods`, {
    metadata: {name},
    spec: {...spec, automountServiceAccountToken: false},
  });
  const state = {phase: 'Running', startTime: '2026-01-02T03:04:05Z'};
  await server.request('PATCH', `/api/v1/namespaces/${namespace}/pods/${name}/status`, {status: state}, merge);
}

test('a cluster without Hodometer', async (context) => {
  const found = await look(context);
  assert.equal(found.seldonCore2, {places: [], releases: [], unreadable: []});
  assert.match(text(found), /Seldon Core 2 Hodometer off: none was found/);
});

for (const major of [3, 4] as const) {
  test(`up to 2.5 it is on, and Helm ${major} has the switch`, async (context) => {
    const {server, folder} = context;
    const [helm, namespace] = [await helmBinary(major), `older-${major}`];
    const chart = core2Chart(folder, 'seldon-core-v2-setup', '2.5.0');
    await runHelm(helm, server, ['install', 'setup', chart, '-n', namespace, '--create-namespace']);
    await startPod(server, namespace, 'seldon-hodometer-1');
    const found = await look(context);
    const place = at(found, namespace);
    assert.equal(
      [place?.state, place?.release, place?.deployments[0]?.name],
      ['reports', `${namespace}/setup`, 'seldon-hodometer'],
    );
    assert.equal(place?.pods, {running: 1, starting: 0, since: '2026-01-02T03:04:05Z'});
    assert.match(
      place?.advice[1] ?? '',
      /^helm upgrade setup REPOSITORY\/seldon-core-v2-setup --version 2\.5\.0 .*--reuse-values --set hodometer\.enabled=false$/,
    );
    assert.match(
      text(found),
      /Hodometer on: it reports .* Destinations http:\/\/hodometer\.seldon\.io .* a new one in each pod/,
    );
    // The pod outlives the Deployment here, since no controllers run.
    await runHelm(helm, server, [
      'upgrade',
      'setup',
      chart,
      '-n',
      namespace,
      '--reuse-values',
      '--set',
      'hodometer.enabled=false',
    ]);
    assert.equal(at(await look(context), namespace)?.state, 'reports');
    await server.request('DELETE', `/api/v1/namespaces/${namespace}/pods/seldon-hodometer-1?gracePeriodSeconds=0`);
    assert.equal(
      [at(await look(context), namespace)?.state, at(await look(context), namespace)?.advice],
      ['stopped', []],
    );
    const off = (await look(context)).seldonCore2?.releases.find((one) => one.namespace === namespace);
    assert.equal(off?.values[0], {path: 'hodometer.enabled', effective: false, set: true});
    assert.equal(off?.warnings, []);
  });

  test(`from 2.6 on, disabling by Helm ${major} does not stop one that runs, and its replicas do`, async (context) => {
    const {server, folder} = context;
    const [helm, namespace] = [await helmBinary(major), `newer-${major}`];
    const chart = core2Chart(folder, 'seldon-core-v2-runtime', '2.9.1');
    const set = (...values: string[]) => ['-n', namespace, ...values.flatMap((value) => ['--set', value])];
    await runHelm(helm, server, ['install', 'runtime', chart, '--create-namespace', ...set()]);
    // What the operator does with the runtime.
    await made(server, deployments(namespace), hodometer('hodometer'));
    assert.equal(at(await look(context), namespace)?.state, 'starts');
    await runHelm(helm, server, ['upgrade', 'runtime', chart, ...set('hodometer.disable=true')]);
    const disabled = await look(context);
    const place = at(disabled, namespace);
    assert.equal(
      [place?.state, place?.disabledInVain, place?.runtimes],
      ['starts', true, [{namespace, name: 'seldon', disable: true, replicas: 1}]],
    );
    assert.match(
      place?.advice[1] ?? '',
      /seldon-core-v2-runtime --version 2\.9\.1 .*--set hodometer\.disable=false,hodometer\.replicas=0$/,
    );
    assert.match(text(disabled), /disable: true, which does not stop a Hodometer that is there/);
    assert.not.match(text(disabled), /disable=true/);
    await runHelm(helm, server, ['upgrade', 'runtime', chart, ...set('hodometer.replicas=0')]);
    await server.request('PATCH', `${deployments(namespace)}/hodometer`, {spec: {replicas: 0}}, merge);
    const stopped = at(await look(context), namespace);
    assert.equal([stopped?.state, stopped?.comesBack, stopped?.advice], ['stopped', false, []]);
  });
}

test('a runtime that nobody owns: the command keeps its other overrides, whatever they are', async (context) => {
  const {server} = context;
  await ensureNamespace(server, 'loose');
  for (const overrides of [
    undefined,
    [],
    [{name: 'x', podSpec: {a: 1}}],
    [{name: 'x'}, {name: 'hodometer', disable: true, podSpec: {b: 2}}],
  ]) {
    await made(server, runtimes('loose'), {
      apiVersion: 'mlops.seldon.io/v1alpha1',
      kind: 'SeldonRuntime',
      metadata: {name: 'seldon'},
      spec: {seldonConfig: 'default', ...(overrides && {overrides})},
    });
    const {body} = await server.request('GET', `${runtimes('loose')}/seldon`);
    const patch = offPatch(runtimeOf(body)!);
    const place = at(await look(context), 'loose');
    // Disabled and never made, it does not run.
    const [how = '', command = ''] = place?.comesBack ? place.advice : [];
    if (place?.comesBack) {
      assert.match(how, /^seldon-usage disable, or by hand in the SeldonRuntime/);
      assert.match(
        command,
        /^kubectl patch seldonruntime seldon --kubeconfig \S+ --context \S+ --namespace loose --type /,
      );
      assert.equal(JSON.parse(/--patch '(.*)'$/.exec(command)?.[1] ?? ''), patch);
    }
    const headers = {'content-type': 'application/json-patch+json'};
    const {status: code, body: after} = await server.request('PATCH', `${runtimes('loose')}/seldon`, patch, {headers});
    assert.is(code, 200, JSON.stringify(after));
    const others = (overrides ?? []).filter(({name}) => name !== 'hodometer');
    const {spec} = after as {spec: {overrides: {name: string}[]}};
    assert.equal(
      spec.overrides.filter(({name}) => name !== 'hodometer'),
      others,
    );
    const podSpec = overrides?.[1] ? {podSpec: {b: 2}} : {};
    assert.equal(
      spec.overrides.find(({name}) => name === 'hodometer'),
      {name: 'hodometer', disable: false, replicas: 0, ...podSpec},
    );
    await server.request('DELETE', `${runtimes('loose')}/seldon`);
  }
});

test('none is there, but the runtime wants one', async (context) => {
  const {server} = context;
  await ensureNamespace(server, 'wanting');
  await made(server, runtimes('wanting'), {
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind: 'SeldonRuntime',
    metadata: {name: 'seldon'},
    spec: {seldonConfig: 'default'},
  });
  const found = await look(context);
  assert.equal([at(found, 'wanting')?.state, at(found, 'wanting')?.comesBack], ['stopped', true]);
  assert.match(text(found), /where the operator runs, it comes back/);
  await server.request('DELETE', `${runtimes('wanting')}/seldon`);
});

test('Argo CD decides, and its edit sets the replicas', async (context) => {
  const {server} = context;
  await ensureNamespace(server, 'argo');
  const annotations = {'argocd.argoproj.io/tracking-id': 'core2:mlops.seldon.io/SeldonRuntime:argo/seldon'};
  await made(server, runtimes('argo'), {
    ...{apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'SeldonRuntime', metadata: {name: 'seldon', annotations}},
    spec: {seldonConfig: 'default', overrides: [{name: 'hodometer', disable: true}]},
  });
  await made(server, deployments('argo'), hodometer('hodometer'));
  const place = at(await look(context), 'argo');
  assert.equal([place?.owner?.kind, place?.advice], ['Argo CD', []]);
  assert.equal(place?.owner?.edit.slice(-3), [
    '        hodometer:',
    '          disable: false',
    '          replicas: 0',
  ]);
});

test('who looks after a SeldonRuntime unnamed is told, and no patch that disable would refuse', async (context) => {
  const {server} = context;
  await ensureNamespace(server, 'marked');
  const labels = {'kustomize.toolkit.fluxcd.io/name': 'apps'};
  await made(server, runtimes('marked'), {
    ...{apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'SeldonRuntime', metadata: {name: 'seldon', labels}},
    spec: {seldonConfig: 'default'},
  });
  await made(server, deployments('marked'), hodometer('hodometer'));
  const found = await look(context, 'admin', 'marked');
  assert.equal(
    found.seldonCore2?.places.map(({namespace}) => namespace),
    ['marked'],
  );
  assert.match(
    text(found),
    /Decided by somebody who looks after it, by its marks: kustomize\.toolkit\.fluxcd\.io\/name/,
  );
  assert.match(text(found), /To stop it Where the SeldonRuntime comes from: spec\.overrides, /);
  assert.not.match(text(found), /kubectl/);
  await server.request('DELETE', `${runtimes('marked')}/seldon`);
  await server.request('DELETE', `${deployments('marked')}/hodometer`);
});

test('a switch that says off, one that runs all the same, and a no of the cluster that Hodometer does not know', async (context) => {
  const {server} = context;
  for (const namespace of ['ignored', 'operators']) await ensureNamespace(server, namespace);
  await made(server, runtimes('ignored'), {
    ...{apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'SeldonRuntime', metadata: {name: 'seldon'}},
    spec: {seldonConfig: 'default', overrides: [{name: 'hodometer', replicas: 0}]},
  });
  await made(server, deployments('ignored'), hodometer('hodometer'));
  const maps = '/api/v1/namespaces/kube-system/configmaps';
  await ensureNamespace(server, 'kube-system');
  await made(server, maps, {metadata: {name: 'seldon-usage'}, data: {reporting: 'no'}});
  const without = await look(context, 'admin', 'ignored');
  assert.equal([at(without, 'ignored')?.offInVain, without.seldonCore2?.operator], [true, {runs: false, found: []}]);
  assert.match(text(without), /Operator none was found: nothing acts on the SeldonRuntime/);
  assert.match(text(without), /runs all the same: no operator runs that acts on it\./);
  assert.match(
    text(without),
    /says off already.* kubectl scale deployment hodometer .*--namespace ignored --replicas 0/,
  );
  assert.not.match(text(without), /kubectl patch/);
  assert.match(
    text(without),
    /says no to reports \(ConfigMap seldon-usage in kube-system\), of which Hodometer knows nothing/,
  );
  await server.request('DELETE', `${maps}/seldon-usage`);
  await made(server, deployments('operators'), hodometer('seldon-v2-controller-manager'));
  const path = `${deployments('operators')}/seldon-v2-controller-manager`;
  assert.match(text(await look(context)), /Operator operators\/seldon-v2-controller-manager has no pod that is ready/);
  await server.request('PATCH', `${path}/status`, {status: {replicas: 1, readyReplicas: 1}}, merge);
  const running = text(await look(context));
  assert.match(running, /Operator operators\/seldon-v2-controller-manager runs/);
  assert.match(running, /runs all the same: its operator has not acted on it, or not yet\./);
  assert.not.match(running, /says no to reports/);
  await server.request('DELETE', path);
  await server.request('DELETE', `${runtimes('ignored')}/seldon`);
  await server.request('DELETE', `${deployments('ignored')}/hodometer`);
});

test('who may read one namespace alone sees the releases there, wherever it is', async (context) => {
  const {server, folder} = context;
  const helm = await helmBinary(4);
  const chart = core2Chart(folder, 'seldon-core-v2-runtime', '2.9.1');
  await runHelm(helm, server, ['install', 'runtime', chart, '-n', 'seldon-mesh', '--create-namespace']);
  await made(server, deployments('seldon-mesh'), hodometer('hodometer'));
  const all = [{apiGroups: ['*'], resources: ['*'], verbs: ['get', 'list']}];
  await server.allow('local', all, 'seldon-mesh');
  const found = await look(context, 'local');
  assert.match(
    at(found, 'seldon-mesh')?.advice.join() ?? '',
    /^seldon-usage disable, or by hand with Helm.* --version 2\.9\.1/,
  );
  assert.match(text(found), /Release seldon-mesh\/runtime: seldon-core-v2-runtime 2\.9\.1, revision 1/);
  await runHelm(helm, server, ['uninstall', 'runtime', '-n', 'seldon-mesh']);
  await server.request('DELETE', `${deployments('seldon-mesh')}/hodometer`);
});

test('a name that is none gets into no command', async (context) => {
  const {server} = context;
  await ensureNamespace(server, 'odd');
  const annotations = {'meta.helm.sh/release-name': 'x; touch /tmp/x', 'meta.helm.sh/release-namespace': 'odd'};
  await made(server, deployments('odd'), {
    ...hodometer('seldon-hodometer'),
    metadata: {name: 'seldon-hodometer', annotations},
  });
  const place = at(await look(context), 'odd');
  assert.match(place?.advice.join() ?? '', /^By whoever installed it: .* no command is shown\.$/);
});

test('what an older version left behind is not stopped by the runtime, and said to be deleted', async (context) => {
  const {server} = context;
  await ensureNamespace(server, 'both');
  const spec = {seldonConfig: 'default', overrides: [{name: 'hodometer', replicas: 0}]};
  await made(server, runtimes('both'), {
    apiVersion: 'mlops.seldon.io/v1alpha1',
    kind: 'SeldonRuntime',
    metadata: {name: 'seldon'},
    spec,
  });
  await made(server, deployments('both'), hodometer('seldon-hodometer'));
  const place = at(await look(context), 'both');
  assert.equal([place?.state, place?.advice[0]?.startsWith('What an older version')], ['starts', true]);
  assert.match(place?.advice.at(-1) ?? '', /^kubectl delete deployment seldon-hodometer .*--namespace both$/);
});

test('extra destinations are shown without what is secret in them', async (context) => {
  const {server} = context;
  await ensureNamespace(server, 'extra');
  const env = {EXTRA_PUBLISH_URLS: 'https://user:hunter2@ours.example/a?key=hunter3', METRICS_LEVEL: 'RESOURCE'};
  await made(server, deployments('extra'), hodometer('hodometer', {env}));
  const found = await look(context);
  const [one] = at(found, 'extra')?.deployments ?? [];
  assert.equal([one?.level, one?.destinations], ['resource', ['http://hodometer.seldon.io', 'https://ours.example/a']]);
  assert.not.match(JSON.stringify(found) + text(found), /hunter/);
  assert.match(
    text(found),
    /Level resource Sends collector_version, .*; the same in every cluster: seldon_core_version 0\.0\.1; 0 since it is not collected: multimodel_enabled_count/,
  );
  assert.match(text(found), /kubectl scale deployment hodometer .*--namespace extra --replicas 0/);
});

test('who may read little is told what could not be looked for', async (context) => {
  await context.server.allow('viewer', [{apiGroups: ['*'], resources: ['deployments'], verbs: ['get', 'list']}]);
  const found = await look(context, 'viewer');
  assert.is(at(found, 'extra')?.pods, 'unreadable');
  assert.ok(found.seldonCore2?.unreadable.includes('seldonruntimes in all namespaces'));
  assert.match(text(found), /Pods not readable/);
});

test('of very many namespaces the first are looked at, the others counted', async (context) => {
  const {server} = context;
  const names = Array.from({length: 60}, (_, i) => `many-${i}`);
  for (const name of names) {
    await ensureNamespace(server, name);
    await made(server, deployments(name), hodometer('hodometer', {replicas: 0}));
  }
  const {seldonCore2} = await look(context);
  const [more] = seldonCore2!.unreadable;
  assert.is(seldonCore2?.places.length, 50);
  assert.match(more ?? '', /^\d+ more namespaces$/);
});

test.run();
