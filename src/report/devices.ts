import {migProfiles, migResource} from './mig.ts';

/** A device that a node offers, by the name that its vendor's device plugin registers. */
export interface Device {
  readonly resource: string;
  /** What people call it. */
  readonly label: string;
  /** The repository or document that defines the name. */
  readonly source: string;
}

const nvidia = 'NVIDIA/k8s-device-plugin';
const amd = 'ROCm/k8s-device-plugin, docs/user-guide/configuration.md';
const intel = 'intel/intel-device-plugins-for-kubernetes';
const habana = 'docs.habana.ai, Kubernetes device plugin';
const neuron = 'awsdocs-neuron.readthedocs-hosted.com, Neuron device plugin';
const gke = 'cloud.google.com/kubernetes-engine, TPUs in GKE';
const cloudTpu = 'cloud.google.com/tpu, Cloud TPU nodes in GKE before 1.27';
const ascend = 'Ascend/ascend-device-plugin';
const furiosa = 'furiosa-ai/furiosa-device-plugin';

/**
 * Time-slicing and MPS give a resource the suffix `.shared` where the operator asks for it (`renameByDefault`), a MIG
 * slice like a whole card.
 */
const nvidiaDevices: Device[] = [
  {resource: 'nvidia.com/gpu', label: 'NVIDIA GPU', source: nvidia},
  ...migProfiles.map(({profile, source}) => ({
    resource: migResource(profile),
    label: `NVIDIA MIG ${profile}`,
    source,
  })),
].flatMap(({resource, label, source}) => [
  {resource, label, source},
  {resource: `${resource}.shared`, label: `${label}, time-shared`, source: nvidia},
]);

/** With the naming strategy `mixed` a partition is named by its compute and its memory mode. */
const amdPartitions: Device[] = ['spx', 'dpx', 'tpx', 'qpx', 'cpx'].flatMap((compute) =>
  ['nps1', 'nps2', 'nps4', 'nps8'].map((memory) => ({
    resource: `amd.com/${compute}_${memory}`,
    label: `AMD GPU partition ${compute.toUpperCase()} ${memory.toUpperCase()}`,
    source: amd,
  })),
);

const rows: readonly (readonly [resource: string, label: string, source: string])[] = [
  ['amd.com/gpu', 'AMD GPU', amd],
  ['amd.com/gpu_vf', 'AMD GPU, virtual function', amd],
  ['amd.com/gpu_pf', 'AMD GPU, physical function', amd],
  ['gpu.intel.com/i915', 'Intel GPU', intel],
  ['gpu.intel.com/xe', 'Intel GPU', intel],
  ['gpu.intel.com/i915_monitoring', 'Intel GPU monitoring', intel],
  ['gpu.intel.com/xe_monitoring', 'Intel GPU monitoring', intel],
  ['gpu.intel.com/millicores', 'Intel GPU, thousandths', intel],
  ['gpu.intel.com/memory.max', 'Intel GPU memory', intel],
  ['gpu.intel.com/tiles', 'Intel GPU tile', intel],
  ['npu.intel.com/accel', 'Intel NPU', intel],
  ['qat.intel.com/generic', 'Intel QAT', intel],
  ['qat.intel.com/cy', 'Intel QAT crypto', intel],
  ['qat.intel.com/dc', 'Intel QAT compression', intel],
  ['qat.intel.com/sym', 'Intel QAT symmetric crypto', intel],
  ['qat.intel.com/asym', 'Intel QAT asymmetric crypto', intel],
  ['qat.intel.com/sym-dc', 'Intel QAT symmetric crypto and compression', intel],
  ['qat.intel.com/asym-dc', 'Intel QAT asymmetric crypto and compression', intel],
  ['dsa.intel.com/wq-user-dedicated', 'Intel DSA work queue', intel],
  ['dsa.intel.com/wq-user-shared', 'Intel DSA work queue, shared', intel],
  ['iaa.intel.com/wq-user-dedicated', 'Intel IAA work queue', intel],
  ['iaa.intel.com/wq-user-shared', 'Intel IAA work queue, shared', intel],
  ['sgx.intel.com/enclave', 'Intel SGX enclaves', intel],
  ['sgx.intel.com/provision', 'Intel SGX provisioning', intel],
  ['sgx.intel.com/epc', 'Intel SGX memory', intel],
  ['dlb.intel.com/pf', 'Intel DLB', intel],
  ['dlb.intel.com/vf', 'Intel DLB', intel],
  ['habana.ai/gaudi', 'Intel Gaudi', habana],
  ['habana.ai/goya', 'Habana Goya', habana],
  ['habana.ai/greco', 'Habana Greco', habana],
  ['aws.amazon.com/neuron', 'AWS Neuron', neuron],
  ['aws.amazon.com/neuroncore', 'AWS Neuron core', neuron],
  ['aws.amazon.com/neurondevice', 'AWS Neuron device', neuron],
  ['vpc.amazonaws.com/efa', 'AWS EFA', 'aws/eks-charts, aws-efa-k8s-device-plugin'],
  ['google.com/tpu', 'Google TPU', gke],
  ['cloud-tpus.google.com/v2', 'Google TPU v2', cloudTpu],
  ['cloud-tpus.google.com/preemptible-v2', 'Google TPU v2, preemptible', cloudTpu],
  ['cloud-tpus.google.com/v3', 'Google TPU v3', cloudTpu],
  ['cloud-tpus.google.com/preemptible-v3', 'Google TPU v3, preemptible', cloudTpu],
  ['huawei.com/Ascend310', 'Huawei Ascend 310', ascend],
  ['huawei.com/Ascend310P', 'Huawei Ascend 310P', ascend],
  ['huawei.com/Ascend910', 'Huawei Ascend 910', ascend],
  ['cambricon.com/mlu', 'Cambricon MLU', 'Cambricon/cambricon-k8s-device-plugin'],
  ['qualcomm.com/qaic', 'Qualcomm Cloud AI', 'quic/cloud-ai-sdk'],
  ['furiosa.ai/warboy', 'Furiosa Warboy', furiosa],
  ['furiosa.ai/rngd', 'Furiosa RNGD', furiosa],
];

/** Well-known devices, one a name. */
export const devices: readonly Device[] = [
  {resource: 'alpha.kubernetes.io/nvidia-gpu', label: 'NVIDIA GPU', source: 'kubernetes/kubernetes before 1.11'},
  ...nvidiaDevices,
  ...amdPartitions,
  ...rows.map(([resource, label, source]) => ({resource, label, source})),
];

/** Labels of well-known devices by resource name. */
export const deviceLabels: ReadonlyMap<string, string> = new Map(devices.map(({resource, label}) => [resource, label]));
