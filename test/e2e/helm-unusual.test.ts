// Clusters and releases that are not as usual, with both Helms.
import {setTimeout as sleep} from 'node:timers/promises';
import * as assert from 'uvu/assert';
import type {ChartOptions} from '../helm/chart.ts';
import {makeWorld, release, tryChange, usagePaths, type World, type WorldOptions} from '../helm/world.ts';
import {rigSuite} from '../rig/available.ts';
import {helmBinary} from '../rig/toolchain.ts';

/** Enables and disables, by one Helm or by the one and the other, and sees that nothing else changed. */
async function thereAndBack(world: World, there = world.helmPath, back = there): Promise<void> {
  const versions = await world.versions();
  for (const [on, helm] of [
    [true, there],
    [false, back],
  ] as const) {
    const {changed, error} = await tryChange(world, {to: on, helm});
    assert.is(changed?.outcome, 'changed', [error?.message, ...(error?.suggestions ?? [])].join('\n'));
    assert.is(await world.usageThere(), on ? 5 : 0);
  }
  assert.equal(await world.versions(), versions);
}

interface Case extends WorldOptions {
  /** The Helm that it is tried with, where it is the record that is unusual and no value of Helm's; absent: both. */
  only?: 3 | 4;
  also?: (world: World) => Promise<void>;
}

const crd: ChartOptions = {name: 'seldon-core-crd', version: '0.2.7', parent: 'usage_metrics'};

/** Kinds of releases that work. */
const releases: Record<string, Case> = {
  'a record of nearly 900 KB, with a CustomResourceDefinition of 600 KB': {
    only: 4,
    chart: {crd: 600_000},
    also: async (world) => {
      const {data} = await world.get(`/api/v1/namespaces/seldon/secrets/sh.helm.release.v1.${release}.v3`);
      const size = Buffer.from(data.release, 'base64').length;
      assert.ok(size > 860_000 && size < 1_048_576, `${size}`);
    },
  },
  'the ConfigMap driver': {only: 3, driver: 'configmap'},
  'the chart of 0.2, whose value has another name and whose ID is new at each rendering': {
    only: 3,
    chart: {...crd, randomID: true},
    also: async (world) => {
      assert.ok((await world.record()).includes('"usage_metrics":{"enabled":false}'));
    },
  },
  'the value was null before': {install: ['--set', 'usageMetrics.enabled=null']},
};

for (const major of [3, 4] as const) {
  const test = rigSuite(`helm ${major}: unusual releases`, ['apiserver', `helm${major}`]);
  for (const [name, {also, only = major, ...options}] of Object.entries(releases)) {
    if (only !== major) continue;
    test(name, async () => {
      const world = await makeWorld(major, options);
      await thereAndBack(world);
      await also?.(world);
      await world.helm('rollback', release, '2', '--no-hooks');
      assert.is(await world.usageThere(), 5);
    });
  }
  test.run();

  const shared = rigSuite<{world: World}>(`helm ${major}: unusual situations`, ['apiserver', 'helm3', 'helm4']);
  shared.before(async (context) => {
    context.world = await makeWorld(major);
  });

  shared('the other Helm changes it, and then this one again', async ({world}) => {
    await world.reset();
    await thereAndBack(world, await helmBinary(major === 3 ? 4 : 3), world.helmPath);
    await thereAndBack(world);
  });

  shared('a dry run shows the plan and writes nothing', async ({world}) => {
    await world.reset();
    const before = await everything(world);
    const {changed, plan} = await tryChange(world, {dryRun: true, yes: false});
    assert.is(changed?.outcome, 'rehearsed');
    assert.equal(plan?.added.length, 5);
    assert.match(
      plan?.command ?? '',
      / upgrade core \S+ --namespace seldon .*--reset-values .*--history-max 0 --no-hooks/,
    );
    assert.equal(await everything(world), before);
  });

  shared('nothing to do makes no new revision', async ({world}) => {
    await world.reset();
    assert.is((await tryChange(world, {to: false})).changed?.outcome, 'unchanged');
    assert.is((await world.history()).length, 1);
  });

  shared('HELM_KUBE* and HELM_DRIVER of the environment do not lead Helm elsewhere', async ({world}) => {
    await world.reset();
    const wrong = {
      HELM_KUBEAPISERVER: 'https://127.0.0.1:9',
      HELM_KUBECONTEXT: 'other',
      HELM_DRIVER: 'memory',
      HELM_NAMESPACE: 'other',
      HELM_DEBUG: '1',
    };
    Object.assign(process.env, wrong);
    try {
      const {changed, error} = await tryChange(world, {});
      assert.is(changed?.outcome, 'changed', error?.message);
    } finally {
      for (const name of Object.keys(wrong)) delete process.env[name];
    }
  });

  shared('usage objects that this release left behind are no obstacle', async ({world}) => {
    await world.reset();
    const annotations = {'meta.helm.sh/release-name': release, 'meta.helm.sh/release-namespace': 'seldon'};
    const labels = {'app.kubernetes.io/managed-by': 'Helm'};
    const metadata = {name: 'seldon-spartakus-config', annotations, labels};
    await world.server.request('POST', usagePaths[1]!.replace(/\/[^/]+$/, ''), {metadata});
    const {changed, error} = await tryChange(world, {});
    assert.is(changed?.outcome, 'changed', error?.message);
  });

  shared('a policy that closes kube-system speaks before anything is changed', async ({world}) => {
    await world.reset();
    await closeKubeSystem(world);
    const {error} = await tryChange(world, {});
    assert.is(error?.code, 'cluster');
    assert.match(error?.message ?? '', /kube-system is closed/);
    assert.is((await world.history()).length, 1);
    await openKubeSystem(world);
  });

  shared.run();
}

/** resourceVersions of all that matters, records included. */
async function everything(world: World): Promise<unknown> {
  const {items} = await world.get('/api/v1/namespaces/seldon/secrets');
  const records = items.map(({metadata}: {metadata: {name: string; resourceVersion: string}}) => [
    metadata.name,
    metadata.resourceVersion,
  ]);
  return [await world.versions(), records, await world.usageThere()];
}

const policies = '/apis/admissionregistration.k8s.io/v1';
/** Never stored: asks whether the policy is in force. */
const probe = (world: World) =>
  world.server.request('POST', '/api/v1/namespaces/kube-system/configmaps?dryRun=All', {metadata: {name: 'probe'}});

/** Takes the policy away; no longer in force when this resolves. */
async function openKubeSystem(world: World): Promise<void> {
  await world.gone(`${policies}/validatingadmissionpolicybindings/closed`);
  await world.gone(`${policies}/validatingadmissionpolicies/closed`);
  while ((await probe(world)).status !== 201) await sleep(50);
}

/** An admission policy in the server itself, in force when this resolves. */
async function closeKubeSystem(world: World): Promise<void> {
  await world.server.request('POST', `${policies}/validatingadmissionpolicies`, {
    metadata: {name: 'closed'},
    spec: {
      failurePolicy: 'Fail',
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['', 'apps'],
            apiVersions: ['v1'],
            operations: ['CREATE'],
            resources: ['deployments', 'configmaps', 'serviceaccounts'],
          },
        ],
      },
      validations: [{expression: "request.namespace != 'kube-system'", message: 'kube-system is closed'}],
    },
  });
  await world.server.request('POST', `${policies}/validatingadmissionpolicybindings`, {
    metadata: {name: 'closed'},
    spec: {policyName: 'closed', validationActions: ['Deny']},
  });
  while ((await probe(world)).status === 201) await sleep(50);
}
