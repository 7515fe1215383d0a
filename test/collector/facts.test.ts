import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {ClusterFacts} from '../../src/collector/columns.ts';
import {clusterFacts} from '../../src/collector/facts.ts';
import type {NodeReport, Report} from '../../src/report/index.ts';

const node = (capacity: Record<string, string>, rest: Partial<NodeReport> = {}): NodeReport => ({
  id: 'a',
  capacity: Object.entries(capacity).map(([resource, value]) => ({resource, value})),
  ...rest,
});
const report = (rest: Partial<Report>): Report => ({version: 'v', timestamp: '1', clusterID: 'c', ...rest});

const table: [name: string, report: Partial<Report>, facts: Partial<ClusterFacts>][] = [
  ['nothing known', {}, {kubernetes: 'unknown', seldon: 'unknown', os: 'unknown', device: 'none', nodes: 0}],
  ['Kubernetes of a vendor', {masterVersion: 'v1.29.3-gke.12'}, {kubernetes: '1.29'}],
  ['Kubernetes with a plus', {masterVersion: 'v1.27+'}, {kubernetes: '1.27'}],
  ['Kubernetes of no kind that exists', {masterVersion: 'v3.1.0'}, {kubernetes: 'other'}],
  ['an invented minor version', {masterVersion: 'v1.234.0'}, {kubernetes: 'other'}],
  ['a version in another spelling', {masterVersion: 'v1.029.0'}, {kubernetes: 'other'}],
  ['no version', {masterVersion: 'latest'}, {kubernetes: 'unknown'}],
  ['a version that is none', {masterVersion: 'v1.29x'}, {kubernetes: 'unknown'}],
  ['Seldon', {extensions: [{name: 'seldon-core-version', value: '1.17.1'}]}, {seldon: '1.17.1'}],
  ['Seldon of a branch', {extensions: [{name: 'seldon-core-version', value: 'v1.18.0-dev'}]}, {seldon: '1.18.0'}],
  ['another extension', {extensions: [{name: 'x', value: '1.17.1'}]}, {seldon: 'unknown'}],
  [
    'CPU and memory',
    {nodes: [node({cpu: '4', memory: '8Gi'}), node({cpu: '3500m'})]},
    {cpu: 8, memory: 8192, nodes: 2},
  ],
  ['words outside the vocabulary', {nodes: [node({}, {operatingSystem: 'ACME'})]}, {os: 'other', clamped: false}],
  ['runtime', {nodes: [node({}, {containerRuntimeVersion: 'containerd://1.7.2'})]}, {runtime: 'containerd'}],
  ['a runtime without form', {nodes: [node({}, {containerRuntimeVersion: 'x'})]}, {runtime: 'other'}],
  [
    'nodes that differ',
    {nodes: [node({}, {architecture: 'amd64'}), node({}, {architecture: 'arm64'})]},
    {architecture: 'mixed', provider: 'unknown'},
  ],
  ['accelerators', {nodes: [node({'nvidia.com/gpu': '4'}), node({cpu: '1'})]}, {device: 'NVIDIA GPU', devices: 4}],
  ['shared ones', {nodes: [node({'nvidia.com/gpu.shared': '8'})]}, {device: 'NVIDIA GPU', devices: 8}],
  ['slices', {nodes: [node({'nvidia.com/mig-1g.5gb': '7'})]}, {device: 'NVIDIA MIG', devices: 7}],
  ['two kinds', {nodes: [node({'nvidia.com/gpu': '1', 'amd.com/gpu': '1'})]}, {device: 'mixed', devices: 2}],
  ['none of them left', {nodes: [node({'nvidia.com/gpu': '0'})]}, {device: 'none', devices: 0}],
  ['a network device', {nodes: [node({'vpc.amazonaws.com/efa': '1'})]}, {device: 'none', devices: 0}],
  ['no quantity', {nodes: [node({cpu: 'many', memory: '1Gi'})]}, {cpu: 0, memory: 1024, clamped: true}],
  ['negative', {nodes: [node({cpu: '-4'})]}, {cpu: 0, clamped: true}],
  ['more than there is', {nodes: [node({cpu: '1E'})]}, {cpu: 4096, clamped: true}],
  ['beyond numbers', {nodes: [node({memory: '1e999'})]}, {memory: 64 * 1024 * 1024, clamped: true}],
  [
    'too many nodes',
    {nodes: Array.from({length: 60_000}, () => node({cpu: '1'}))},
    {nodes: 50_000, cpu: 50_000, clamped: true},
  ],
  [
    'more than any cluster has',
    {nodes: Array.from({length: 5000}, () => node({cpu: '4096', memory: '64Ti', 'nvidia.com/gpu': '1024'}))},
    {cpu: 2 ** 20, memory: 2 ** 33, devices: 2 ** 16, nodes: 5000, clamped: true},
  ],
  ['all that a cluster may have', {nodes: Array(256).fill(node({cpu: '4096'}))}, {cpu: 2 ** 20, clamped: false}],
];
for (const [name, input, expected] of table) {
  test(name, () => {
    const facts = clusterFacts(report(input));
    for (const [key, value] of Object.entries(expected)) assert.is(facts[key as keyof ClusterFacts], value, key);
  });
}

test.run();
