import type {Report} from '../src/report/index.ts';

// Reports of made-up clusters, the same at every call: for the demo of the collector, its tests and its bench.

const seldon = ['1.14.1', '1.15.1', '1.16.0', '1.17.1', '1.18.2'];
const kubernetes = ['v1.27.16', 'v1.28.15-eks-7f9249a', 'v1.29.12', 'v1.30.8-gke.1162001', 'v1.31.4', 'v1.32.1'];
const clouds = ['aws', 'gce', 'azure', 'openstack', 'vsphere', 'unknown'];
const runtimes = ['containerd://1.7.24', 'containerd://2.0.1', 'cri-o://1.31.3', 'docker://26.1.4'];
const images = [
  'Ubuntu 22.04.5 LTS',
  'Ubuntu 24.04.1 LTS',
  'Bottlerocket OS 1.30.0',
  'Container-Optimized OS from Google',
];
const machines = [
  {cpu: '4', memory: '16393244Ki', pods: '110'},
  {cpu: '8', memory: '32880988Ki', pods: '110'},
  {cpu: '16', memory: '65855736Ki', pods: '250'},
  {cpu: '48', memory: '195729256Ki', pods: '250', 'nvidia.com/gpu': '4'},
];
const sizes = [1, 1, 2, 3, 3, 3, 5, 6, 8, 12, 20, 45];

/** A report of the `number`th made-up cluster, built at a time in UNIX seconds. */
export function exampleCluster(number: number, timestamp: number, nodeCount?: number): Report {
  const choose = mixer(number);
  const masterVersion = choose(kubernetes);
  const common = {cloudProvider: choose(clouds), containerRuntimeVersion: choose(runtimes), osImage: choose(images)};
  const architecture = choose(['amd64', 'amd64', 'amd64', 'arm64']);
  const machine = choose(machines);
  const nodes = Array.from({length: nodeCount ?? choose(sizes)}, (_, i) => ({
    id: hex(mixer(number * 1000 + i), 32),
    operatingSystem: 'linux',
    osImage: common.osImage,
    kernelVersion: '6.1.119-129.201.amzn2023.x86_64',
    architecture,
    containerRuntimeVersion: common.containerRuntimeVersion,
    kubeletVersion: masterVersion,
    cloudProvider: common.cloudProvider,
    capacity: Object.entries(machine)
      .map(([resource, value]) => ({resource, value}))
      .sort((a, b) => (a.resource < b.resource ? -1 : 1)),
  }));
  return {
    version: 'v0.1.0+seldon-usage',
    timestamp: String(timestamp),
    clusterID: uuid(mixer(number + 0.5)),
    masterVersion,
    nodes,
    extensions: [{name: 'seldon-core-version', value: choose(seldon)}],
  };
}

/** Chooses items of lists, always the same ones for the same seed. */
function mixer(seed: number): <T>(items: readonly T[]) => T {
  let state = Math.imul(Math.floor(seed * 2) + 1, 0x9e3779b1) >>> 0;
  return (items) => {
    // xorshift32 (Marsaglia 2003): no quality is needed, only variety.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return items[(state >>> 8) % items.length]!;
  };
}

function hex(choose: ReturnType<typeof mixer>, length: number): string {
  return Array.from({length}, () => choose([...'0123456789abcdef'])).join('');
}

/** A version 4 UUID in form; random it is not. */
function uuid(choose: ReturnType<typeof mixer>): string {
  const digits = hex(choose, 30);
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-4${digits.slice(12, 15)}-a${digits.slice(15, 18)}-${digits.slice(18, 30)}`;
}
