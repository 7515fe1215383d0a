// disable, enable, toggle and --level on Seldon Core 2, on a real API server with releases made by both Helms.
import {mkdtempSync, rmSync} from 'node:fs';
import {homedir, tmpdir} from 'node:os';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {UserError} from '../../src/errors.ts';
import type {Core2Changed, Core2Plan} from '../../src/helm/core2-plan.ts';
import {type ChangeOptions, change} from '../../src/operations/change.ts';
import {colours} from '../../src/render/colours.ts';
import {renderCore2Changed, renderCore2Plan} from '../../src/render/core2-plan.ts';
import {ensureNamespace} from '../cluster/on-cluster.ts';
import {withControllers} from '../helm/core2-controllers.ts';
import {core2Chart, hodometer, installCore2, runHelm} from '../helm/core2-world.ts';
import {type Apiserver, startApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {helmBinary} from '../rig/toolchain.ts';

interface Context {
  server: Apiserver;
  folder: string;
}

const test = rigSuite<Context>('the switch of Seldon Core 2', ['apiserver', 'helm3', 'helm4']);

test.before(async (context) => {
  context.server = await startApiserver({users: {viewer: [], changer: [], namer: [], lister: [], local: []}});
  context.folder = mkdtempSync(join(tmpdir(), 'core2-'));
  await installCore2(context.server);
});
test.after(async ({server, folder}) => {
  rmSync(folder, {recursive: true});
  await server.close();
});

interface Ended {
  changed?: Core2Changed;
  plan?: Core2Plan;
  error?: UserError;
}

async function turn(
  {server}: Context,
  options: Partial<ChangeOptions> & {user?: string; yes?: boolean; meanwhile?: () => Promise<void>},
): Promise<Ended> {
  const {user = 'admin', yes = true, meanwhile, ...rest} = options;
  const ended: Ended = {};
  const dialogue = {
    doing() {},
    plan(plan: unknown) {
      ended.plan = plan as Core2Plan;
    },
    confirm: async () => {
      await meanwhile?.();
      return yes;
    },
  };
  try {
    const connection = {kubeconfig: server.kubeconfig({user})};
    const how = {connection, to: false, watchFor: 1500, helm: await helmBinary(4), ...rest};
    ended.changed = (await change(how, {env: process.env, home: homedir()}, dialogue)) as Core2Changed;
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    ended.error = error;
  }
  return ended;
}

const said = ({error}: Ended) => [error?.message, ...(error?.suggestions ?? [])].join('\n');
/** What is said of the operator: not that a file has to say the same. */
const ofOperator = ({plan}: Ended) => (plan?.warnings ?? []).filter((one) => !one.startsWith('Whoever applies'));
const runtimes = (namespace: string) => `/apis/mlops.seldon.io/v1alpha1/namespaces/${namespace}/seldonruntimes`;
const deployments = (namespace: string) => `/apis/apps/v1/namespaces/${namespace}/deployments`;
const merge = {headers: {'content-type': 'application/merge-patch+json'}};

// biome-ignore lint/suspicious/noExplicitAny: objects of the API
async function get({server}: Context, path: string): Promise<any> {
  return (await server.request('GET', path)).body;
}

async function clear({server}: Context, namespace: string): Promise<void> {
  await server.request('DELETE', `${runtimes(namespace)}/seldon`);
  for (const name of ['hodometer', 'seldon-hodometer']) {
    await server.request('DELETE', `${deployments(namespace)}/${name}`);
    await server.request('DELETE', `/api/v1/namespaces/${namespace}/pods/${name}-1?gracePeriodSeconds=0`);
  }
}

/** @param metadata and, as `manager`, by whose hand it is made */
async function runtime(
  server: Apiserver,
  namespace: string,
  overrides?: object[],
  {manager, ...metadata}: {manager?: string; [key: string]: unknown} = {},
) {
  await ensureNamespace(server, namespace);
  const path = `${runtimes(namespace)}${manager === undefined ? '' : `?fieldManager=${manager}`}`;
  const {status, body} = await server.request('POST', path, {
    ...{apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'SeldonRuntime', metadata: {name: 'seldon', ...metadata}},
    spec: {seldonConfig: 'default', ...(overrides ? {overrides} : {})},
  });
  assert.is(status, 201, JSON.stringify(body));
}

for (const major of [3, 4] as const) {
  test(`from 2.6 on by the release of the runtime, off and on, with Helm ${major}`, async (context) => {
    const {server, folder} = context;
    const [helm, namespace] = [await helmBinary(major), `newer-${major}`];
    const chart = core2Chart(folder, 'seldon-core-v2-runtime', '2.9.1');
    await runHelm(helm, server, [
      ...['install', 'runtime', chart, '-n', namespace, '--create-namespace'],
      ...['--set-json', 'hodometer.podSpec={"x":"kept"}', '--set', 'mine=1'],
    ]);
    await withControllers(server, namespace, {}, async () => {
      const before = await get(context, `${runtimes(namespace)}/seldon`);
      const dry = await turn(context, {namespace, helm, dryRun: true});
      assert.equal([dry.error, dry.changed?.outcome], [undefined, 'rehearsed']);
      assert.equal((await get(context, `${runtimes(namespace)}/seldon`)).spec, before.spec);
      const off = await turn(context, {namespace, helm});
      assert.is(off.error, undefined, said(off));
      assert.equal([off.changed?.outcome, off.changed?.revision, off.changed?.warnings], ['changed', 2, []]);
      assert.ok((off.changed?.watched ?? 0) >= 1500);
      assert.equal(off.plan?.fields, [{path: 'hodometer.replicas', before: '1', after: '0'}]);
      const after = await get(context, `${runtimes(namespace)}/seldon`);
      const [scheduler, own] = before.spec.overrides;
      assert.equal(after.spec, {...before.spec, overrides: [scheduler, {...own, replicas: 0}]});
      const values = JSON.parse(
        await runHelm(helm, server, ['get', 'values', 'runtime', '-n', namespace, '-o', 'json']),
      );
      assert.equal(values, {mine: 1, hodometer: {podSpec: {x: 'kept'}, disable: false, replicas: 0}});
      assert.match(renderCore2Changed(off.changed!), /is off: revision 2\. No pod runs, and none came back in \d+ s/);
      const page = renderCore2Plan(off.plan!, 120, colours({}));
      assert.match(page, /Reports to http:\/\/hodometer\.seldon\.io/);
      assert.is((await turn(context, {namespace, helm})).changed?.outcome, 'unchanged');
      const on = await turn(context, {namespace, helm, to: 'opposite'});
      assert.is(on.error, undefined, said(on));
      assert.match(renderCore2Plan(on.plan!, 120, colours({})), /Level +feature; seldon-usage show has the event/);
      assert.equal([on.changed?.hodometer.to, on.changed?.revision, on.changed?.warnings.length], ['on', 3, 0]);
      assert.equal((await get(context, `${runtimes(namespace)}/seldon`)).spec, before.spec);
      assert.is((await turn(context, {namespace, helm, to: true})).changed?.outcome, 'unchanged');
    });
    await runHelm(helm, server, ['uninstall', 'runtime', '-n', namespace]);
    await clear(context, namespace);
  });

  test(`up to 2.5 Helm ${major} takes it away with its rights, and only prints how it comes back`, async (context) => {
    const {server, folder} = context;
    const [helm, namespace] = [await helmBinary(major), `older-${major}`];
    const chart = core2Chart(folder, 'seldon-core-v2-setup', '2.5.0');
    await runHelm(helm, server, ['install', 'setup', chart, '-n', namespace, '--create-namespace']);
    await withControllers(server, namespace, {operator: false}, async () => {
      const level = await turn(context, {namespace, helm, level: 'cluster'});
      assert.is(level.error, undefined, said(level));
      assert.equal(level.plan?.fields, [{path: 'hodometer.metricsLevel', before: 'feature', after: 'cluster'}]);
      const {spec} = await get(context, `${deployments(namespace)}/seldon-hodometer`);
      assert.is(spec.template.spec.containers[0].env[0].value, 'CLUSTER');
      assert.match(
        said(await turn(context, {namespace, helm, level: 'feature'})),
        /more than it sends now \(cluster\)/,
      );
      assert.is((await turn(context, {namespace, helm, level: 'cluster'})).changed?.outcome, 'unchanged');
      const off = await turn(context, {namespace, helm});
      assert.is(off.error, undefined, said(off));
      assert.equal(off.plan?.removed, [
        `ServiceAccount ${namespace}/hodometer`,
        `Role ${namespace}/hodometer-role`,
        `RoleBinding ${namespace}/hodometer-rolebinding`,
        `Deployment ${namespace}/seldon-hodometer`,
      ]);
      assert.is((await get(context, `${deployments(namespace)}/seldon-hodometer`)).code, 404);
      assert.is(
        (await get(context, `/api/v1/namespaces/${namespace}/configmaps/seldon-other`)).metadata.name,
        'seldon-other',
      );
      // What is off already is known by its release, although nothing of it is left.
      assert.equal([(await turn(context, {namespace, helm})).changed?.outcome], ['unchanged']);
      assert.equal((await turn(context, {helm})).changed?.warnings, []);
      for (const to of [true, 'opposite'] as const)
        assert.match(
          said(await turn(context, {namespace, helm, to})),
          /\nhelm upgrade setup .*hodometer\.enabled=true/,
        );
      assert.match(said(await turn(context, {namespace, helm, level: 'cluster'})), /creates nothing that sets a level/);
    });
    await runHelm(helm, server, ['uninstall', 'setup', '-n', namespace]);
    await runHelm(helm, server, [
      'install',
      'setup',
      chart,
      '-n',
      namespace,
      '--set',
      'hodometer.metricsLevel=cluster',
    ]);
    const on = await turn(context, {namespace, helm, to: true});
    assert.is(on.changed?.outcome, 'unchanged', said(on));
    await server.request('PATCH', `${deployments(namespace)}/seldon-hodometer`, {spec: {replicas: 0}}, merge);
    const byHand = await turn(context, {namespace, helm});
    assert.is(byHand.changed?.outcome, 'unchanged', said(byHand));
    assert.match(
      byHand.changed?.warnings.join() ?? '',
      /^The release older-\d\/setup says hodometer\.enabled: true all/,
    );
    const printed = await turn(context, {namespace, helm, to: true});
    assert.is(printed.error?.code, 'release');
    assert.match(
      said(printed),
      /Role over every Secret.*\n.*\nhelm upgrade setup REPOSITORY\/seldon-core-v2-setup --version 2\.5\.0 --kubeconfig \S+ --kube-context \S+ --namespace older-\d --reuse-values --set hodometer\.enabled=true/,
    );
    await runHelm(helm, server, ['uninstall', 'setup', '-n', namespace]);
    await clear(context, namespace);
  });
}

for (const major of [3, 4] as const)
  test(`from 2.6 on the level is the set-up chart’s, and its enabled=false is refused, with Helm ${major}`, async (context) => {
    const {server, folder} = context;
    const [helm, namespace] = [await helmBinary(major), `level-${major}`];
    const setup = core2Chart(folder, 'seldon-core-v2-setup', '2.6.0');
    const chart = core2Chart(folder, 'seldon-core-v2-runtime', '2.6.0');
    await runHelm(helm, server, ['install', 'setup', setup, '-n', namespace, '--create-namespace']);
    await runHelm(helm, server, ['install', 'runtime', chart, '-n', namespace]);
    await withControllers(server, namespace, {}, async () => {
      const refused = await turn(context, {namespace, helm, release: 'setup'});
      assert.match(
        said(refused),
        /not where Hodometer is switched\.\n.*in 2\.6 it leaves the cluster without its SeldonConfig/,
      );
      const level = await turn(context, {namespace, helm, level: 'resource'});
      assert.is(level.error, undefined, said(level));
      assert.equal([level.changed?.outcome, level.changed?.warnings], ['changed', []]);
      assert.is(level.plan?.fields[0]?.after, 'resource');
      const {spec} = await get(context, `${deployments(namespace)}/hodometer`);
      assert.is(
        spec.template.spec.containers[0].env.find(({name}: {name: string}) => name === 'METRICS_LEVEL').value,
        'RESOURCE',
      );
    });
    await runHelm(helm, server, ['uninstall', 'setup', '-n', namespace]);
    await runHelm(helm, server, ['uninstall', 'runtime', '-n', namespace]);
    await clear(context, namespace);
  });

for (const [what, overrides, after] of [
  ['no overrides', undefined, [{name: 'hodometer', disable: false, replicas: 0}]],
  ['an empty list', [], [{name: 'hodometer', disable: false, replicas: 0}]],
  [
    'others',
    [{name: 'x', podSpec: {a: 1}}],
    [
      {name: 'x', podSpec: {a: 1}},
      {name: 'hodometer', disable: false, replicas: 0},
    ],
  ],
  [
    'a podSpec of its own',
    [{name: 'hodometer', disable: false, replicas: 2, podSpec: {b: 2}}, {name: 'x'}],
    [{name: 'hodometer', disable: false, replicas: 0, podSpec: {b: 2}}, {name: 'x'}],
  ],
] as const)
  test(`a SeldonRuntime that nobody owns: ${what}`, async (context) => {
    const {server} = context;
    await runtime(server, 'loose', overrides as object[] | undefined);
    await withControllers(server, 'loose', {}, async () => {
      const off = await turn(context, {namespace: 'loose'});
      assert.is(off.error, undefined, said(off));
      assert.equal((await get(context, `${runtimes('loose')}/seldon`)).spec.overrides, after);
      assert.match(
        off.plan?.command ?? '',
        /^kubectl patch seldonruntime seldon --kubeconfig \S+ --context \S+ --namespace loose .*"op":"test","path":"\/metadata\/resourceVersion"/,
      );
      const on = await turn(context, {namespace: 'loose', to: true});
      assert.is(on.error, undefined, said(on));
      const own = (await get(context, `${runtimes('loose')}/seldon`)).spec.overrides.find(
        ({name}: {name: string}) => name === 'hodometer',
      );
      assert.equal([own.disable, own.replicas], [false, 1]);
    });
    await clear(context, 'loose');
  });

test('disabled in vain: what disable: true left running is stopped', async (context) => {
  const {server} = context;
  await runtime(server, 'vain', [{name: 'hodometer', disable: true}]);
  await server.request('POST', deployments('vain'), hodometer('hodometer'));
  await withControllers(server, 'vain', {}, async () => {
    const off = await turn(context, {namespace: 'vain'});
    assert.is(off.error, undefined, said(off));
    const warned = off.plan?.warnings.join('\n') ?? '';
    assert.match(warned, /^disable: true would keep the operator from looking .* replicas: 0 stops it/m);
    assert.match(warned, /^Whoever applies the SeldonRuntime vain\/seldon from a file must/m);
    assert.equal((await get(context, `${runtimes('vain')}/seldon`)).spec.overrides, [
      {name: 'hodometer', disable: false, replicas: 0},
    ]);
  });
  await clear(context, 'vain');
});

test('somebody who changes it while the question stands keeps his change, and ours is not made', async (context) => {
  const {server} = context;
  await runtime(server, 'race', [{name: 'hodometer', replicas: 1}]);
  await withControllers(server, 'race', {}, async () => {
    const meanwhile = async () => {
      await server.request('PATCH', `${runtimes('race')}/seldon`, {spec: {disableAutoUpdate: true}}, merge);
    };
    const ended = await turn(context, {namespace: 'race', meanwhile});
    assert.is(ended.error?.code, 'release');
    assert.match(said(ended), /was not changed: somebody else changed it/);
    assert.equal((await get(context, `${runtimes('race')}/seldon`)).spec.overrides, [{name: 'hodometer', replicas: 1}]);
  });
  await clear(context, 'race');
});

test('an owner that takes the change back is found out', async (context) => {
  const {server} = context;
  await runtime(server, 'back', [{name: 'hodometer', replicas: 1}]);
  let seen = 0;
  const also = async () => {
    const {spec} = await get(context, `${runtimes('back')}/seldon`);
    const own = spec.overrides[0];
    if (own.replicas !== 0 || ++seen < 5) return;
    const headers = {'content-type': 'application/merge-patch+json'};
    const body = {spec: {overrides: [{name: 'hodometer', replicas: 1}]}};
    await server.request('PATCH', `${runtimes('back')}/seldon?fieldManager=their-pipeline`, body, {headers});
  };
  await withControllers(server, 'back', {also}, async () => {
    const ended = await turn(context, {namespace: 'back', watchFor: 60_000});
    assert.is(ended.error?.code, 'cluster');
    assert.match(
      said(ended),
      /then wanted again: something takes the change back[\s\S]*their-pipeline[\s\S]*The change itself was made\. To undo it: kubectl patch/,
    );
  });
  await clear(context, 'back');
});

test('a no of the cluster keeps it from being turned on, not off; a no to the question changes nothing', async (context) => {
  const {server} = context;
  await runtime(server, 'veto', [{name: 'hodometer', replicas: 0}]);
  const maps = '/api/v1/namespaces/kube-system/configmaps';
  await server.request('POST', maps, {metadata: {name: 'seldon-usage'}, data: {reporting: 'no'}});
  assert.is((await turn(context, {namespace: 'veto', to: true})).error?.code, 'consent');
  assert.is((await turn(context, {namespace: 'veto', to: true, level: 'cluster'})).error?.code, 'consent');
  await server.request('DELETE', `${maps}/seldon-usage`);
  const no = await turn(context, {namespace: 'veto', to: true, yes: false});
  assert.equal([no.error?.code, no.plan?.to], ['usage', 'on']);
  assert.match(no.plan?.warnings.join(' ') ?? '', /No operator of Seldon Core 2 runs/);
  assert.equal((await get(context, `${runtimes('veto')}/seldon`)).spec.overrides, [{name: 'hodometer', replicas: 0}]);
  await clear(context, 'veto');
});

const refusals: [what: string, overrides: object[] | undefined, metadata: {[key: string]: unknown}, reason: RegExp][] =
  [
    ['two overrides', [{name: 'hodometer'}, {name: 'hodometer', replicas: 1}], {}, /several overrides named hodometer/],
    [
      'Argo CD',
      [{name: 'hodometer', disable: true}],
      {annotations: {'argocd.argoproj.io/tracking-id': 'core2\u001b[31m:mlops.seldon.io/SeldonRuntime:x/seldon'}},
      /belongs to Argo CD[\s\S]*disable: false\n.*replicas: 0$/,
    ],
    [
      'marks of Flux’s Kustomization',
      [],
      {labels: {'kustomize.toolkit.fluxcd.io/name': 'x'}},
      /carries marks of another owner/,
    ],
    [
      'an owner that no label names',
      [],
      {ownerReferences: [{apiVersion: 'example.com/v1', kind: 'Stack', name: 'core\u001b[31m2', uid: '1'}]},
      /carries marks of another owner.*owner Stack core/,
    ],
    [
      'Argo CD that tracks by a label of everybody’s',
      [],
      {manager: 'argocd-controller'},
      /carries marks of another owner.*written by argocd-controller/,
    ],
    [
      'a release that is not there',
      [],
      {annotations: {'meta.helm.sh/release-name': 'x; touch /tmp/x'}},
      /record can't be found or read; nothing was changed/,
    ],
  ];
for (const [what, overrides, metadata, reason] of refusals)
  test(`refused with the way to go: ${what}`, async (context) => {
    const {server} = context;
    await runtime(server, 'refused', overrides, metadata);
    await server.request('POST', deployments('refused'), hodometer('hodometer'));
    const before = await get(context, `${runtimes('refused')}/seldon`);
    const ended = await turn(context, {namespace: 'refused'});
    assert.match(said(ended), reason);
    assert.not.match(said(ended), /\u001b/);
    assert.is(ended.plan, undefined);
    assert.equal(
      (await get(context, `${runtimes('refused')}/seldon`)).metadata.resourceVersion,
      before.metadata.resourceVersion,
    );
    await clear(context, 'refused');
  });

test('several are told apart by their namespaces, and what can’t be seen is not changed', async (context) => {
  const {server} = context;
  await runtime(server, 'one', []);
  await runtime(server, 'two', []);
  const ended = await turn(context, {});
  assert.is(ended.error?.code, 'release');
  assert.match(said(ended), /--namespace one: Hodometer of Seldon Core 2\n--namespace two/);
  assert.is((await turn(context, {user: 'viewer', namespace: 'one'})).error?.code, 'cluster');
  await clear(context, 'one');
  await clear(context, 'two');
});

test('where the SeldonRuntimes can’t be read, off is not taken for granted', async (context) => {
  const {server} = context;
  await runtime(server, 'hidden', []);
  await server.request('POST', deployments('hidden'), hodometer('hodometer', {replicas: 0}));
  await server.allow('viewer', [
    {apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['get', 'list']},
    {apiGroups: [''], resources: ['pods', 'secrets', 'configmaps'], verbs: ['get', 'list']},
  ]);
  const ended = await turn(context, {user: 'viewer', namespace: 'hidden'});
  assert.equal([ended.error?.code, ended.changed], ['cluster', undefined]);
  assert.match(said(ended), /or is wanted, could not be seen[\s\S]*seldonruntimes/);
  await clear(context, 'hidden');
});

test('disable has no level that reports where none was known: then it sends nothing', async (context) => {
  const {server, folder} = context;
  const [helm, namespace] = [await helmBinary(4), 'none'];
  const chart = core2Chart(folder, 'seldon-core-v2-setup', '2.5.0');
  const odd = ['--set', 'hodometer.metricsLevel=nonsense'];
  await runHelm(helm, server, ['install', 'setup', chart, '-n', namespace, '--create-namespace', ...odd]);
  await withControllers(server, namespace, {operator: false}, async () => {
    const ended = await turn(context, {namespace, helm, level: 'cluster'});
    assert.match(said(ended), /The level cluster is more than it sends now \(none\): disable only takes away/);
    const {spec} = await get(context, `${deployments(namespace)}/seldon-hodometer`);
    assert.is(spec.template.spec.containers[0].env[0].value, 'NONSENSE');
  });
  await runHelm(helm, server, ['uninstall', 'setup', '-n', namespace]);
  await clear(context, namespace);
});

test('a no that can’t be read in its namespace is one', async (context) => {
  const {server} = context;
  await runtime(server, 'unread', [{name: 'hodometer', replicas: 0}]);
  await ensureNamespace(server, 'seldon-system');
  const read = ['get', 'list'];
  await server.allow('changer', [
    {apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: read},
    {apiGroups: ['mlops.seldon.io'], resources: ['seldonruntimes'], verbs: [...read, 'patch']},
    {apiGroups: [''], resources: ['pods', 'secrets'], verbs: read},
  ]);
  for (const place of ['kube-system', 'seldon-system'])
    await server.allow('changer', [{apiGroups: [''], resources: ['configmaps'], verbs: read}], place);
  const ended = await turn(context, {user: 'changer', namespace: 'unread', to: true});
  assert.equal([ended.error?.code, ended.plan], ['consent', undefined]);
  assert.match(said(ended), /can't be seen whether the cluster forbids.*in unread may not be read/);
  await clear(context, 'unread');
});

test('what a search of the cluster may not list, but a look by its name sees, counts: it is not off', async (context) => {
  const {server} = context;
  await runtime(server, 'named', [{name: 'hodometer', disable: true}]);
  await server.request('POST', deployments('named'), hodometer('hodometer'));
  const read = ['get', 'list'];
  await server.allow('namer', [
    {apiGroups: ['apps'], resources: ['deployments'], verbs: ['get']},
    {apiGroups: ['apps'], resources: ['statefulsets'], verbs: read},
    {apiGroups: ['mlops.seldon.io'], resources: ['seldonruntimes'], verbs: read},
    {apiGroups: [''], resources: ['pods', 'secrets', 'configmaps'], verbs: read},
  ]);
  const ended = await turn(context, {user: 'namer', namespace: 'named', dryRun: true});
  assert.is.not(ended.changed?.outcome, 'unchanged', said(ended));
  await clear(context, 'named');
});

test('what comes out otherwise than tried is told with the way back', async (context) => {
  const {server} = context;
  await runtime(server, 'other', [{name: 'hodometer', replicas: 1}]);
  const path = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions/seldonruntimes.mlops.seldon.io';
  const trial = {
    ...{apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'SeldonRuntime', metadata: {name: 'trial'}},
    spec: {seldonConfig: 'default'},
  };
  /** From then on the server adds a field to every runtime, as a newer version of Seldon Core 2 may have it. */
  const late = async (add: boolean) => {
    const crd = await get(context, path);
    const {properties} = crd.spec.versions[0].schema.openAPIV3Schema.properties.spec;
    if (add) properties.late = {type: 'string', default: 'x'};
    else delete properties.late;
    assert.is((await server.request('PUT', path, crd)).status, 200);
    for (;;) {
      const {body} = await server.request('POST', `${runtimes('other')}?dryRun=All`, trial);
      // biome-ignore lint/suspicious/noExplicitAny: objects of the API
      if (((body as any).spec?.late === 'x') === add) return;
    }
  };
  const ended = await turn(context, {namespace: 'other', meanwhile: () => late(true)});
  await late(false);
  assert.is(ended.error?.code, 'release', said(ended));
  assert.match(said(ended), /The change itself was made\. To undo it: kubectl patch seldonruntime seldon/);
  await clear(context, 'other');
});

test('the switch that says off while no operator acts on it is told', async (context) => {
  const {server} = context;
  await runtime(server, 'idle', [{name: 'hodometer', replicas: 0}]);
  await server.request('POST', deployments('idle'), hodometer('hodometer'));
  await withControllers(server, 'idle', {operator: false}, async () => {
    const ended = await turn(context, {namespace: 'idle'});
    assert.match(
      said(ended),
      /runs all the same[\s\S]*No operator of Seldon Core 2 runs[\s\S]*kubectl scale deployment hodometer/,
    );
  });
  await clear(context, 'idle');
});

test('an operator of Seldon Core 2 without a Hodometer was not installed without Helm for that', async (context) => {
  const {server} = context;
  await ensureNamespace(server, 'idler');
  await server.request('POST', deployments('idler'), hodometer('seldon-v2-controller-manager'));
  for (const to of [false, true, 'opposite'] as const) {
    const ended = await turn(context, {to});
    assert.is(ended.error?.code, 'release');
    assert.match(said(ended), /There is nothing to turn on or off: of Seldon Core 2 no Hodometer was found/);
  }
  await server.request('DELETE', `${deployments('idler')}/seldon-v2-controller-manager`);
});

const operators: [what: string, object: {spec?: object; status?: object} | undefined, user: string, said: RegExp][] = [
  ['is ready', {status: {replicas: 1, readyReplicas: 1}}, 'admin', /^$/],
  [
    'was scaled to none and ends',
    {spec: {replicas: 0}, status: {replicas: 1, readyReplicas: 1}},
    'admin',
    /no pod that is ready/,
  ],
  [
    'does not start',
    {status: {replicas: 1, unavailableReplicas: 1}},
    'admin',
    /idler\/seldon-v2-controller-manager has no pod/,
  ],
  ['has no status', {}, 'admin', /has no pod that is ready: nothing in the cluster acts on the switch in idle/],
  ['is not there', undefined, 'admin', /^No operator of Seldon Core 2 runs: /],
  ['may be listed, and not read', {status: {replicas: 1, readyReplicas: 1}}, 'lister', /could not be seen/],
];
async function allowLister({server}: Context): Promise<void> {
  await server.allow('lister', [
    {apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['list']},
    {apiGroups: ['mlops.seldon.io'], resources: ['seldonruntimes'], verbs: ['get', 'list', 'patch']},
    {apiGroups: [''], resources: ['pods', 'secrets', 'configmaps'], verbs: ['get', 'list']},
  ]);
  await server.allow('lister', [{apiGroups: ['apps'], resources: ['deployments'], verbs: ['get']}], 'idle');
}
for (const [what, object, user, told] of operators)
  test(`an operator that ${what}`, async (context) => {
    const {server} = context;
    await ensureNamespace(server, 'idler');
    await runtime(server, 'idle', [{name: 'hodometer', replicas: 1}]);
    await server.request('POST', deployments('idle'), hodometer('hodometer'));
    const path = `${deployments('idler')}/seldon-v2-controller-manager`;
    if (object) {
      const made = hodometer('seldon-v2-controller-manager');
      const {status} = await server.request('POST', deployments('idler'), {
        ...made,
        spec: {...made.spec, ...object.spec},
      });
      assert.is(status, 201);
      if (object.status) await server.request('PATCH', `${path}/status`, {status: object.status}, merge);
    }
    if (user === 'lister') await allowLister(context);
    const dry = await turn(context, {namespace: 'idle', dryRun: true, user});
    assert.is(dry.error, undefined, said(dry));
    assert.match(ofOperator(dry).join('\n'), told);
    await server.request('DELETE', path);
    await clear(context, 'idle');
  });

test('who may look into its namespace alone is told of the operator there, and not that none runs anywhere', async (context) => {
  const {server} = context;
  await runtime(server, 'local', [{name: 'hodometer', replicas: 1}]);
  await server.request('POST', deployments('local'), hodometer('hodometer'));
  const all = [
    {apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['get', 'list']},
    {apiGroups: ['mlops.seldon.io'], resources: ['seldonruntimes'], verbs: ['get', 'list', 'patch']},
    {apiGroups: [''], resources: ['pods', 'secrets', 'configmaps'], verbs: ['get', 'list']},
  ];
  await server.allow('local', all, 'local');
  const alone = await turn(context, {namespace: 'local', dryRun: true, user: 'local'});
  assert.is(alone.error, undefined, said(alone));
  assert.equal(ofOperator(alone), [
    'Operators of Seldon Core 2 could not be looked for everywhere: only one that runs acts on the switch in local.',
  ]);
  const path = `${deployments('local')}/seldon-v2-controller-manager`;
  await server.request('POST', deployments('local'), hodometer('seldon-v2-controller-manager'));
  const idle = await turn(context, {namespace: 'local', dryRun: true, user: 'local'});
  assert.match(
    idle.plan?.warnings.join() ?? '',
    /^The operator local\/.* has no pod that is ready, and others could not/,
  );
  await server.request('PATCH', `${path}/status`, {status: {replicas: 1, readyReplicas: 1}}, merge);
  assert.equal(ofOperator(await turn(context, {namespace: 'local', dryRun: true, user: 'local'})), []);
  await server.request('DELETE', path);
  await clear(context, 'local');
});

test.run();
