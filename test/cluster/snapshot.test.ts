import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {Readable} from 'node:stream';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {stringify} from 'yaml';
import {jsonCapacities} from '../../src/cluster/capacities.ts';
import {nodeFactsReader} from '../../src/cluster/node-facts.ts';
import {readSnapshot} from '../../src/cluster/snapshot.ts';
import type {NodeFacts} from '../../src/report/types.ts';
import {realisticNode} from '../rig/nodes.ts';
import {failure, temporaryFolder} from './connection/connecting.ts';

const nodes = Array.from({length: 3}, (_, number) => realisticNode(number));
const expected = nodes.map(nodeFactsReader(jsonCapacities()));
const withoutKind = nodes.map(({kind: _, apiVersion: __, ...node}) => node);
const nodeList = {apiVersion: 'v1', kind: 'NodeList', metadata: {}, items: withoutKind};
const list = {apiVersion: 'v1', items: nodes, kind: 'List', metadata: {resourceVersion: ''}};

/** The nodes as a list in pages, each with the token that asks for the next. */
function pages(tokens: string[]) {
  return tokens.map((token, at) => ({
    ...nodeList,
    metadata: token ? {continue: token, remainingItemCount: withoutKind.length - at - 1} : {},
    items: [withoutKind[at]],
  }));
}

/** As `kubectl get -o kyaml` writes it: JSON without quotes around keys, with commas at the ends and comments. */
function kyaml(value: unknown): string {
  return `${JSON.stringify(value, null, 2)
    .replace(/^( *)"([A-Za-z]+)":/gm, '$1$2:')
    .replace(/(["\d\]}el])$/gm, '$1,')
    .replace(/,$/, '')}\n# the end\n`;
}

async function read(content: string | Buffer, chunkSize = 65_536): Promise<NodeFacts[]> {
  const found: NodeFacts[] = [];
  const bytes = Buffer.from(content);
  const chunks = [];
  for (let at = 0; at < bytes.length; at += chunkSize) chunks.push(bytes.subarray(at, at + chunkSize));
  await readSnapshot('-', {start: () => {}, node: (facts) => found.push(facts)}, Readable.from(chunks));
  return found;
}

const snapshots: [what: string, content: string | Buffer, expected: NodeFacts[]][] = [
  ['a List as kubectl prints it', JSON.stringify(list, null, 4), expected],
  ['a NodeList as the API gives it', JSON.stringify(nodeList), expected],
  ['a single Node', JSON.stringify(nodes[1]), [expected[1]!]],
  ['a List as YAML', stringify(list), expected],
  ['a NodeList as YAML', stringify(nodeList), expected],
  ['a single Node as YAML', stringify(nodes[1]), [expected[1]!]],
  ['several documents of YAML', nodes.map((node) => stringify(node)).join('---\n'), expected],
  ['YAML with comments', `# made by hand\n---\n${stringify(list)}`, expected],
  ['a byte order mark', `\ufeff${JSON.stringify(list)}`, expected],
  ['UTF-16 of PowerShell', Buffer.from(`\ufeff${JSON.stringify(list)}`, 'utf16le'), expected],
  ['UTF-16 YAML of PowerShell', Buffer.from(`\ufeff${stringify(list)}`, 'utf16le'), expected],
  ['spaces in front', `\r\n  ${JSON.stringify(list)}\r\n`, expected],
  ['UTF-16 with the other byte order', Buffer.from(`\ufeff${JSON.stringify(list)}`, 'utf16le').swap16(), expected],
  ['Nodes that say no kind, one after the other', withoutKind.map((node) => JSON.stringify(node)).join('\n'), expected],
  ['a Node that says no kind', JSON.stringify(withoutKind[1]), [expected[1]!]],
  ['a Node whose kind is null', JSON.stringify({...withoutKind[1], kind: null}), [expected[1]!]],
  ['a list that says no kind', JSON.stringify({items: withoutKind}), expected],
  ['a list that says no kind, as YAML', stringify({items: withoutKind}), expected],
  ['an array, as jq takes it out of a list', JSON.stringify(nodes), expected],
  ['an array as YAML', stringify(nodes), expected],
  ['one Node a line, as jq -c prints them', nodes.map((node) => `${JSON.stringify(node)}\n`).join(''), expected],
  ['Nodes appended without a line end', nodes.map((node) => JSON.stringify(node, null, 4)).join(''), expected],
  [
    'pages of a list, one after the other',
    pages(['a', 'b', ''])
      .map((page) => JSON.stringify(page))
      .join('\n'),
    expected,
  ],
  [
    'pages of a list as YAML',
    pages(['a', 'b', ''])
      .map((page) => stringify(page))
      .join('---\n'),
    expected,
  ],
  ['KYAML', kyaml(nodeList), expected],
  ['KYAML behind a separator', `---\n${kyaml(list)}`, expected],
  ['KYAML of one Node', kyaml(nodes[1]), [expected[1]!]],
  ['spaces and line ends longer than a piece', `${' \n'.repeat(3000)}${JSON.stringify(list)}`, expected],
  ['documents of YAML with nothing in between', `---\n# none\n---\n${stringify(list)}---\n`, expected],
  ['an empty List', JSON.stringify({...list, items: []}), []],
  ['an empty List as YAML', stringify({...list, items: []}), []],
];
for (const [what, content, facts] of snapshots) {
  test(`${what} gives its nodes`, async () => assert.equal(await read(content), facts));
  test(`${what} gives its nodes in chunks of 1000 bytes`, async () => assert.equal(await read(content, 1000), facts));
}

const pod = {kind: 'Pod', metadata: {name: 'p'}};
const refused: [what: string, content: string, message: RegExp][] = [
  ['nothing', '', /it is empty/],
  ['spaces', ' \n\n', /it is empty/],
  ['comments', '# nothing\n', /nothing but comments/],
  ['a word', 'hello', /something that is not an object/],
  ['a Pod', JSON.stringify(pod), /holds a Pod, where a list of Nodes is expected/],
  ['a PodList', '{"kind":"PodList","items":[{"metadata":{}}]}', /holds a PodList/],
  ['a Pod among Nodes', JSON.stringify({...list, items: [...nodes, pod]}), /holds other kinds too: Pod,/],
  ['a Pod among Nodes as YAML', stringify({...list, items: [...nodes, pod]}), /holds other kinds too: Pod,/],
  ['several kinds', JSON.stringify({...list, items: [pod, {kind: 'Secret'}, pod]}), /other kinds too: Pod, Secret,/],
  ['no kind', '{"items":[]}', /something that says no kind/],
  ['null for a node', '{"kind":"NodeList","items":[null]}', /something that is not an object/],
  ['text for a node', '{"kind":"NodeList","items":["a"]}', /something that is not an object/],
  ['a cut', JSON.stringify(list).slice(0, -20), /not the JSON that kubectl prints, or it is cut off/],
  [
    'the same list twice',
    JSON.stringify(list).repeat(2),
    /holds the node \S+ more than once, as if it had been written twice/,
  ],
  ['the same list twice as YAML', `${stringify(list)}---\n${stringify(list)}`, /holds the node \S+ more than once/],
  ['a Node twice', `${JSON.stringify(nodes[0])}\n${JSON.stringify(nodes[0])}`, /more than once/],
  [
    'two lists of different nodes',
    nodes.map((node) => JSON.stringify({...list, items: [node]})).join('\n'),
    /holds more than one list, as if it had been written twice/,
  ],
  ['a page of a list', JSON.stringify(pages(['a'])[0]), /holds a page of a list, and 2 more nodes are not in it/],
  [
    'pages without the last',
    pages(['a', 'b'])
      .map((page) => JSON.stringify(page))
      .join(''),
    /a page of a list, and 1 more/,
  ],
  ['a page that tells no number', JSON.stringify({...nodeList, metadata: {continue: 'x'}}), /and some more nodes/],
  ['a list whose end is cut, behind a whole one', `${JSON.stringify(pages(['a', ''])[0])}{"items":[`, /cut off/],
  [
    'a Pod that says no kind',
    '{"metadata":{"name":"p"},"spec":{},"status":{"phase":"Running"}}',
    /something that says no kind/,
  ],
  [
    'Pods that say no kind',
    '{"items":[{"metadata":{"name":"p"},"status":{"phase":"Running"}}]}',
    /something that says no kind/,
  ],
  ['an array of Pods', JSON.stringify([pod]), /something that says no kind|other kinds too: Pod/],
  ['an empty array', '[]', /something that says no kind/],
  ['an array and an object', `${JSON.stringify(nodes)}{"kind":"Node"}`, /not the JSON|not an object/],
  ['a number behind a list', `${JSON.stringify(list)} 1`, /not the JSON|not an object/],
  ['broken YAML', 'kind: List\nitems: [\n', /neither JSON nor YAML \(line \d\)/],
  [
    'a table',
    'NAME     STATUS   ROLES   AGE   VERSION\nnode-1   Ready    <none>  1d    v1.30.0\n',
    /holds something that is not an object|neither JSON/,
  ],
  [
    'endless aliases',
    `a: &a [x,x,x,x,x,x,x,x,x]\n${'bcdefgh'
      .split('')
      .map((key, at) => `${key}: &${key} [${Array(9).fill(`*${'abcdefg'[at]}`)}]\n`)
      .join('')}`,
    /not/,
  ],
  ['control characters', '{"kind":"\\u001b[31mPod"}', /holds a Pod,/],
];
for (const [what, content, message] of refused) {
  test(`${what} is refused with a sentence`, async () => {
    const error = await failure(read(content));
    assert.match(error.message, message);
    assert.is(error.code, 'input');
  });
}

test('a file is read by its path', async () => {
  const path = join(temporaryFolder(), 'nodes.json');
  writeFileSync(path, JSON.stringify(list));
  const found: NodeFacts[] = [];
  await readSnapshot(path, {start: () => {}, node: (facts) => found.push(facts)});
  assert.equal(found, expected);
});

for (const [path, code] of [
  ['/no-such-folder/nodes.json', 'ENOENT'],
  ['/', 'EISDIR'],
] as const) {
  test(`${path} can't be read: ${code}`, async () => {
    const error = await failure(readSnapshot(path, {start: () => {}, node: () => {}}));
    assert.match(error.message, `it can't be read (${code})`);
    assert.is(error.code, 'input');
  });
}

// 100 MB of JSON: more than half of it in memory at once would show.
test('100 MB of JSON are read as a stream', async () => {
  const item = Buffer.from(`${JSON.stringify(nodes[0])},`);
  const count = Math.ceil(100_000_000 / item.length);
  let seen = 0;
  let sentBeforeFirst = 0;
  function* content() {
    yield Buffer.from('{"apiVersion":"v1","kind":"List","items":[');
    for (let sent = 0; sent < count; sent++) {
      if (seen === 0) sentBeforeFirst = sent;
      yield item;
    }
    yield Buffer.from(`${JSON.stringify(nodes[1])}]}`);
  }
  await readSnapshot(
    '-',
    {start: () => {}, node: () => seen++},
    Readable.from(content(), {objectMode: true, highWaterMark: 1}),
  );
  assert.is(seen, count + 1);
  assert.ok(sentBeforeFirst < 10, `${sentBeforeFirst}`);
});

test.run();
