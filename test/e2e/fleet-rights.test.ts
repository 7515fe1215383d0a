// One real API server under contexts of users with other rights: what the cluster says counts for all of them, what one of
// them can't see for that one alone.
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {runBuilt} from '../cluster/built-program.ts';
import {ensureNamespace, operator, withWorkloads} from '../cluster/on-cluster.ts';
import {startReceiver} from '../delivery/receiver.ts';
import {newFolder} from '../folder.ts';
import {type Apiserver, startApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {realisticNode} from '../rig/nodes.ts';

interface World {
  server: Apiserver;
  receiver: Awaited<ReturnType<typeof startReceiver>>;
}

const test = rigSuite<World>('rights over a fleet');
const id = '31111111-2222-4333-8444-555555555555';
const pathOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const listNodes = {apiGroups: [''], resources: ['nodes'], verbs: ['list']};
const seeNo = {apiGroups: [''], resources: ['configmaps'], resourceNames: ['seldon-usage'], verbs: ['get']};
const listRecords = {apiGroups: [''], resources: ['secrets', 'configmaps'], verbs: ['list']};
const inNamespaces = {apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['list']};

test.before(async (world) => {
  const users = {blind: [], sees: [], searches: [], watcher: [], owner: []};
  [world.server, world.receiver] = await Promise.all([startApiserver({users}), startReceiver()]);
  const {server} = world;
  for (const name of ['kube-system', 'models']) await ensureNamespace(server, name);
  await server.request('POST', '/api/v1/nodes', realisticNode(0));
  await server.request('POST', pathOf('kube-system'), {metadata: {name: 'seldon-usage'}, data: {'cluster-id': id}});
  await server.allow('blind', [listNodes]);
  await server.allow('sees', [listNodes, seeNo]);
  await server.allow('searches', [listNodes, seeNo, inNamespaces]);
  await server.allow('watcher', [listNodes, inNamespaces, listRecords]);
  await server.allow('owner', [listNodes, inNamespaces, listRecords, seeNo]);
});
test.before.each(({receiver}) => {
  receiver.bodies.length = 0;
});
test.after(async ({server, receiver}) => {
  await Promise.all([server.close(), receiver.close()]);
});

const flat = (text: string) => text.replace(/\s+/g, ' ');
// biome-ignore lint/suspicious/noExplicitAny: lines of every command
const lines = (text: string): any[] =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

/** The program with a context for each user; `user@localhost` goes by another name of the server. */
function person({server}: World, ...users: string[]) {
  const home = newFolder('fleet-rights-');
  const files = users.map((user) => JSON.parse(readFileSync(server.kubeconfig({user: user.split('@')[0]!}), 'utf8')));
  const {cluster} = files[0].clusters[0];
  const config = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      {name: 'c', cluster},
      {name: 'localhost', cluster: {...cluster, server: cluster.server.replace('127.0.0.1', 'localhost')}},
    ],
    users: users.map((name, i) => ({name, user: files[i].users[0].user})),
    contexts: users.map((name) => ({name, context: {cluster: name.split('@')[1] ?? 'c', user: name}})),
  };
  writeFileSync(join(home, 'config'), JSON.stringify(config));
  return (...args: string[]) => runBuilt([...args, '--all-contexts'], {KUBECONFIG: join(home, 'config')}, home);
}

for (const users of [
  ['blind', 'sees'],
  ['sees', 'blind'],
])
  test(`${users.join(', ')}: who can't see whether the cluster forbids holds up nobody who can`, async (world) => {
    const run = person(world, ...users);
    const sent = await run('send', '--yes', '--json', '--url', world.receiver.url);
    assert.is(sent.status, 6, sent.stderr);
    const of = (name: string) => lines(sent.stdout).find(({context}) => context === name);
    assert.match(of('blind').error.message, /can't be seen whether the cluster forbids/);
    assert.is(of('sees').error, undefined, sent.stdout);
    assert.equal(
      world.receiver.bodies.map((body) => JSON.parse(String(body)).clusterID),
      [id],
    );
    const people = await run('send', '--yes', '--url', world.receiver.url);
    assert.match(people.stdout, /^sees +31111111-.* sent /m);
    assert.match(flat(people.stderr), /Error: blind: It can't be seen whether/);
  });

for (const users of [
  ['watcher', 'owner'],
  ['owner', 'watcher'],
])
  for (const command of ['show', 'collect', 'status', 'id'])
    test(`${command} of ${users.join(', ')}: one cluster, as who sees most tells it, and what the other can't see`, async (world) => {
      const run = person(world, ...users);
      const programs = await run(command, '--json');
      const [watcher, owner] = ['watcher', 'owner'].map((name) =>
        lines(programs.stdout).find(({context}) => context === name),
      );
      assert.equal(watcher, {context: 'watcher', sameAs: 'owner', undetermined: true}, programs.stdout);
      assert.match(JSON.stringify(owner), id);
      const people = await run(command);
      if (command === 'collect') return;
      assert.match(
        flat(people.stdout),
        /watcher the same cluster as owner, counted once; this context can't see whether the cluster forbids reporting/,
      );
      assert.not.match(flat(people.stderr), /nothing of it may be sent/i);
    });

test('a no that one context sees counts for all of its cluster, by whichever address, and is what all are told', (world) =>
  withWorkloads(world.server, [operator('models', '1.18.2')], async () => {
    const {server, receiver} = world;
    const no = {metadata: {name: 'seldon-usage'}, data: {reporting: 'ask first'}};
    await server.request('POST', pathOf('models'), no);
    try {
      // `sees` may not look for operators, in whose namespace it stands.
      for (const users of [
        ['sees', 'searches'],
        ['sees@localhost', 'blind', 'searches', 'sees'],
      ]) {
        const run = person(world, ...users);
        const sent = await run('send', '--yes', '--json', '--url', receiver.url);
        assert.is(sent.status, 6, sent.stdout);
        for (const {error, sameAs} of lines(sent.stdout))
          if (sameAs === undefined)
            assert.match(error.message, /namespace models says reporting: ask first/, sent.stdout);
        assert.is(receiver.bodies.length, 0);
        for (const command of ['show', 'status', 'id', 'collect']) {
          const {stdout, stderr} = await run(command);
          assert.match(flat(stderr + stdout), /namespace models says reporting: ask first/, command);
        }
      }
    } finally {
      await server.request('DELETE', `${pathOf('models')}/seldon-usage`);
    }
  }));

test('a dry run, and what is changed: as for who sends', async (world) => {
  const run = person(world, 'blind', 'sees');
  const dry = await run('send', '--dry-run', '--json', '--url', world.receiver.url);
  const [blind, sees] = lines(dry.stdout);
  assert.equal([blind.error.code, sees.dryRun, sees.clusterID], ['consent', true, id], dry.stdout);
  assert.is(world.receiver.bodies.length, 0);
  const enabled = await run('enable', '--yes', '--json');
  const [one, other] = lines(enabled.stdout);
  assert.match(one.error.message, /can't be seen whether the cluster forbids/);
  assert.not.match(other.error.message, /forbid/, enabled.stdout);
});

test.run();
