// Credential plugins that hang: what is told while they are waited for, what becomes of the others, and that nothing of them
// is left, however the program ends.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readFileSync, writeFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {runBuilt} from '../cluster/built-program.ts';
import {kubeconfigOf, temporaryFolder} from '../cluster/connection/connecting.ts';
import {exec, freshPath, gone} from '../cluster/connection/plugins.ts';
import {program} from '../program.ts';
import {startScripted} from '../rig/scripted.ts';

const nothing = {body: {kind: 'List', apiVersion: 'v1', metadata: {}, items: []}};
const notFound = {status: 404, body: {kind: 'Status', apiVersion: 'v1', message: 'not found'}};
const maps = ['seldon-system', 'kube-system'].map((name) => `/api/v1/namespaces/${name}/configmaps/seldon-usage`);
const server = await startScripted({
  routes: {...Object.fromEntries(maps.map((path) => [path, notFound])), '*': nothing},
});
test.after(() => server.close());

/** Writes down its number and that of what it has started, and hangs. */
const hangs = (file: string) => `sleep 600 & echo $$ $! > ${file}.new; mv ${file}.new ${file}; wait`;

/** A kubeconfig with the contexts `hangs`, by such a plugin, and `works`. */
function fleet() {
  const file = freshPath('processes');
  const path = kubeconfigOf(server);
  const config = JSON.parse(readFileSync(path, 'utf8'));
  config.users.push({name: 'late', user: {exec: exec(hangs(file))}});
  config.contexts = [
    {name: 'hangs', context: {cluster: 'rig', user: 'late'}},
    {name: 'works', context: {cluster: 'rig', user: 'jane'}},
  ];
  config['current-context'] = 'hangs';
  writeFileSync(path, JSON.stringify(config));
  const processes = () => readFileSync(file, 'utf8').trim().split(' ').map(Number);
  return {path, file, processes};
}

test('one that hangs is named while it is waited for, and fails alone at its bound', async () => {
  const {path, processes} = fleet();
  const args = ['id', '--all-contexts', '--request-timeout', '5s', '--kubeconfig', path];
  const began = performance.now();
  const ended = await runBuilt(args, {}, temporaryFolder());
  assert.ok(performance.now() - began < 20_000);
  assert.is(ended.status, 3, ended.stderr);
  assert.match(ended.stderr, /^hangs: Waiting for the credential plugin plugin-\d+ of the user late\.$/m);
  assert.match(
    ended.stderr.replace(/\s+/g, ' '),
    /Error: hangs: The credential plugin plugin-\d+ of the user late did not end within 5 s\./,
  );
  assert.match(ended.stdout, /^works +[0-9a-f-]{36} /m);
  for (const pid of processes()) await gone(pid);
  const json = await runBuilt([...args, '--json'], {}, temporaryFolder());
  assert.is(json.stderr, '');
  assert.equal(
    json.stdout
      .trimEnd()
      .split('\n')
      .map((line) => [JSON.parse(line).context, JSON.parse(line).error?.code]),
    [
      ['hangs', 'cluster'],
      ['works', undefined],
    ],
  );
});

for (const [signal, code] of [
  ['SIGINT', 130],
  ['SIGTERM', null],
  ['SIGHUP', null],
] as const)
  for (const more of [[], ['--all-contexts']])
    test(`${signal} ends it with the program${more.map((flag) => `, with ${flag}`)}`, async () => {
      const {path, file, processes} = fleet();
      const home = temporaryFolder();
      const child = spawn(process.execPath, [program, 'id', ...more, '--kubeconfig', path], {
        env: {PATH: process.env.PATH, HOME: home},
        stdio: 'ignore',
      });
      const ended = once(child, 'exit');
      while (!existsSync(file)) await sleep(20);
      child.kill(signal);
      assert.equal(await ended, [code, code === null ? signal : null]);
      for (const pid of processes()) await gone(pid);
    });

test('a change that is interrupted waits for no plugin', async () => {
  const {path, file, processes} = fleet();
  const args = ['enable', '--yes', '--all-contexts', '--kubeconfig', path];
  const child = spawn(process.execPath, [program, ...args], {
    env: {PATH: process.env.PATH, HOME: temporaryFolder()},
    stdio: 'ignore',
  });
  const ended = once(child, 'exit');
  while (!existsSync(file)) await sleep(20);
  const began = performance.now();
  child.kill('SIGINT');
  assert.equal(await ended, [130, null]);
  assert.ok(performance.now() - began < 10_000);
  for (const pid of processes()) await gone(pid);
});

test('a process that stays tells it in its log', async () => {
  const {path, file} = fleet();
  const args = ['send', '--period', '1h', '--yes', '--log-format', 'json', '--url', server.url, '--context', 'hangs'];
  const child = spawn(process.execPath, [program, ...args, '--kubeconfig', path], {
    env: {PATH: process.env.PATH, HOME: temporaryFolder()},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = once(child, 'exit');
  let log = '';
  for await (const text of child.stderr.setEncoding('utf8')) {
    log += text;
    if (/Waiting/.test(log)) break;
  }
  // It is told after a while, whether or not the plugin has come so far.
  while (!existsSync(file)) await sleep(20);
  child.kill('SIGTERM');
  await ended;
  const events = log
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.match(events.find(({event}) => event === 'warning').message, /^Waiting for the credential plugin/);
  for (const pid of readFileSync(file, 'utf8').trim().split(' ')) await gone(Number(pid));
});

test.run();
