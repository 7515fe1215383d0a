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
  ['a word', 'hello', /something that is no object/],
  ['a Pod', JSON.stringify(pod), /holds a Pod, where a list of Nodes is expected/],
  ['a PodList', '{"kind":"PodList","items":[{"metadata":{}}]}', /holds a PodList/],
  ['a Pod among Nodes', JSON.stringify({...list, items: [...nodes, pod]}), /holds other kinds too: Pod,/],
  ['a Pod among Nodes as YAML', stringify({...list, items: [...nodes, pod]}), /holds other kinds too: Pod,/],
  ['several kinds', JSON.stringify({...list, items: [pod, {kind: 'Secret'}, pod]}), /other kinds too: Pod, Secret,/],
  ['no kind', '{"items":[]}', /something that says no kind/],
  ['null for a node', '{"kind":"NodeList","items":[null]}', /something that is no object/],
  ['text for a node', '{"kind":"NodeList","items":["a"]}', /something that is no object/],
  ['a cut', JSON.stringify(list).slice(0, -20), /not the JSON that kubectl prints, or it is cut off/],
  ['two documents of JSON', JSON.stringify(list).repeat(2), /not the JSON that kubectl prints/],
  ['broken YAML', 'kind: List\nitems: [\n', /neither JSON nor YAML \(line \d\)/],
  [
    'a table',
    'NAME     STATUS   ROLES   AGE   VERSION\nnode-1   Ready    <none>  1d    v1.30.0\n',
    /holds something that is no object|neither JSON/,
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
