import {readFileSync} from 'node:fs';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {jsonCapacities} from '../../src/cluster/capacities.ts';
import {type NodeLike, nodeFactsReader} from '../../src/cluster/node-facts.ts';
import {realisticNode} from '../rig/nodes.ts';

const facts = nodeFactsReader(jsonCapacities());

test('a node of objects that have no text gives its facts without them', () => {
  const none = {toString: 1, valueOf: 1};
  const metadata = {name: none};
  const status = {nodeInfo: {machineID: none, systemUUID: none}, capacity: {cpu: none}};
  assert.equal(facts({metadata, spec: {providerID: none}, status} as unknown as NodeLike).capacity, {cpu: ''});
});

test('a realistic node gives its facts and nothing else', () => {
  const node = realisticNode(3);
  const {machineID, systemUUID, operatingSystem, osImage, kernelVersion} = node.status.nodeInfo;
  const {architecture, containerRuntimeVersion, kubeletVersion} = node.status.nodeInfo;
  assert.equal(facts(node as NodeLike), {
    name: node.metadata.name,
    providerID: node.spec.providerID ?? '',
    nodeInfo: {
      machineID,
      systemUUID,
      operatingSystem,
      osImage,
      kernelVersion,
      architecture,
      containerRuntimeVersion,
      kubeletVersion,
    },
    capacity: node.status.capacity,
  });
});

const empty = {
  name: '',
  providerID: '',
  nodeInfo: {
    machineID: '',
    systemUUID: '',
    operatingSystem: '',
    osImage: '',
    kernelVersion: '',
    architecture: '',
    containerRuntimeVersion: '',
    kubeletVersion: '',
  },
  capacity: {},
};
const sparse: [what: string, node: NodeLike, expected: object][] = [
  ['nothing', {}, {}],
  ['a name', {metadata: {name: 'a'}}, {name: 'a'}],
  ['an empty status', {status: {}}, {}],
  ['null for everything', {metadata: null, spec: null, status: null} as unknown as NodeLike, {}],
  ['null inside', {status: {capacity: null, nodeInfo: null}} as unknown as NodeLike, {}],
  ['no system UUID', {status: {nodeInfo: {machineID: 'm'}}}, {nodeInfo: {...empty.nodeInfo, machineID: 'm'}}],
  [
    'quantities as numbers',
    {status: {capacity: {cpu: 4, x: 0.5}}} as unknown as NodeLike,
    {capacity: {cpu: '4', x: '0.5'}},
  ],
];
for (const [what, node, expected] of sparse) {
  test(`of a node with ${what} the rest is empty`, () => assert.equal(facts(node), {...empty, ...expected}));
}

test('the fields that protobuf is read for are those that facts are made of', () => {
  const proto = readFileSync('src/cluster/nodes.proto', 'utf8').replace(/\/\/.*/g, '');
  const read = [...proto.matchAll(/^ {2}(?:repeated )?\w+ (\w+) = \d+;/gm)].map(([, name]) => name);
  const parts = ['metadata', 'spec', 'status', 'nodeInfo', 'key', 'value', 'string'];
  const made = ['name', 'providerID', 'capacity', ...Object.keys(empty.nodeInfo)];
  assert.equal([...read].sort(), [...parts, ...made].sort());
});

test.run();
