import {readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {encodeReport} from '../../src/report/encode.ts';
import type {Report} from '../../src/report/types.ts';

const example: Report = JSON.parse(readFileSync('test/fixtures/example-report.json', 'utf8'));
const base = {version: 'v', timestamp: '1', clusterID: 'c'};

test("the documentation's own example is encoded to the same value", () =>
  assert.equal(JSON.parse(encodeReport(example)), example));

test('in the order in which Go emits the fields, whatever order they had', () =>
  assert.is(
    encodeReport(example),
    '{"version":"v1.0.0-5d3377f6946c3ce9159cc9e7589cfbf1de26e0df","timestamp":"1522059083",' +
      '"clusterID":"846db7e9-c861-43d7-8d08-31578af59878","masterVersion":"v1.9.3-gke.0","nodes":[{' +
      '"id":"33082e677f61a199c195553e52bbd65a","operatingSystem":"linux",' +
      '"osImage":"Container-Optimized OS from Google","kernelVersion":"4.4.111+","architecture":"amd64",' +
      '"containerRuntimeVersion":"docker://17.3.2","kubeletVersion":"v1.9.3-gke.0","cloudProvider":"gce",' +
      '"capacity":[{"resource":"cpu","value":"4"},{"resource":"memory","value":"15405960Ki"},' +
      '{"resource":"pods","value":"110"}]}],"extensions":[{"name":"seldon-core-version","value":"0.1.5"}]}',
  ));

const cases: [what: string, report: object, text: string][] = [
  ['empty optional fields are left out', {...base, masterVersion: '', nodes: [], extensions: []}, ''],
  ['absent ones too', {...base, masterVersion: undefined, nodes: undefined}, ''],
  [
    'an empty extension stays',
    {...base, extensions: [{value: '', name: 'a'}]},
    ',"extensions":[{"name":"a","value":""}]',
  ],
  ['of a node too', {...base, nodes: [{id: 'i', osImage: '', capacity: []}]}, ',"nodes":[{"id":"i"}]'],
  [
    'unknown fields do not leave',
    {
      ...base,
      hostname: 'h',
      nodes: [{id: 'i', name: 'n', capacity: [{resource: 'r', value: '1', x: 1}]}],
      extensions: [{name: 'a', value: 'b', c: 1}],
    },
    ',"nodes":[{"id":"i","capacity":[{"resource":"r","value":"1"}]}],"extensions":[{"name":"a","value":"b"}]',
  ],
  ['text stays as it is', {...base, masterVersion: '<é\u2028"\n>'}, ',"masterVersion":"<é\u2028\\"\\n>"'],
];
for (const [what, report, rest] of cases) {
  test(what, () => assert.is(encodeReport(report as Report), `{"version":"v","timestamp":"1","clusterID":"c"${rest}}`));
}

test('one list in two nodes is encoded in both, and anew for the next report', () => {
  const capacity = [{resource: 'cpu', value: '4'}];
  const report = {
    ...base,
    nodes: [
      {id: 'a', capacity},
      {id: 'b', capacity},
    ],
  };
  assert.equal(JSON.parse(encodeReport(report)), report);
  capacity[0]!.value = '8';
  assert.equal(JSON.parse(encodeReport(report)), report);
});

test('indented it is the same value, on lines of its own', () => {
  const text = encodeReport(example, 2);
  assert.equal(JSON.parse(text), JSON.parse(encodeReport(example)));
  assert.match(text, /^\{\n {2}"version": /);
});

test.run();
