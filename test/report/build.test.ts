import {createHash} from 'node:crypto';
import fc from 'fast-check';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {
  buildNode,
  buildReport,
  type Choices,
  InvalidReport,
  isGuessable,
  isOptionalField,
  nodeBuilder,
  withheldResources,
} from '../../src/report/build.ts';
import {encodeReport} from '../../src/report/encode.ts';
import {fieldName, fields, optionalFields} from '../../src/report/fields.ts';
import type {NodeFacts} from '../../src/report/types.ts';
import {nodeFacts} from './facts.ts';

const clusterID = '846db7e9-c861-43d7-8d08-31578af59878';
const capacityOf = (capacity: Record<string, string>, choices: Choices = {capacity: 'all'}) =>
  buildNode(nodeFacts({capacity}), choices).capacity?.map(({resource, value}) => `${resource}=${value}`);

const ids: [name: string, machineID: string, systemUUID: string][] = [
  ['node-1', 'ec2f9d14', '55a9-b3a1'],
  ['node-1', '', ''],
  ['', '', ''],
  ['knoten-ä', 'ü', '漢字'],
];
for (const [name, machineID, systemUUID] of ids) {
  test(`the ID of ${JSON.stringify(name)} is the md5 of name, machine ID and system UUID`, () => {
    const {id} = buildNode(nodeFacts({name, nodeInfo: {machineID, systemUUID}}));
    assert.is(id, createHash('md5').update(`${name}${machineID}${systemUUID}`, 'utf8').digest('hex'));
  });
}

const guessable: [machineID: string, systemUUID: string, guessable: boolean][] = [
  ['', '', true],
  ['m', '', false],
  ['', 's', false],
  ['m', 's', false],
];
for (const [machineID, systemUUID, expected] of guessable) {
  test(`machine ID ${machineID || 'empty'}, system UUID ${systemUUID || 'empty'}: guessable is ${expected}`, () =>
    assert.is(isGuessable(nodeFacts({nodeInfo: {machineID, systemUUID}})), expected));
}

const capacities: [what: string, capacity: Record<string, string>, expected: string[] | undefined][] = [
  ['nothing', {}, undefined],
  ['canonical quantities', {cpu: '1000', memory: '1024Mi', pods: '0.5'}, ['cpu=1k', 'memory=1Gi', 'pods=500m']],
  ['bytewise order', {b: '1', a: '1', B: '1', 'a.b/c': '1', a1: '1'}, ['B=1', 'a=1', 'a.b/c=1', 'a1=1', 'b=1']],
  ['a prefix before what it begins', {ab: '1', a: '1', abc: '1'}, ['a=1', 'ab=1', 'abc=1']],
  [
    'order of UTF-8, not of UTF-16',
    {'\u{1f600}': '1', '\uff5e': '1', '\ue000': '1'},
    ['\ue000=1', '\uff5e=1', '\u{1f600}=1'],
  ],
  ['zero', {cpu: '0', 'hugepages-2Mi': '0Mi'}, ['cpu=0', 'hugepages-2Mi=0']],
];
for (const [what, capacity, expected] of capacities) {
  test(`capacity: ${what}`, () => assert.equal(capacityOf(capacity), expected));
}

const mixed = {cpu: '4', 'nvidia.com/gpu': '8', 'acme.example/card': '2', 'intel.com/acme': '1'};
const choices: [choices: Choices, expected: string[] | undefined][] = [
  [{}, ['cpu=4', 'nvidia.com/gpu=8']],
  [{capacity: 'known'}, ['cpu=4', 'nvidia.com/gpu=8']],
  [{capacity: 'all'}, ['acme.example/card=2', 'cpu=4', 'intel.com/acme=1', 'nvidia.com/gpu=8']],
  [{capacity: 'all', omit: new Set(['nodes.capacity'] as const)}, undefined],
];
for (const [choice, expected] of choices) {
  test(`capacity with ${JSON.stringify({...choice, omit: [...(choice.omit ?? [])]})}`, () =>
    assert.equal(capacityOf(mixed, choice), expected));
}
test('nodes of one builder are those of buildNode, and those with one capacity share its list', () => {
  const [one, other] = [{cpu: '4'}, {cpu: '8'}];
  const nodes = [one, other, one].map((capacity, number) => nodeFacts({name: `node-${number}`, capacity}));
  const reports = nodes.map(nodeBuilder());
  assert.equal(
    reports,
    nodes.map((node) => buildNode(node)),
  );
  assert.is(reports[0]?.capacity, reports[2]?.capacity);
});
test('what is withheld has a name', () =>
  assert.equal(withheldResources(nodeFacts({capacity: mixed})), ['acme.example/card', 'intel.com/acme']));
test('a withheld resource may hold what is not a quantity', () =>
  assert.equal(capacityOf({cpu: '4', 'acme.example/card': 'many'}, {}), ['cpu=4']));
test('what is not a quantity is an error with its path', () => {
  assert.throws(
    () => capacityOf({memory: 'many'}),
    (error: InvalidReport) => error instanceof InvalidReport && error.problems[0]?.path === 'nodes.capacity.memory',
  );
});

const texts = [
  'operatingSystem',
  'osImage',
  'kernelVersion',
  'architecture',
  'containerRuntimeVersion',
  'kubeletVersion',
] as const;
for (const field of texts) {
  test(`${field} is taken over as it is, and left out if empty`, () => {
    assert.is(buildNode(nodeFacts({nodeInfo: {[field]: ' Ä<&>"x'}}))[field], ' Ä<&>"x');
    assert.not.ok(field in buildNode(nodeFacts({nodeInfo: {[field]: ''}})));
  });
}
test('the fields of a node are in the order in which Go emits them', () => {
  const order = 'id operatingSystem osImage kernelVersion architecture containerRuntimeVersion kubeletVersion';
  assert.equal(Object.keys(buildNode(nodeFacts())), [...order.split(' '), 'cloudProvider', 'capacity']);
});

const whole = {timestamp: 1522059083, clusterID, masterVersion: 'v1.33.1', extensions: [{name: 'a', value: 'b'}]};
test('a report has every field in the order in which Go emits them', () => {
  const report = buildReport({...whole, nodes: [buildNode(nodeFacts())]});
  assert.is(Object.keys(report).join(' '), 'version timestamp clusterID masterVersion nodes extensions');
  assert.is(report.timestamp, '1522059083');
  assert.match(report.version, /^v\d+\.\d+\.\d+.*\+seldon-usage$/);
});
test('what is empty is left out', () =>
  assert.equal(Object.keys(buildReport({timestamp: 0, clusterID, masterVersion: '', nodes: [], extensions: []})), [
    'version',
    'timestamp',
    'clusterID',
  ]));
test('another program names itself', () =>
  assert.is(buildReport({timestamp: 1, clusterID, version: 'other-1'}).version, 'other-1'));

const invalid: [what: string, facts: Parameters<typeof buildReport>[0], path: string][] = [
  ['an empty cluster ID', {timestamp: 1, clusterID: ''}, 'clusterID'],
  ['a long cluster ID', {timestamp: 1, clusterID: 'x'.repeat(257)}, 'clusterID'],
  ['half a second', {timestamp: 1.5, clusterID}, 'timestamp'],
  ['no time', {timestamp: Number.NaN, clusterID}, 'timestamp'],
  ['a time before time', {timestamp: -1, clusterID}, 'timestamp'],
  ['a long version', {timestamp: 1, clusterID, masterVersion: 'v'.repeat(1025)}, 'masterVersion'],
  ['an extension without name', {...whole, extensions: [{name: '', value: 'x'}]}, 'extensions[0].name'],
];
for (const [what, facts, path] of invalid) {
  test(`refused: ${what}`, () => {
    try {
      buildReport(facts);
      assert.unreachable();
    } catch (error) {
      assert.instance(error, InvalidReport);
      assert.equal(
        (error as InvalidReport).problems.map((problem) => problem.path),
        [path],
      );
      assert.match((error as InvalidReport).message, path);
    }
  });
}

for (const path of optionalFields) {
  test(`--omit ${path} leaves it out, and nothing else`, () => {
    const build = (choices: Choices) =>
      JSON.parse(encodeReport(buildReport({...whole, nodes: [buildNode(nodeFacts(), choices)]}, choices)));
    const expected = build({});
    if (path.startsWith('nodes.')) delete expected.nodes[0][fieldName(path)];
    else delete expected[path];
    assert.equal(build({omit: new Set([path])}), expected);
  });
}
const optional: [path: string, optional: boolean][] = [
  ['nodes.osImage', true],
  ['nodes', true],
  ['clusterID', false],
  ['nodes.id', false],
  ['nodes.capacity.value', false],
  ['osImage', false],
  ['', false],
  ['__proto__', false],
];
for (const [path, expected] of optional) {
  test(`${path || 'nothing'} can be left out: ${expected}`, () => assert.is(isOptionalField(path), expected));
}

/** Text that turns up nowhere by chance, so that it can be looked for in the report. */
const secret = fc.uuid().map((uuid) => `secret-${uuid}`);
const extra = fc.dictionary(fc.string({maxLength: 12}), secret, {maxKeys: 4});
const quantity = fc.tuple(fc.nat(10_000), fc.constantFrom('', 'k', 'Mi', 'm')).map(([n, suffix]) => `${n}${suffix}`);
const anyNode = fc.record({
  facts: fc.record({
    name: secret,
    machineID: secret,
    systemUUID: secret,
    host: secret,
    scheme: fc.constantFrom('aws', 'acme', '', 'aws://x'),
    osImage: fc.string(),
    capacity: fc.dictionary(fc.oneof(fc.constantFrom('cpu', 'memory', 'nvidia.com/gpu'), secret), quantity),
  }),
  extra,
});

test('nothing outside the table ever leaves, whatever the facts hold', () => {
  const allowed = new Set(fields.map(({path}) => path as string));
  fc.assert(
    fc.property(fc.array(anyNode, {maxLength: 5}), extra, (nodes, more) => {
      const built = nodes.map(({facts: {name, machineID, systemUUID, host, scheme, osImage, capacity}, extra}) =>
        buildNode({
          ...extra,
          name,
          providerID: `${scheme}://${host}`,
          nodeInfo: {...nodeFacts().nodeInfo, ...extra, machineID, systemUUID, osImage},
          capacity,
        } as NodeFacts),
      );
      const text = encodeReport(buildReport({...more, timestamp: 1, clusterID, nodes: built}));
      assert.not.match(text, 'secret-');
      for (const path of pathsOf(JSON.parse(text))) assert.ok(allowed.has(path), path);
    }),
  );
});

/** Every path of keys in the value, lists followed into their items. */
function pathsOf(value: unknown, at = ''): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => pathsOf(item, at));
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const path = at ? `${at}.${key}` : key;
    return [path, ...pathsOf(below, path)];
  });
}

test.run();
