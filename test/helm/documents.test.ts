import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {
  keyOf,
  MalformedManifest,
  meaning,
  readHead,
  readManifest,
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
  ['an alias', 'x: &n a\napiVersion: v1\nkind: X\nmetadata:\n  name: *n\n', 'v1/X//a'],
  ['of two equal keys the last', 'apiVersion: v1\nkind: X\nkind: Y\nmetadata:\n  name: a\n', 'v1/Y//a'],
];
for (const [name, text, key] of heads) test(`reads a head: ${name}`, () => assert.is(keyOf(readHead(text)), key));

const malformed: [name: string, text: string][] = [
  ['no kind', 'apiVersion: v1\nmetadata:\n  name: a\n'],
  ['no name', 'apiVersion: v1\nkind: X\nmetadata: {}\n'],
  ['no YAML', 'apiVersion: v1\nkind: X\nmetadata: {name: a\n'],
  ['a list', '- a\n- b\n'],
  ['a list of objects', 'apiVersion: v1\nkind: List\nmetadata: {name: a}\nitems: []\n'],
];
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
