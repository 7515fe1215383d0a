import * as fc from 'fast-check';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {jsonListReader, type Outer} from '../../src/cluster/json-list.ts';
import {MalformedList} from '../../src/cluster/protobuf-list.ts';

function read(chunks: Iterable<Uint8Array | string>): {items: unknown[]; outer: Outer | undefined} {
  const items: unknown[] = [];
  let outer: Outer | undefined;
  const reader = jsonListReader(
    (item) => items.push(item),
    (end) => (outer = end),
  );
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return {items, outer};
}

const whole: [what: string, text: string, items: unknown[], outer: Outer][] = [
  ['a list', '{"kind":"NodeList","items":[{"a":1},{"a":2}]}', [{a: 1}, {a: 2}], {kind: 'NodeList'}],
  ['the kind after the items', '{"items":[{"a":1}],"kind":"List"}', [{a: 1}], {kind: 'List'}],
  ['an empty list', '{"kind":"NodeList","items":[]}', [], {kind: 'NodeList'}],
  ['a list of null', '{"kind":"NodeList","items":null}', [], {kind: 'NodeList'}],
  ['an object', '{"kind":"Node","spec":{"x":1}}', [], {kind: 'Node', spec: {x: 1}}],
  ['inner items and kinds', '{"kind":"L","items":[{"items":[{"kind":"X"}]}]}', [{items: [{kind: 'X'}]}], {kind: 'L'}],
  ['spaces and line ends', '\r\n {\n\t"kind" : "L" ,\r\n "items" : [ 1 , 2 ] }\n\n', [1, 2], {kind: 'L'}],
  ['other keys', '{"apiVersion":"v1","kind":"L","x":[{"items":[1]}]}', [], {kind: 'L'}],
  ['escapes and other scripts', '{"kind":"L","items":["\\u00e9\\ud83d\\ude00é😀"]}', ['é😀é😀'], {kind: 'L'}],
];
for (const [what, text, items, outer] of whole) {
  test(`${what}, in one piece`, () => assert.equal(read([text]), {items, outer}));
  test(`${what}, byte by byte`, () => {
    const bytes = Buffer.from(text);
    assert.equal(read(Array.from(bytes, (_, at) => bytes.subarray(at, at + 1))), {items, outer});
  });
}

test('a list is the same however it is split', () => {
  fc.assert(
    fc.property(fc.array(fc.jsonValue(), {maxLength: 6}), fc.integer({min: 1, max: 30}), (items, size) => {
      // Minus zero is zero in JSON.
      const text = JSON.stringify({kind: 'NodeList', items});
      const bytes = Buffer.from(text);
      const chunks = [];
      for (let at = 0; at < bytes.length; at += size) chunks.push(bytes.subarray(at, at + size));
      assert.is(JSON.stringify(read(chunks).items), JSON.stringify(items));
    }),
  );
});

test('a document that is cut anywhere is malformed', () => {
  const text = '{"kind":"NodeList","items":[{"a":"é"},2]}';
  const bytes = Buffer.from(text);
  for (let cut = 0; cut < bytes.length; cut++) {
    assert.throws(
      () => read([bytes.subarray(0, cut)]),
      (error: Error) => error instanceof MalformedList,
      `${cut}`,
    );
  }
});

const malformed: [what: string, text: string][] = [
  ['a web page', '<html></html>'],
  ['a word', 'hello'],
  ['a comma too many', '{"items":[1,]}'],
  ['two documents', '{"kind":"NodeList","items":[]}{"kind":"NodeList","items":[]}'],
  ['a text after the document', '{"kind":"NodeList","items":[]} trailing'],
];
for (const [what, text] of malformed) {
  test(`${what} is malformed`, () => {
    assert.throws(
      () => read([text]),
      (error: Error) => error instanceof MalformedList,
    );
  });
}

test('what the taker of an item throws comes out as it is', () => {
  const own = new Error('own');
  const reader = jsonListReader(
    () => {
      throw own;
    },
    () => {},
  );
  try {
    reader.push('{"items":[1]}');
    assert.unreachable();
  } catch (error) {
    assert.is(error, own);
  }
});

test.run();
