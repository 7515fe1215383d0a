// A cluster's no over several contexts, attacked: one real API server, by users who see more or less of it and by two names of
// it, in one run and in a process that stays. Whatever one of them sees, no report of it leaves.
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import type {PeriodEvent} from '../../src/operations/period.ts';
import type {SendOptions} from '../../src/operations/send.ts';
import {sendFleet} from '../../src/operations/send-fleet.ts';
import {sendFleetEvery} from '../../src/operations/send-fleet-period.ts';
import {sendPending} from '../../src/operations/send-pending.ts';
import {runBuilt} from '../cluster/built-program.ts';
import {ensureNamespace, operator, withWorkloads} from '../cluster/on-cluster.ts';
import {startReceiver} from '../delivery/receiver.ts';
import {sandbox} from '../delivery/sandbox.ts';
import {newFolder} from '../folder.ts';
import {type Apiserver, startApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {realisticNode} from '../rig/nodes.ts';
import {seeVeto} from '../rig/rbac.ts';
import {startScripted} from '../rig/scripted.ts';
import {tcpProxy} from '../rig/tcp-proxy.ts';

interface World {
  server: Apiserver;
  receiver: Awaited<ReturnType<typeof startReceiver>>;
}

const test = rigSuite<World>('a no over a fleet');
const pathOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;
const listNodes = {apiGroups: [''], resources: ['nodes'], verbs: ['list']};
const searches = {apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['list']};
const [id, otherID] = ['41111111-2222-4333-8444-555555555555', '51111111-2222-4333-8444-555555555555'];

test.before(async (world) => {
  // `finds`: sees the operator in models, and with it the no there; `narrow`: sees the no where it always stands.
  const users = {finds: [], findsonly: [], narrow: [], sees: [], writes: []};
  [world.server, world.receiver] = await Promise.all([startApiserver({users}), startReceiver()]);
  const {server} = world;
  for (const name of ['kube-system', 'seldon-system', 'models']) await ensureNamespace(server, name);
  await server.request('POST', '/api/v1/nodes', realisticNode(0));
  await server.allow('finds', [listNodes, searches, seeVeto]);
  await server.allow('findsonly', [searches, seeVeto]);
  await server.allow('sees', [listNodes, seeVeto]);
  await server.allow('writes', [listNodes, seeVeto]);
  await server.allow(
    'writes',
    [{apiGroups: [''], resources: ['configmaps'], verbs: ['create', 'update']}],
    'kube-system',
  );
  await server.allow('narrow', [listNodes]);
  for (const place of ['kube-system', 'seldon-system']) await server.allow('narrow', [seeVeto], place);
});
test.before.each(async ({server, receiver}) => {
  receiver.bodies.length = 0;
  for (const place of ['kube-system', 'models']) await server.request('DELETE', `${pathOf(place)}/seldon-usage`);
});
test.after(async ({server, receiver}) => {
  await Promise.all([server.close(), receiver.close()]);
});

const put = (server: Apiserver, namespace: string, data: object) =>
  server.request('POST', pathOf(namespace), {metadata: {name: 'seldon-usage'}, data});
const no = {reporting: 'never'};

/** A context for each user; `user@name` goes by another name or port of the server. */
function fleet({server, receiver}: World, users: string[], more: Partial<SendOptions['collect']> = {}) {
  const files = users.map((user) => JSON.parse(readFileSync(server.kubeconfig({user: user.split('@')[0]!}), 'utf8')));
  const {cluster} = files[0].clusters[0];
  const places = [...new Set(users.map((user) => user.split('@')[1] ?? ''))];
  const kubeconfig = join(newFolder('fleet-nos-'), 'config');
  const serverAt = (place: string) =>
    /^\d+$/.test(place) ? `https://127.0.0.1:${place}` : cluster.server.replace('127.0.0.1', place || '127.0.0.1');
  const config = {
    ...{apiVersion: 'v1', kind: 'Config'},
    clusters: places.map((place) => ({name: `c${place}`, cluster: {...cluster, server: serverAt(place)}})),
    users: users.map((name, i) => ({name, user: files[i].users[0].user})),
    contexts: users.map((name) => ({name, context: {cluster: `c${name.split('@')[1] ?? ''}`, user: name}})),
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const user = sandbox();
  const {collect, ...sending} = user.options({urls: [receiver.url], file: undefined});
  return {user, options: {...sending, collect: {...collect, connection: {kubeconfig, requestTimeout: 5000}, ...more}}};
}

const everyone = {contexts: undefined, exclude: []};

/** What each context is told when it is sent over, with a yes. */
async function outcomes(world: World, users: string[], more?: Partial<SendOptions['collect']>) {
  const {user, options} = fleet(world, users, more);
  try {
    const members = await sendFleet(everyone, options, user.around, {});
    return members.map(({error, sameAs, result}) => String(error ?? sameAs ?? (result?.outcomes ? 'sent' : 'nothing')));
  } finally {
    user.remove();
  }
}

for (const users of [
  ['findsonly', 'sees@localhost'],
  ['sees@localhost', 'findsonly'],
  ['findsonly@localhost', 'narrow'],
])
  test(`who may not list nodes tells the no, and it counts for others: ${users}`, (world) =>
    withWorkloads(world.server, [operator('models', '1.18.2')], async () => {
      await put(world.server, 'models', no);
      await put(world.server, 'kube-system', {'cluster-id': id});
      for (const told of await outcomes(world, users)) assert.match(told, /models says reporting: never/);
      assert.is(world.receiver.bodies.length, 0);
    }));

test('who sees two IDs tells the no, and it counts for who sees one', (world) =>
  withWorkloads(world.server, [operator('models', '1.18.2')], async () => {
    await put(world.server, 'models', {...no, 'cluster-id': otherID});
    await put(world.server, 'kube-system', {'cluster-id': id});
    for (const users of [
      ['finds', 'narrow@localhost'],
      ['sees@localhost', 'finds'],
      ['finds'],
      ['narrow', 'finds', 'narrow@localhost'],
    ])
      for (const told of await outcomes(world, users)) assert.match(told, /models says reporting: never/);
    assert.is(world.receiver.bodies.length, 0);
  }));

test('without nodes and without an ID: the no counts for who may not see it, by whichever name', (world) =>
  withWorkloads(world.server, [operator('models', '1.18.2')], async () => {
    await put(world.server, 'models', no);
    const [finds, narrow] = await outcomes(world, ['finds', 'narrow@localhost'], {omit: new Set(['nodes'])});
    assert.match(finds!, /models says reporting: never/);
    assert.match(narrow!, /context finds forbids reporting, and it can't be seen whether this is another one/);
    assert.is(world.receiver.bodies.length, 0);
  }));

test('a no that appears where only another looks, after all was read, holds up the report', (world) =>
  withWorkloads(world.server, [operator('models', '1.18.2')], async () => {
    const {server, receiver} = world;
    await put(server, 'kube-system', {'cluster-id': id});
    const {user, options} = fleet(world, ['narrow@localhost', 'finds']);
    const agree = async () => Boolean(await put(server, 'models', no));
    const members = await sendFleet(everyone, {...options, yes: false}, user.around, {agree});
    assert.match(String(members[0]!.error), /models says reporting: never/);
    assert.is(members[1]!.sameAs, 'narrow@localhost');
    assert.is(receiver.bodies.length, 0);
    user.remove();
  }));

test('what turns out to be one cluster when its ID is stored is sent once', async (world) => {
  const told = await outcomes(world, ['writes', 'writes@localhost'], {omit: new Set(['nodes'])});
  assert.equal(told.toSorted(), ['sent', told[0] === 'sent' ? 'writes' : 'writes@localhost']);
  assert.is(world.receiver.bodies.length, 1);
});

test('a context of another kubeconfig in the list counts too, by the program', (world) =>
  withWorkloads(world.server, [operator('models', '1.18.2')], async () => {
    const {server, receiver} = world;
    await put(server, 'models', no);
    const home = newFolder('fleet-nos-');
    const files = ['findsonly', 'sees'].map((user) => {
      const config = JSON.parse(readFileSync(server.kubeconfig({user}), 'utf8'));
      const name = user;
      const [{cluster}] = config.clusters;
      const path = join(home, `${user}.json`);
      const named = {
        clusters: [
          {
            name,
            cluster: {
              ...cluster,
              server: cluster.server.replace('127.0.0.1', user === 'sees' ? 'localhost' : '127.0.0.1'),
            },
          },
        ],
        users: [{name, user: config.users[0].user}],
        contexts: [{name, context: {cluster: name, user: name}}],
      };
      writeFileSync(path, JSON.stringify({...config, ...named, 'current-context': name}));
      return path;
    });
    const args = ['send', '--yes', '--all-contexts', '--json', '--url', receiver.url];
    const {status, stdout, stderr} = await runBuilt(args, {KUBECONFIG: files.join(':')}, home);
    assert.is(status, 6, stderr);
    assert.is(stdout.match(/models says reporting: never/g)?.length, 2, stdout);
    assert.match(stdout, /as the context findsonly sees/);
    assert.is(receiver.bodies.length, 0);
  }));

test('what waits of one cluster by several contexts is held by the no that one of them sees', (world) =>
  withWorkloads(world.server, [operator('models', '1.18.2')], async () => {
    const {server, receiver} = world;
    await put(server, 'kube-system', {'cluster-id': id});
    const {user, options} = fleet(world, ['finds', 'narrow@localhost']);
    const failing = await startScripted({tls: false, routes: {'*': {status: 301}}});
    try {
      for (const [context, place] of [
        ['narrow@localhost', 'one'],
        ['finds', 'two'],
      ] as const) {
        const url = [`${failing.url}/${place}`];
        await sendFleet({contexts: [context], exclude: []}, {...options, url}, user.around, {});
      }
      assert.is(user.list('outbox').length, 2);
      await put(server, 'models', no);
      const pending = {...options, connection: options.collect.connection};
      const error = await sendPending(pending, user.around, {}).catch((error) => error);
      assert.match(String(error), /models says reporting: never/);
      for (const name of user.list('outbox')) {
        const one = {...pending, id: name.replace('.json', '')};
        assert.match(
          String(await sendPending(one, user.around, {}).catch((error) => error)),
          /models says reporting: never/,
        );
      }
      assert.is(user.list('outbox').length, 2);
      assert.is(failing.requests.length, 2);
      assert.is(receiver.bodies.length, 0);
    } finally {
      await failing.close();
      user.remove();
    }
  }));

test('what waits by a context that may not see the no, under another ID and name of the server, is held too', (world) =>
  withWorkloads(world.server, [operator('models', '1.18.2')], async () => {
    const {server} = world;
    // They may store no ID, and each keeps one of its own by the name of the server.
    const {user, options} = fleet(world, ['finds', 'narrow@localhost']);
    const failing = await startScripted({tls: false, routes: {'*': {status: 301}}});
    try {
      for (const context of ['finds', 'narrow@localhost'])
        await sendFleet(
          {contexts: [context], exclude: []},
          {...options, url: [`${failing.url}/${context}`]},
          user.around,
          {},
        );
      const ids = user.list('outbox').map((name) => JSON.parse(user.read('outbox', name)).clusterID);
      assert.is(new Set(ids).size, 2);
      await put(server, 'models', no);
      await put(server, 'kube-system', {});
      const pending = {...options, connection: options.collect.connection};
      const error = await sendPending(pending, user.around, {}).catch((error) => error);
      assert.match(String(error), /models says reporting: never/);
      assert.is(failing.requests.length, 2);
    } finally {
      await failing.close();
      user.remove();
    }
  }));

test('what waits of several contexts that were counted once is held by the no that another of them sees', (world) =>
  withWorkloads(world.server, [operator('models', '1.18.2')], async () => {
    const {server} = world;
    await put(server, 'kube-system', {'cluster-id': id});
    const {user, options} = fleet(world, ['narrow', 'finds']);
    const failing = await startScripted({tls: false, routes: {'*': {status: 301}}});
    try {
      const [narrow, finds] = await sendFleet(everyone, {...options, url: [failing.url]}, user.around, {});
      assert.equal([narrow!.result?.outcomes?.length, finds!.sameAs], [1, 'narrow']);
      await put(server, 'models', no);
      const pending = {...options, connection: options.collect.connection};
      const error = await sendPending(pending, user.around, {}).catch((error) => error);
      assert.match(String(error), /models says reporting: never/);
      assert.is(failing.requests.length, 1);
      // What the record says besides is nobody's but this one's: neither the ledger nor the history has it.
      assert.not.match(JSON.stringify(user.ledger()), /along|places/);
    } finally {
      await failing.close();
      user.remove();
    }
  }));

/** The events of a process that stays, until this says that it is enough; `next` is how often contexts were settled. */
async function staying(
  {options, user}: ReturnType<typeof fleet>,
  period: number,
  enough: (events: PeriodEvent[]) => boolean | Promise<boolean>,
) {
  const events: PeriodEvent[] = [];
  const ended = new Error('seen enough');
  const given = {...options, stays: true};
  const tell = (event: PeriodEvent) => {
    events.push(event);
    if (enough(events) === true) throw ended;
  };
  assert.is(await sendFleetEvery(everyone, period, given, user.around, tell).catch((error) => error), ended);
  user.remove();
  return events;
}
const count = (events: PeriodEvent[], event: string, context: string) =>
  events.filter((one) => one.event === event && one.context === context).length;

test('send --period: in no round does one come alone whose cluster forbids it to another', (world) =>
  withWorkloads(world.server, [operator('models', '1.18.2')], async () => {
    await put(world.server, 'models', no);
    await put(world.server, 'kube-system', {'cluster-id': id});
    const users = ['finds', 'narrow@localhost'];
    const events = await staying(fleet(world, users), 200, (all) => count(all, 'error', 'narrow@localhost') > 5);
    assert.is(world.receiver.bodies.length, 0);
    const nexts = (context: string) =>
      events.flatMap((one) => (one.event === 'next' && one.context === context ? [one.at] : []));
    assert.equal(nexts('finds').slice(0, 5), nexts('narrow@localhost').slice(0, 5));
  }));

test('send --period: what one saw before it went away counts for others, and what one sees that comes back', (world) =>
  withWorkloads(world.server, [operator('models', '1.18.2')], async () => {
    const {server, receiver} = world;
    const way = await tcpProxy(Number(new URL(server.url).port));
    await put(server, 'kube-system', {'cluster-id': id});
    try {
      const away = `finds@${way.port}`;
      // It is not there when the others are read first, and comes back.
      way.set('closed');
      await put(server, 'models', no);
      let sent: number | undefined;
      await staying(fleet(world, ['narrow', away]), 1000, (all) => {
        if (count(all, 'delivered', 'narrow') > 0) way.set('open');
        const seen = all.some((one) => one.event === 'error' && one.context === away && /never/.test(one.message));
        if (seen) sent ??= receiver.bodies.length;
        if (seen && count(all, 'error', 'narrow') === 1) way.set('closed');
        return count(all, 'error', 'narrow') > 4 || (sent !== undefined && receiver.bodies.length > sent);
      });
      assert.is(receiver.bodies.length, sent, 'nothing left once the no was seen');
    } finally {
      way.close();
    }
  }));

test('send --period: one that comes back is not sent beside the one that stood in for it', async (world) => {
  const {server} = world;
  const way = await tcpProxy(Number(new URL(server.url).port));
  await put(server, 'kube-system', {'cluster-id': id});
  try {
    const away = `finds@${way.port}`;
    way.set('closed');
    const events = await staying(fleet(world, [away, 'narrow']), 4000, (all) => {
      if (count(all, 'delivered', 'narrow') > 0) way.set('open');
      return count(all, 'same', away) > 0 || count(all, 'delivered', away) > 0;
    });
    assert.is(count(events, 'delivered', away), 0);
  } finally {
    way.close();
  }
});

test.run();
