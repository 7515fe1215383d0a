// Node objects as clouds and people make them, the same at every run. On the server each is about 15.6 KB of JSON.
import type {SharedApiserver} from './apiserver.ts';
import {hash, uuid} from './identities.ts';
import {type Platform, platforms, type Size, sizes} from './platforms.ts';

/** One of endlessly many nodes; the same number gives the same node. */
export function realisticNode(number: number) {
  const id = hash(`node ${number}`);
  const platform = pick(platforms, id, 0);
  const size = pick(sizes, id, 1);
  const zone = pick(platform.zones, id, 2);
  const address = `10.${100 + ((number >> 16) & 63)}.${(number >> 8) & 255}.${number & 255}`;
  const name = platform.nodeName(`${scrambled(number)}${id}`, address);
  const capacity = capacityOf(platform, size);
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {name, labels: labelsOf(platform, size, zone, name), annotations: annotationsOf(id, address)},
    spec: {
      podCIDR: `10.${(number >> 8) & 63}.${number & 255}.0/24`,
      podCIDRs: [`10.${(number >> 8) & 63}.${number & 255}.0/24`],
      ...(platform.provider(id, zone) && {providerID: platform.provider(id, zone)}),
      ...(size.devices?.['nvidia.com/gpu'] && {
        taints: [{key: 'nvidia.com/gpu', value: 'present', effect: 'NoSchedule'}],
      }),
    },
    status: {
      capacity,
      allocatable: {...capacity, cpu: `${size.cpu * 1000 - 80}m`, memory: `${size.gib * 1024 * 1024 - 1_073_021}Ki`},
      conditions: conditions(number),
      addresses: [
        {type: 'InternalIP', address},
        {type: 'Hostname', address: name},
        {type: 'InternalDNS', address: `${name.split('.')[0]}.nodes.example.com`},
      ],
      daemonEndpoints: {kubeletEndpoint: {Port: 10250}},
      nodeInfo: {
        machineID: hash(`machine ${number}`).slice(0, 32),
        systemUUID: uuid(`system ${number}`),
        bootID: uuid(`boot ${number}`),
        kernelVersion: platform.kernel,
        osImage: platform.osImage,
        containerRuntimeVersion: platform.runtime,
        kubeletVersion: platform.kubelet,
        kubeProxyVersion: platform.kubelet,
        operatingSystem: platform.os,
        architecture: platform.arch,
      },
      images: [...images(id.slice(0, 2))],
    },
  };
}

/** The same with a capacity that no other has. */
export function nodeOfItsOwn(number: number): ReturnType<typeof realisticNode> {
  const node = realisticNode(number);
  const own = {memory: `${16_000_000 + number}Ki`, 'ephemeral-storage': `${104_000_000 + number}Ki`};
  return {...node, status: {...node.status, capacity: {...node.status.capacity, ...own}}};
}

/** Creates nodes 0 to count - 1, as far as they do not exist yet, with several writers: 5,000 in some seconds. */
export async function createNodes(apiserver: SharedApiserver, count: number, node = realisticNode): Promise<void> {
  let next = 0;
  const writer = async () => {
    while (next < count) {
      const {status, body} = await apiserver.request('POST', '/api/v1/nodes', node(next++));
      if (status !== 201 && status !== 409)
        throw new Error(`a node was not created: ${status} ${JSON.stringify(body)}`);
    }
  };
  await Promise.all(Array.from({length: 16}, writer));
}

function capacityOf(platform: Platform, size: Size): Record<string, string> {
  return {
    cpu: String(size.cpu),
    memory: `${size.gib * 1024 * 1024 - 524_717}Ki`,
    pods: platform.name === 'k3s' ? '110' : '250',
    'ephemeral-storage': '104845292Ki',
    ...(platform.os === 'linux' && {'hugepages-1Gi': '0', 'hugepages-2Mi': '0'}),
    ...(platform.volumes && {[platform.volumes]: '39'}),
    ...size.devices,
  };
}

function labelsOf(platform: Platform, size: Size, zone: string, name: string): Record<string, string> {
  return {
    'beta.kubernetes.io/arch': platform.arch,
    'beta.kubernetes.io/instance-type': size.name,
    'beta.kubernetes.io/os': platform.os,
    'failure-domain.beta.kubernetes.io/zone': zone,
    'kubernetes.io/arch': platform.arch,
    'kubernetes.io/hostname': name.slice(0, 63),
    'kubernetes.io/os': platform.os,
    'node.kubernetes.io/instance-type': size.name,
    'topology.kubernetes.io/region': zone.replace(/-?[a-z0-9]$/, ''),
    'topology.kubernetes.io/zone': zone,
    'acme-internal.example/cost-centre': 'research-and-development-4711',
    'acme-internal.example/platform': platform.name,
    'acme-internal.example/team': 'fraud-detection',
    'feature.node.kubernetes.io/cpu-model.vendor_id': platform.arch === 'amd64' ? 'Intel' : 'ARM',
  };
}

function annotationsOf(id: string, address: string): Record<string, string> {
  return {
    'alpha.kubernetes.io/provided-node-ip': address,
    'csi.volume.kubernetes.io/nodeid': JSON.stringify({'ebs.csi.example.com': id.slice(0, 17)}),
    'node.alpha.kubernetes.io/ttl': '15',
    'volumes.kubernetes.io/controller-managed-attach-detach': 'true',
    'projectcalico.org/IPv4Address': `${address}/20`,
    'acme-internal.example/owner': 'jane.doe@acme-internal.example',
  };
}

function conditions(number: number) {
  const time = (minutes: number) =>
    new Date(Date.UTC(2025, 6, 1) + (number * 7 + minutes) * 60_000).toISOString().slice(0, -5);
  const condition = (type: string, status: string, reason: string, message: string, minutes: number) => {
    const when = {lastHeartbeatTime: `${time(minutes + 9_000)}Z`, lastTransitionTime: `${time(minutes)}Z`};
    return {type, status, ...when, reason, message};
  };
  return [
    condition('NetworkUnavailable', 'False', 'CalicoIsUp', 'Calico is running on this node', 2),
    condition('MemoryPressure', 'False', 'KubeletHasSufficientMemory', 'kubelet has sufficient memory available', 0),
    condition('DiskPressure', 'False', 'KubeletHasNoDiskPressure', 'kubelet has no disk pressure', 0),
    condition('PIDPressure', 'False', 'KubeletHasSufficientPID', 'kubelet has sufficient PID available', 0),
    condition('Ready', 'True', 'KubeletReady', 'kubelet is posting ready status', 1),
  ];
}

interface Image {
  names: string[];
  sizeBytes: number;
}

const known = new Map<string, readonly Image[]>();

/**
 * The kubelet reports 50 images, each by digest and by tag: two thirds of a real node's size.
 *
 * @param digits two, from which they follow: made once, they are most of what a node costs
 */
function images(digits: string): readonly Image[] {
  const made = known.get(digits) ?? Array.from({length: 50}, (_, number) => image(digits, number));
  known.set(digits, made);
  return made;
}

const imageNames = [
  'inference-server',
  'feature-store',
  'model-registry',
  'log-shipper',
  'metrics-agent',
  'network-plugin',
  'dns-cache',
];

function image(digits: string, number: number): Image {
  const digest = hash(`${digits} image ${number}`);
  const repository = `packages.acme-internal.example/team-${number % 9}/${imageNames[number % imageNames.length]}`;
  return {
    names: [`${repository}@sha256:${digest}`, `${repository}:v1.${number}.${Number.parseInt(digest.slice(0, 2), 16)}`],
    sizeBytes: 1_500_000_000 - number * 29_000_000 - Number.parseInt(digest.slice(0, 5), 16),
  };
}

function pick<T>(choices: T[], id: string, place: number): T {
  return choices[Number.parseInt(id.slice(place * 4, place * 4 + 4), 16) % choices.length] as T;
}

// Six digits that look random and are never the same twice, which those of a cut hash would be: names depend on it.
// Multiplying by an odd number permutes the numbers below a power of two.
function scrambled(number: number): string {
  return ((number * 10_368_889) % 2 ** 24).toString(16).padStart(6, '0');
}
