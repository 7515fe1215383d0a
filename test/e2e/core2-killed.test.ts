// The program is killed while it stops Hodometer: what is left is the old state or the new one, and the next run goes on.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, mkdtempSync, readdirSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {ensureNamespace} from '../cluster/on-cluster.ts';
import {withControllers} from '../helm/core2-controllers.ts';
import {core2Chart, installCore2, runHelm} from '../helm/core2-world.ts';
import {writeSlowHelm} from '../helm/slow-helm.ts';
import {cacheHome, program} from '../program.ts';
import {type Apiserver, startApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {helmBinary} from '../rig/toolchain.ts';

interface Context {
  server: Apiserver;
  folder: string;
}

const test = rigSuite<Context>('killed while Hodometer is stopped', ['apiserver', 'helm3', 'helm4']);

test.before(async (context) => {
  context.server = await startApiserver();
  context.folder = mkdtempSync(join(tmpdir(), 'core2-killed-'));
  await installCore2(context.server);
});
test.after(async ({server, folder}) => {
  rmSync(folder, {recursive: true});
  await server.close();
});

const runtimeIn = (namespace: string) => `/apis/mlops.seldon.io/v1alpha1/namespaces/${namespace}/seldonruntimes/seldon`;

/** Hodometer's own override; undefined: there is none. */
async function override({server}: Context, namespace: string): Promise<object | undefined> {
  const {body} = await server.request('GET', runtimeIn(namespace));
  const {spec} = body as {spec: {overrides?: {name: string}[]}};
  return spec.overrides?.find(({name}) => name === 'hodometer');
}

/** `disable` as a process of its own, and what it left in its folder for temporary files. */
function disabling({server, folder}: Context, namespace: string, helm: string) {
  const temporary = join(folder, `tmp-${namespace}`);
  mkdirSync(temporary, {recursive: true});
  const kubeconfig = server.kubeconfig({user: 'admin'});
  const args = ['disable', '--yes', '--watch-for', '2s', '--namespace', namespace, '--helm', helm];
  const child = spawn(process.execPath, [program, ...args, '--kubeconfig', kubeconfig], {
    env: {...process.env, TMPDIR: temporary, XDG_CACHE_HOME: cacheHome},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const output of [child.stdout, child.stderr])
    output.on('data', (chunk) => {
      said += chunk;
    });
  const ended = once(child, 'close');
  return {
    temporary,
    async end(): Promise<{code: number | null; said: string}> {
      const [code] = await ended;
      return {code, said};
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
    isRunning: () => child.exitCode === null && child.signalCode === null,
  };
}

/** Waits for the world, or for the program's end: then what it said is the failure. */
async function until(running: ReturnType<typeof disabling>, seen: () => Promise<boolean>): Promise<void> {
  while (!(await seen())) {
    if (!running.isRunning()) throw new Error((await running.end()).said);
    await sleep(10);
  }
}

test('a SeldonRuntime that nobody owns: the switch is set, and the next run watches that it stays', async (context) => {
  const {server} = context;
  const [namespace, helm] = ['loose', await helmBinary(4)];
  await ensureNamespace(server, namespace);
  const others = [{name: 'x', podSpec: {a: 1}}];
  const {status} = await server.request('POST', runtimeIn(namespace).replace(/\/seldon$/, ''), {
    ...{apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'SeldonRuntime', metadata: {name: 'seldon'}},
    spec: {seldonConfig: 'default', overrides: others},
  });
  assert.is(status, 201);
  await withControllers(server, namespace, {}, async () => {
    const first = disabling(context, namespace, helm);
    await until(first, async () => (await override(context, namespace)) !== undefined);
    await first.kill();
    const set = {name: 'hodometer', disable: false, replicas: 0};
    assert.equal(await override(context, namespace), set);
    // Who acts on it comes by a moment later.
    const pod = `/api/v1/namespaces/${namespace}/pods/hodometer-1`;
    while ((await server.request('GET', pod)).status !== 404) await sleep(20);
    const again = await disabling(context, namespace, helm).end();
    assert.is(again.code, 0, again.said);
    assert.match(again.said, /off/);
    const {body} = await server.request('GET', runtimeIn(namespace));
    assert.equal((body as {spec: {overrides: object[]}}).spec.overrides, [...others, set]);
  });
});

for (const major of [3, 4] as const)
  test(`by the release, in the middle of Helm ${major}: told how to go back, and then it is done`, async (context) => {
    const {server, folder} = context;
    const [helm, namespace] = [await helmBinary(major), `release-${major}`];
    const chart = core2Chart(folder, 'seldon-core-v2-runtime', '2.9.1');
    await runHelm(helm, server, ['install', 'runtime', chart, '-n', namespace, '--create-namespace']);
    await withControllers(server, namespace, {}, async () => {
      const before = await override(context, namespace);
      const slow = join(folder, `slow-${major}`);
      writeSlowHelm(slow, helm);
      const killed = disabling(context, namespace, slow);
      const record = `/api/v1/namespaces/${namespace}/secrets/sh.helm.release.v1.runtime.v2`;
      await until(killed, async () => (await server.request('GET', record)).status === 200);
      await killed.kill();
      const left = await override(context, namespace);
      assert.ok(
        [before, {...before, replicas: 0}].some((one) => JSON.stringify(one) === JSON.stringify(left)),
        JSON.stringify(left),
      );
      const again = disabling(context, namespace, helm);
      const {code, said} = await again.end();
      assert.is(code, 7, said);
      assert.match(said, /helm rollback runtime 1/);
      assert.equal(readdirSync(again.temporary), [], 'what was killed is swept');
      await runHelm(helm, server, ['rollback', 'runtime', '1', '-n', namespace, '--no-hooks']);
      const done = await disabling(context, namespace, helm).end();
      assert.is(done.code, 0, done.said);
      // Helm 3's way back leaves out what the chart has as null.
      assert.equal({podSpec: null, ...(await override(context, namespace))}, {...before, replicas: 0});
    });
  });

test.run();
