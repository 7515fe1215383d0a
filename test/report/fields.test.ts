import {readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import manifest from '../../package.json' with {type: 'json'};
import {type Field, fieldName, fields, fieldsOf, optionalFields} from '../../src/report/fields.ts';
import type {NodeFacts} from '../../src/report/types.ts';
import {nodeFacts} from './facts.ts';

const rows: readonly Field[] = fields;

test('the rows are the fields of Spartakus, in the order in which Go emits them', () => {
  const node = 'id operatingSystem osImage kernelVersion architecture containerRuntimeVersion kubeletVersion';
  assert.equal(
    rows.map(({path}) => path),
    [
      ...['version', 'timestamp', 'clusterID', 'masterVersion', 'nodes'],
      ...`${node} cloudProvider capacity capacity.resource capacity.value`.split(' ').map((name) => `nodes.${name}`),
      ...['extensions', 'extensions.name', 'extensions.value'],
    ],
  );
});
test('what Spartakus requires is required', () =>
  assert.equal(
    rows.filter(({required}) => required).map(({path}) => path),
    [
      ...['version', 'timestamp', 'clusterID', 'nodes.id', 'nodes.capacity.resource', 'nodes.capacity.value'],
      ...['extensions.name', 'extensions.value'],
    ],
  ));
for (const {path, why, source, since, max, min = 0} of rows) {
  test(`${path} says why, from where, since when, and how long`, () => {
    assert.ok(why && source && max > min);
    assert.match(since, /^\d+\.\d+\.\d+$/);
    const number = (version: string) => version.split('.').reduce((sum, part) => sum * 1000 + Number(part), 0);
    assert.ok(number(since) <= number(manifest.version), `${since} is not out yet`);
    assert.not.match(`${why}${source}`, /[.\s]$/, 'a sentence follows them');
  });
}
test('every row is below one of the four parents', () =>
  assert.equal(
    [...fieldsOf(''), ...fieldsOf('nodes'), ...fieldsOf('nodes.capacity'), ...fieldsOf('extensions')].length,
    rows.length,
  ));
test('a list is a parent, and a parent is a list', () => {
  for (const {path, type} of rows) {
    assert.is(
      rows.some((row) => row.path.startsWith(`${path}.`)),
      type === 'list',
      path,
    );
  }
});
test('no field that can be left out is inside another list than nodes', () => {
  for (const path of optionalFields) assert.match(path, /^(\w+|nodes\.\w+)$/);
});
const names: [path: string, name: string][] = [
  ['version', 'version'],
  ['nodes.osImage', 'osImage'],
  ['nodes.capacity.value', 'value'],
];
for (const [path, name] of names) test(`the key of ${path} is ${name}`, () => assert.is(fieldName(path), name));

/** Paths of the scalar fields of the message Node in nodes.proto: `status.nodeInfo.osImage`. */
function protoPaths(message = 'Node', at = ''): string[] {
  const proto = readFileSync('src/cluster/nodes.proto', 'utf8').replace(/\/\/.*$/gm, '');
  const body = new RegExp(`message ${message} \\{([^}]*)\\}`).exec(proto)![1]!;
  return [...body.matchAll(/^\s*(?:repeated )?(\w+)\s+(\w+)\s*=\s*\d+;/gm)].flatMap(([, type, name]) =>
    /^[A-Z]/.test(type!) ? protoPaths(type, `${at}${name}.`) : [`${at}${name}`],
  );
}
/** What the sources of the fields of a node name, and no more. */
function sourcePaths(): string[] {
  const words = [...fieldsOf('nodes'), ...fieldsOf('nodes.capacity')].flatMap(
    ({source}) => source.match(/\b(?:metadata|spec|status)(?:\.\w+)+/g) ?? [],
  );
  return [...new Set(words)];
}
test('nodes.proto and the table of fields are two views of one allow-list', () =>
  assert.equal(protoPaths().sort(), sourcePaths().sort()));
test('so are the facts of a node', () => {
  const facts: NodeFacts = nodeFacts();
  const {nodeInfo, name, providerID, capacity} = facts;
  assert.equal(Object.keys(facts).sort(), Object.keys({nodeInfo, name, providerID, capacity}).sort());
  const paths = ['metadata.name', 'spec.providerID', 'status.capacity'];
  assert.equal([...paths, ...Object.keys(nodeInfo).map((key) => `status.nodeInfo.${key}`)].sort(), protoPaths().sort());
});

test.run();
