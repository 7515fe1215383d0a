// Node objects as clouds and people make them, the same at every run: about 15.6 KB of JSON each once the server has them.
import {createHash} from 'node:crypto';
import type {SharedApiserver} from './apiserver.ts';

interface Platform {
  name: string;
  provider: (id: string, zone: string) => string;
  nodeName: (id: string, address: string) => string;
  zones: string[];
  osImage: string;
  kernel: string;
  runtime: string;
  kubelet: string;
  os: 'linux' | 'windows';
  arch: 'amd64' | 'arm64' | 's390x' | 'ppc64le';
  volumes?: string;
}

interface Size {
  name: string;
  cpu: number;
  gib: number;
  devices?: Record<string, string>;
}

const platforms: Platform[] = [
  {
    name: 'eks',
    provider: (id, zone) => `aws:///${zone}/i-0${id.slice(0, 16)}`,
    nodeName: (_, address) => `ip-${address.replaceAll('.', '-')}.eu-west-1.compute.internal`,
    zones: ['eu-west-1a', 'eu-west-1b', 'eu-west-1c'],
    osImage: 'Amazon Linux 2023.8.20250721',
    kernel: '6.1.141-155.222.amzn2023.x86_64',
    runtime: 'containerd://1.7.27',
    kubelet: 'v1.33.1-eks-1de2ab1',
    os: 'linux',
    arch: 'amd64',
    volumes: 'attachable-volumes-aws-ebs',
  },
  {
    name: 'eks-arm',
    provider: (id, zone) => `aws:///${zone}/i-0${id.slice(0, 16)}`,
    nodeName: (_, address) => `ip-${address.replaceAll('.', '-')}.us-east-2.compute.internal`,
    zones: ['us-east-2a', 'us-east-2b'],
    osImage: 'Bottlerocket OS 1.43.0 (aws-k8s-1.33)',
    kernel: '6.12.37',
    runtime: 'containerd://2.0.5+bottlerocket',
    kubelet: 'v1.33.1-eks-1de2ab1',
    os: 'linux',
    arch: 'arm64',
    volumes: 'attachable-volumes-aws-ebs',
  },
  {
    name: 'gke',
    provider: (id, zone) => `gce://example-project/${zone}/gke-main-pool-${id.slice(0, 8)}-${id.slice(8, 12)}`,
    nodeName: (id) => `gke-main-pool-${id.slice(0, 8)}-${id.slice(8, 12)}`,
    zones: ['europe-west4-a', 'europe-west4-b', 'europe-west4-c'],
    osImage: 'Container-Optimized OS from Google',
    kernel: '6.6.93+',
    runtime: 'containerd://2.0.5',
    kubelet: 'v1.33.2-gke.1240000',
    os: 'linux',
    arch: 'amd64',
    volumes: 'attachable-volumes-gce-pd',
  },
  {
    name: 'aks',
    provider: (id) =>
      `azure:///subscriptions/${uuid('subscription')}/resourceGroups/mc_example_westeurope/providers/` +
      `Microsoft.Compute/virtualMachineScaleSets/aks-pool-vmss/virtualMachines/${Number.parseInt(id.slice(0, 4), 16)}`,
    nodeName: (id) => `aks-pool-${id.slice(0, 8)}-vmss${id.slice(8, 14)}`,
    zones: ['westeurope-1', 'westeurope-2', 'westeurope-3'],
    osImage: 'Ubuntu 22.04.5 LTS',
    kernel: '5.15.0-1091-azure',
    runtime: 'containerd://1.7.27-1',
    kubelet: 'v1.32.6',
    os: 'linux',
    arch: 'amd64',
    volumes: 'attachable-volumes-azure-disk',
  },
  {
    name: 'aks-windows',
    provider: (id) =>
      `azure:///subscriptions/${uuid('subscription')}/resourceGroups/mc_example_westeurope/providers/` +
      `Microsoft.Compute/virtualMachineScaleSets/akswin/virtualMachines/${Number.parseInt(id.slice(0, 4), 16)}`,
    nodeName: (id) => `akswin${id.slice(0, 6)}`,
    zones: ['westeurope-1'],
    osImage: 'Windows Server 2022 Datacenter',
    kernel: '10.0.20348.3932',
    runtime: 'containerd://1.7.20+azure',
    kubelet: 'v1.32.6',
    os: 'windows',
    arch: 'amd64',
  },
  {
    name: 'openshift',
    provider: (id) => `vsphere://${uuid(id)}`,
    nodeName: (id) => `worker-${id.slice(0, 6)}.ocp.example.com`,
    zones: ['datacenter-1', 'datacenter-2'],
    osImage: 'Red Hat Enterprise Linux CoreOS 9.6.20250715-0 (Plow)',
    kernel: '5.14.0-570.28.1.el9_6.x86_64',
    runtime: 'cri-o://1.32.6-2.rhaos4.19.git1fc8f0e.el9',
    kubelet: 'v1.32.6',
    os: 'linux',
    arch: 'amd64',
    volumes: 'attachable-volumes-vsphere',
  },
  {
    name: 'openstack',
    provider: (id) => `openstack:///${uuid(id)}`,
    nodeName: (id) => `flatcar-${id.slice(0, 10)}`,
    zones: ['nova'],
    osImage: 'Flatcar Container Linux by Kinvolk 4230.2.1 (Oklo)',
    kernel: '6.6.95-flatcar',
    runtime: 'containerd://1.7.25',
    kubelet: 'v1.31.11',
    os: 'linux',
    arch: 'amd64',
    volumes: 'attachable-volumes-cinder',
  },
  {
    name: 'k3s',
    provider: (id) => `k3s://edge-${id.slice(0, 6)}`,
    nodeName: (id) => `edge-${id.slice(0, 6)}`,
    zones: ['plant-a', 'plant-b'],
    osImage: 'Debian GNU/Linux 12 (bookworm)',
    kernel: '6.12.34+rpt-rpi-2712',
    runtime: 'containerd://2.0.5-k3s2.32',
    kubelet: 'v1.32.6+k3s1',
    os: 'linux',
    arch: 'arm64',
  },
  {
    name: 'bare-metal',
    provider: () => '',
    nodeName: (id) =>
      `rack${Number.parseInt(id.slice(0, 1), 16)}-u${Number.parseInt(id.slice(1, 3), 16)}-${id.slice(3, 6)}`,
    zones: ['row-1', 'row-2', 'row-3'],
    osImage: 'Talos (v1.10.5)',
    kernel: '6.12.36-talos',
    runtime: 'containerd://2.0.5',
    kubelet: 'v1.33.2',
    os: 'linux',
    arch: 'amd64',
  },
  {
    name: 'mainframe',
    provider: (id) => `ibm://${id}///example/${id.slice(0, 8)}`,
    nodeName: (id) => `zvm-${id.slice(0, 8)}`,
    zones: ['lpar-1'],
    osImage: 'SUSE Linux Enterprise Server 15 SP6',
    kernel: '6.4.0-150600.23.53-default',
    runtime: 'containerd://1.7.27',
    kubelet: 'v1.30.14',
    os: 'linux',
    arch: 's390x',
  },
];

const sizes: Size[] = [
  {name: 'general-4', cpu: 4, gib: 16},
  {name: 'general-8', cpu: 8, gib: 32},
  {name: 'memory-16', cpu: 16, gib: 128, devices: {'hugepages-2Mi': '2Gi'}},
  {name: 'compute-64', cpu: 64, gib: 128, devices: {'hugepages-1Gi': '16Gi'}},
  {name: 'gpu-8', cpu: 96, gib: 1152, devices: {'nvidia.com/gpu': '8', 'vpc.amazonaws.com/efa': '4'}},
  {name: 'accelerator-2', cpu: 32, gib: 256, devices: {'accelerators.acme-internal.example/tensor-card': '2'}},
];

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
      allocatable: {...capacity, cpu: `${size.cpu * 1000 - 80}m`, memory: `${size.gib * 1024 * 1024 - 1_048_576}Ki`},
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
      images: images(id),
    },
  };
}

/** Creates nodes 0 to count - 1, with several writers: 5,000 in some seconds. */
export async function createNodes(apiserver: SharedApiserver, count: number, first = 0): Promise<void> {
  let next = first;
  const writer = async () => {
    while (next < count) {
      const {status, body} = await apiserver.request('POST', '/api/v1/nodes', realisticNode(next++));
      if (status !== 201) throw new Error(`a node was not created: ${status} ${JSON.stringify(body)}`);
    }
  };
  await Promise.all(Array.from({length: 16}, writer));
}

function capacityOf(platform: Platform, size: Size): Record<string, string> {
  return {
    cpu: String(size.cpu),
    memory: `${size.gib * 1024 * 1024 - 524_288}Ki`,
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

// The kubelet reports 50 images, each by digest and by tag: two thirds of a real node's size.
function images(id: string) {
  const names = [
    'inference-server',
    'feature-store',
    'model-registry',
    'log-shipper',
    'metrics-agent',
    'network-plugin',
    'dns-cache',
  ];
  return Array.from({length: 50}, (_, image) => {
    const digest = hash(`${id.slice(0, 2)} image ${image}`);
    const repository = `packages.acme-internal.example/team-${image % 9}/${names[image % names.length]}`;
    return {
      names: [`${repository}@sha256:${digest}`, `${repository}:v1.${image}.${Number.parseInt(digest.slice(0, 2), 16)}`],
      sizeBytes: 1_500_000_000 - image * 29_000_000 - Number.parseInt(digest.slice(0, 5), 16),
    };
  });
}

function pick<T>(choices: T[], id: string, place: number): T {
  return choices[Number.parseInt(id.slice(place * 4, place * 4 + 4), 16) % choices.length] as T;
}

// Six digits that look random and are never the same twice, which those of a cut hash would be: names depend on it.
// Multiplying by an odd number permutes the numbers below a power of two.
function scrambled(number: number): string {
  return ((number * 10_368_889) % 2 ** 24).toString(16).padStart(6, '0');
}

function uuid(text: string): string {
  return hash(text).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12}).*$/, '$1-$2-$3-$4-$5');
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
