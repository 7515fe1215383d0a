/**
 * Resource names that say nothing about whose cluster it is. Exact names, no wildcards: operators choose names such as
 * `intel.com/…` freely (the SR-IOV plugin's configuration does), and a company's own domain identifies it.
 */

const kubernetes = [
  'cpu',
  'memory',
  'pods',
  'ephemeral-storage',
  'attachable-volumes-aws-ebs',
  'attachable-volumes-gce-pd',
  'attachable-volumes-azure-disk',
  'attachable-volumes-cinder',
  'alpha.kubernetes.io/nvidia-gpu',
] as const;

/** A device that a node offers, by the name that its vendor's device plugin registers. */
export interface Device {
  readonly resource: string;
  /** What people call it. */
  readonly label: string;
  /** The repository or document that defines the name. */
  readonly source: string;
}

const nvidia = 'NVIDIA/k8s-device-plugin';
const intel = 'intel/intel-device-plugins-for-kubernetes';
const neuron = 'aws-neuron/aws-neuron-sdk';

/** MIG slices of the strategy `mixed`, for A30, A100, H100, H200, B200: fixed by the hardware, not by the operator. */
const migProfiles = [
  ...['1g.5gb', '1g.5gb.me', '2g.10gb', '3g.20gb', '4g.20gb', '7g.40gb'],
  ...['1g.6gb', '1g.6gb.me', '2g.12gb', '2g.12gb.me', '4g.24gb'],
  ...['1g.10gb', '1g.10gb.me', '1g.20gb', '2g.20gb', '3g.40gb', '4g.40gb', '7g.80gb'],
  ...['1g.12gb', '1g.12gb.me', '1g.24gb', '2g.24gb', '3g.48gb', '4g.48gb', '7g.96gb'],
  ...['1g.18gb', '1g.18gb.me', '1g.35gb', '2g.35gb', '3g.71gb', '4g.71gb', '7g.141gb'],
  ...['1g.23gb', '1g.23gb.me', '1g.45gb', '2g.45gb', '3g.90gb', '4g.90gb', '7g.180gb'],
];

/** Well-known devices, one row a name. */
export const devices: readonly Device[] = [
  {resource: 'alpha.kubernetes.io/nvidia-gpu', label: 'NVIDIA GPU', source: 'kubernetes/kubernetes before 1.11'},
  {resource: 'nvidia.com/gpu', label: 'NVIDIA GPU', source: nvidia},
  {resource: 'nvidia.com/gpu.shared', label: 'NVIDIA GPU, time-shared', source: nvidia},
  ...migProfiles.map((profile) => ({
    resource: `nvidia.com/mig-${profile}`,
    label: `NVIDIA MIG ${profile}`,
    source: nvidia,
  })),
  {resource: 'amd.com/gpu', label: 'AMD GPU', source: 'ROCm/k8s-device-plugin'},
  {resource: 'gpu.intel.com/i915', label: 'Intel GPU', source: intel},
  {resource: 'gpu.intel.com/xe', label: 'Intel GPU', source: intel},
  {resource: 'npu.intel.com/accel', label: 'Intel NPU', source: intel},
  {resource: 'qat.intel.com/generic', label: 'Intel QAT', source: intel},
  {resource: 'qat.intel.com/cy', label: 'Intel QAT crypto', source: intel},
  {resource: 'qat.intel.com/dc', label: 'Intel QAT compression', source: intel},
  {resource: 'sgx.intel.com/enclave', label: 'Intel SGX enclaves', source: intel},
  {resource: 'sgx.intel.com/provision', label: 'Intel SGX provisioning', source: intel},
  {resource: 'sgx.intel.com/epc', label: 'Intel SGX memory', source: intel},
  {resource: 'dlb.intel.com/pf', label: 'Intel DLB', source: intel},
  {resource: 'dlb.intel.com/vf', label: 'Intel DLB', source: intel},
  {resource: 'habana.ai/gaudi', label: 'Intel Gaudi', source: 'docs.habana.ai, Kubernetes device plugin'},
  {resource: 'habana.ai/goya', label: 'Habana Goya', source: 'docs.habana.ai, Kubernetes device plugin'},
  {resource: 'aws.amazon.com/neuron', label: 'AWS Neuron', source: neuron},
  {resource: 'aws.amazon.com/neuroncore', label: 'AWS Neuron core', source: neuron},
  {resource: 'aws.amazon.com/neurondevice', label: 'AWS Neuron device', source: neuron},
  {resource: 'vpc.amazonaws.com/efa', label: 'AWS EFA', source: 'aws/eks-charts, aws-efa-k8s-device-plugin'},
  {resource: 'google.com/tpu', label: 'Google TPU', source: 'cloud.google.com/kubernetes-engine, TPUs in GKE'},
  {
    resource: 'cloud-tpus.google.com/v2',
    label: 'Google TPU v2',
    source: 'cloud.google.com/kubernetes-engine, TPUs in GKE',
  },
  {
    resource: 'cloud-tpus.google.com/v3',
    label: 'Google TPU v3',
    source: 'cloud.google.com/kubernetes-engine, TPUs in GKE',
  },
  {resource: 'huawei.com/Ascend310', label: 'Huawei Ascend 310', source: 'Ascend/ascend-device-plugin'},
  {resource: 'huawei.com/Ascend310P', label: 'Huawei Ascend 310P', source: 'Ascend/ascend-device-plugin'},
  {resource: 'huawei.com/Ascend910', label: 'Huawei Ascend 910', source: 'Ascend/ascend-device-plugin'},
  {resource: 'cambricon.com/mlu', label: 'Cambricon MLU', source: 'Cambricon/cambricon-k8s-device-plugin'},
  {resource: 'qualcomm.com/qaic', label: 'Qualcomm Cloud AI', source: 'quic/cloud-ai-sdk'},
  {resource: 'furiosa.ai/warboy', label: 'Furiosa Warboy', source: 'furiosa-ai/furiosa-device-plugin'},
  {resource: 'furiosa.ai/rngd', label: 'Furiosa RNGD', source: 'furiosa-ai/furiosa-device-plugin'},
];

/** Labels of well-known devices by resource name. */
export const deviceLabels: ReadonlyMap<string, string> = new Map(devices.map(({resource, label}) => [resource, label]));

const known: ReadonlySet<string> = new Set([...kubernetes, ...deviceLabels.keys()]);

/** Sizes that Linux offers on some architecture (Documentation/admin-guide/mm/hugetlbpage.rst), as Kubernetes writes them. */
const hugePages = /^hugepages-(16Ki|64Ki|256Ki|512Ki|[1248]Mi|16Mi|32Mi|64Mi|256Mi|512Mi|1Gi|2Gi|16Gi)$/;

/** Whether the resource name says nothing about whose cluster it is. */
export function isKnownResource(name: string): boolean {
  return known.has(name) || hugePages.test(name);
}
