// A cluster's no, tried with the built program on a real API server: whatever the key says, wherever it is read, for every
// command that speaks of the cluster's reports.
import {existsSync, readdirSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {type Printed, runBuilt} from '../cluster/built-program.ts';
import {ensureNamespace, operator, withWorkloads} from '../cluster/on-cluster.ts';
import {startReceiver} from '../delivery/receiver.ts';
import {newFolder} from '../folder.ts';
import {type SharedApiserver, sharedApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {realisticNode} from '../rig/nodes.ts';
import {type Canned, startScripted} from '../rig/scripted.ts';

const test = rigSuite<{server: SharedApiserver; receiver: Awaited<ReturnType<typeof startReceiver>>}>('a cluster’s no');
const listNodes = {apiGroups: [''], resources: ['nodes'], verbs: ['list']};
const seeNo = {apiGroups: [''], resources: ['configmaps'], resourceNames: ['seldon-usage'], verbs: ['get']};
const pathOf = (namespace: string) => `/api/v1/namespaces/${namespace}/configmaps`;

test.before(async (context) => {
  context.server = await sharedApiserver();
  context.receiver = await startReceiver();
  for (const namespace of ['seldon-system', 'models']) await ensureNamespace(context.server, namespace);
  await context.server.request('POST', '/api/v1/nodes', realisticNode(0));
});
test.after(async ({receiver}) => {
  await receiver.close();
});
test.after.each(async ({server}) => {
  for (const namespace of ['seldon-system', 'kube-system', 'models'])
    await server.request('DELETE', `${pathOf(namespace)}/seldon-usage`);
});

interface Content {
  data?: Record<string, string>;
  binaryData?: Record<string, string>;
}

async function put({request}: SharedApiserver, namespace: string, content: Content): Promise<void> {
  const {status} = await request('POST', pathOf(namespace), {metadata: {name: 'seldon-usage'}, ...content});
  assert.is(status, 201);
}

/** The program for somebody with a home of their own. */
function person(server: SharedApiserver, user = 'admin') {
  const home = newFolder('forbids-');
  const env = {KUBECONFIG: server.kubeconfig({user})};
  return {home, run: (...args: string[]): Promise<Printed> => runBuilt(args, env, home)};
}

const flat = (text: string) => text.replace(/\s+/g, ' ');

const contents: [what: string, content: Content, names: RegExp | undefined][] = [
  ['no key', {data: {note: 'x'}}, undefined],
  ['other keys', {data: {'reporting-team': 'never', report: 'never', 'not.reporting': 'no'}}, undefined],
  ['never', {data: {reporting: 'never'}}, /reporting: never/],
  ['always', {data: {reporting: 'always'}}, /reporting: always/],
  ['nothing', {data: {reporting: ''}}, /reporting: ""\. /],
  ['two lines', {data: {reporting: 'a\nb'}}, /reporting: a/],
  ['a capital letter', {data: {Reporting: 'true'}}, /Reporting: true/],
  ['capitals', {data: {REPORTING: 'true'}}, /REPORTING: true/],
  ['binary data', {binaryData: {reporting: 'MQ=='}}, /reporting/],
  ['misspelt binary data', {binaryData: {RePorting: ''}}, /RePorting/],
];
for (const namespace of ['seldon-system', 'kube-system']) {
  for (const [what, content, names] of contents) {
    test(`${what} in ${namespace}: ${names ? 'forbids' : 'permits'}`, async ({server, receiver}) => {
      await put(server, namespace, content);
      const before = receiver.bodies.length;
      const {run} = person(server);
      const {status, stderr, stdout} = await run('send', '--yes', '--url', receiver.url);
      assert.is(status, names ? 6 : 0, stdout + stderr);
      assert.is(receiver.bodies.length, before + (names ? 0 : 1));
      if (!names) return;
      assert.match(flat(stderr), names);
      assert.match(flat(stderr), `namespace ${namespace}`);
    });
  }
}

test('who may only list nodes sends nothing, and is told the rights; with them it goes', async ({server, receiver}) => {
  await server.allow('nobody', [listNodes]);
  const {run} = person(server, 'nobody');
  const before = receiver.bodies.length;
  const refused = await run('send', '--yes', '--url', receiver.url);
  assert.is(refused.status, 6, refused.stderr);
  assert.match(
    refused.stderr,
    /^ *kubectl create clusterrole (\S+) --verb=get --resource=configmaps --resource-name=seldon-usage$/m,
  );
  assert.match(refused.stderr, /^ *kubectl create clusterrolebinding \S+ --clusterrole=\S+ --user=nobody$/m);
  assert.is(receiver.bodies.length, before);
  for (const args of [['show'], ['status'], ['id'], ['collect'], ['history']]) {
    const {stdout, stderr} = await run(...args);
    assert.match(flat(stdout + stderr), /can't be seen whether the cluster forbids/, args.join());
  }
  await server.allow('nobody', [seeNo]);
  const sent = await run('send', '--yes', '--url', receiver.url);
  assert.is(sent.status, 0, sent.stderr);
  // Deployments could not be looked for: a no in another operator's namespace would not have been seen.
  assert.match(flat(sent.stderr), /Operators could not be looked for in all namespaces/);
  assert.is(receiver.bodies.length, before + 1);
});

test('a no in the namespace of any operator counts', ({server, receiver}) =>
  withWorkloads(server, [operator('models', '1.18.2')], async () => {
    await put(server, 'models', {data: {reporting: 'ask first'}});
    const {run} = person(server);
    for (const args of [['history'], ['status'], ['show'], ['id'], ['enable', '--yes']]) {
      const {stdout, stderr} = await run(...args);
      assert.match(flat(stdout + stderr), /namespace models says reporting: ask first/, args.join());
    }
    for (const more of [[], ['-n', 'seldon-system'], ['--cluster-id', '846db7e9-c861-43d7-8d08-31578af59878']]) {
      const {status, stderr} = await run('send', '--yes', '--url', receiver.url, ...more);
      assert.is(status, 6, stderr);
      assert.match(flat(stderr), /namespace models says reporting: ask first/);
    }
  }));

/** With the stream on which `--json` tells it: what show and collect print are the bytes of a report. */
const commands: [args: string[], status: number, json?: 'stdout' | 'stderr'][] = [
  [['show'], 0, 'stderr'],
  [['collect'], 0],
  [['status'], 0, 'stdout'],
  [['id'], 0, 'stdout'],
  [['history'], 0, 'stdout'],
  [['enable', '--yes'], 6, 'stderr'],
  [['send', '--dry-run', '--allow-http'], 6, 'stderr'],
];
for (const [args, status, json] of commands) {
  test(`${args.join(' ')} tells of a no in its first lines`, async ({server}) => {
    await put(server, 'kube-system', {data: {reporting: 'never'}});
    const {run} = person(server);
    const ended = await run(...args);
    assert.is(ended.status, status, ended.stdout + ended.stderr);
    // Where there are results, people read them; collect's is a file's content.
    const told = status === 0 && args[0] !== 'collect' ? `${ended.stderr}\n${ended.stdout}` : ended.stderr;
    assert.match(flat(told.split('\n').slice(0, 5).join('\n')), /forbids reporting: .*kube-system/, told);
    if (!json) return;
    const program = await run(...args, '--json');
    const text = flat(program[json]);
    assert.is(program.status, status);
    assert.match(text, /kube-system/);
    assert.match(text, /reporting: never/);
  });
}

const nothing = {body: {kind: 'List', apiVersion: 'v1', metadata: {}, items: []}};
const notFound = {status: 404, body: {kind: 'Status', message: 'not found'}};
const answers: [what: string, answer: Canned, code: number][] = [
  ['not found', notFound, 0],
  ...[401, 429, 500, 503].map((status): (typeof answers)[number] => [
    String(status),
    {status, body: {kind: 'Status', message: 'later'}},
    3,
  ]),
  ['403', {status: 403, body: {kind: 'Status', message: 'no'}}, 6],
  ['a page of a proxy that knows no such path', {status: 404, body: '404 page not found'}, 3],
  ['another object', {body: {kind: 'Status', status: 'Success'}}, 3],
  ['data that is none', {body: {kind: 'ConfigMap', data: 'reporting'}}, 3],
  ['a list as data', {body: {kind: 'ConfigMap', data: ['reporting']}}, 3],
  ['a number as the ID', {body: {kind: 'ConfigMap', data: {'cluster-id': 5}}}, 4],
  ['no data', {body: {kind: 'ConfigMap', data: null}}, 0],
  ['white space in the key', {body: {kind: 'ConfigMap', data: {' Repor\u200bting\n': 'x'}}}, 6],
];
for (const [what, answer, code] of answers) {
  test(`${what} about the no is exit ${code}`, async ({receiver}) => {
    const api = await startScripted({
      routes: {
        '/api/v1/namespaces/kube-system/configmaps/seldon-usage': answer,
        '/api/v1/namespaces/kube-system/configmaps': {status: 201, body: {kind: 'ConfigMap'}},
        '/apis/apps/v1/deployments': nothing,
        '/apis/apps/v1/statefulsets': nothing,
        '/api/v1/nodes': {body: {kind: 'NodeList', apiVersion: 'v1', metadata: {}, items: []}},
        '/version': {body: {gitVersion: 'v1.33.2'}},
        '*': notFound,
      },
      tls: false,
    });
    try {
      const home = newFolder('forbids-');
      const before = receiver.bodies.length;
      const args = ['send', '--yes', '--url', receiver.url, '--server', api.url, '--request-timeout', '3s'];
      const ended = await runBuilt(args, {}, home);
      assert.is(ended.status, code, ended.stderr);
      assert.is(receiver.bodies.length, before + (code === 0 ? 1 : 0));
    } finally {
      await api.close();
    }
  });
}

const forbids = {kind: 'ConfigMap', data: {reporting: 'never', 'cluster-id': 'acme'}};
const besides: [what: string, args: string[], nodes: Canned, status: number, says: RegExp][] = [
  [
    'send, without the right to list nodes',
    ['send', '--yes'],
    {status: 403, body: {kind: 'Status'}},
    6,
    /says reporting: never/,
  ],
  [
    'send, where nodes never come',
    ['send', '--yes'],
    {headers: {'content-type': 'application/json'}, chunks: ['{', 600_000]},
    6,
    /says reporting: never/,
  ],
  ['send -n of no namespace', ['send', '--yes', '-n', 'nosuch'], {hang: true}, 6, /says reporting: never/],
  [
    'show, without the right to list nodes',
    ['show'],
    {status: 403, body: {kind: 'Status'}},
    3,
    /says reporting: never\. Nothing .* list nodes/,
  ],
  [
    'show, with an ID that is none',
    ['show'],
    {body: {kind: 'NodeList', apiVersion: 'v1', metadata: {}, items: []}},
    4,
    /says reporting: never\. Nothing .* is not a UUID/,
  ],
  ['id', ['id'], nothing, 4, /says reporting: never\. Nothing .* is not a UUID/],
  ['status', ['status'], nothing, 4, /says reporting: never\. Nothing .* is not a UUID/],
];
for (const [what, [command, ...args], answer, status, says] of besides)
  test(`a no comes first, whatever else is wrong: ${what}`, async () => {
    const api = await startScripted({
      routes: {
        '/api/v1/namespaces/kube-system/configmaps/seldon-usage': {delay: 200, body: forbids},
        '/api/v1/nodes': answer,
        '/version': {body: {gitVersion: 'v1.33.2'}},
        '/apis/apps/v1/deployments': nothing,
        '/apis/apps/v1/statefulsets': nothing,
        '/api/v1/secrets': nothing,
        '/api/v1/configmaps': nothing,
        '*': notFound,
      },
      tls: false,
    });
    try {
      const began = performance.now();
      const url = command === 'send' ? ['--url', 'https://c.example'] : [];
      const ended = await runBuilt([command!, ...args, ...url, '--server', api.url], {}, newFolder('no-'));
      assert.is(ended.status, status, ended.stdout + ended.stderr);
      assert.match(flat(ended.stderr), says);
      assert.ok(performance.now() - began < 30_000, 'nothing that still runs is waited for');
    } finally {
      await api.close();
    }
  });

test('a dry run leaves nothing, here and in the cluster, and says what would be made', async ({server, receiver}) => {
  const {home, run} = person(server);
  const {status, stdout, stderr} = await run('send', '--dry-run', '--url', receiver.url);
  assert.is(status, 0, stderr);
  assert.equal(readdirSync(home), []);
  assert.match(flat(stdout), /ConfigMap seldon-usage in the namespace kube-system with cluster-id: /);
  assert.is((await server.request('GET', `${pathOf('kube-system')}/seldon-usage`)).status, 404);
  const json = JSON.parse((await run('send', '--dry-run', '--url', receiver.url, '--json')).stdout);
  assert.equal([json.makes.metadata.name, json.makes.metadata.namespace], ['seldon-usage', 'kube-system']);
  assert.equal(Object.keys(json.makes.data), ['cluster-id']);
  assert.equal(readdirSync(home), []);
  assert.match(flat((await run('send', '--help')).stdout), /ConfigMap seldon-usage .*kube-system/);
});

test('the first send makes the ConfigMap as it said, and names it', async ({server, receiver}) => {
  const {run} = person(server);
  const {stdout, stderr} = await run('send', '--yes', '--url', receiver.url);
  assert.match(flat(stdout), /ConfigMap seldon-usage, namespace kube-system/, stderr);
  const {body} = await server.request('GET', `${pathOf('kube-system')}/seldon-usage`);
  const {labels, annotations} = body.metadata;
  assert.is(labels['app.kubernetes.io/name'], 'seldon-usage');
  assert.is(labels['app.kubernetes.io/managed-by'], 'seldon-usage');
  assert.ok(labels['app.kubernetes.io/component']);
  assert.match(annotations['kubernetes.io/description'], /reporting/);
  const again = JSON.parse((await run('send', '--yes', '--json', '--url', receiver.url)).stdout);
  assert.is(again.makes, undefined);
});

test('what waits is asked for again at its cluster', async ({server, receiver}) => {
  const {home, run} = person(server);
  const failing = await startScripted({tls: false, routes: {'*': {status: 301}}});
  const waiting = await run('send', '--yes', '--url', failing.url);
  await failing.close();
  assert.is(waiting.status, 5, waiting.stderr);
  await server.request('DELETE', `${pathOf('kube-system')}/seldon-usage`);
  await put(server, 'kube-system', {data: {reporting: 'never'}});
  const held = await run('send', '--pending', '--yes');
  assert.is(held.status, 6, held.stdout + held.stderr);
  assert.match(flat(held.stderr), /reporting: never/);
  // A kubeconfig without the context: the cluster can't be asked, and that is no yes.
  const elsewhere = await runBuilt(['send', '--pending', '--yes'], {KUBECONFIG: '/nonexistent'}, home);
  assert.ok([3, 6].includes(elsewhere.status!), elsewhere.stdout + elsewhere.stderr);
  assert.is(readdirSync(join(home, '.local/state/seldon-usage/outbox')).length, 1);
  assert.ok(receiver);
});

test('a file is sent without a cluster, and that is said', async ({server, receiver}) => {
  await put(server, 'kube-system', {data: {reporting: 'never'}});
  const {home, run} = person(server);
  const collected = await run('collect', '--output', 'report.json');
  assert.match(flat(collected.stderr), /forbids reporting/);
  assert.ok(existsSync(join(home, 'report.json')));
  const sent = await run('send', 'report.json', '--yes', '--url', receiver.url);
  assert.is(sent.status, 0, sent.stderr);
  assert.match(flat(sent.stderr), /No cluster was asked/);
});

test.run();
