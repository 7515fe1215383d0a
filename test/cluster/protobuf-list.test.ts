import * as fc from 'fast-check';
import {PbfReader, PbfWriter} from 'pbf';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {jsonCapacities, protobufCapacities} from '../../src/cluster/capacities.ts';
import {type NodeLike, nodeFactsReader} from '../../src/cluster/node-facts.ts';
import {readNode} from '../../src/cluster/nodes.generated.js';
import {MalformedList, protobufListReader} from '../../src/cluster/protobuf-list.ts';
import type {NodeFacts} from '../../src/report/types.ts';
import {realisticNode} from '../rig/nodes.ts';
import {type Around, envelope, protobufList} from './protobuf.ts';

const nodes = Array.from({length: 7}, (_, number) => realisticNode(number));
const expected = nodes.map(nodeFactsReader(jsonCapacities()));

function read(chunks: Iterable<Buffer>): NodeFacts[] {
  const facts = nodeFactsReader(protobufCapacities());
  const found: NodeFacts[] = [];
  const reader = protobufListReader((item) => found.push(facts(readNode(new PbfReader(item)))));
  for (const chunk of chunks) reader.push(chunk);
  reader.end();
  return found;
}

function* split(bytes: Buffer, sizes: Iterable<number>): Generator<Buffer> {
  let at = 0;
  for (const size of sizes) {
    yield Buffer.from(bytes.subarray(at, at + size));
    at += size;
  }
  yield Buffer.from(bytes.subarray(at));
}

function* pieces(bytes: Buffer, size: number): Generator<Buffer> {
  for (let at = 0; at < bytes.length; at += size) yield Buffer.from(bytes.subarray(at, at + size));
}

const shapes: [what: string, around: Around][] = [
  ['plain', {}],
  ['with fields from the future', {unknownFields: true}],
  ['with a content encoding', {contentEncoding: 'identity'}],
];
for (const [what, around] of shapes) {
  const bytes = protobufList(nodes, around);
  test(`a list ${what}, in one piece`, () => assert.equal(read([bytes]), expected));
  test(`a list ${what}, byte by byte`, () => assert.equal(read(pieces(bytes, 1)), expected));
  test(`a list ${what}, cut at any byte`, () => {
    for (let cut = 0; cut <= bytes.length; cut++) assert.equal(read(split(bytes, [cut])), expected);
  });
  test(`a list ${what} is the same however it is split`, () => {
    fc.assert(
      fc.property(fc.array(fc.nat(400), {maxLength: 100}), (sizes) => {
        assert.equal(read(split(bytes, sizes)), expected);
      }),
    );
  });
}

test('an empty list has no nodes', () => assert.equal(read([protobufList([])]), []));
test('a list without even metadata has no nodes', () => assert.equal(read([envelope(Buffer.alloc(0))]), []));

test('an item that is longer than a network buffer comes whole', () => {
  const long = {metadata: {name: 'n'.repeat(300_000)}, spec: {providerID: 'aws://x'}};
  assert.equal(read(pieces(protobufList([long, ...nodes]), 16_384)), [
    nodeFactsReader(jsonCapacities())(long),
    ...expected,
  ]);
});

test('whatever the nodes hold arrives', () => {
  // A byte order mark in front is no part of a text to a TextDecoder.
  const text = fc.string({unit: 'binary', maxLength: 40}).filter((text) => !text.startsWith('\ufeff'));
  const capacity = fc.dictionary(fc.string({maxLength: 20}), fc.string({minLength: 1, maxLength: 10}), {
    noNullPrototype: true,
  });
  const node = fc.record<NodeLike>({
    metadata: fc.record({name: text}),
    spec: fc.record({providerID: text}),
    status: fc.record({capacity, nodeInfo: fc.record({machineID: text, osImage: text})}),
  });
  fc.assert(
    fc.property(fc.array(node, {maxLength: 5}), fc.integer({min: 1, max: 64}), (some, size) => {
      assert.equal(read(pieces(protobufList(some), size)), some.map(nodeFactsReader(jsonCapacities())));
    }),
  );
});

test('a list that is cut anywhere before its end is not taken for a whole one', () => {
  const whole = protobufList(nodes);
  // After the list itself come the envelope's two empty fields, two bytes each: an end there is a whole list.
  const end = whole.length - 4;
  for (let cut = 0; cut < end; cut++) {
    assert.throws(
      () => read([whole.subarray(0, cut)]),
      (error: Error) => error instanceof MalformedList,
      `${cut}`,
    );
  }
  assert.equal(read([whole.subarray(0, end)]), expected);
});

const raw = (write: (pbf: PbfWriter) => void) => {
  const pbf = new PbfWriter();
  write(pbf);
  return Buffer.from(pbf.finish());
};
const k8s = Buffer.from('k8s\0', 'latin1');
const malformed: [what: string, bytes: Buffer, message: RegExp][] = [
  ['nothing', Buffer.alloc(0), /ends in the middle/],
  ['only the first bytes', k8s, /ends in the middle/],
  ['text', Buffer.from('<html>login</html>'), /not protobuf of Kubernetes/],
  ['JSON', Buffer.from('{"kind":"NodeList"}'), /not protobuf of Kubernetes/],
  ['gzip', Buffer.from([0x1f, 0x8b, 8, 0, 0]), /not protobuf of Kubernetes/],
  [
    'an envelope without a list',
    Buffer.concat([k8s, raw((pbf) => pbf.writeStringField(4, 'x'))]),
    /ends in the middle/,
  ],
  ['a wire type that is none', Buffer.concat([k8s, Buffer.from([0x0b])]), /wire type 3/],
  ['an endless number', Buffer.concat([k8s, Buffer.alloc(12, 0xff)]), /too long/],
  ['a list that claims more than comes', Buffer.concat([k8s, Buffer.from([0x12, 100, 0x12, 1, 0])]), /in the middle/],
  ['a huge item', envelope(Buffer.from([0x12, 0xff, 0xff, 0xff, 0xff, 0x0f])), /an item of \d+ bytes/],
  ['an item beyond its list', envelope(Buffer.from([0x12, 3, 0])), /goes beyond its list/],
  ['a field beyond its list', envelope(Buffer.from([0x1a, 3, 0])), /goes beyond its list/],
];
for (const [what, bytes, message] of malformed) {
  for (const size of [1, 1000]) {
    test(`${what} is malformed, in chunks of ${size}`, () => {
      assert.throws(
        () => read(pieces(bytes, size)),
        (error: Error) => error instanceof MalformedList && message.test(error.message),
      );
    });
  }
}

test('garbage is malformed or a list, never another error', () => {
  fc.assert(
    fc.property(fc.uint8Array({maxLength: 200}), (garbage) => {
      try {
        const reader = protobufListReader(() => {});
        reader.push(Buffer.concat([k8s, garbage]));
        reader.end();
      } catch (error) {
        assert.instance(error, MalformedList);
      }
    }),
  );
});

test.run();
