// Several clusters in one run: two real API servers, one of them under two contexts, and a context that leads nowhere.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import * as assert from 'uvu/assert';
import type {PeriodEvent} from '../../src/operations/period.ts';
import type {Preview} from '../../src/operations/send.ts';
import {sendFleet} from '../../src/operations/send-fleet.ts';
import {sendFleetEvery} from '../../src/operations/send-fleet-period.ts';
import {fleetKubeconfig} from '../cluster/fleet-kubeconfig.ts';
import {ensureNamespace} from '../cluster/on-cluster.ts';
import {startReceiver} from '../delivery/receiver.ts';
import {sandbox} from '../delivery/sandbox.ts';
import {newFolder} from '../folder.ts';
import {program, run} from '../program.ts';
import {type Apiserver, startApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {realisticNode} from '../rig/nodes.ts';
import {tcpProxy} from '../rig/tcp-proxy.ts';

interface Fleet {
  one: Apiserver;
  two: Apiserver;
  kubeconfig: string;
}

const test = rigSuite<Fleet>('fleet');
const [oneID, twoID] = ['11111111-2222-4333-8444-555555555555', '21111111-2222-4333-8444-555555555555'];
const maps = '/api/v1/namespaces/kube-system/configmaps';

test.before(async (context) => {
  [context.one, context.two] = await Promise.all([startApiserver(), startApiserver()]);
  for (const [server, id, nodes] of [
    [context.one, oneID, 2],
    [context.two, twoID, 3],
  ] as const) {
    await ensureNamespace(server, 'kube-system');
    for (let i = 0; i < nodes; i++) await server.request('POST', '/api/v1/nodes', realisticNode(10 * nodes + i));
    await server.request('POST', maps, {metadata: {name: 'seldon-usage'}, data: {'cluster-id': id}});
  }
  context.kubeconfig = join(newFolder('fleet-'), 'config');
  writeFileSync(
    context.kubeconfig,
    JSON.stringify(
      fleetKubeconfig(context.one.kubeconfig({user: 'admin'}), context.two.kubeconfig({user: 'admin'}), 'same address'),
    ),
  );
});
test.after(async ({one, two}) => {
  await Promise.all([one.close(), two.close()]);
});

const lines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));

test('show, collect, status and id: a line each, the same cluster once, and the exit code of the one that fails', ({
  kubeconfig,
}) => {
  for (const command of ['show', 'collect', 'status', 'id']) {
    const ended = run([command, '--json', '--all-contexts', '--kubeconfig', kubeconfig]);
    assert.is(ended.status, 3, ended.stderr);
    const [one, gone, again, two] = lines(ended.stdout);
    // biome-ignore lint/suspicious/noExplicitAny: lines of every command
    const idOf = (line: any) => line.report?.clusterID ?? line.own?.clusterID.value ?? line.clusterID;
    assert.equal([one.context, idOf(one), two.context, idOf(two)], ['one', oneID, 'two', twoID], ended.stdout);
    assert.equal([gone.context, gone.error.code], ['gone', 'cluster']);
    assert.equal(again, {context: 'one-again', sameAs: 'one'});
    assert.is(ended.stderr, '');
  }
});

test('for people: a line of progress each, one table, and what failed with what to try', ({kubeconfig}) => {
  const ended = run(['show', '--all-contexts', '--kubeconfig', kubeconfig]);
  assert.is(ended.status, 3, ended.stderr);
  assert.match(ended.stderr, /^one: 2 nodes$/m);
  assert.is(ended.stderr.match(/refuses connections/g)?.length, 1, ended.stderr);
  assert.match(ended.stderr, /^Error: gone: .* refuses connections/m);
  const table = ended.stdout.slice(ended.stdout.indexOf('Context  '));
  assert.match(table, /^one +11111111-.* 2 nodes$/m);
  assert.match(table, /^one-again +the same cluster as one,\s+counted once$/m);
  assert.match(table, /^two +21111111-.* 3 nodes$/m);
  assert.match(table, /^gone +failed$/m);
});

test('what fails is told once, and what forbids, whatever comes after', async ({one, kubeconfig}) => {
  const set = (data: object) =>
    one.request('PUT', `${maps}/seldon-usage`, {
      metadata: {name: 'seldon-usage'},
      data: {'cluster-id': oneID, ...data},
    });
  try {
    await set({reporting: 'never'});
    const args = ['send', '--dry-run', '--all-contexts', '--kubeconfig', kubeconfig, '--url', 'https://usage.example'];
    const {status, stdout, stderr} = run(args);
    assert.is(status, 6, stderr);
    const blocks = stderr
      .trimEnd()
      .split(/\n(?=\S)/)
      .map((block) => block.replace(/\s+/g, ' '));
    // They are read side by side: whichever of two contexts of a cluster comes first tells why.
    const [first, second] = blocks.some((block) => block.startsWith('Error: one: '))
      ? ['one', 'one-again']
      : ['one-again', 'one'];
    assert.equal(blocks.sort(), [
      'Error: gone: The API server https://127.0.0.1:1 refuses connections. Check that the cluster runs and that the port is right. The context is gone.',
      `Error: ${first}: The cluster forbids reporting: the ConfigMap seldon-usage in the namespace kube-system says reporting: never. Nothing was sent. Ask whoever runs the cluster. Any value of that key forbids; to allow reports, remove the key: kubectl -n kube-system edit configmap seldon-usage`,
      `${second}: not allowed, as ${first}`,
      'two: 3 nodes',
    ]);
    const outcomes = stdout
      .trimEnd()
      .split('\n')
      .map((line) => line.replace(/ +/g, ' ').replace(/ dry run: .*/, ' would'));
    const named = outcomes.filter((line) => /^(one|gone|two)/.test(line));
    assert.equal(named, ['one not allowed', 'gone failed', 'one-again not allowed', `two ${twoID} would`]);
  } finally {
    await set({});
  }
});

test('what is excluded is not asked, and one context is as it always was', ({kubeconfig}) => {
  const at = ['--kubeconfig', kubeconfig];
  const some = run(['show', '--json', '--all-contexts', '--exclude', 'gone', '--exclude', 'one-again', ...at]);
  assert.equal([some.status, lines(some.stdout).map(({context}) => context)], [0, ['one', 'two']], some.stderr);
  const named = run(['show', '--json', '--context', 'two', '--context', 'one', ...at]);
  assert.equal(
    lines(named.stdout).map(({context}) => context),
    ['two', 'one'],
  );
  const single = run(['show', '--json', '--context', 'two', ...at]);
  assert.is(JSON.parse(single.stdout).clusterID, twoID);
});

test('-n counts in each: one without the namespace fails, and the others are worked on', async ({one, kubeconfig}) => {
  await ensureNamespace(one, 'models');
  const args = ['-n', 'models', '--context', 'one', '--context', 'two', '--kubeconfig', kubeconfig];
  const json = run(['show', '--json', ...args]);
  assert.is(json.status, 2, json.stderr);
  const [first, second] = lines(json.stdout);
  assert.equal([first.report.clusterID, second.error.message], [oneID, 'The cluster has no namespace models.']);
  const people = run(['show', ...args]);
  assert.match(people.stderr, /Error: two: The cluster has no namespace models\./);
  assert.match(people.stderr, /The others were worked on\. Name those that are meant with --context/);
});

const wrong: Record<string, [args: string[], says: RegExp]> = {
  'an exclusion of nothing': [
    ['show', '--all-contexts', '--exclude', 'x'],
    /--exclude x: the kubeconfig has no such context/,
  ],
  'an exclusion alone': [['show', '--exclude', 'one'], /--exclude goes with --all-contexts/],
  'an ID for all': [['show', '--all-contexts', '--cluster-id', oneID], /--cluster-id goes with one cluster/],
  'an event for all': [
    ['collect', '--hodometer', '--all-contexts'],
    /--hodometer goes with one cluster, and --all-contexts names several\. .* which names no context\. seldon-usage show tells that of each/,
  ],
  'one file for all': [
    ['collect', '--output', 'x', '--all-contexts'],
    /--output goes .* each report is a line on standard output/,
  ],
  'one server for all': [['send', '-y', '--all-contexts', '--server', 'https://x'], /--server goes with one cluster/],
  'a new ID for all': [['id', '--context', 'one', '--context', 'two', '--reset'], /--reset goes with one cluster/],
};
for (const [name, [args, says]] of Object.entries(wrong)) {
  test(`${name} is refused`, ({kubeconfig}) => {
    const ended = run([...args, '--kubeconfig', kubeconfig]);
    assert.is(ended.status, 2, ended.stderr);
    assert.match(ended.stderr.replace(/\s+/g, ' '), says);
  });
}

test('one question for all, told first what is forbidden; each is sent, and a no holds up its own cluster alone', async ({
  one,
  two,
  kubeconfig,
}) => {
  const receiver = await startReceiver();
  const user = sandbox();
  const {collect, ...sending} = user.options({urls: [receiver.url], yes: false, file: undefined});
  const options = {...sending, collect: {...collect, connection: {kubeconfig}}};
  const choice = {contexts: undefined, exclude: []};
  const told: string[] = [];
  const asked: (readonly Preview[])[] = [];
  const hooks = {
    agree: async (previews: readonly Preview[]) => {
      told.push('asked');
      return Boolean(asked.push(previews));
    },
    failed: (members: readonly {context: string}[]) => told.push(...members.map(({context}) => context)),
  };
  try {
    const members = await sendFleet(choice, options, user.around, hooks);
    const ids = () => receiver.bodies.map((body) => JSON.parse(String(body)).clusterID).sort();
    assert.equal(
      asked.map((previews) => previews.map(({collected}) => collected!.cluster!.context)),
      [['one', 'two']],
    );
    assert.equal(ids(), [oneID, twoID]);
    assert.equal(
      members.map(({context, error, sameAs, result}) => [
        context,
        error !== undefined,
        sameAs,
        result?.outcomes?.length,
      ]),
      [
        ['one', false, undefined, 1],
        ['gone', true, undefined, undefined],
        ['one-again', false, 'one', undefined],
        ['two', false, undefined, 1],
      ],
    );
    // A dry run sends nothing; nobody is asked.
    await sendFleet(choice, {...options, dryRun: true}, user.around, hooks);
    assert.is(asked.length, 1);

    const veto = async (server: Apiserver, reporting: string | null) =>
      void (await server.request('PUT', `${maps}/seldon-usage`, {
        metadata: {name: 'seldon-usage'},
        data: {'cluster-id': server === one ? oneID : twoID, ...(reporting === null ? {} : {reporting})},
      }));
    await veto(one, 'never');
    told.length = 0;
    const [first, , again, last] = await sendFleet(choice, options, user.around, hooks);
    assert.equal(told, ['one', 'gone', 'one-again', 'asked']);
    assert.match(String(first!.error), /says reporting: never/);
    assert.match(String(again!.error), /says reporting: never/);
    assert.is(last!.result!.outcomes![0]!.delivery.delivered, true);
    assert.equal(ids(), [oneID, twoID, twoID]);

    // A no that appears while the question stands holds up its own alone, too.
    await veto(one, null);
    const agree = async () => {
      await veto(two, 'never');
      return true;
    };
    const late = await sendFleet(choice, options, user.around, {agree});
    assert.match(String(late[3]!.error), /says reporting: never/);
    assert.is(late[0]!.error, undefined);
    assert.equal(ids(), [oneID, oneID, twoID, twoID]);
    await veto(two, null);
  } finally {
    await receiver.close();
    user.remove();
  }
});

test('with --yes each cluster gets its own ID, and what is wider than agreed stops its own cluster alone', async ({
  one,
  two,
  kubeconfig,
}) => {
  const receiver = await startReceiver();
  const user = sandbox();
  const {collect, ...sending} = user.options({urls: [receiver.url], file: undefined});
  const how = {...collect, connection: {kubeconfig}};
  const choice = {contexts: ['one', 'two'], exclude: []};
  const path = `${maps}/seldon-usage`;
  try {
    for (const server of [one, two]) await server.request('DELETE', path);
    await sendFleet(
      {...choice, contexts: ['one', 'gone']},
      {...sending, collect: {...how, omit: new Set(['nodes.osImage'])}},
      user.around,
      {},
    );
    const [first, second] = await sendFleet(choice, {...sending, collect: how}, user.around, {});
    assert.match(String(first!.error), /holds more than the last one .*: the field nodes\.osImage/);
    assert.is(second!.error, undefined);
    assert.is(receiver.bodies.length, 2);
    const stored = await Promise.all([one, two].map(async (server) => (await server.request('GET', path)).body.data));
    const sent = receiver.bodies.map((body) => ({'cluster-id': JSON.parse(String(body)).clusterID}));
    assert.equal(stored, sent);
    assert.is.not(sent[0]!['cluster-id'], sent[1]!['cluster-id']);
    await sendFleet(choice, {...sending, collect: {...how, acceptWider: true}}, user.around, {});
    assert.is(receiver.bodies.length, 4);
  } finally {
    for (const [server, id] of [
      [one, oneID],
      [two, twoID],
    ] as const)
      await server.request('PUT', path, {metadata: {name: 'seldon-usage'}, data: {'cluster-id': id}});
    await receiver.close();
    user.remove();
  }
});

test('send --period: each cluster at its own phase, one process; what fails is tried again alone', async ({
  kubeconfig,
}) => {
  const receiver = await startReceiver();
  const user = sandbox();
  const args = [
    'send',
    '--yes',
    '--period',
    '6s',
    '--accept-wider',
    '--log-format',
    'json',
    '--all-contexts',
    '--kubeconfig',
    kubeconfig,
  ];
  const env = {PATH: process.env.PATH, HOME: user.around.home};
  const child = spawn(process.execPath, [program, ...args, '--url', receiver.url], {
    env,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  try {
    // biome-ignore lint/suspicious/noExplicitAny: events of every kind
    const events: any[] = [];
    const times = (event: string, context: string) =>
      events.filter((one) => one.event === event && one.context === context).length;
    for await (const line of createInterface({input: child.stderr})) {
      events.push(JSON.parse(line));
      const isAgain = times('same', 'one-again') > 1 || times('delivered', 'one-again') > 0;
      if (isAgain && times('delivered', 'two') > 1 && times('error', 'gone') > 1) break;
    }
    assert.equal(events[0].contexts, ['one', 'gone', 'one-again', 'two']);
    // Also in the second round, when what is wider was agreed to: once, and not anew by the other context.
    assert.ok(times('same', 'one-again') > 1);
    assert.is(times('delivered', 'one-again'), 0);
    const next = (context: string) => events.find((one) => one.event === 'next' && one.context === context).at;
    assert.is.not(next('one'), next('two'));
    assert.equal(new Set(receiver.bodies.map((body) => JSON.parse(String(body)).clusterID)), new Set([oneID, twoID]));
  } finally {
    child.kill('SIGTERM');
    await ended;
    await receiver.close();
    user.remove();
  }
  assert.equal(await ended, [0, null]);
});

test('send --period --accept-wider agrees once for a cluster, whichever context reaches it, whatever failed before', async ({
  one,
  kubeconfig,
}) => {
  const receiver = await startReceiver();
  const user = sandbox();
  const way = await tcpProxy(Number(new URL(one.url).port));
  way.set('closed');
  const file = JSON.parse(readFileSync(kubeconfig, 'utf8'));
  const cluster = {...file.clusters[0].cluster, server: `https://127.0.0.1:${way.port}`};
  file.clusters.push({name: 'late', cluster});
  file.contexts.push({name: 'late', context: {cluster: 'late', user: 'one'}});
  const config = join(user.around.home, 'config');
  writeFileSync(config, JSON.stringify(file));
  const extensions = join(user.around.home, 'extensions.json');
  const extend = (...names: string[]) =>
    writeFileSync(extensions, JSON.stringify(Object.fromEntries(names.map((name) => [name, 'x']))));
  const {collect, ...sending} = user.options({urls: [receiver.url], file: undefined});
  const options = {...sending, collect: {...collect, extensions, connection: {kubeconfig: config}}};
  const choice = {contexts: ['late', 'one'], exclude: []};
  const ended = new Error('seen enough');
  const events: PeriodEvent[] = [];
  const of = (context: string, what: string) =>
    events.filter(({context: its, event}) => its === context && event === what);
  try {
    extend('first');
    await sendFleet({...choice, contexts: ['one']}, options, user.around, {});
    extend('first', 'second');
    const error = await sendFleetEvery(
      choice,
      1000,
      {...options, stays: true, collect: {...options.collect, acceptWider: true}},
      user.around,
      (event) => {
        events.push(event);
        if (event.event === 'delivered' && event.context === 'one' && of('one', 'delivered').length === 1) {
          extend('first', 'second', 'third');
          way.set('open');
        }
        if (/third/.test(JSON.stringify(of('late', 'error')))) throw ended;
        if (of('late', 'delivered').length > 0) throw ended;
      },
    ).catch((error) => error);
    assert.is(error, ended);
    assert.equal([of('one', 'delivered').length, of('late', 'delivered').length], [1, 0], JSON.stringify(events));
    // What it agreed to was told.
    assert.match(JSON.stringify(of('one', 'warning')), /the extension second\. --accept-wider agrees to it, this once/);
  } finally {
    way.close();
    await receiver.close();
    user.remove();
  }
});

const copies: [what: string, contexts: string[], sentBefore: string[], outcome: [context: string, gets: string][]][] = [
  [
    'nobody knows whose it is',
    ['one', 'two'],
    [],
    [
      ['one', 'two'],
      ['two', 'one'],
    ],
  ],
  [
    'the last report knows',
    ['one', 'two'],
    ['one', 'gone'],
    [
      ['one', 'sent'],
      ['two', 'one'],
    ],
  ],
  [
    'whichever comes first',
    ['two', 'one-again'],
    ['one', 'gone'],
    [
      ['two', 'one-again'],
      ['one-again', 'sent'],
    ],
  ],
  [
    'while the other is away',
    ['two', 'gone'],
    ['one', 'gone'],
    [
      ['two', 'one'],
      ['gone', 'away'],
    ],
  ],
  [
    'under two contexts it is one cluster',
    ['one-again', 'one'],
    ['one', 'gone'],
    [
      ['one-again', 'sent'],
      ['one', 'same'],
    ],
  ],
];
for (const [what, contexts, sentBefore, outcome] of copies)
  for (const omit of ['', 'nodes'] as const)
    test(`a cluster that has the ID of another stands in for nobody: ${what}${omit ? `, without ${omit}` : ''}`, async ({
      two,
      kubeconfig,
    }) => {
      // Without nodes the last report knows only by which context it went, and nothing of one that is away.
      if (omit && contexts.includes('gone')) return;
      const expected = omit && !contexts.includes('one') ? contexts.map((name, i) => [name, contexts[1 - i]]) : outcome;
      const receiver = await startReceiver();
      const user = sandbox();
      const {collect, ...sending} = user.options({urls: [receiver.url], file: undefined});
      const left = new Set(omit ? [omit] : []);
      const options = {...sending, collect: {...collect, omit: left, connection: {kubeconfig}}};
      const named = (id: string) =>
        two.request('PUT', `${maps}/seldon-usage`, {metadata: {name: 'seldon-usage'}, data: {'cluster-id': id}});
      try {
        if (sentBefore.length > 0) await sendFleet({contexts: sentBefore, exclude: []}, options, user.around, {});
        await named(oneID);
        const members = await sendFleet({contexts, exclude: []}, options, user.around, {});
        assert.equal(
          members.map(({context, result, error, sameAs}) => {
            const says = omit
              ? /the context (\S+) has, and keeps it in another ConfigMap/
              : /the context (\S+) has, and no node in common/;
            const of = says.exec(String(error))?.[1];
            return [context, of ?? (error ? 'away' : sameAs === undefined ? (result?.outcomes ? 'sent' : '') : 'same')];
          }),
          expected,
        );
      } finally {
        await named(twoID);
        await receiver.close();
        user.remove();
      }
    });

test('status and id tell of both clusters that have one ID, and show says what is wrong', async ({two, kubeconfig}) => {
  const named = (id: string) =>
    two.request('PUT', `${maps}/seldon-usage`, {metadata: {name: 'seldon-usage'}, data: {'cluster-id': id}});
  await named(oneID);
  try {
    const at = ['--json', '--context', 'one', '--context', 'one-again', '--context', 'two', '--kubeconfig', kubeconfig];
    for (const command of ['status', 'id']) {
      const [one, again, other] = lines(run([command, ...at]).stdout);
      assert.equal([one.sameAs, again.sameAs, other.sameAs], [undefined, 'one', undefined], command);
    }
    const shown = run(['show', ...at]);
    assert.is(shown.status, 4, shown.stderr);
    const [one, again, other] = lines(shown.stdout);
    assert.equal([one.error.code, again.sameAs, other.error.code], ['input', 'one', 'input']);
    assert.match(other.error.suggestions[0], /id --reset --context two/);
  } finally {
    await named(twoID);
  }
});

test('send --json by the program: an object each, and the worst exit code', ({kubeconfig}) => {
  const ended = run([
    'send',
    '--json',
    '--dry-run',
    '--all-contexts',
    '--kubeconfig',
    kubeconfig,
    '--url',
    'https://c.example',
  ]);
  assert.is(ended.status, 3, ended.stderr);
  const [one, gone, again, two] = lines(ended.stdout);
  assert.equal([one.dryRun, one.clusterID, two.clusterID], [true, oneID, twoID]);
  assert.equal([gone.error.code, again.sameAs], ['cluster', 'one']);
});

test.run();
