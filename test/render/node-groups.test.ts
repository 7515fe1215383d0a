import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {groupNodes, totals} from '../../src/render/node-groups.ts';
import type {NodeReport} from '../../src/report/types.ts';
import {nodeReports} from './facts.ts';

const node = (rest: Partial<NodeReport> = {}): NodeReport => ({id: 'i', osImage: 'Ubuntu', ...rest});
const capacity = (pairs: Record<string, string>) => ({
  capacity: Object.entries(pairs).map(([resource, value]) => ({resource, value})),
});
const linesOf = (one: NodeReport) => groupNodes([one])[0]!.lines;

const lines: [what: string, node: NodeReport, lines: string[]][] = [
  ['only an ID', {id: 'i'}, ['nothing but an ID']],
  ['a platform', node({operatingSystem: 'linux', architecture: 'arm64'}), ['Ubuntu, linux/arm64']],
  ['half a platform', node({architecture: 'arm64'}), ['Ubuntu, arm64']],
  ['a cloud', node({cloudProvider: 'aws'}), ['Ubuntu, cloud aws']],
  [
    'versions',
    node({kernelVersion: '6', kubeletVersion: 'v1', containerRuntimeVersion: 'c://2'}),
    ['Ubuntu', 'kernel 6, kubelet v1, c://2'],
  ],
  [
    'amounts',
    node(capacity({cpu: '1500m', memory: '2Gi', pods: '110', 'nvidia.com/gpu': '8', 'x.example/y': '3'})),
    ['Ubuntu', '1.5 CPU, 2 GiB memory, 8 NVIDIA GPU, 110 pods, 3 x.example/y'],
  ],
  ['an amount of zero', node(capacity({cpu: '4', 'hugepages-2Mi': '0'})), ['Ubuntu', '4 CPU']],
  ['what is not a quantity', node(capacity({cpu: 'many'})), ['Ubuntu', 'many CPU']],
  ['control characters', node({osImage: 'a\u001b[31mb\nc', kernelVersion: '\u001b]0;t\u0007k'}), ['ab c', 'kernel k']],
  ['control characters in a resource', node(capacity({'a\nb': 'x\u001b[2Jy'})), ['Ubuntu', 'xy a b']],
];
for (const [what, one, expected] of lines) test(`lines of ${what}`, () => assert.equal(linesOf(one), expected));

test('alike nodes are one group, the largest first, whatever their IDs', () => {
  const nodes = [node({id: '1', osImage: 'B'}), node({id: '2'}), node({id: '3'}), node({id: '4', osImage: 'A'})];
  assert.equal(
    groupNodes(nodes).map(({nodes, lines}) => [nodes, ...lines]),
    [
      [2, 'Ubuntu'],
      [1, 'A'],
      [1, 'B'],
    ],
  );
});
test('the groups hold every node, in the same order for any order of nodes', () => {
  const nodes = nodeReports(500);
  const groups = groupNodes(nodes);
  assert.is(
    groups.reduce((sum, {nodes}) => sum + nodes, 0),
    500,
  );
  assert.equal(groupNodes(nodes.toReversed()), groups);
});

const sums: [nodes: NodeReport[], text: string][] = [
  [[], '0 nodes'],
  [[node()], '1 node'],
  [
    [node(capacity({cpu: '4', memory: '16Gi'})), node(capacity({cpu: '500m', memory: '1Gi'}))],
    '2 nodes, 4.5 CPU, 17 GiB memory',
  ],
  [
    [node(capacity({cpu: '4', 'nvidia.com/gpu': '8', 'amd.com/gpu': '0', 'x.example/y': '3', pods: '1'}))],
    '1 node, 4 CPU, 8 NVIDIA GPU',
  ],
  [[node(capacity({cpu: 'many'})), node(capacity({cpu: '2'}))], '2 nodes, 2 CPU'],
  [[node(capacity({'sgx.intel.com/epc': '64Mi'}))], '1 node, 64 MiB Intel SGX memory'],
];
for (const [nodes, text] of sums) test(`totals: ${text}`, () => assert.is(totals(nodes), text));

test.run();
