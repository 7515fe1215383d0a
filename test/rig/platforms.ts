// The clouds, systems and machine sizes that the nodes of tests come from.
import {uuid} from './identities.ts';

/** A way to run Kubernetes, and what its nodes say of themselves. */
export interface Platform {
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

export interface Size {
  name: string;
  cpu: number;
  gib: number;
  devices?: Record<string, string>;
}

export const platforms: Platform[] = [
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

export const sizes: Size[] = [
  {name: 'general-4', cpu: 4, gib: 16},
  {name: 'general-8', cpu: 8, gib: 32},
  {name: 'memory-16', cpu: 16, gib: 128, devices: {'hugepages-2Mi': '2Gi'}},
  {name: 'compute-64', cpu: 64, gib: 128, devices: {'hugepages-1Gi': '16Gi'}},
  {name: 'gpu-8', cpu: 96, gib: 1152, devices: {'nvidia.com/gpu': '8', 'vpc.amazonaws.com/efa': '4'}},
  {name: 'accelerator-2', cpu: 32, gib: 256, devices: {'accelerators.acme-internal.example/tensor-card': '2'}},
];
