import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {type Difference, diffReports} from '../../src/operations/diff.ts';
import type {NodeReport, Report} from '../../src/report/index.ts';

const node = (id: string, more: Partial<NodeReport> = {}): NodeReport => ({id, osImage: 'A', ...more});
const report = (more: Partial<Report> = {}): Report => ({
  version: 'v0.1.0',
  timestamp: '1',
  clusterID: '846db7e9-c861-43d7-8d08-31578af59878',
  masterVersion: 'v1.36.3',
  nodes: [node('a'), node('b')],
  extensions: [{name: 'seldon-core-version', value: '1.17.1'}],
  ...more,
});
const cpu = (value: string) => ({capacity: [{resource: 'cpu', value}]});

const cases: [what: string, before: Report, after: Report, difference: Partial<Difference>][] = [
  ['the same', report(), report(), {}],
  ['built later by another version', report(), report({timestamp: '2', version: 'v9'}), {}],
  ['nodes in another order', report(), report({nodes: [node('b'), node('a')]}), {}],
  [
    'Kubernetes upgraded',
    report(),
    report({masterVersion: 'v1.37.0'}),
    {fields: [{path: 'masterVersion', before: 'v1.36.3', after: 'v1.37.0'}]},
  ],
  [
    'a version that is left out',
    report(),
    (({masterVersion: _, ...rest}) => rest)(report()),
    {fields: [{path: 'masterVersion', before: 'v1.36.3'}]},
  ],
  ['a node more', report(), report({nodes: [node('a'), node('c'), node('b')]}), {addedNodes: [node('c')]}],
  ['a node less', report(), report({nodes: [node('b')]}), {removedNodes: [node('a')]}],
  ['all nodes left out', report(), (({nodes: _, ...rest}) => rest)(report()), {removedNodes: [node('a'), node('b')]}],
  [
    'a node that grew and got another system',
    report({nodes: [node('a', cpu('4'))]}),
    report({nodes: [node('a', {...cpu('8'), osImage: 'B', cloudProvider: 'aws'})]}),
    {
      changedNodes: [
        {
          id: 'a',
          changes: [
            {path: 'capacity.cpu', before: '4', after: '8'},
            {path: 'cloudProvider', after: 'aws'},
            {path: 'osImage', before: 'A', after: 'B'},
          ],
        },
      ],
    },
  ],
  [
    'Seldon Core upgraded, and a pair more',
    report(),
    report({
      extensions: [
        {name: 'seldon-core-version', value: '1.18.0'},
        {name: 'team', value: 'x'},
      ],
    }),
    {
      extensions: [
        {path: 'seldon-core-version', before: '1.17.1', after: '1.18.0'},
        {path: 'team', after: 'x'},
      ],
    },
  ],
];
const none: Difference = {fields: [], extensions: [], addedNodes: [], removedNodes: [], changedNodes: []};
for (const [what, before, after, difference] of cases) {
  test(what, () => {
    assert.equal(diffReports(before, after), {...none, ...difference});
  });
}

test.run();
