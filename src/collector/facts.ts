import {cloudProviders, deviceLabels, type NodeReport, quantityValue, type Report} from '../report/index.ts';
import {type ClusterFacts, none} from './columns.ts';

/** More than any machine has, and nodes than any cluster: a larger value is a mistake or a lie, and would drown every sum. */
const most = {nodes: 50_000, cpu: 4096, memory: 64 * 1024 * 1024, devices: 1024};
/** The same of a whole cluster, far beyond what Kubernetes is tried with: 1 Mi cores, 8 PiB. */
const mostOfCluster = {cpu: 2 ** 20, memory: 2 ** 33, devices: 2 ** 16};
const bytesAMiB = 1024 * 1024;

const architectures = new Set(['amd64', 'arm64', 'arm', '386', 'ppc64le', 's390x', 'riscv64', 'loong64']);
const systems = new Set(['linux', 'windows', 'darwin', 'freebsd']);
const runtimes = new Set(['containerd', 'cri-o', 'docker', 'rkt', 'frakti', 'pouch', 'isula']);

/** Devices that do not compute, those counted in bytes or in slots, and parts of a device that is counted itself. */
const noAccelerator = /^(vpc\.amazonaws\.com\/|(sgx|qat|dlb|dsa|iaa)\.intel\.com\/|gpu\.intel\.com\/(?!(i915|xe)$))/;

/** The kind of accelerator of a resource name; undefined if it is none. */
function acceleratorOf(resource: string): string | undefined {
  const label = deviceLabels.get(resource);
  if (label === undefined || noAccelerator.test(resource)) return undefined;
  if (label.startsWith('NVIDIA MIG')) return 'NVIDIA MIG';
  if (label.startsWith('AMD GPU')) return 'AMD GPU';
  return label.replace(/, time-shared$/, '');
}

/** What statistics keep of a report. Words outside the vocabularies become `other`: anybody may send anything. */
export function clusterFacts(report: Report): ClusterFacts {
  const nodes = report.nodes ?? [];
  const sums = sumCapacity(nodes);
  return {
    kubernetes: minorVersion(report.masterVersion ?? ''),
    seldon: release(report.extensions?.find(isSeldon)?.value ?? ''),
    provider: shared(nodes, ({cloudProvider}) => word(cloudProvider, cloudProviders)),
    architecture: shared(nodes, ({architecture}) => word(architecture, architectures)),
    os: shared(nodes, ({operatingSystem}) => word(operatingSystem, systems)),
    runtime: shared(nodes, ({containerRuntimeVersion}) => runtimeOf(containerRuntimeVersion ?? '')),
    nodes: Math.min(nodes.length, most.nodes),
    ...sums,
    clamped: sums.clamped || nodes.length > most.nodes,
  };
}

/** Clusters are alike, and so are their nodes: the same few hundred texts come again and again. */
const mostRemembered = 10_000;
/** Characters of a text that is remembered: what is longer is nobody's version or quantity, and would take memory. */
const longestRemembered = 64;

/** A function of texts that remembers what it made of them. */
function remembering<Value>(of: (text: string) => Value): (text: string) => Value {
  const known = new Map<string, Value>();
  return (text) => {
    let value = known.get(text);
    if (value !== undefined) return value;
    value = of(text);
    if (known.size >= mostRemembered) known.clear();
    if (text.length <= longestRemembered) known.set(text, value);
    return value;
  };
}

/** Kubernetes' version as it is or soon may be: invented ones must not take the place of real ones. */
const minorVersion = remembering((text) => {
  const version = /^v?(\d{1,2}\.\d{1,3})(?:[.+-]|$)/.exec(text)?.[1];
  if (version === undefined) return 'unknown';
  return /^[12]\.(0|[1-9]\d?)$/.test(version) ? version : 'other';
});

const release = remembering((text) => /^v?(\d{1,3}\.\d{1,3}\.\d{1,3})(?:[+-]|$)/.exec(text)?.[1] ?? 'unknown');

const runtimeOf = remembering((text) => word(text.split('://')[0], runtimes));

function isSeldon({name}: {readonly name: string}): boolean {
  return name === 'seldon-core-version';
}

function word(text: string | undefined, vocabulary: ReadonlySet<string>): string {
  if (!text || text === 'unknown') return 'unknown';
  return vocabulary.has(text) ? text : 'other';
}

/** The one value that all nodes have; a cluster counts in one cell of a table, so that cells add up. */
function shared(nodes: readonly NodeReport[], wordOf: (node: NodeReport) => string): string {
  let value: string | undefined;
  for (const node of nodes) {
    const other = wordOf(node);
    if (value !== undefined && value !== other) return 'mixed';
    value = other;
  }
  return value ?? 'unknown';
}

type Sums = Pick<ClusterFacts, 'cpu' | 'memory' | 'devices' | 'device' | 'clamped'>;

function sumCapacity(nodes: readonly NodeReport[]): Sums {
  const sums = {cpu: 0, memory: 0, devices: 0};
  let device: string = none;
  let clamped = false;
  const add = (to: keyof typeof sums, value: number) => {
    const cut = value >= 0 ? Math.min(value, most[to]) : 0;
    clamped ||= cut !== value;
    sums[to] += cut;
  };
  for (const {capacity = []} of nodes.length > most.nodes ? nodes.slice(0, most.nodes) : nodes) {
    for (const {resource, value} of capacity) {
      if (resource === 'cpu') add('cpu', amount(value));
      else if (resource === 'memory') add('memory', amount(value) / bytesAMiB);
      else {
        const kind = acceleratorOf(resource);
        const count = kind === undefined ? 0 : amount(value);
        if (kind === undefined || count === 0) continue;
        add('devices', count);
        if (device !== kind) device = device === none ? kind : 'mixed';
      }
    }
  }
  const total = (of: keyof typeof sums) => {
    clamped ||= sums[of] > mostOfCluster[of];
    return Math.round(Math.min(sums[of], mostOfCluster[of]));
  };
  // In this order: what is cut is known when all are added up.
  return {cpu: total('cpu'), memory: total('memory'), devices: total('devices'), device, clamped};
}

/** The quantity as a number; NaN if it is none. */
const amount = remembering((text) => {
  try {
    return quantityValue(text);
  } catch {
    // The check of a report leaves quantities to whoever adds them up.
    return Number.NaN;
  }
});
