import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {
  keyOf,
  MalformedManifest,
  meaning,
  readHead,
  readManifest,
  requireUnambiguous,
  sameMeaning,
  splitManifest,
  withAnnotation,
} from '../../src/helm/documents.ts';

const block = 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  namespace: b\ndata:\n  k: v\n';

const splits: [name: string, manifest: string, documents: number][] = [
  ['one', block, 1],
  ['a line of dashes before and after', `---\n${block}---\n`, 1],
  ['two, with comments', `# Source: x\n${block}\n---\n# Source: y\n${block}`, 2],
  ['nothing but comments', `---\n# Source: x\n---\n${block}`, 1],
  ['dashes in a block scalar', `${block}  text: |\n    ---\n    a\n`, 1],
];
for (const [name, manifest, documents] of splits)
  test(`cuts a manifest: ${name}`, () => {
    // As Helm, whose separator takes no look at what it is in.
    if (name.startsWith('dashes')) assert.ok(splitManifest(manifest).length >= documents);
    else assert.is(splitManifest(manifest).length, documents);
  });

const heads: [name: string, text: string, key: string][] = [
  ['block style', block, 'v1/ConfigMap/b/a'],
  ['metadata first', 'metadata:\n  name: a\nkind: X\napiVersion: g/v1\n', 'g/v1/X//a'],
  ['flow-style metadata', 'apiVersion: v1\nkind: X\nmetadata: {name: a, namespace: b}\n', 'v1/X/b/a'],
  ['flow style', '{apiVersion: v1, kind: X, metadata: {name: "a"}}', 'v1/X//a'],
  ['quoted keys', '"apiVersion": v1\n"kind": X\n"metadata":\n  "name": a\n', 'v1/X//a'],
  ['JSON', JSON.stringify({apiVersion: 'v1', kind: 'X', metadata: {name: 'a'}}), 'v1/X//a'],
  ['a comment between', 'apiVersion: v1\n# kind: Y\nkind: X\nmetadata:\n  name: a\n', 'v1/X//a'],
  ['a list at the left edge', 'apiVersion: v1\nkind: X\nmetadata:\n  name: a\nrules:\n- kind: Y\n', 'v1/X//a'],
  [
    'another document in its text',
    `${block}  text: |\n    kind: Other\n    metadata:\n      name: z\n`,
    'v1/ConfigMap/b/a',
  ],
  [
    'JSON indented by tabs',
    '# Source: x\n{\n\t"apiVersion": "v1",\n\t"kind": "X",\n\t"metadata": {"name": "a"}\n}',
    'v1/X//a',
  ],
  ['Windows line breaks', 'apiVersion: v1\r\nkind: X\r\nmetadata:\r\n  name: a\r\n', 'v1/X//a'],
];
for (const [name, text, key] of heads) test(`reads a head: ${name}`, () => assert.is(keyOf(readHead(text)), key));

const malformed: [name: string, text: string][] = [
  ['no kind', 'apiVersion: v1\nmetadata:\n  name: a\n'],
  ['no name', 'apiVersion: v1\nkind: X\nmetadata: {}\n'],
  ['no YAML', 'apiVersion: v1\nkind: X\nmetadata: {name: a\n'],
  ['a list', '- a\n- b\n'],
];
const top = 'apiVersion: v1\nkind: X\nmetadata:\n  name: a\n';
/** What two readers of YAML may take for two things. */
const ambiguous: [name: string, text: string, says: RegExp][] = [
  ['an alias in the head', 'x: &n a\napiVersion: v1\nkind: X\nmetadata:\n  name: *n\n', /aliases/],
  ['an alias in the rest', `${top}data: {a: &x b, c: *x}\n`, /aliases/],
  ['an anchor alone', `${top}data: {a: &x b}\n`, /aliases/],
  ['a key of the head twice', 'apiVersion: v1\nkind: X\nkind: Y\nmetadata:\n  name: a\n', /twice/],
  ['a key of the rest twice', `${top}data:\n  a: b\n  a: c\n`, /twice/],
  ['a key twice, once in quotes', `${top}data:\n  a: b\n  "a": c\n`, /twice/],
  ['a key of JSON twice', '{"apiVersion":"v1","kind":"X","metadata":{"name":"a","name":"b"}}', /twice/],
  ['a key that is a number', `${top}data: {1: x}\n`, /key is not text/],
  ['a key that is a boolean', `${top}data: {yes: x}\n`, /key is not text/],
  ['a key that is nothing', `${top}data: {~: x}\n`, /key is not text/],
  ['a key that is a list', `${top}data: {[a]: x}\n`, /key is not text/],
  ['a merge', `${top}data: {<<: {a: b}}\n`, /key is not text/],
  ['a tag', `${top}data: {a: !!binary eA==}\n`, /tags/],
  ['a tag of its own', `${top}data: !x {a: b}\n`, /tags/],
  ['a tag without a name', `${top}data: {a: ! b}\n`, /tags/],
  ['a directive', `%YAML 1.2\n---\n${top}`, /not YAML/],
  ['a second document', `${top}...\n${top}`, /another one/],
  ['a lone carriage return', `${top}data:\n  a: b\rkind: Y\n`, /line break/],
  ['a next line', `${top}data:\n  a: "b\u0085kind: Y"\n`, /line break/],
  ['a line separator', `${top}data:\n  a: "b\u2028kind: Y"\n`, /line break/],
  ['a paragraph separator', `${top}# b\u2029kind: Y\n`, /line break/],
  ['a mark of byte order', `${top}data: {\ufeffa: b}\n`, /line break/],
  ['Kind beside kind', `Kind: Y\n${top}`, /has the key Kind/],
  ['items in an object of another kind', `${top}items:\n- kind: Y\n`, /list of objects/],
  ['Items with a capital', `${top}Items: []\n`, /has the key Items/],
  [
    'a namespace that is no text',
    'apiVersion: v1\nkind: X\nmetadata: {name: a, namespace: true}\n',
    /namespace is not text/,
  ],
  ['a name that is no text', 'apiVersion: v1\nkind: X\nmetadata: {name: 1}\n', /no apiVersion, kind or name/],
  ['a list in a list', '{"apiVersion":"v1","kind":"List","items":[{"kind":"List","items":[]}]}', /something other/],
  ['a list of a kind', '{"apiVersion":"v1","kind":"PodList","items":[]}', /list of objects \(PodList\)/],
  ['too deep', `${top}data: ${'['.repeat(200)}${']'.repeat(200)}\n`, /not YAML/],
];
for (const [name, text, says] of ambiguous)
  test(`refuses: ${name}`, () =>
    assert.throws(
      () => readManifest(text).forEach(requireUnambiguous),
      (error: Error) => error instanceof MalformedManifest && says.test(error.message),
    ));

test('a list is taken for its objects', () => {
  const items = [
    {apiVersion: 'v1', kind: 'A', metadata: {name: 'a'}, x: 1},
    {apiVersion: 'v1', kind: 'B', metadata: {name: 'b'}},
  ];
  const list = JSON.stringify({apiVersion: 'v1', items: [...items], kind: 'List', metadata: {}}, null, '\t');
  const documents = readManifest(`---\n${block}---\n${list}\n`);
  assert.equal(documents.map(keyOf), ['v1/ConfigMap/b/a', 'v1/A//a', 'v1/B//b']);
  assert.is(documents[1]?.text, `${JSON.stringify(items[0])}\n`);
});

test('an integer over 2^53 in a list stays what it is', () => {
  const [one] = readManifest(
    '{"apiVersion":"v1","kind":"List","items":[{"apiVersion":"v1","kind":"A","metadata":{"name":"a"},"x":9007199254740993}]}',
  );
  assert.match(one!.text, /"x":9007199254740993/);
});

for (const [name, text] of malformed)
  test(`refuses: ${name}`, () =>
    assert.throws(
      () => meaning(text) && readHead(text) && readManifest(text),
      (error: Error) => error instanceof MalformedManifest,
    ));

const meanings: [a: string, b: string, same: boolean][] = [
  ['a: "x y"', "a: 'x\n  y'", true],
  ['a: 9007199254740993', 'a: 9007199254740992', false],
  ['a: yes', 'a: "yes"', false],
  ['a: 1', 'a: "1"', false],
  ['a: {b: 1, c: 2}', 'a:\n  c: 2\n  b: 1', true],
  ['a: |\n  x\n', 'a: "x\\n"', true],
  ['a: |\n  x\n', 'a: "x"', false],
  ['a: 0o17', 'a: 15', true],
  ['a: 017', 'a: 15', true],
  ['a: 1_000', 'a: 1000', true],
  ['a: 1:30', 'a: "1:30"', true],
  ['a: 2001-01-01', 'a: "2001-01-01"', true],
];
for (const [a, b, same] of meanings)
  test(`${JSON.stringify(a)} ${same ? 'means' : 'does not mean'} ${JSON.stringify(b)}`, () =>
    assert.is(sameMeaning(a, b), same));

const annotated: [name: string, metadata: string][] = [
  ['none', 'metadata:\n  name: a\n'],
  [
    'some',
    'metadata:\n  name: a\n  annotations:\n    x: "y"\n    long: "a text that is longer than eighty columns, which a YAML library would like to fold somewhere in it"\n',
  ],
  ['an empty mapping', 'metadata:\n  annotations: {}\n  name: a\n'],
  ['null', 'metadata:\n  annotations:\n  name: a\n'],
  ['flow style', 'metadata: {name: a, annotations: {x: "y"}}\n'],
  ['flow style without', 'metadata: {name: a}\n'],
];
for (const [name, metadata] of annotated)
  test(`adds an annotation where there are: ${name}`, () => {
    const rest = 'data:\n  keep: "as   it is"   # and this\n';
    const text = `apiVersion: v1\nkind: X\n${metadata}${rest}`;
    const result = withAnnotation(text, 'k', 'v: {');
    assert.ok(result.startsWith('apiVersion: v1\nkind: X\nmetadata:') && result.endsWith(rest), result);
    const {annotations, ...others} = readHead(result);
    assert.is(annotations.k, 'v: {');
    const {annotations: before, ...othersBefore} = readHead(text);
    const {k: _, ...after} = annotations;
    assert.equal([after, others], [before, othersBefore]);
  });

test.run();
