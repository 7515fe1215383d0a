import {createHash} from 'node:crypto';
import {mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {stringify} from 'yaml';
import {exitCodes} from '../../src/errors.ts';
import {checkReport, optionalFields, type Report} from '../../src/report/index.ts';
import {folder, jsonError, run} from '../program.ts';
import {clusterID, exampleNodes, list, node} from './nodes.ts';

let files = 0;
/** A file with this content, in the working directory of the program; its name. */
function file(content: string | Buffer, name = `file-${files++}`): string {
  writeFileSync(join(folder, name), content);
  return name;
}
const id = ['--cluster-id', clusterID];
const fixed = [...id, '--server-version', 'v1.33.2-gke.1240000', '--seldon-version', '1.18.2'];
const withoutTime = (report: Report) => ({...report, timestamp: ''});
const example: Report = JSON.parse(readFileSync('examples/report.json', 'utf8'));

/** What `collect` makes of the nodes; fails if it fails. */
function collected(args: readonly string[], input: string | Buffer = exampleNodes): Report {
  const {status, stdout, stderr} = run(['collect', '--nodes', '-', ...args], {input});
  assert.is(status, 0, stderr);
  const {report, problems} = checkReport(JSON.parse(stdout));
  assert.is(problems, undefined);
  return report!;
}
const nodesOf = (input: string | Buffer) => collected(id, input).nodes?.length;

test('the example cluster makes the example report', () => {
  assert.equal(withoutTime(collected(fixed)), withoutTime(example));
});
test('--output - is standard output, and makes no file', () => {
  assert.equal(withoutTime(collected([...fixed, '--output', '-'])), withoutTime(example));
  assert.not(readdirSync(folder).includes('-'));
});
test('the timestamp is now, in UNIX seconds', () => {
  const before = Math.floor(Date.now() / 1000);
  const timestamp = Number(collected(id).timestamp);
  assert.ok(timestamp >= before && timestamp <= Date.now() / 1000);
});
test('one line, and nothing on standard error', () => {
  const {stdout, stderr} = run(['collect', '--nodes', '-', ...id], {input: exampleNodes});
  assert.match(stdout, /^\{[^\n]*\}\n$/);
  assert.is(stderr, '');
});
test('--pretty indents the same value', () => {
  const {stdout} = run(['collect', '--pretty', '--nodes', '-', ...fixed], {input: exampleNodes});
  assert.match(stdout, /^\{\n {2}"version": "[^\n]+,\n/);
  assert.equal(withoutTime(JSON.parse(stdout)), withoutTime(example));
});

const [first] = (JSON.parse(exampleNodes) as {items: object[]}).items;
const utf16 = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le');
const forms: [what: string, input: string | Buffer, nodes: number | undefined][] = [
  ['a List', exampleNodes, 8],
  ['a NodeList whose items say no kind', JSON.stringify({kind: 'NodeList', items: [{...node(), kind: undefined}]}), 1],
  ['a List with the items before the kind', JSON.stringify({items: [node()], kind: 'List'}), 1],
  ['a single Node', JSON.stringify(first), 1],
  ['an empty List', list(), undefined],
  ['YAML', stringify(JSON.parse(exampleNodes)), 8],
  ['YAML of a single Node', stringify(first), 1],
  ['YAML with a document marker', `---\n${stringify(first)}`, 1],
  ['YAML of several documents', `${stringify(first)}---\n${stringify(node())}`, 2],
  ['JSON behind a byte order mark', `\ufeff${exampleNodes}`, 8],
  ['JSON behind blank lines', `\n\n ${exampleNodes}`, 8],
  ['UTF-16, as PowerShell redirects', utf16(exampleNodes.replaceAll('\n', '\r\n')), 8],
  ['YAML as UTF-16', utf16(stringify(JSON.parse(exampleNodes))), 8],
  ['a Node that says nothing', list({kind: 'Node'}), 1],
  ['a Node whose parts are null', list({kind: 'Node', metadata: null, spec: null, status: null}), 1],
  ['a Node with nulls inside', list(node({nodeInfo: null, capacity: null})), 1],
];
for (const [what, input, nodes] of forms) {
  test(`reads ${what} from standard input`, () => assert.is(nodesOf(input), nodes));
}
test('reads a file as it reads standard input', () => {
  const path = file(exampleNodes, 'nodes.json');
  const {stdout} = run(['collect', '--nodes', path, ...fixed]);
  assert.equal(withoutTime(JSON.parse(stdout)), withoutTime(example));
});
test('YAML gives the same report as JSON', () =>
  assert.equal(withoutTime(collected(fixed, stringify(JSON.parse(exampleNodes)))), withoutTime(example)));

const unreadable: [what: string, input: string | Buffer, message: RegExp][] = [
  ['nothing', '', /No nodes from standard input: it is empty/],
  ['blanks', ' \n ', /it is empty/],
  ['a byte order mark alone', '\ufeff', /it is empty/],
  ['half a list', exampleNodes.slice(0, 20_000), /cut off/],
  ['a list that ends in a text', exampleNodes.slice(0, 300), /cut off/],
  ['half of UTF-16', utf16(exampleNodes).subarray(0, 20_000), /cut off/],
  ['more behind the list', `${exampleNodes}x`, /not the JSON that kubectl prints/],
  ['two lists', exampleNodes + exampleNodes, /holds the node \S+ more than once, as if it had been written twice/],
  ['what is no JSON', '{"kind": List}', /not the JSON that kubectl prints/],
  ['what is no YAML', 'kind: List\n  items: [', /neither JSON nor YAML \(line \d+\)/],
  [
    "kubectl's table",
    'NAME     STATUS   ROLES\nnode-1   Ready    <none>\n',
    /neither JSON nor YAML|not an object|no kind|holds/,
  ],
  ['a web page', '<html><body>Login</body></html>', /not an object|neither JSON nor YAML/],
  ['bytes', Buffer.from([0, 1, 2, 255, 254, 128]), /No nodes|holds|neither/],
  ['a number', '5', /not an object/],
  ['null', 'null', /not an object/],
  ['a list without kind of what may be anything', JSON.stringify({items: [{metadata: {name: 'a'}}]}), /says no kind/],
  ['a JSON array of pods', JSON.stringify([{kind: 'Pod'}]), /says no kind|Pod/],
  ['a report', JSON.stringify(example), /says no kind/],
  ['pods', JSON.stringify({kind: 'PodList', items: []}), /a PodList/],
  ['a Pod', JSON.stringify({kind: 'Pod', metadata: {}}), /a Pod/],
  ['a Status', JSON.stringify({kind: 'Status', code: 403, message: 'no'}), /a Status/],
  ['a List of pods', list(node(), {kind: 'Pod'}, {kind: 'Service'}), /other kinds too: Pod, Service/],
  ['a List of lists', list(JSON.parse(list(node()))), /other kinds too: List/],
  ['a YAML of pods', 'kind: PodList\nitems: []\n', /a PodList/],
  ['a kind that would write to the terminal', JSON.stringify({kind: '\u001b[2JX\n'}), /a X,/],
  ['a kind that is no text', JSON.stringify({kind: {a: 1}}), /.+/],
  ['items that are no list', JSON.stringify({kind: 'List', items: {a: 1}}), /not the JSON that kubectl prints/],
  ['items that are no objects', list(5, 'x', null), /something that is not an object/],
  [
    'a bomb of YAML aliases',
    `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefghi'
      .split('')
      .map((l, i) => `${l}: &${l} [${Array(9).fill(`*${'abcdefgh'[i]}`)}]`)
      .join('\n')}\nkind: List\nitems: [*i]\n`,
    /.+/,
  ],
  [
    'a quantity that is none',
    list(node({capacity: {cpu: 'many'}})),
    /not make a valid report: nodes.capacity.cpu not a Kubernetes quantity/,
  ],
  [
    'a text that is too long',
    list(node({nodeInfo: {osImage: 'x'.repeat(5000)}})),
    /nodes\[0\].osImage is 5000 characters long/,
  ],
];
for (const [what, input, message] of unreadable) {
  test(`refuses ${what}`, () => {
    const ended = run(['collect', '--json', '--nodes', '-', ...id], {input});
    assert.is(ended.status, exitCodes.input, ended.stderr || ended.stdout);
    const error = jsonError(ended);
    assert.is(error.code, 'input');
    assert.match(error.message, message);
    assert.not.match(error.message, /[\u0000-\u001f]/);
  });
}
const missing: [what: string, path: string, reason: string][] = [
  ['a file that does not exist', 'nowhere.json', 'ENOENT'],
  ['a folder', '.', 'EISDIR'],
];
for (const [what, path, reason] of missing) {
  test(`refuses ${what}`, () => {
    const ended = run(['collect', '--nodes', path, ...id]);
    assert.is(ended.status, exitCodes.input);
    assert.is(ended.stdout, '');
    assert.match(ended.stderr, `No nodes from ${path}: it can't be read (${reason})`);
  });
}

test('a Node that says little has what it says, and the ID of Spartakus', () => {
  const text = list(node({nodeInfo: {machineID: 'm', systemUUID: 's'}, capacity: {cpu: 4, memory: '1024Mi'}}));
  assert.equal(collected(id, text).nodes, [
    {
      id: createHash('md5').update('node-1ms').digest('hex'),
      cloudProvider: 'aws',
      capacity: [
        {resource: 'cpu', value: '4'},
        {resource: 'memory', value: '1Gi'},
      ],
    },
  ]);
});
test('nothing that identifies a node, a project or a team leaves', () => {
  const text = JSON.stringify(collected([...fixed, '--capacity', 'known']));
  const {items} = JSON.parse(exampleNodes) as {
    items: {metadata: {name: string}; status: {nodeInfo: {machineID: string; systemUUID: string}}}[];
  };
  for (const {metadata, status} of items)
    for (const secret of [metadata.name, status.nodeInfo.machineID, status.nodeInfo.systemUUID])
      assert.not.match(text, secret);
  for (const secret of ['acme', 'example-project', 'europe-west4', '10.132', 'fraud']) assert.not.match(text, secret);
});

const resources = (report: Report) => [
  ...new Set(report.nodes!.flatMap(({capacity = []}) => capacity.map(({resource}) => resource))),
];
const privateName = 'accelerators.acme-internal.example/tensor-card';
const capacities: [args: string[], env: NodeJS.ProcessEnv, has: boolean][] = [
  [[], {}, false],
  [['--capacity', 'known'], {}, false],
  [['--capacity', 'all'], {}, true],
  [[], {SELDON_USAGE_CAPACITY: 'all'}, true],
  [['--capacity', 'known'], {SELDON_USAGE_CAPACITY: 'all'}, false],
];
for (const [args, env, has] of capacities) {
  test(`${args.join(' ') || 'no flag'}, ${JSON.stringify(env)}: the private resource is ${has ? 'in' : 'withheld'}`, () => {
    const {stdout} = run(['collect', '--nodes', '-', ...id, ...args], {input: exampleNodes, env});
    assert.is(resources(JSON.parse(stdout)).includes(privateName), has);
  });
}

for (const path of optionalFields) {
  test(`--omit ${path}`, () => {
    const expected = structuredClone(withoutTime(example)) as unknown as Record<string, unknown>;
    const [list, field] = path.split('.');
    if (field) for (const one of expected[list!] as Record<string, unknown>[]) delete one[field];
    else delete expected[list!];
    assert.equal(withoutTime(collected([...fixed, '--omit', path])), expected);
  });
}
test('--omit is repeatable', () => {
  const report = collected([...fixed, '--omit', 'nodes', '--omit', 'extensions', '--omit', 'masterVersion']);
  assert.equal(Object.keys(report), ['version', 'timestamp', 'clusterID']);
});

test('--extensions adds string pairs in the order of their names, among them the version of Seldon', () => {
  const path = file('{"team": "search", "example.com/tier": "gold", "zeta": ""}');
  assert.equal(collected([...fixed, '--extensions', path]).extensions, [
    {name: 'example.com/tier', value: 'gold'},
    {name: 'seldon-core-version', value: '1.18.2'},
    {name: 'team', value: 'search'},
    {name: 'zeta', value: ''},
  ]);
});
test("a file's own seldon-core-version wins", () => {
  const path = file('{"seldon-core-version": "mine"}');
  assert.equal(collected([...fixed, '--extensions', path]).extensions, [{name: 'seldon-core-version', value: 'mine'}]);
});
test('of a folder every file counts, but no dotfiles and no subfolders', () => {
  mkdirSync(join(folder, 'ext/sub'), {recursive: true});
  mkdirSync(join(folder, 'ext/..data'));
  file('{"b": "2"}', 'ext/b.json');
  file('{"a": "1"}', 'ext/..data/a');
  symlinkSync('..data/a', join(folder, 'ext/a'));
  file('not JSON', 'ext/.hidden');
  file('not JSON', 'ext/sub/c');
  const {extensions} = collected([...id, '--extensions', 'ext']);
  assert.equal(extensions, [
    {name: 'a', value: '1'},
    {name: 'b', value: '2'},
  ]);
});
const badExtensions: [what: string, content: string, reason: RegExp][] = [
  ['nothing', '', /it is empty/],
  ['no JSON', '{\n"a": "1",\n"b": x}', /line 3: it is not JSON/],
  ['half of it', '{\n"a": "1",\n', /line 3: it is not JSON/],
  ['a list', '["a"]', /it is not a JSON object/],
  ['a text', '"a"', /it is not a JSON object/],
  ['null', 'null', /it is not a JSON object/],
  ['a number', '{\n"a": "1",\n"b": 2\n}', /line 3: the value of "b" is not a string/],
  ['a nested object', '{"a": {"b": "c"}}', /line 1: the value of "a" is not a string/],
  ['null as value', '{\n"a": null}', /line 2: the value of "a" is not a string/],
  ['an empty key', '{"": "1"}', /line 1: "" is not a key/],
  ['a key with a blank', '{"a b": "1"}', /"a b" is not a key/],
  ['a key with two slashes', '{"a/b/c": "1"}', /"a\/b\/c" is not a key/],
  ['a key whose prefix is no domain', '{"A_B/c": "1"}', /is not a key/],
  ['a key that begins with a dash', '{"-a": "1"}', /is not a key/],
  ['a key that is too long', `{"${'a'.repeat(64)}": "1"}`, /is not a key/],
  ['a key twice in a file', '{\n"a": "1",\n"a": "2"}', /line 3: a key that is there twice/],
  ['a hostile key', '{"\\u001b[2J": "1"}', /is not a key/],
  ['an own __proto__', '{"__proto__": {"a": "b"}}', /is not a key|is not a string/],
  ['a value that is too long', `{"a": "${'x'.repeat(9000)}"}`, /extensions\[0\]\.value is 9000 characters long/],
];
for (const [what, content, reason] of badExtensions) {
  test(`extensions are refused: ${what}`, () => {
    const path = file(content);
    const ended = run(['collect', '--json', '--nodes', '-', ...id, '--extensions', path], {input: exampleNodes});
    assert.is(ended.status, exitCodes.input, ended.stdout);
    const {message} = jsonError(ended);
    if (!message.includes('not make a valid report'))
      assert.match(message, `The extensions in ${path} can't be used: `);
    assert.match(message, reason);
  });
}
const unreadableExtensions: [what: string, prepare: () => string, reason: RegExp][] = [
  ['a path that does not exist', () => 'nowhere', /nowhere can't be used: it can't be read \(ENOENT\)/],
  [
    'one key in two files',
    () => {
      mkdirSync(join(folder, 'twice'));
      file('{"k": "1"}', 'twice/a');
      file('{"k": "2"}', 'twice/b');
      return 'twice';
    },
    /twice\/b can't be used: "k" is in twice\/a too/,
  ],
  [
    'one bad file among good ones',
    () => {
      mkdirSync(join(folder, 'mixed'));
      file('{"k": "1"}', 'mixed/a');
      file('{"l": 2}', 'mixed/b');
      return 'mixed';
    },
    /mixed\/b can't be used: line 1/,
  ],
  [
    'a link to nowhere',
    () => {
      mkdirSync(join(folder, 'broken'));
      symlinkSync('nowhere', join(folder, 'broken/a'));
      return 'broken';
    },
    /ENOENT/,
  ],
];
for (const [what, prepare, reason] of unreadableExtensions) {
  test(`extensions are refused: ${what}`, () => {
    const ended = run(['collect', '--nodes', '-', ...id, '--extensions', prepare()], {input: exampleNodes});
    assert.is(ended.status, exitCodes.input);
    assert.is(ended.stdout, '');
    assert.match(ended.stderr, reason);
  });
}

const ids: [what: string, args: string[], env: NodeJS.ProcessEnv, expected: string | RegExp][] = [
  ['the flag', id, {}, clusterID],
  ['the variable', [], {SELDON_USAGE_CLUSTER_ID: clusterID}, clusterID],
  ['the flag before the variable', id, {SELDON_USAGE_CLUSTER_ID: 'x'}, clusterID],
  ['capitals', ['--cluster-id', clusterID.toUpperCase()], {}, clusterID],
  ['none', [], {}, /needs --cluster-id/],
  ['a name', ['--cluster-id', 'production'], {}, /"production" is not a UUID; a name would identify its owner/],
  ['an empty one', ['--cluster-id', ''], {}, /is not a UUID|needs --cluster-id/],
  ['a UUID and more', ['--cluster-id', `${clusterID}x`], {}, /is not a UUID/],
  ['a name as variable', [], {SELDON_USAGE_CLUSTER_ID: 'unknown_cluster'}, /is not a UUID/],
];
for (const [what, args, env, expected] of ids) {
  test(`cluster ID: ${what}`, () => {
    const ended = run(['collect', '--json', '--nodes', '-', ...args], {input: exampleNodes, env});
    if (typeof expected === 'string') {
      assert.is((JSON.parse(ended.stdout) as Report).clusterID, expected);
    } else {
      assert.is(ended.status, exitCodes.usage);
      assert.match(jsonError(ended).message, expected);
    }
  });
}

test('--output writes the report whole, for its owner alone, and prints nothing', () => {
  const ended = run(['collect', '--nodes', '-', ...fixed, '--output', 'out.json'], {input: exampleNodes});
  assert.equal(ended, {status: 0, stdout: '', stderr: ''});
  assert.equal(withoutTime(JSON.parse(readFileSync(join(folder, 'out.json'), 'utf8'))), withoutTime(example));
  assert.is(statSync(join(folder, 'out.json')).mode & 0o777, 0o600);
});
test('--output leaves what was there where nothing was collected', () => {
  file('old', 'kept.json');
  const before = readdirSync(folder).length;
  const ended = run(['collect', '--nodes', '-', ...id, '-o', 'kept.json'], {input: exampleNodes.slice(0, 30_000)});
  assert.is(ended.status, exitCodes.input);
  assert.is(readFileSync(join(folder, 'kept.json'), 'utf8'), 'old');
  assert.is(readdirSync(folder).length, before);
});
test('--output into a folder that does not exist is an error, and nothing is printed', () => {
  const ended = run(['collect', '--json', '--nodes', '-', ...id, '-o', 'no/out.json'], {input: exampleNodes});
  assert.is(ended.status, exitCodes.input);
  assert.match(jsonError(ended).message, "no/out.json can't be written (ENOENT)");
});

const usage: [what: string, args: string[], message: RegExp][] = [
  ['an unknown flag', ['--colour'], /Nonexistent flag: --colour/],
  ['an argument', ['x'], /Unexpected argument: x|no command collect x/],
  ['a flag without value', ['--nodes'], /--nodes expects a value/],
  ['a required field omitted', ['--omit', 'clusterID'], /--omit clusterID: not a field that a report can do without/],
  ['a field below a list omitted', ['--omit', 'nodes.capacity.value'], /not a field that a report can do without/],
  ['an unknown field omitted', ['--omit', 'nodes.colour'], /not a field that a report can do without/],
  ['another capacity', ['--capacity', 'some'], /--capacity=some/],
  ['a duration that is none', ['--request-timeout', '5x'], /"5x" is not a duration/],
  ['a version without --nodes', ['--server-version', 'v1'], /--server-version goes with --nodes/],
  ['a Seldon version without --nodes', ['--seldon-version', '1'], /--seldon-version goes with --nodes/],
];
for (const [what, args, message] of usage) {
  test(`wrong usage: ${what}`, () => {
    const json = run(['collect', ...args, '--json']);
    // A flag without its value would take --json for one.
    if (args[0] !== '--nodes') {
      assert.is(json.status, exitCodes.usage);
      assert.is(jsonError(json).code, 'usage');
      assert.match(jsonError(json).message, message);
    }
    const text = run(['collect', ...args]);
    assert.is(text.status, exitCodes.usage);
    assert.is(text.stdout, '');
    assert.match(text.stderr, message);
    assert.not.match(text.stderr, /\n +at /);
  });
}
test('a setting that can not be is refused', () => {
  const {status, stderr} = run(['collect', '--nodes', '-', ...id], {env: {SELDON_USAGE_CAPACITY: 'some'}});
  assert.is(status, exitCodes.usage);
  assert.match(stderr, 'The setting capacity is "some"; it can be known or all.');
});

test('twenty thousand nodes of JSON are read as a stream', () => {
  const {items} = JSON.parse(exampleNodes) as {items: unknown[]};
  const text = JSON.stringify(items[0]);
  const path = file(`{"kind":"List","items":[${`${text},`.repeat(19_999)}${text}]}`, 'large.json');
  const {status, stdout, stderr} = run(['collect', '--nodes', path, ...id], {
    env: {NODE_OPTIONS: '--max-old-space-size=80'},
  });
  assert.is(status, 0, stderr.slice(0, 500));
  assert.is((JSON.parse(stdout) as Report).nodes!.length, 20_000);
});

test.run();
