// Choices that last and what was agreed to, tried with the built program: nothing wider leaves than somebody said yes to.
import {lstatSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {runBuilt} from '../cluster/built-program.ts';
import {clusterID, exampleNodes, list, node} from '../commands/nodes.ts';
import {startReceiver} from '../delivery/receiver.ts';
import {newFolder} from '../folder.ts';

const receiver = await startReceiver();
const flat = (text: string) => text.replace(/\s+/g, ' ');

/** The program for somebody with a home of their own, a settings file, and nodes in a file. */
function person(settings?: string) {
  const home = newFolder('consent-');
  const file = join(home, '.config/seldon-usage/config.yaml');
  if (settings !== undefined) {
    mkdirSync(join(home, '.config/seldon-usage'), {recursive: true});
    writeFileSync(file, settings, {mode: 0o600});
  }
  writeFileSync(join(home, 'nodes.json'), exampleNodes);
  const run = (args: string[], env: NodeJS.ProcessEnv = {}) => runBuilt(args, env, home);
  const from = ['--nodes', 'nodes.json', '--cluster-id', clusterID];
  return {
    home,
    file,
    run,
    send: (args: string[] = [], env: NodeJS.ProcessEnv = {}) =>
      run(['send', '--yes', '--url', receiver.url, ...(args.includes('--nodes') ? from.slice(2) : from), ...args], env),
    collect: (args: string[] = [], env: NodeJS.ProcessEnv = {}) => run(['collect', ...from, ...args], env),
  };
}

const last = () => JSON.parse(String(receiver.bodies.at(-1)));

type Step = [args: string[], status: number, says?: RegExp];
const stories: Record<string, Step[]> = {
  'a forgotten --omit': [
    [['--omit', 'nodes.osImage', '--omit', 'nodes.kernelVersion'], 0],
    [['--omit', 'nodes.osImage'], 6, /the field nodes\.kernelVersion.*--accept-wider/],
    [[], 6, /the field nodes\.osImage, the field nodes\.kernelVersion/],
    [['--accept-wider'], 0],
    [[], 0],
  ],
  'a narrower report, and back': [
    [[], 0],
    [['--omit', 'nodes'], 0],
    [[], 6, /the field nodes[.,]/],
  ],
  'all resource names': [
    [[], 0],
    [['--capacity', 'all'], 6, /not well known/],
    [['--capacity', 'all', '--accept-wider'], 0],
    [[], 0],
  ],
  'an extension': [
    [[], 0],
    [['--seldon-version', '1.18.2'], 0],
    [['--extensions', 'extra.json'], 6, /the extension team/],
    [['--extensions', 'extra.json', '--accept-wider'], 0],
    [['--extensions', 'extra.json'], 0],
  ],
  'content is not scope': [
    [[], 0],
    [['--nodes', 'gpu.json'], 0],
    [['--server-version', 'v1.40.0'], 0],
  ],
};
for (const [name, steps] of Object.entries(stories)) {
  test(`what is wider is refused until it is agreed to: ${name}`, async () => {
    const {home, send} = person();
    writeFileSync(join(home, 'extra.json'), '{"team": "search"}');
    writeFileSync(join(home, 'gpu.json'), list(node({capacity: {cpu: '4', 'nvidia.com/gpu': '8'}})));
    for (const [i, [args, status, says]] of steps.entries()) {
      const before = receiver.bodies.length;
      const {status: ended, stderr} = await send(args);
      assert.is(ended, status, `step ${i + 1}: ${stderr}`);
      assert.is(receiver.bodies.length, before + (status === 0 ? 1 : 0));
      if (says) assert.match(flat(stderr), says);
    }
  });
}

test('what is sent as a file and what is sent of the cluster is the same, and a field that was in neither is asked for', async () => {
  const {home, run, send, collect} = person();
  assert.is((await collect(['--output', 'r.json'])).status, 0);
  assert.not.match(readFileSync(join(home, 'r.json'), 'utf8'), /extensions/);
  const file = () => run(['send', 'r.json', '--yes', '--url', receiver.url]);
  for (const ended of [await file(), await send(), await file(), await send()])
    assert.is(ended.status, 0, ended.stderr);
  // Left out of the file or not there: nobody can tell, so the first one is asked for.
  const first = await send(['--seldon-version', '1.18.2']);
  assert.is(first.status, 6);
  assert.match(flat(first.stderr), /the field extensions\./);
});

test('what is withheld because it is newer stays so until it is agreed to', async () => {
  const {home, run, send} = person();
  const old = {version: 'v0.0.9+seldon-usage', timestamp: '1795369157', clusterID, masterVersion: 'v1.30.0'};
  writeFileSync(join(home, 'old.json'), JSON.stringify(old));
  assert.is((await run(['send', 'old.json', '--yes', '--url', receiver.url])).status, 0);
  for (const _ of [1, 2]) {
    const {status, stderr} = await send(['--server-version', 'v1.33.2']);
    assert.is(status, 0, stderr);
    assert.equal(Object.keys(last()), ['version', 'timestamp', 'clusterID']);
  }
  assert.is((await send(['--server-version', 'v1.33.2', '--accept-wider'])).status, 0);
  assert.is(last().masterVersion, 'v1.33.2');
  assert.is((await send(['--server-version', 'v1.33.2'])).status, 0);
  assert.ok(last().nodes.length > 0);
});

const has = (text: string, field: string) => text.includes(`"${field}":`);
const omits: [
  name: string,
  settings: string,
  args: string[],
  env: NodeJS.ProcessEnv,
  gone: string[],
  there: string[],
][] = [
  ['a file', 'omit: [nodes.osImage]', [], {}, ['osImage'], ['kernelVersion']],
  [
    'all three add up',
    'omit: [nodes.osImage]',
    ['--omit', 'nodes.architecture'],
    {SELDON_USAGE_OMIT: 'nodes.kernelVersion,nodes.kubeletVersion'},
    ['osImage', 'architecture', 'kernelVersion', 'kubeletVersion'],
    ['cloudProvider'],
  ],
  [
    'taken back',
    'omit: [nodes.osImage, nodes.architecture]',
    ['--no-omit', 'nodes.osImage'],
    {},
    ['architecture'],
    ['osImage'],
  ],
];
for (const [name, settings, args, env, gone, there] of omits) {
  test(`omit: ${name}`, async () => {
    const {stdout, stderr} = await person(settings).collect(args, env);
    for (const field of gone) assert.not(has(stdout, field), field);
    for (const field of there) assert.ok(has(stdout, field), stderr + field);
  });
}

test('the settings file takes url as a list, allow-http, timeout and cacert', async () => {
  const {run} = person(`url: [${receiver.url}, ${receiver.url}/other]\nallow-http: true\ntimeout: 30s\n`);
  const args = ['send', '--yes', '--nodes', 'nodes.json', '--cluster-id', clusterID, '--json'];
  const {status, stdout, stderr} = await run(args);
  assert.ok([0, 5].includes(status!), stderr);
  assert.is(JSON.parse(stdout).destinations.length, 2);
  const bad = await person('cacert: /absent').run([...args, '--url', 'https://x.example']);
  assert.is(bad.status, 2);
  assert.match(bad.stderr, /absent can't be read/);
  const slow = await person('timeout: soon').run([...args, '--url', receiver.url]);
  assert.is(slow.status, 2, slow.stderr);
});

const wrong: [settings: string, says: RegExp][] = [
  ['context: prod', /the cluster is the one that kubectl would speak to/],
  ['colour: red', /colour is not a setting/],
  ['omit: [nodes.colour]', /not a field that a report can do without/],
  ['capacity: some', /known or all/],
  ['allow-http: maybe', /true or false/],
];
for (const [settings, says] of wrong) {
  test(`${settings} is refused`, async () => {
    const {status, stderr} = await person(settings).send();
    assert.is(status, 2, stderr);
    assert.match(flat(stderr), says);
  });
}

test('config tells every setting, its value and where it comes from', async () => {
  const {run, file} = person('omit: [nodes.osImage]\nurl: https://c.example\n');
  const {stdout} = await run(['config', '--json'], {SELDON_USAGE_CAPACITY: 'all'});
  const told = JSON.parse(stdout) as {path: string; settings: {name: string; value?: unknown; origin?: string}[]};
  assert.is(told.path, file);
  const row = (name: string) => {
    const found = told.settings.find((one) => one.name === name);
    return [found?.value, found?.origin];
  };
  assert.equal(row('omit'), [['nodes.osImage'], 'file']);
  assert.equal(row('capacity'), ['all', 'variable']);
  assert.equal(row('url'), [['https://c.example'], 'file']);
  assert.equal(row('timeout'), ['60s', 'default']);
  assert.equal(row('allow-http'), ['false', 'default']);
  const text = (await run(['config'])).stdout;
  for (const part of ['omit', 'nodes.osImage', 'cacert', 'timeout', '60s']) assert.match(text, part);
});

test('config set keeps comments and what else is there, follows a link, and writes nothing that is wrong', async () => {
  const {home, run, file} = person('');
  const real = join(home, 'dotfiles.yaml');
  writeFileSync(real, '# mine\nurl: https://c.example # ours\n');
  rmSync(file);
  symlinkSync(real, file);
  assert.is((await run(['config', 'set', 'omit', 'nodes.osImage', 'nodes.kernelVersion'])).status, 0);
  const text = readFileSync(real, 'utf8');
  assert.match(text, /^# mine\nurl: https:\/\/c\.example # ours\nomit:/);
  for (const args of [
    ['omit', 'nodes.colour'],
    ['url', 'ftp://x'],
    ['url', 'https://u:hunter2@c.example'],
    ['context', 'prod'],
    ['colour', 'red'],
    ['timeout', 'soon'],
    ['timeout', '0s'],
    ['cacert', 'absent.pem'],
    ['capacity', 'some'],
    ['allow-http', 'perhaps'],
    ['cluster-id', 'acme'],
    ['store', 'reports.db'],
    ['listen', '1'],
    ['admin-listen', 'here'],
    ['capacity', 'known', 'all'],
  ]) {
    const {status, stderr} = await run(['config', 'set', ...args]);
    assert.is(status, 2, `${args.join(' ')}: ${stderr}`);
    assert.is(readFileSync(real, 'utf8'), text);
  }
  assert.is((await run(['config', 'unset', 'omit'])).status, 0);
  assert.is(readFileSync(real, 'utf8'), '# mine\nurl: https://c.example # ours\n');
  assert.is((await run(['config', 'unset', 'context'])).status, 2);
});

test('config set follows a link to where nothing is yet, and paths are kept whole', async () => {
  const {home, run, file} = person('');
  rmSync(file);
  symlinkSync('../../dotfiles.yaml', file);
  assert.is((await run(['config', 'set', 'store', 'sqlite:reports.db'])).status, 0);
  assert.ok(lstatSync(file).isSymbolicLink());
  assert.is(readFileSync(join(home, 'dotfiles.yaml'), 'utf8'), `store: sqlite:${join(home, 'reports.db')}\n`);
});

test('a number in the settings file is what was written', async () => {
  const {run} = person('keep-reports: 5\n');
  const {stdout, stderr} = await run(['config']);
  assert.match(stdout, /^keep-reports +5 \(the file\)$/m, stderr);
});

test.after(() => receiver.close());
test.run();
