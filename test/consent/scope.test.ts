import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {agreedWith, type Scope, scopeOf, scopeOfFile, widerThan} from '../../src/consent/scope.ts';
import {fieldsNewerThan, type Report, withoutFields} from '../../src/report/index.ts';

const report: Report = {
  version: 'v0.1.0+seldon-usage',
  timestamp: '1',
  clusterID: '846db7e9-c861-43d7-8d08-31578af59878',
  nodes: [{id: 'a', osImage: 'x', capacity: [{resource: 'cpu', value: '4'}]}],
  extensions: [
    {name: 'team', value: 'search'},
    {name: 'seldon-core-version', value: '1.18.2'},
  ],
};
const built = (omit: string[] = [], capacity: 'known' | 'all' = 'known', more: Partial<Report> = {}) =>
  scopeOf({...report, ...more}, {omit, capacity});

const cases: [what: string, agreed: Scope | undefined, now: Scope, wider: string[]][] = [
  ['nothing was agreed to', undefined, built(), []],
  ['the same', built(), built(), []],
  ['less', built(), built(['nodes']), []],
  ['a field', built(['nodes.osImage']), built(), ['the field nodes.osImage']],
  ['a list with all that is in it', built(['nodes']), built(), ['the field nodes']],
  ['a part of a list', built(['nodes']), built(['nodes.osImage', 'nodes.capacity']), ['the field nodes']],
  ['all resources', built(), built([], 'all'), ['resources whose names are not well known']],
  ['fewer resources', built([], 'all'), built(), []],
  ['an extension', built([], 'known', {extensions: []}), built(), ['the extension team']],
  [
    'Seldon Core, which is new in the cluster',
    built([], 'known', {extensions: [{name: 'team', value: ''}]}),
    built(),
    [],
  ],
  ['another value of an extension', built([], 'known', {extensions: [{name: 'team', value: 'a'}]}), built(), []],
  [
    'a first GPU',
    built(),
    built([], 'known', {nodes: [{id: 'b', capacity: [{resource: 'nvidia.com/gpu', value: '1'}]}]}),
    [],
  ],
];
for (const [what, agreed, now, wider] of cases) {
  test(`${what}: ${wider.join(', ') || 'not wider'}`, () => assert.equal(widerThan(agreed, now), wider));
}

const {extensions: _, ...bare} = report;
const paths = (scope: Scope) => scope.fields.filter((path) => path.startsWith('extensions'));
test('a field that a report could hold but does not is no more, and stays to be asked for', () => {
  const without = built(['extensions']);
  assert.equal(widerThan(without, built(), bare), []);
  assert.equal(widerThan(without, built(), report), ['the field extensions']);
  assert.equal(paths(agreedWith(without, built(), bare)), []);
  assert.ok(paths(agreedWith(without, built(), report)).length > 0);
  assert.ok(paths(agreedWith(built(), built(), bare)).length > 0);
  assert.equal(agreedWith(undefined, built(), bare), built());
});

const files: [what: string, report: Report, lacks: string[], capacity: 'known' | 'all'][] = [
  ['has what it has', report, ['masterVersion', 'nodes.kernelVersion'], 'known'],
  ['without nodes', {...report, nodes: []}, ['nodes.osImage', 'nodes.capacity'], 'known'],
  [
    'with another resource',
    {...report, nodes: [{id: 'a', capacity: [{resource: 'a.example/x', value: '1'}]}]},
    [],
    'all',
  ],
];
for (const [what, of, lacks, capacity] of files) {
  test(`the scope of a file ${what}`, () => {
    const scope = scopeOfFile(of);
    for (const path of lacks) assert.not.ok(scope.fields.includes(path), path);
    assert.ok(scope.fields.includes('clusterID'));
    assert.is(scope.capacity, capacity);
  });
}

// Of fields that do not exist yet.
const table = [
  {path: 'masterVersion', since: '0.1.0'},
  {path: 'nodes.gpuDriver', since: '0.2.0'},
  {path: 'nodes.zone', since: '0.10.0'},
];
const versions: [version: string, newer: string[]][] = [
  ['v0.1.0+seldon-usage', ['nodes.gpuDriver', 'nodes.zone']],
  ['v0.2.0+seldon-usage', ['nodes.zone']],
  ['v0.2.9', ['nodes.zone']],
  ['v0.10.0', []],
  ['v1.0.0-rc.1', []],
  ['whatever', ['masterVersion', 'nodes.gpuDriver', 'nodes.zone']],
];
for (const [version, newer] of versions) {
  test(`newer than ${version}: ${newer.join(', ') || 'nothing'}`, () =>
    assert.equal(fieldsNewerThan(version, table), newer));
}

test('fields are taken out of a report, and what was given stays', () => {
  const {nodes, masterVersion} = withoutFields(
    {...report, masterVersion: 'v1'},
    new Set(['masterVersion', 'nodes.osImage']),
  );
  assert.equal([nodes, masterVersion], [[{id: 'a', capacity: report.nodes![0]!.capacity}], undefined]);
  assert.is(report.nodes![0]!.osImage, 'x');
  assert.not.ok('nodes' in withoutFields(report, new Set(['nodes'])));
});

test.run();
