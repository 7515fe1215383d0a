// Both Seldon Cores over several contexts: the first in one cluster, Core 2 in another, and both in a third.
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {runBuilt} from '../cluster/built-program.ts';
import {ensureNamespace} from '../cluster/on-cluster.ts';
import {startReceiver} from '../delivery/receiver.ts';
import {newFolder} from '../folder.ts';
import {withControllers} from '../helm/core2-controllers.ts';
import {installCore2} from '../helm/core2-world.ts';
import {makeWorld, type World} from '../helm/world.ts';
import {type Apiserver, startApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {realisticNode} from '../rig/nodes.ts';

interface Fleet {
  servers: Apiserver[];
  worlds: World[];
  home: string;
  run(command: string, ...args: string[]): ReturnType<typeof runBuilt>;
}

const test = rigSuite<Fleet>('both Seldon Cores of a fleet', ['apiserver', 'helm3']);
const mesh = 'seldon-mesh';
const runtimes = `/apis/mlops.seldon.io/v1alpha1/namespaces/${mesh}/seldonruntimes`;

async function putCore2(server: Apiserver): Promise<void> {
  await installCore2(server);
  await ensureNamespace(server, mesh);
  await server.request('POST', runtimes, {
    ...{apiVersion: 'mlops.seldon.io/v1alpha1', kind: 'SeldonRuntime', metadata: {name: 'seldon'}},
    spec: {seldonConfig: 'default', overrides: []},
  });
}

test.before(async (fleet) => {
  fleet.servers = await Promise.all([startApiserver(), startApiserver(), startApiserver()]);
  const [first, second, both] = fleet.servers as [Apiserver, Apiserver, Apiserver];
  fleet.worlds = [await makeWorld(3, {server: first}), await makeWorld(3, {server: both})];
  await Promise.all([second, both].map(putCore2));
  for (const [i, server] of fleet.servers.entries()) await server.request('POST', '/api/v1/nodes', realisticNode(i));
  fleet.home = newFolder('both-cores-');
  const names = ['first', 'second', 'both'];
  const parts = fleet.servers.map((server) => JSON.parse(readFileSync(server.kubeconfig({user: 'admin'}), 'utf8')));
  const of = <T extends object>(list: 'clusters' | 'users', key: string): T[] =>
    names.map((name, i) => ({name, [key]: parts[i][list][0][key]}) as T);
  const config = {
    ...{apiVersion: 'v1', kind: 'Config', clusters: of('clusters', 'cluster'), users: of('users', 'user')},
    contexts: names.map((name) => ({name, context: {cluster: name, user: name}})),
  };
  writeFileSync(join(fleet.home, 'config'), JSON.stringify(config));
  const env = {KUBECONFIG: join(fleet.home, 'config')};
  const helm = fleet.worlds[0]!.helmPath;
  const changes = ['enable', 'disable', 'status'];
  fleet.run = (command, ...args) =>
    runBuilt(
      [command, '--all-contexts', ...(changes.includes(command) ? ['--helm', helm] : []), ...args],
      env,
      fleet.home,
    );
});
test.after(async ({servers}) => {
  await Promise.all(servers.map((server) => server.close()));
});

/** With an operator in both clusters of Core 2. */
const withAll = ({servers: [, second, both]}: Fleet, body: () => Promise<void>) =>
  withControllers(second!, mesh, {}, () => withControllers(both!, mesh, {}, body));

// biome-ignore lint/suspicious/noExplicitAny: lines of every command
const lines = (text: string): any[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('status tells of both where there are both, and of what there is in the others', async ({run}) => {
  const people = await run('status');
  assert.is(people.status, 0, people.stderr);
  const table = people.stdout.replace(/\s+/g, ' ');
  const mine = (name: string) => new RegExp(`${name} \\S+ ([^;]*(?:; seldon-mesh[^;]*)?); never sent`).exec(table)?.[1];
  const [core, core2] = [
    'seldon/core: usage metrics off',
    'seldon-mesh/hodometer: off, but its SeldonRuntime wants one',
  ];
  assert.equal([mine('first'), mine('second'), mine('both')], [core, core2, `${core}; ${core2}`], people.stdout);
  const programs = lines((await run('status', '--json')).stdout);
  assert.equal(
    programs.map(({releases, seldonCore2}) => [releases.length, seldonCore2?.places.length]),
    [
      [1, undefined],
      [0, 1],
      [1, 1],
    ],
  );
});

test('disable and enable: what there is, and in the cluster with both which of them has to be said', (fleet) =>
  withAll(fleet, async () => {
    const outcomes = async (command: string, ...args: string[]) => {
      const {stdout, stderr, status} = await fleet.run(command, ...args, '--json', '--watch-for', '1s');
      const told = lines(stdout).map(({outcome, error}) => outcome ?? error?.code);
      assert.ok(told.length >= 2, stderr);
      return [status, ...told];
    };
    assert.equal(await outcomes('enable', '--dry-run'), [7, 'rehearsed', 'unchanged', 'release']);
    assert.equal(await outcomes('disable', '--yes'), [7, 'unchanged', 'changed', 'release']);
    assert.equal(await outcomes('enable', '--yes'), [7, 'changed', 'changed', 'release']);
    const {stderr} = await fleet.run('enable', '--yes');
    assert.match(stderr, /^Error: both: There are 2 that report, or could\.$/m);
    assert.match(stderr, /^ *--namespace seldon-mesh: Hodometer of Seldon Core 2$/m);
    assert.match(stderr, /^ *--namespace seldon --release core: the first Seldon Core's usage metrics$/m);
    assert.equal(await outcomes('disable', '--yes', '-n', 'seldon-mesh', '--exclude', 'first'), [
      0,
      'changed',
      'changed',
    ]);
    assert.equal(await outcomes('enable', '--yes', '-n', 'seldon', '--exclude', 'second'), [0, 'unchanged', 'changed']);
  }));

test('send and show: a report of each, Hodometer or not', async ({run}) => {
  const receiver = await startReceiver();
  try {
    const sent = await run('send', '--yes', '--json', '--url', receiver.url);
    assert.is(sent.status, 0, sent.stdout + sent.stderr);
    const ids = lines(sent.stdout).map(({clusterID}) => clusterID);
    assert.is(new Set(ids).size, 3);
    const bodies = receiver.bodies.map((body) => JSON.parse(String(body)));
    assert.equal(bodies.map(({clusterID}) => clusterID).sort(), [...ids].sort());
    const shown = await run('show');
    assert.is(shown.stdout.match(/^Hodometer of Seldon Core 2 in seldon-mesh$/gm)?.length, 2);
  } finally {
    await receiver.close();
  }
});

test.run();
