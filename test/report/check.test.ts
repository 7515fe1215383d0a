import {readFileSync} from 'node:fs';
import fc from 'fast-check';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {checkReport} from '../../src/report/check.ts';
import {encodeReport} from '../../src/report/encode.ts';
import {type Field, fieldName, fields} from '../../src/report/fields.ts';

const example = readFileSync('test/fixtures/example-report.json', 'utf8');
const base = {version: 'v1', timestamp: '1522059083', clusterID: 'c'};
const node = {id: '33082e677f61a199c195553e52bbd65a'};
const found = (value: unknown) => (checkReport(value).problems ?? []).map(({path, message}) => `${path}: ${message}`);

test("the documentation's own example checks, and is answered as it is", () => {
  const value = JSON.parse(example);
  const {report, problems} = checkReport(value);
  assert.is(report, value);
  assert.is(problems, undefined);
});

const valid: [what: string, value: unknown][] = [
  ['the three required fields', base],
  ['any cluster ID', {...base, clusterID: 'unknown_cluster'}],
  ['an empty optional text', {...base, masterVersion: ''}],
  ['empty lists', {...base, nodes: [], extensions: []}],
  ['a node of which only the ID is known', {...base, nodes: [node]}],
  ['an ID of another form', {...base, nodes: [{id: 'x'}]}],
  ['an empty extension', {...base, extensions: [{name: 'a', value: ''}]}],
  [
    'two extensions of one name',
    {
      ...base,
      extensions: [
        {name: 'a', value: '1'},
        {name: 'a', value: '2'},
      ],
    },
  ],
  ['a capacity in any form', {...base, nodes: [{...node, capacity: [{resource: 'x', value: 'lots'}]}]}],
  ['an object without prototype', Object.assign(Object.create(null), base)],
];
for (const [what, value] of valid) test(`a report: ${what}`, () => assert.equal(found(value), []));

const invalid: [what: string, value: unknown, problems: string[]][] = [
  ['nothing', undefined, [': must be an object, not nothing']],
  ['null', null, [': must be an object, not null']],
  ['a list', [], [': must be an object, not a list']],
  ['a text', 'report', [': must be an object, not a string']],
  ['a function', () => {}, [': must be an object, not a function']],
  ['an empty object', {}, ['version: is missing', 'timestamp: is missing', 'clusterID: is missing']],
  [
    'empty texts',
    {version: '', timestamp: '1', clusterID: ''},
    ['version: must not be empty', 'clusterID: must not be empty'],
  ],
  ['an unknown field', {...base, x: 1}, ['x: is not a field of a report']],
  ['a field of the wrong case', {...base, ClusterID: 'c'}, ['ClusterID: is not a field of a report']],
  ['an unknown field below', {...base, nodes: [{...node, name: 'n'}]}, ['nodes[0].name: is not a field of a report']],
  [
    'an own __proto__',
    JSON.parse('{"version":"v","timestamp":"1","clusterID":"c","__proto__":{}}'),
    ['__proto__: is not a field of a report'],
  ],
  [
    'fields that are inherited',
    Object.create(base),
    ['version: is missing', 'timestamp: is missing', 'clusterID: is missing'],
  ],
  ['a number as timestamp', {...base, timestamp: 1}, ['timestamp: must be a string, not a number']],
  [
    'a date as timestamp',
    {...base, timestamp: '2025-01-01'},
    ['timestamp: must be UNIX seconds as a string of digits'],
  ],
  [
    'a line break after the timestamp',
    {...base, timestamp: '1\n'},
    ['timestamp: must be UNIX seconds as a string of digits'],
  ],
  ['other digits', {...base, timestamp: '١٢'}, ['timestamp: must be UNIX seconds as a string of digits']],
  [
    'a long timestamp',
    {...base, timestamp: '1'.repeat(21)},
    ['timestamp: is 21 characters long; at most 20 are allowed'],
  ],
  ['null for a text', {...base, masterVersion: null}, ['masterVersion: must be a string, not null']],
  ['undefined for a text', {...base, masterVersion: undefined}, ['masterVersion: must be a string, not nothing']],
  ['a String object', {...base, version: Object('v')}, ['version: must be a string, not an object']],
  ['null for a list', {...base, nodes: null}, ['nodes: must be a list, not null']],
  ['an object for a list', {...base, extensions: {length: 1}}, ['extensions: must be a list, not an object']],
  [
    'items that are none',
    {...base, nodes: [node, null, 'x', []]},
    [
      'nodes[1]: must be an object, not null',
      'nodes[2]: must be an object, not a string',
      'nodes[3]: must be an object, not a list',
    ],
  ],
  ['a list with holes', {...base, nodes: Array(1)}, ['nodes[0]: must be an object, not nothing']],
  ['a node without ID', {...base, nodes: [{}]}, ['nodes[0].id: is missing']],
  [
    'a capacity without value',
    {...base, nodes: [node, {...node, capacity: [{resource: 'cpu'}]}]},
    ['nodes[1].capacity[0].value: is missing'],
  ],
  [
    'a number as value',
    {...base, nodes: [{...node, capacity: [{resource: 'cpu', value: 4}]}]},
    ['nodes[0].capacity[0].value: must be a string, not a number'],
  ],
  [
    'an extension of other types',
    {...base, extensions: [{name: 1, value: true}]},
    ['extensions[0].name: must be a string, not a number', 'extensions[0].value: must be a string, not a boolean'],
  ],
  [
    'several at once, in the order of the table',
    {clusterID: '', nodes: {}, z: 1},
    [
      'z: is not a field of a report',
      'version: is missing',
      'timestamp: is missing',
      'clusterID: must not be empty',
      'nodes: must be a list, not an object',
    ],
  ],
];
for (const [what, value, problems] of invalid) test(`no report: ${what}`, () => assert.equal(found(value), problems));

/** A report that holds `value` at the path of the table. */
function reportWith(path: string, value: unknown): unknown {
  const [key, ...rest] = path.split('.') as [string, ...string[]];
  const below: Record<string, object> = {
    nodes: {...base, nodes: [{...node, [rest[0]!]: value}]},
    'nodes.capacity': {...base, nodes: [{...node, capacity: [{resource: 'r', value: 'v', [rest[1]!]: value}]}]},
    extensions: {...base, extensions: [{name: 'n', value: 'v', [rest[0]!]: value}]},
  };
  return rest.length === 0 ? {...base, [key]: value} : below[path.slice(0, path.lastIndexOf('.'))];
}
for (const {path, type, max, min, pattern} of fields as readonly Field[]) {
  const items: Record<string, unknown> = {
    nodes: node,
    'nodes.capacity': {resource: 'r', value: 'v'},
    extensions: {name: 'n', value: 'v'},
  };
  const make = (length: number) => (type === 'list' ? Array(length).fill(items[path]) : '1'.repeat(length));
  test(`${path}: ${max} ${type === 'list' ? 'items' : 'characters'} are allowed, one more is not`, () => {
    assert.equal(found(reportWith(path, make(max))), []);
    const problems = found(reportWith(path, make(max + 1)));
    assert.is(problems.length, 1);
    assert.match(problems[0]!, new RegExp(`${fieldName(path)}: (is|has) ${max + 1} .*at most ${max} `));
  });
  if (type === 'string' && !pattern)
    test(`${path}: empty is ${min ? 'no' : 'a'} value`, () =>
      assert.is(found(reportWith(path, '')).length, min ? 1 : 0));
}

test('a hundred problems are told, and that there are more', () => {
  const problems = found({...base, nodes: Array(5000).fill(null)});
  assert.is(problems.length, 101);
  assert.match(problems[100]!, /^: has \d+ or more further problems$/);
  const keys = found({...base, ...Object.fromEntries(Array.from({length: 5000}, (_, i) => [`k${i}`, 1]))});
  assert.is(keys.length, 101);
});
const fine = [{resource: 'cpu', value: '4'}];
const shared = [{resource: 'cpu', value: 4}];
const lists: [what: string, value: unknown, problems: string[]][] = [
  [
    'in two nodes',
    {
      ...base,
      nodes: [
        {id: 'a', capacity: shared},
        {id: 'b', capacity: shared},
      ],
    },
    [
      'nodes[0].capacity[0].value: must be a string, not a number',
      'nodes[1].capacity[0].value: must be a string, not a number',
    ],
  ],
  [
    'as extensions too',
    {...base, nodes: [{id: 'a', capacity: fine}], extensions: fine},
    ['extensions[0].resource: is not a field of a report', 'extensions[0].name: is missing'],
  ],
];
for (const [what, value, problems] of lists) {
  test(`one list ${what} is checked in each place`, () => assert.equal(found(value), problems));
}
test('a long key is cut', () =>
  assert.is(found({...base, ['k'.repeat(5000)]: 1})[0], `${'k'.repeat(64)}…: is not a field of a report`));

const odd = fc.oneof(
  fc.anything({withNullPrototype: true, withBigInt: true, withDate: true, withMap: true, withSparseArray: true}),
  fc.jsonValue(),
  fc.record({
    version: fc.anything(),
    timestamp: fc.anything(),
    clusterID: fc.anything(),
    nodes: fc.array(fc.anything()),
  }),
  fc.json().map((text) => JSON.parse(`{"__proto__": ${text}, "nodes": [{"__proto__": ${text}}]}`)),
);
test('never throws, and answers either a report or problems', () => {
  fc.assert(
    fc.property(odd, (value) => {
      const {report, problems} = checkReport(value);
      assert.ok(report === undefined ? problems!.length > 0 : report === value && problems === undefined);
    }),
  );
});
const hostile: [what: string, value: () => unknown][] = [
  ['ten thousand levels', () => JSON.parse(`${'{"nodes":['.repeat(10_000)}${']}'.repeat(10_000)}`)],
  [
    'a getter that throws',
    () => ({
      ...base,
      get masterVersion() {
        throw new Error('mine');
      },
    }),
  ],
  [
    'a revoked proxy',
    () => {
      const {proxy, revoke} = Proxy.revocable({}, {});
      revoke();
      return proxy;
    },
  ],
  [
    'a proxy that throws',
    () =>
      new Proxy(
        {...base},
        {
          ownKeys() {
            throw new Error('mine');
          },
        },
      ),
  ],
  [
    'a revoked proxy as an item',
    () => {
      const {proxy, revoke} = Proxy.revocable([], {});
      revoke();
      return {...base, nodes: [proxy], extensions: proxy};
    },
  ],
  [
    'itself inside',
    () => {
      const value: Record<string, unknown> = {...base};
      value.nodes = [value];
      return value;
    },
  ],
  ['symbols', () => ({...base, [Symbol('s')]: 1, masterVersion: Symbol('v')})],
];
const hidden = (object: object, key: string) => Object.defineProperty({...object}, key, {value: 5, enumerable: false});
for (const [what, value] of [
  ['its list of nodes', hidden(base, 'nodes')],
  ['a text of a node', {...base, nodes: [hidden(node, 'osImage')]}],
  ['a list of a node', {...base, nodes: [hidden(node, 'capacity')]}],
] as const)
  test(`no report, although a loop over its keys does not see it: ${what}`, () => assert.is(found(value).length, 1));
for (const [what, value] of hostile) {
  test(`never throws: ${what}`, () => assert.ok(checkReport(value()).problems!.length > 0));
}

test('what is encoded and parsed again checks, and is the same', () => {
  fc.assert(
    fc.property(anyReport(), (value) => {
      const {report} = checkReport(value);
      assert.ok(report);
      const again = checkReport(JSON.parse(encodeReport(report)));
      assert.is(again.problems, undefined);
      assert.is(encodeReport(again.report!), encodeReport(report));
    }),
  );
});

function anyReport(): fc.Arbitrary<unknown> {
  const name = fc.string({minLength: 1, maxLength: 40, unit: 'grapheme'});
  const text = fc.string({maxLength: 40, unit: 'binary'});
  const capacity = fc.array(fc.record({resource: name, value: name}), {maxLength: 4});
  const texts = {operatingSystem: text, osImage: text, kernelVersion: text, architecture: text, cloudProvider: text};
  const nodes = fc.array(
    fc.record(
      {id: name, ...texts, containerRuntimeVersion: text, kubeletVersion: text, capacity},
      {requiredKeys: ['id']},
    ),
    {maxLength: 4},
  );
  const extensions = fc.array(fc.record({name, value: text}), {maxLength: 4});
  const timestamp = fc.maxSafeNat().map(String);
  return fc.record(
    {version: name, timestamp, clusterID: name, masterVersion: text, nodes, extensions},
    {requiredKeys: ['version', 'timestamp', 'clusterID']},
  );
}

test.run();
