// enable and disable over several contexts: two clusters with a release each, one of them under two contexts by two names of
// its server, and a context that leads nowhere.
import {readFileSync, writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import type {UserError} from '../../src/errors.ts';
import type {Plan} from '../../src/helm/plan.ts';
import type {ChangeOptions} from '../../src/operations/change.ts';
import {changeFleet} from '../../src/operations/change-fleet.ts';
import {fleetKubeconfig} from '../cluster/fleet-kubeconfig.ts';
import {ensureNamespace, operator, withWorkloads} from '../cluster/on-cluster.ts';
import {newFolder} from '../folder.ts';
import {makeWorld, namespace, otherPaths, type World} from '../helm/world.ts';
import {run} from '../program.ts';
import {startApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';

interface Fleet {
  one: World;
  two: World;
  kubeconfig: string;
}

const test = rigSuite<Fleet>('change of a fleet', ['apiserver', 'helm3']);
const maps = `/api/v1/namespaces/${namespace}/configmaps`;

test.before(async (context) => {
  const [first, second] = await Promise.all([startApiserver({users: {helper: []}}), startApiserver()]);
  [context.one, context.two] = await Promise.all([makeWorld(3, {server: first}), makeWorld(3, {server: second})]);
  context.kubeconfig = join(newFolder('fleet-'), 'config');
  writeFileSync(
    context.kubeconfig,
    JSON.stringify(fleetKubeconfig(context.one.kubeconfig, context.two.kubeconfig, 'other name')),
  );
});
test.before.each(async ({one, two}) => {
  await Promise.all([one.reset(), two.reset()]);
});
test.after(async ({one, two}) => {
  await Promise.all([one.server.close(), two.server.close()]);
});

const flags = ({one, kubeconfig}: Fleet) => ['--kubeconfig', kubeconfig, '--helm', one.helmPath];
const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
/** How many usage objects each has, and how many revisions its release. */
const states = async ({one, two}: Fleet) =>
  Promise.all([one, two].map(async (world) => [await world.usageThere(), (await world.history()).length]));

/** The operation in this process, for both clusters. */
function tryFleet(
  fleet: Fleet,
  confirm: (plans: readonly Plan[]) => Promise<boolean>,
  more: Partial<ChangeOptions> = {},
) {
  const options = {connection: {kubeconfig: fleet.kubeconfig}, helm: fleet.one.helmPath, to: true, ...more};
  const around = {env: process.env, home: homedir()};
  const dialogue = {told() {}, plans() {}, confirm};
  return changeFleet({contexts: ['one', 'two'], exclude: []}, options, around, dialogue);
}

test('each release is changed once, what fails stops no other, and the exit code is the worst', async (fleet) => {
  const versions = [await fleet.one.versions(), await fleet.two.versions()];
  const rehearsed = run(['enable', '--json', '--dry-run', '--all-contexts', ...flags(fleet)]);
  assert.is(rehearsed.status, 3, rehearsed.stderr);
  assert.equal(
    lines(rehearsed.stdout).map(({context, outcome, error, sameAs, plan}) => [
      context,
      outcome ?? error?.code ?? sameAs,
      plan?.added.length,
    ]),
    [
      ['one', 'rehearsed', 5],
      ['gone', 'cluster', undefined],
      ['one-again', 'one', undefined],
      ['two', 'rehearsed', 5],
    ],
  );
  assert.equal(await states(fleet), [
    [0, 1],
    [0, 1],
  ]);
  const enabled = run(['enable', '--yes', '--all-contexts', ...flags(fleet)]);
  assert.is(enabled.status, 3, enabled.stderr);
  assert.equal(await states(fleet), [
    [5, 2],
    [5, 2],
  ]);
  assert.equal([await fleet.one.versions(), await fleet.two.versions()], versions);
  const table = enabled.stdout.replace(/ +/g, ' ');
  assert.match(table, /^one usage metrics of seldon\/core are on, revision 2, verified$/m);
  assert.match(table, /^gone failed$/m);
  assert.match(table, /^one-again the same cluster as one, counted once$/m);
  assert.match(enabled.stderr, /^two: usage metrics of seldon\/core can be turned on$/m);
  assert.match(enabled.stderr, /^two: usage metrics of seldon\/core are on, revision 2, verified$/m);
  assert.match(enabled.stderr, /Error: gone: /);
  const both = ['--all-contexts', '--exclude', 'gone', ...flags(fleet)];
  // An ID that is set is no matter of a release.
  const disabled = run(['disable', '--yes', '--json', ...both], {
    env: {SELDON_USAGE_CLUSTER_ID: '11111111-2222-4333-8444-555555555555'},
  });
  assert.is(disabled.status, 0, disabled.stderr);
  assert.is(disabled.stderr, '');
  const again = run(['disable', '--yes', '--json', ...both]);
  assert.equal(
    [disabled, again].map(({stdout}) => lines(stdout).map(({outcome, revision}) => [outcome, revision])),
    ['changed', 'unchanged'].map((outcome) => [
      [outcome, 3],
      [undefined, undefined],
      [outcome, 3],
    ]),
  );
});

test('one question tells all that changes; after a no nothing is', async (fleet) => {
  const asked: (readonly Plan[])[] = [];
  const error = await tryFleet(fleet, async (plans) => asked.push(plans) < 0).catch((error) => error);
  assert.is((error as UserError).code, 'usage');
  assert.equal(
    asked.map((plans) => plans.map(({cluster, release, value}) => [cluster.context, release.name, value.after])),
    [
      [
        ['one', 'core', true],
        ['two', 'core', true],
      ],
    ],
  );
  assert.equal(await states(fleet), [
    [0, 1],
    [0, 1],
  ]);
});

test('what somebody else changes while the question stands holds up its own cluster alone', async (fleet) => {
  const confirm = async () => {
    await fleet.one.helm('upgrade', 'core', fleet.one.chart, '--reuse-values', '--no-hooks');
    return true;
  };
  const [first, second] = await tryFleet(fleet, confirm);
  assert.match(String(first!.error), /Somebody else changed the release/);
  assert.equal([second!.result?.outcome, second!.result?.revision], ['changed', 2]);
  assert.equal(await states(fleet), [
    [0, 2],
    [5, 2],
  ]);
});

test('what is interrupted while the question stands changes nothing', async (fleet) => {
  const abort = new AbortController();
  const confirm = () => {
    abort.abort('SIGINT');
    return new Promise<never>(() => {});
  };
  const error = await tryFleet(fleet, confirm, {signal: abort.signal}).catch((error) => error);
  assert.is((error as UserError).code, 'interrupted');
  assert.equal(await states(fleet), [
    [0, 1],
    [0, 1],
  ]);
});

test('an owner gets the edit for its own context, and the others are changed', async (fleet) => {
  const marks = {'helm.toolkit.fluxcd.io/name': 'core', 'helm.toolkit.fluxcd.io/namespace': 'flux-system'};
  await fleet.two.server.request(
    'PATCH',
    otherPaths[5]!,
    {metadata: {labels: marks}},
    {headers: {'Content-Type': 'application/merge-patch+json'}},
  );
  const ended = run(['enable', '--yes', '--context', 'two', '--context', 'one', ...flags(fleet)]);
  assert.is(ended.status, 7, ended.stderr);
  assert.match(ended.stderr, /Error: two: The release seldon\/core belongs to Flux/);
  assert.match(
    ended.stderr,
    /HelmRelease core of the namespace flux-system:\n +spec:\n +values:\n +usageMetrics:\n +enabled: true\n/,
  );
  assert.match(ended.stdout.replace(/ +/g, ' '), /^one usage metrics of seldon\/core are on, revision 2, verified$/m);
  assert.equal(await states(fleet), [
    [5, 2],
    [0, 1],
  ]);
});

test('a no of one cluster holds up itself alone, by all its contexts; to disable is free', async (fleet) => {
  const no = {metadata: {name: 'seldon-usage'}, data: {reporting: 'never'}};
  await fleet.one.server.request('POST', maps, no);
  try {
    const all = ['--all-contexts', '--exclude', 'gone', ...flags(fleet)];
    const enabled = run(['enable', '--yes', '--json', ...all]);
    assert.is(enabled.status, 6, enabled.stderr);
    assert.equal(
      lines(enabled.stdout).map(({outcome, error}) => outcome ?? error.code),
      ['consent', 'consent', 'changed'],
    );
    assert.equal(await states(fleet), [
      [0, 1],
      [5, 2],
    ]);
    const disabled = run(['disable', '--yes', '--json', ...all]);
    assert.is(disabled.status, 0, disabled.stdout);
  } finally {
    await fleet.one.gone(`${maps}/seldon-usage`);
  }
});

test('a no in the namespace of an operator that only one context finds counts for who may change the release', async (fleet) => {
  const {server} = fleet.one;
  const all = {apiGroups: ['*'], resources: ['*'], verbs: ['*']};
  // All that it takes to enable, but not to look for operators, nor to see a no beside them.
  for (const place of [namespace, 'kube-system', 'seldon-system']) {
    await ensureNamespace(server, place);
    await server.allow('helper', [all], place);
  }
  await server.allow('helper', [
    {
      apiGroups: ['rbac.authorization.k8s.io', 'apiextensions.k8s.io', 'admissionregistration.k8s.io'],
      resources: ['*'],
      verbs: ['*'],
    },
    {apiGroups: [''], resources: ['secrets', 'services', 'serviceaccounts', 'namespaces'], verbs: ['*']},
  ]);
  const config = JSON.parse(readFileSync(fleet.kubeconfig, 'utf8'));
  config.users.push({
    name: 'helper',
    user: JSON.parse(readFileSync(server.kubeconfig({user: 'helper'}), 'utf8')).users[0].user,
  });
  config.contexts = [
    {name: 'helper', context: {cluster: 'by-name', user: 'helper', namespace}},
    {name: 'one', context: {cluster: 'one', user: 'one', namespace}},
  ];
  const kubeconfig = join(newFolder('fleet-'), 'config');
  writeFileSync(kubeconfig, JSON.stringify(config));
  const enable = (...contexts: string[]) => {
    const names = contexts.flatMap((name) => ['--context', name]);
    const args = [
      'enable',
      '--yes',
      '--json',
      '-n',
      namespace,
      '--kubeconfig',
      kubeconfig,
      '--helm',
      fleet.one.helmPath,
    ];
    const {status, stdout, stderr} = run([...args, ...names]);
    return {
      status,
      stderr,
      told: stdout.trim() === '' ? [] : lines(stdout).map(({outcome, error}) => outcome ?? error?.message),
    };
  };
  await withWorkloads(server, [operator('ops', '1.18.2')], async () => {
    const path = '/api/v1/namespaces/ops/configmaps';
    await server.request('POST', path, {metadata: {name: 'seldon-usage'}, data: {reporting: 'never'}});
    const both = enable('helper', 'one');
    assert.is(both.status, 6, both.stderr);
    assert.match(both.told[0], /context one forbids reporting, and it can't be seen whether this is another one/);
    assert.match(both.told[1], /namespace ops says reporting: never/);
    // Where something shows that it is the same cluster, that is what is told.
    const map = '/api/v1/namespaces/kube-system/configmaps';
    await server.request('POST', map, {metadata: {name: 'seldon-usage'}});
    for (const told of enable('one', 'helper').told) assert.match(told, /namespace ops says reporting: never/);
    assert.equal(await states(fleet), [
      [0, 1],
      [0, 1],
    ]);
    await server.request('DELETE', `${map}/seldon-usage`);
    await server.request('DELETE', `${path}/seldon-usage`);
    const allowed = enable('helper', 'one');
    assert.equal(allowed.told, ['changed', undefined], allowed.stderr);
  });
});

const wrong: Record<string, [args: string[], says: RegExp]> = {
  'without a terminal': [['enable', '--all-contexts'], /no terminal to ask on/],
  'one server for all': [
    ['disable', '-y', '--all-contexts', '--server', 'https://x'],
    /--server goes with one cluster/,
  ],
  'toggle of several': [
    ['toggle', '--dry-run', '--context', 'one', '--context', 'two'],
    /toggle goes with one cluster/,
  ],
  'no context': [
    ['enable', '-y', '--all-contexts', '--exclude', 'x'],
    /--exclude x: the kubeconfig has no such context/,
  ],
};
for (const [name, [args, says]] of Object.entries(wrong)) {
  test(`${name}: refused`, (fleet) => {
    const ended = run([...args, ...flags(fleet)]);
    assert.is(ended.status, 2, ended.stderr);
    assert.match(ended.stderr.replace(/\s+/g, ' '), says);
  });
}

test.run();
