// Seldon Core 2 over several contexts: two clusters, one of them under two contexts by two names of its server, and a context
// that leads nowhere.
import {writeFileSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import type {UserError} from '../../src/errors.ts';
import type {ChangeOptions} from '../../src/operations/change.ts';
import {type AnyPlan, changeFleet} from '../../src/operations/change-fleet.ts';
import {colours} from '../../src/render/colours.ts';
import {renderPlans, renderPlansQuestion} from '../../src/render/fleet-plan.ts';
import {fleetKubeconfig} from '../cluster/fleet-kubeconfig.ts';
import {ensureNamespace} from '../cluster/on-cluster.ts';
import {newFolder} from '../folder.ts';
import {withControllers} from '../helm/core2-controllers.ts';
import {core2Chart, installCore2, runHelm} from '../helm/core2-world.ts';
import {run} from '../program.ts';
import {type Apiserver, startApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {helmBinary} from '../rig/toolchain.ts';

interface Fleet {
  one: Apiserver;
  two: Apiserver;
  folder: string;
  kubeconfig: string;
}

const test = rigSuite<Fleet>('Seldon Core 2 of a fleet', ['apiserver', 'helm4']);
const namespace = 'seldon-mesh';
const runtimes = `/apis/mlops.seldon.io/v1alpha1/namespaces/${namespace}/seldonruntimes`;

test.before(async (context) => {
  [context.one, context.two] = await Promise.all([startApiserver(), startApiserver()]);
  context.folder = newFolder('core2-fleet-');
  context.kubeconfig = join(context.folder, 'config');
  writeFileSync(
    context.kubeconfig,
    JSON.stringify(fleetKubeconfig(context.one.kubeconfig(), context.two.kubeconfig(), 'other name')),
  );
  await Promise.all([context.one, context.two].map((server) => installCore2(server)));
  // Nobody owns the runtime of the first; that of the second is Helm's.
  await ensureNamespace(context.one, namespace);
  await context.one.request('POST', runtimes, {
    ...{apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'SeldonRuntime', metadata: {name: 'seldon'}},
    spec: {seldonConfig: 'default', overrides: [{name: 'scheduler', replicas: 2}]},
  });
  const chart = core2Chart(context.folder, 'seldon-core-v2-runtime', '2.9.1');
  await runHelm(await helmBinary(4), context.two, ['install', 'runtime', chart, '-n', namespace, '--create-namespace']);
});
test.after(async ({one, two}) => {
  await Promise.all([one.close(), two.close()]);
});

/** What the operation is asked and says, for all contexts. */
async function turn(fleet: Fleet, more: Partial<ChangeOptions> = {}, yes = true) {
  const shown: (readonly AnyPlan[])[] = [];
  const options = {
    ...{connection: {kubeconfig: fleet.kubeconfig}, helm: await helmBinary(4), to: false, watchFor: 1500},
    ...more,
  };
  const asked: string[] = [];
  const dialogue = {
    told() {},
    plans: (plans: readonly AnyPlan[]) => shown.push(plans) as never,
    confirm: async (plans: readonly AnyPlan[]) => asked.push(renderPlansQuestion(plans)) > 0 && yes,
  };
  const around = {env: process.env, home: homedir()};
  const members = await changeFleet({contexts: undefined, exclude: []}, options, around, dialogue);
  return {members, shown, asked};
}
const outcomes = ({members}: Awaited<ReturnType<typeof turn>>) =>
  members.map(({context, result, error, sameAs}) => [context, result?.outcome ?? sameAs ?? (error as UserError).code]);
/** What each SeldonRuntime says of Hodometer. */
const switches = ({one, two}: Fleet) =>
  Promise.all(
    [one, two].map(async (server) => {
      // biome-ignore lint/suspicious/noExplicitAny: an object of the API
      const {body} = (await server.request('GET', `${runtimes}/seldon`)) as any;
      // biome-ignore lint/suspicious/noExplicitAny: an object of the API
      return body.spec.overrides.find(({name}: any) => name === 'hodometer')?.replicas;
    }),
  );
const withBoth = ({one, two}: Fleet, body: () => Promise<void>) =>
  withControllers(one, namespace, {}, () => withControllers(two, namespace, {}, body));
const was = (outcome: string) => [
  ['one', outcome],
  ['gone', 'cluster'],
  ['one-again', 'one'],
  ['two', outcome],
];

test('rehearsed, asked once, changed once each, and seen to be off; and on again', (fleet) =>
  withBoth(fleet, async () => {
    assert.equal(outcomes(await turn(fleet, {dryRun: true})), was('rehearsed'));
    const said = await turn(fleet, {}, false).catch((error) => error);
    assert.is(said.message, 'Nothing was changed.');
    assert.equal(await switches(fleet), [undefined, 1]);
    const off = await turn(fleet);
    assert.equal(outcomes(off), was('changed'), JSON.stringify(off.members.map(({error}) => String(error))));
    assert.equal(off.asked, ['Stop Hodometer of Seldon Core 2 in the 2 clusters of the contexts one and two?']);
    assert.equal(await switches(fleet), [0, 0]);
    for (const {result} of off.members)
      if (result && 'hodometer' in result) assert.ok((result.watched ?? 0) >= 1500, 'each was watched');
    const page = renderPlans(off.shown[0]!, 100, colours({}));
    const table = page.replace(/ +/g, ' ');
    assert.match(table, /^one seldon-mesh\/hodometer spec\.overrides\[hodometer\]\.replicas: not set → 0; Seld/m);
    assert.match(table, /^two seldon-mesh\/hodometer hodometer\.replicas: 1 → 0; release seldon-mesh\/runtime,/m);
    assert.match(table, /^ Stays .* as stored \(two\)$/m);
    assert.match(page, /^ {4}kubectl patch seldonruntime seldon .*$/m);
    assert.equal(outcomes(await turn(fleet)), was('unchanged'));
    const on = await turn(fleet, {to: true});
    assert.equal(outcomes(on), was('changed'));
    assert.equal(on.asked, [
      'Start Hodometer of Seldon Core 2, which then reports, in the 2 clusters of the contexts one and two?',
    ]);
    assert.equal(await switches(fleet), [1, 1]);
  }));

test('a no of one cluster holds up itself alone, by all its contexts', (fleet) =>
  withBoth(fleet, async () => {
    assert.equal(outcomes(await turn(fleet)), was('changed'));
    const maps = `/api/v1/namespaces/${namespace}/configmaps`;
    await fleet.one.request('POST', maps, {metadata: {name: 'seldon-usage'}, data: {reporting: 'forbidden'}});
    assert.equal(outcomes(await turn(fleet, {to: true})), [
      ['one', 'consent'],
      ['gone', 'cluster'],
      ['one-again', 'consent'],
      ['two', 'changed'],
    ]);
    await fleet.one.request('DELETE', `${maps}/seldon-usage`);
    assert.equal(await switches(fleet), [0, 1]);
  }));

test('by the program: a line of JSON each, the worst exit code, and the level with the edit where no release sets it', async ({
  kubeconfig,
}) => {
  const flags = ['--all-contexts', '--kubeconfig', kubeconfig, '--helm', await helmBinary(4), '--json'];
  const lines = (args: string[]) => {
    const {status, stdout, stderr} = run([...args, ...flags]);
    assert.is(status, args.includes('--level') ? 7 : 3, stderr);
    return stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
      .map(({context, outcome, error, sameAs, plan}) => [context, outcome ?? error?.code ?? sameAs, plan?.namespace]);
  };
  assert.equal(lines(['enable', '--dry-run']), [
    ['one', 'rehearsed', namespace],
    ['gone', 'cluster', undefined],
    ['one-again', 'one', undefined],
    ['two', 'unchanged', undefined],
  ]);
  assert.equal(
    lines(['disable', '--level', 'cluster', '--dry-run']).map(([context, outcome]) => [context, outcome]),
    [
      ['one', 'release'],
      ['gone', 'cluster'],
      ['one-again', 'release'],
      ['two', 'release'],
    ],
  );
});

test.run();
