import {PbfWriter} from 'pbf';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {jsonCapacities, protobufCapacities} from '../../src/cluster/capacities.ts';

type Entry = [resource: string, quantity?: string];

/** What lies in one message: entries in a row, as an API server writes them, or with another field before each. */
function entries(capacity: Entry[], between = ''): Uint8Array[] {
  const pbf = new PbfWriter();
  const places = capacity.map(([resource, quantity]) => {
    if (between) pbf.writeStringField(2, between);
    const entry = new PbfWriter();
    entry.writeStringField(1, resource);
    if (quantity !== undefined) entry.writeMessage(2, (value, inner) => inner.writeStringField(1, value), quantity);
    const bytes = entry.finish();
    pbf.writeBytesField(1, bytes);
    return [pbf.pos - bytes.length, pbf.pos] as const;
  });
  const message = pbf.finish();
  return places.map(([start, end]) => message.subarray(start, end));
}

const small: Entry[] = [
  ['cpu', '4'],
  ['memory', '16Gi'],
];
const protobuf: [what: string, capacity: Entry[], between: string, expected: Record<string, string>][] = [
  ['nothing', [], '', {}],
  ['one resource', [['cpu', '4']], '', {cpu: '4'}],
  ['two', small, '', {cpu: '4', memory: '16Gi'}],
  ['a resource without a quantity', [['cpu']], '', {cpu: ''}],
  ['other fields in between', small, 'pods', {cpu: '4', memory: '16Gi'}],
  ['a name that is not ASCII', [['käse', '1']], '', {käse: '1'}],
  [
    'names that mean something to JavaScript',
    [
      ['__proto__', '1'],
      ['constructor', '2'],
    ],
    '',
    JSON.parse('{"__proto__": "1", "constructor": "2"}'),
  ],
];
for (const [what, capacity, between, expected] of protobuf) {
  test(`protobuf: ${what}`, () => assert.equal(protobufCapacities()(entries(capacity, between)), expected));
  test(`protobuf: ${what}, a second time`, () => {
    const read = protobufCapacities();
    assert.is(read(entries(capacity, between)), read(entries(capacity, between)));
  });
}

const different: [what: string, one: Entry[], other: Entry[]][] = [
  ['another quantity', small, [small[0]!, ['memory', '32Gi']]],
  ['one resource less', small, small.slice(0, 1)],
  ['one more', small, [...small, ['pods', '110']]],
];
for (const [what, one, other] of different) {
  test(`protobuf: ${what} is another kind of node`, () => {
    const read = protobufCapacities();
    assert.equal(read(entries(one)), Object.fromEntries(one));
    assert.equal(read(entries(other)), Object.fromEntries(other));
  });
}

test('protobuf: entries that only differ in where the first one ends are of two kinds', () => {
  const read = protobufCapacities();
  // Field 1 "a"; a header that is an entry's own, or the beginning of the next; field 1 "b".
  const bytes = Uint8Array.from([0x0a, 1, 0x61, 0x0a, 3, 0x0a, 1, 0x62]);
  assert.equal(read([bytes.subarray(0, 3), bytes.subarray(5, 8)]), {a: '', b: ''});
  assert.equal(read([bytes]), {'\n\u0001b': ''});
});

const circular: Record<string, unknown> = {cpu: '4'};
circular.memory = circular;
const json: [what: string, capacity: unknown, expected: Record<string, string>][] = [
  ['strings', {cpu: '4', memory: '16Gi'}, {cpu: '4', memory: '16Gi'}],
  ['numbers', {cpu: 4, memory: 1.5}, {cpu: '4', memory: '1.5'}],
  ['nothing', {}, {}],
  ['null', null, {}],
  ['what is no object', 'cpu', {}],
  ['what holds itself, as an anchor in YAML can', circular, {cpu: '4', memory: '[object Object]'}],
];
for (const [what, capacity, expected] of json) {
  test(`JSON: ${what}`, () => assert.equal(jsonCapacities()(capacity), expected));
}
test('JSON: nodes that are alike have one object', () => {
  const read = jsonCapacities();
  assert.is(read({cpu: '4'}), read({cpu: '4'}));
  assert.is.not(read({cpu: '4'}), read({cpu: '8'}));
});

for (const [what, read, capacityOf] of [
  ['protobuf', protobufCapacities(), (cpu: string) => entries([['cpu', cpu]])],
  ['JSON', jsonCapacities(), (cpu: string) => ({cpu})],
] as [string, (capacity: unknown) => unknown, (cpu: string) => unknown][]) {
  test(`${what}: where every node is of its own kind, each is still right`, () => {
    for (let cpu = 0; cpu < 1500; cpu++) assert.equal(read(capacityOf(String(cpu))), {cpu: String(cpu)});
    assert.equal(read(capacityOf('1400')), {cpu: '1400'});
  });
}

test.run();
