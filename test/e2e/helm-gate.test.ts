// What a forged record may have Helm ask of the cluster, each with one of the Helms: nothing of it is answered, nothing is changed, and
// the error names it. And what Helm is given: a way to the gate, and no credential of the cluster.
import {spawn, spawnSync} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, existsSync, globSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {gunzipSync, gzipSync} from 'node:zlib';
import * as assert from 'uvu/assert';
import {exitCodes} from '../../src/errors.ts';
import {type Ended, makeWorld, namespace, otherPaths, recordPath, tryChange, type World} from '../helm/world.ts';
import {program as built, cacheHome} from '../program.ts';
import {rigSuite} from '../rig/available.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests look into objects of every kind
type Any = any;

const said = ({error}: Ended) => [error?.message, ...(error?.suggestions ?? [])].join('\n');
const base64 = (text: string) => Buffer.from(text).toString('base64');
const secret = '/api/v1/namespaces/kube-system/secrets/some-secret';
const foreign = '/api/v1/namespaces/kube-public/configmaps/foreign';

/** Makes an object as it should be for a test, whatever an earlier test left of it. */
async function make(world: World, path: string, object: Any): Promise<void> {
  await world.server.request('DELETE', path);
  const name = path.slice(path.lastIndexOf('/') + 1);
  const body = {...object, metadata: {...object.metadata, name}};
  const answer = await world.server.request('POST', path.slice(0, path.lastIndexOf('/')), body);
  assert.is(answer.status, 201, JSON.stringify(answer.body));
}

/** Forges the record: a file more in its chart, or a text more in one that is there. */
const forge = (name: string, text: string) => (record: Any) => {
  const {templates} = record.chart;
  const file = templates.find((one: Any) => one.name === name);
  if (file) file.data = base64(`${text}${Buffer.from(file.data, 'base64')}`);
  else templates.push({name, data: base64(text)});
};

const copy = '(lookup "v1" "Secret" "kube-system" "some-secret").data | toJson';
const hook = (text: string) => `apiVersion: v1
kind: ConfigMap
metadata:
  name: hook
  annotations: {helm.sh/hook: pre-upgrade}
data:
  copied: {{ ${text} | quote }}
`;

interface Row {
  change: (record: Any) => void;
  /** Only where the usage metrics are on is the text rendered. */
  enableOnly?: boolean;
  asked: string;
}

const some = 'GET Secret kube-system/some-secret';
const rows: Record<string, Row> = {
  'in a template of a usage object': {
    change: forge('templates/usage.yaml', `{{- if .Values.usageMetrics.enabled }}{{ $_ := ${copy} }}{{ end }}`),
    enableOnly: true,
    asked: some,
  },
  'in NOTES.txt': {change: forge('templates/NOTES.txt', `{{ ${copy} }}`), asked: some},
  'in a hook': {change: forge('templates/hook-copy.yaml', hook(copy)), asked: some},
  'in the template of a kept object': {change: forge('templates/settings.yaml', `{{- $_ := ${copy} }}`), asked: some},
  'of all Secrets of a namespace': {
    change: forge('templates/NOTES.txt', '{{ lookup "v1" "Secret" "kube-system" "" | toJson }}'),
    asked: 'GET Secret kube-system \\(all\\)',
  },
  'of all Secrets of the cluster': {
    change: forge('templates/NOTES.txt', '{{ lookup "v1" "Secret" "" "" | toJson }}'),
    asked: 'GET Secret \\(all\\)',
  },
  'of all Secrets beside the record': {
    change: forge('templates/NOTES.txt', `{{ lookup "v1" "Secret" "${namespace}" "" | toJson }}`),
    asked: `GET Secret ${namespace} \\(all\\)`,
  },
  'of a node': {
    change: forge('templates/NOTES.txt', '{{ lookup "v1" "Node" "" "a" | toJson }}'),
    asked: 'GET Node a',
  },
  'that swallows its error': {
    // No object of the plan, though of a name that one of the plan might have.
    change: forge(
      'templates/NOTES.txt',
      '{{ lookup "v1" "ConfigMap" "kube-system" "seldon-spartakus-config-x" | toJson }}',
    ),
    asked: 'GET ConfigMap kube-system/seldon-spartakus-config-x',
  },
};

/** Helm, with a program before it that is run where its arguments match. */
function wrapped(world: World, name: string, lines: (folder: string) => string): {path: string; folder: string} {
  const folder = join(world.folder, name);
  mkdirSync(folder, {recursive: true});
  const path = join(folder, 'helm');
  writeFileSync(path, `#!/bin/sh\n${lines(folder)}\nexec ${world.helmPath} "$@"\n`);
  chmodSync(path, 0o755);
  return {path, folder};
}

for (const major of [3, 4] as const) {
  const test = rigSuite<{world: World}>(`helm ${major}: the gate`, ['apiserver', `helm${major}`]);
  test.before(async (context) => {
    context.world = await makeWorld(major);
    await make(context.world, secret, {stringData: {password: 'planted-secret'}});
  });

  for (const [i, [name, {change, enableOnly, asked}]] of Object.entries(rows).entries())
    for (const to of enableOnly ? [true] : [true, false]) {
      // What is asked is looked at by its path alone: where one Helm enables, the other one disables.
      if (!enableOnly && major !== ((i % 2 === 0) === to ? 3 : 4)) continue;
      test(`${to ? 'enable' : 'disable'}: a lookup ${name}`, async ({world}) => {
        await world.reset();
        if (!to) await tryChange(world, {});
        const before = to ? 1 : 2;
        await putForged(world, before, change);
        const [versions, there] = [await world.versions(), await world.usageThere()];
        const ended = await tryChange(world, {to});
        assert.is(exitCodes[ended.error?.code ?? 'bug'], 7, said(ended));
        assert.match(
          said(ended),
          new RegExp(`not part of the change, and was stopped; nothing was changed: ${asked}: `),
        );
        assert.not.match(said(ended), /planted-secret/);
        assert.is(await world.get(recordPath(before + 1)), undefined);
        assert.is(await world.usageThere(), there);
        assert.equal(await world.versions(), versions);
      });
    }

  test('a record that is swapped between our reading and Helm’s is never seen by Helm', async ({world}) => {
    await world.reset();
    await make(world, foreign, {data: {kept: 'yes'}});
    const text = `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: foreign\n  namespace: kube-public\n`;
    const helm = wrapped(
      world,
      'swapping',
      (folder) => `case "$*" in
  *--dry-run*|version*) ;;
  *) touch ${folder}/ready; while [ ! -e ${folder}/go ]; do sleep 0.05; done ;;
esac`,
    );
    const running = tryChange(world, {helm: helm.path});
    while (!existsSync(join(helm.folder, 'ready'))) await sleep(10);
    await putForged(world, 1, (record) => {
      record.manifest += `---\n${text}`;
    });
    writeFileSync(join(helm.folder, 'go'), '');
    const ended = await running;
    assert.is(ended.error?.code, 'release', said(ended));
    assert.match(said(ended), /somebody else changed the last revision of the release after it was checked/);
    assert.equal((await world.get(foreign)).data, {kept: 'yes'});
    assert.is(await world.get(recordPath(2)), undefined);
    assert.is(await world.usageThere(), 0);
  });

  test('a kept object that somebody changes while Helm is at work stays as they made it', async ({world}) => {
    await world.reset();
    const helm = wrapped(
      world,
      'drifting',
      (folder) => `case "$*" in
  *--dry-run*|version*) ;;
  *) touch ${folder}/ready; while [ ! -e ${folder}/go ]; do sleep 0.05; done ;;
esac`,
    );
    const running = tryChange(world, {helm: helm.path});
    while (!existsSync(join(helm.folder, 'ready'))) await sleep(10);
    const headers = {'content-type': 'application/merge-patch+json'};
    const theirs = {data: {limit: '1'}};
    const {status} = await world.server.request('PATCH', `${otherPaths[3]}?fieldManager=kubectl`, theirs, {headers});
    assert.is(status, 200);
    writeFileSync(join(helm.folder, 'go'), '');
    const ended = await running;
    // Helm 4 fails over it by itself: the field is kubectl's now.
    const says =
      major === 3
        ? /stopped in the middle: PATCH ConfigMap seldon\/seldon-config: it would change data\.limit/
        : /conflict with "kubectl"/;
    assert.match(said(ended), says);
    assert.is(exitCodes[ended.error?.code ?? 'bug'], major === 3 ? 7 : 8);
    assert.match(said(ended), /Left behind: revision 2 \(failed\)[\s\S]*To go back: helm rollback core 1 /);
    assert.is((await world.get(otherPaths[3]!)).data.limit, '1');
  });

  test('Helm gets no credential of the cluster: in its variables, its arguments, and the files that it is given', async ({
    world,
  }) => {
    await world.reset();
    const helm = wrapped(
      world,
      'looking',
      (folder) => `env > ${folder}/env.$$; echo "$*" > ${folder}/args.$$
for file in "$@"; do case "$file" in */kubeconfig) cp -r "$(dirname "$file")" ${folder}/files.$$ ;; esac; done`,
    );
    const planted = {
      KUBECONFIG: world.kubeconfig,
      HELM_KUBETOKEN: world.server.tokens.admin!,
      CLUSTER_TOKEN: world.server.tokens.admin!,
      AWS_SECRET_ACCESS_KEY: 'planted-cloud-key',
      HTTPS_PROXY: 'http://jane:planted-proxy@127.0.0.1:1',
      https_proxy: 'http://jane:planted-proxy@127.0.0.1:1',
      SELDON_USAGE_TOKEN: world.server.tokens.admin!,
      HELM_REGISTRY_CONFIG: '/planted-registry',
    };
    Object.assign(process.env, planted);
    try {
      const {changed, error} = await tryChange(world, {helm: helm.path});
      assert.is(changed?.outcome, 'changed', error?.message);
    } finally {
      for (const name of Object.keys(planted)) delete process.env[name];
    }
    const given = filesBelow(helm.folder).filter((file) => !file.endsWith('/helm'));
    assert.ok(given.some((file) => file.endsWith('/kubeconfig')));
    const {tokens, adminKey, url} = world.server;
    const traces = [
      tokens.admin!,
      adminKey.split('\n')[1]!,
      base64(adminKey).slice(40, 80),
      url,
      world.kubeconfig,
      'planted',
    ];
    for (const file of given)
      for (const trace of traces) assert.not.ok(readFileSync(file, 'latin1').includes(trace), `${trace} is in ${file}`);
  });

  for (const [moment, first] of [
    ['while Helm tells its version', 'version*'],
    ['in the rehearsal', '*--dry-run*'],
    ['before Helm begins the change', '*--description*'],
  ] as const)
    test(`killed ${moment}: nothing is changed, and the next command that speaks to a cluster sweeps`, async ({
      world,
    }) => {
      await world.reset();
      const {helm, program, env, temporary} = paused(world, first);
      await paused.begun(helm.folder);
      const closed = once(program, 'close');
      // The folder of a run that lives is nobody else's to remove.
      const before = readdirSync(temporary);
      assert.is(show(world, env), 0);
      assert.equal(readdirSync(temporary), before);
      program.kill('SIGKILL');
      await closed;
      const {tokens, adminKey, url} = world.server;
      for (const file of filesBelow(temporary))
        for (const trace of [tokens.admin!, adminKey.split('\n')[1]!, url])
          assert.not.ok(readFileSync(file, 'latin1').includes(trace), `${trace} is in ${file}`);
      writeFileSync(join(helm.folder, 'go'), '');
      assert.is(show(world, env), 0);
      assert.equal(readdirSync(temporary), []);
      assert.is(await world.get(recordPath(2)), undefined);
      assert.is(await world.usageThere(), 0);
    });

  test('an impersonation stays in effect', async ({world}) => {
    await world.reset();
    const connection = {kubeconfig: world.kubeconfig, as: 'jane', asGroup: ['system:masters']};
    const {changed, error} = await tryChange(world, {connection});
    assert.is(changed?.outcome, 'changed', error?.message);
    const denied = await tryChange(world, {to: false, connection: {kubeconfig: world.kubeconfig, as: 'jane'}});
    assert.is(denied.error?.code, 'cluster', said(denied));
  });

  test.run();
}

/** The program at work, paused where Helm is called with arguments that match. */
function paused(world: World, first: string) {
  const helm = wrapped(
    world,
    `paused-${paused.count++}`,
    (folder) =>
      `case "$*" in ${first}) touch ${folder}/ready; while [ ! -e ${folder}/go ]; do sleep 0.05; done ;; esac`,
  );
  const temporary = join(helm.folder, 'tmp');
  mkdirSync(temporary);
  const env = {...process.env, TMPDIR: temporary, XDG_CACHE_HOME: cacheHome};
  const args = ['enable', '--yes', '--kubeconfig', world.kubeconfig, '--helm', helm.path];
  const program = spawn(process.execPath, [built, ...args], {stdio: 'ignore', env});
  return {helm, program, env, temporary};
}
paused.count = 0;
paused.begun = async (folder: string) => {
  while (!existsSync(join(folder, 'ready'))) await sleep(10);
};

/** Another command that speaks to the cluster; its exit code. */
function show(world: World, env: NodeJS.ProcessEnv): number | null {
  return spawnSync(process.execPath, [built, 'show', '--kubeconfig', world.kubeconfig], {env, stdio: 'ignore'}).status;
}

function filesBelow(folder: string): string[] {
  const paths = globSync('**/{*,.*}', {cwd: folder}).map((name) => join(folder, name));
  return paths.filter((path) => statSync(path).isFile());
}

/** Changes what the record of a revision says, in its place. */
async function putForged(world: World, version: number, change: (record: Any) => void): Promise<void> {
  const object = await world.get(recordPath(version));
  const packed = Buffer.from(Buffer.from(object.data.release, 'base64').toString(), 'base64');
  const record = JSON.parse(gunzipSync(packed).toString());
  change(record);
  object.data.release = base64(gzipSync(JSON.stringify(record), {level: 9}).toString('base64'));
  const {status, body} = await world.server.request('PUT', recordPath(version), object);
  assert.is(status, 200, JSON.stringify(body));
}
