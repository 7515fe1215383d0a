import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {exitCodes} from '../../src/errors.ts';
import {encodeReport, type Report} from '../../src/report/index.ts';
import {folder, jsonError, run} from '../program.ts';
import {clusterID, exampleNodes, list, node} from './nodes.ts';

const example = readFileSync('examples/report.json', 'utf8');
writeFileSync(join(folder, 'report.json'), example);
const id = ['--cluster-id', clusterID];
const offline = (args: readonly string[], input: string | Buffer = exampleNodes, env: NodeJS.ProcessEnv = {}) =>
  run(['show', '--nodes', '-', ...args], {input, env});
const withoutTime = (text: string) => text.replace(/"timestamp":"\d+"/, '');

test("--json of the cluster's nodes is byte for byte what collect prints", () => {
  const collected = run(['collect', '--nodes', '-', ...id], {input: exampleNodes}).stdout;
  const shown = offline([...id, '--json']);
  assert.is(withoutTime(shown.stdout), withoutTime(collected));
  assert.is(shown.stderr, '');
});
test('--json of a report is its one encoding and a line break', () =>
  assert.is(run(['show', 'report.json', '--json']).stdout, `${encodeReport(JSON.parse(example))}\n`));
test('a report comes from standard input too', () => {
  const {status, stdout} = run(['show', '-'], {input: example});
  assert.is(status, 0);
  assert.match(stdout, `Cluster ID   ${clusterID}`);
});
test('a report of another volunteer is shown', () => {
  const {status, stdout} = run(['show', '-'], {input: readFileSync('test/fixtures/example-report.json')});
  assert.is(status, 0);
  for (const part of [
    'Seldon Core  0.1.5',
    'Kubernetes   v1.9.3-gke.0',
    '1 node, 4 CPU, 14.7 GiB memory',
    '2018-03-26',
  ])
    assert.match(stdout, part);
});
test('offline, show says that the ID is missing; --json needs it', () => {
  const shown = offline([]);
  assert.is(shown.status, 0);
  assert.match(shown.stdout, 'Cluster ID   missing: give one with --cluster-id');
  const ended = offline(['--json']);
  assert.is(ended.status, exitCodes.usage);
  assert.match(jsonError(ended).message, 'needs --cluster-id');
});

const says: [what: string, args: string[], text: string | RegExp][] = [
  ['the totals', id, '8 nodes, 316 CPU, 2.7 TiB memory, 16 NVIDIA GPU'],
  ['groups of alike nodes', id, /^3 × Container-Optimized OS/m],
  ['what was withheld', id, 'accelerators.acme-internal.example/tensor-card (1 node)'],
  ['what was hashed', id, 'system UUIDs of 8 nodes'],
  ['what was left out', [...id, '--omit', 'nodes.osImage'], 'Fields left out by --omit: nodes.osImage'],
  [
    'the versions given',
    [...id, '--server-version', 'v1.33.2', '--seldon-version', '1.18.2'],
    /v1\.33\.2\n {2}Seldon Core {2}1\.18\.2/,
  ],
  ['why there is no version of Seldon', id, 'Seldon Core  not in the report: offline; --seldon-version tells it'],
  [
    'where it would go',
    [...id, '--url', 'https://usage.example.com'],
    'https://usage.example.com/api/v1 (given by a flag)',
  ],
  [
    'the private resource with --capacity all',
    [...id, '--capacity', 'all'],
    /2 accelerators\.acme-internal\.example\/tensor-card/,
  ],
];
for (const [what, args, text] of says) test(`says ${what}`, () => assert.match(offline(args).stdout, text));

test('--explain explains every field with its values', () => {
  const {stdout} = offline([...id, '--explain']);
  assert.match(stdout, `clusterID: ${clusterID}`);
  assert.match(stdout, /nodes\.architecture: amd64 \(7 times\), arm64\n {2}Why: /);
});
test('--all-nodes lists every node', () => {
  const {stdout} = run(['show', 'report.json', '--all-nodes']);
  for (const {id} of (JSON.parse(example) as Report).nodes!) assert.match(stdout, id);
});
const environments: NodeJS.ProcessEnv[] = [{}, {NO_COLOR: '1'}, {FORCE_COLOR: '1'}, {TERM: 'dumb'}, {COLUMNS: '20'}];
for (const env of environments) {
  test(`a pipe gets plain text in 80 columns, with ${JSON.stringify(env)}`, () => {
    for (const args of [[], ['--explain'], ['--all-nodes']]) {
      const {stdout} = offline([...id, ...args], exampleNodes, env);
      assert.not.match(stdout, '\u001b');
      for (const line of stdout.split('\n')) assert.ok(line.length <= 80, line);
    }
  });
}

const evil = '\u001b[31mE\u001b]0;t\u0007\u009b2J\nV\r\u202eI\u0000L';
const hostile = list(
  node(
    {
      nodeInfo: {
        machineID: evil,
        systemUUID: evil,
        osImage: evil,
        kernelVersion: evil,
        architecture: evil,
        kubeletVersion: evil,
      },
      capacity: {cpu: '4', [evil]: '1'},
    },
    {name: evil},
  ),
);
for (const args of [
  [],
  ['--explain'],
  ['--all-nodes'],
  ['--capacity', 'all'],
  ['--server-version', evil.replace('\0', '')],
]) {
  test(`control characters of a node never reach the terminal: ${args[0] ?? 'groups'}`, () => {
    const {status, stdout, stderr} = offline([...id, ...args], hostile);
    assert.is(status, 0, stderr);
    assert.not.match((stdout + stderr).replaceAll('\n', ''), /[\u0000-\u001f\u007f-\u009f\u202a-\u202e]/);
  });
}

const base = {version: 'v', timestamp: '1', clusterID: 'c'};
const invalid: [what: string, text: string | Buffer, message: string, suggestions: string[]][] = [
  ['nothing', '', 'standard input is not JSON.', ['A report is what seldon-usage collect prints.']],
  [
    'half a report',
    example.slice(0, 100),
    'standard input is not JSON.',
    ['A report is what seldon-usage collect prints.'],
  ],
  ['a list', '[]', 'standard input is not a valid report.', ['The report must be an object, not a list']],
  [
    'fields missing',
    '{}',
    'standard input is not a valid report.',
    ['version is missing', 'timestamp is missing', 'clusterID is missing'],
  ],
  [
    'unknown fields',
    JSON.stringify({...base, x: 1, nodes: [{id: 'i', name: 'n'}]}),
    'standard input is not a valid report.',
    ['x is not a field of a report', 'nodes[0].name is not a field of a report'],
  ],
  [
    'wrong types',
    JSON.stringify({...base, timestamp: 1, nodes: {}}),
    'standard input is not a valid report.',
    ['timestamp must be a string, not a number', 'nodes must be a list, not an object'],
  ],
  [
    'a hostile key',
    JSON.stringify({...base, [`a${'\u001b[2J'}\nb`]: 1}),
    'standard input is not a valid report.',
    ['a b is not a field of a report'],
  ],
];
for (const [what, text, message, suggestions] of invalid) {
  test(`a report is refused: ${what}`, () => {
    const ended = run(['show', '-', '--json'], {input: text});
    assert.is(ended.status, exitCodes.input);
    assert.equal(jsonError(ended), {code: 'input', message, suggestions});
    const plain = run(['show', '-'], {input: text});
    assert.is(plain.status, exitCodes.input);
    assert.is(plain.stdout, '');
    assert.is(plain.stderr, `Error: ${message}\n${suggestions.map((line) => `  ${line}\n`).join('')}`);
  });
}
test('a report as PowerShell writes it is read', () => {
  const {status, stderr} = run(['show', '-'], {input: Buffer.from(`\ufeff${example}`, 'utf16le')});
  assert.is(status, 0, stderr);
});
test('a file that does not exist is named', () => {
  const ended = run(['show', 'nowhere.json', '--json']);
  assert.is(ended.status, exitCodes.input);
  assert.match(jsonError(ended).message, "nowhere.json can't be read (ENOENT)");
});

for (const flags of [
  ['--nodes', 'x'],
  id,
  ['--omit', 'nodes'],
  ['--capacity', 'all'],
  ['--context', 'c'],
  ['-n', 'x'],
]) {
  test(`a report of a file takes no ${flags[0]}`, () => {
    const ended = run(['show', 'report.json', ...flags, '--json']);
    assert.is(ended.status, exitCodes.usage);
    assert.match(jsonError(ended).message, 'a report of a file is shown as it is');
  });
}
test('without a cluster it says what to do', () => {
  const ended = run(['show', '--json']);
  assert.is(ended.status, exitCodes.usage);
  assert.match(jsonError(ended).message, 'There is no kubeconfig');
});

test.run();
