import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {realisticNode} from './nodes.ts';

const nodes = Array.from({length: 500}, (_, number) => realisticNode(number));

test('the same number gives the same node', () => {
  assert.equal(realisticNode(7), nodes[7]);
});

test('names and identities are never the same twice', () => {
  for (const read of [
    (node: (typeof nodes)[0]) => node.metadata.name,
    (node: (typeof nodes)[0]) => node.status.nodeInfo.machineID,
    (node: (typeof nodes)[0]) => node.status.nodeInfo.systemUUID,
    (node: (typeof nodes)[0]) => node.spec.podCIDR,
  ]) {
    assert.is(new Set(nodes.map(read)).size, nodes.length);
  }
});

test('clouds, architectures, systems and resources differ', () => {
  const distinct = (values: string[]) => [...new Set(values)].sort();
  assert.equal(distinct(nodes.map((node) => node.spec.providerID?.split(':')[0] ?? '')), [
    '',
    'aws',
    'azure',
    'gce',
    'ibm',
    'k3s',
    'openstack',
    'vsphere',
  ]);
  assert.equal(distinct(nodes.map((node) => node.status.nodeInfo.architecture)), ['amd64', 'arm64', 's390x']);
  assert.equal(distinct(nodes.map((node) => node.status.nodeInfo.operatingSystem)), ['linux', 'windows']);
  const resources = distinct(nodes.flatMap((node) => Object.keys(node.status.capacity)));
  for (const resource of ['nvidia.com/gpu', 'hugepages-1Gi', 'accelerators.acme-internal.example/tensor-card']) {
    assert.ok(resources.includes(resource), resource);
  }
});

test.run();
