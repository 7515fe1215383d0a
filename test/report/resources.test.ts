import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {isKnownResource} from '../../src/report/resources.ts';

const known = [
  ...['cpu', 'memory', 'pods', 'ephemeral-storage'],
  ...['hugepages-2Mi', 'hugepages-1Gi', 'hugepages-64Ki', 'hugepages-16Gi'],
  ...['attachable-volumes-aws-ebs', 'attachable-volumes-gce-pd', 'attachable-volumes-azure-disk'],
  ...['attachable-volumes-cinder', 'alpha.kubernetes.io/nvidia-gpu'],
  ...['nvidia.com/gpu', 'nvidia.com/gpu.shared', 'nvidia.com/mig-1g.5gb', 'amd.com/gpu', 'gpu.intel.com/i915'],
  ...['habana.ai/gaudi', 'aws.amazon.com/neuron', 'google.com/tpu'],
];
for (const name of known) test(`${name} is known`, () => assert.ok(isKnownResource(name)));

const withheld = [
  ...['', 'CPU', 'cpu ', ' cpu', 'cpu\n', 'storage'],
  ...['hugepages-', 'hugepages-3Mi', 'hugepages-2Mi ', 'hugepages-2Mi\n', 'hugepages-acme', 'xhugepages-2Mi'],
  ...['attachable-volumes-csi-acme.example', 'attachable-volumes-aws-ebs-acme', 'attachable-volumes-'],
  ...['nvidia.com/mig-1g.7gb', 'nvidia.com/mig-5g.40gb', 'nvidia.com/mig-1g.5gb+me', 'nvidia.com/mig-1g.5gb.acme'],
  ...['nvidia.com/mig-1g.5gb.shared.shared', 'nvidia.com/mig-7g.80gb.me', 'amd.com/cpx', 'amd.com/cpx_nps3'],
  ...['amd.com/acme_nps1', 'gpu.intel.com/acme', 'google.com/tpu.shared', 'nvidia.com/gpu.shared.acme'],
  ...['nvidia.com/gpu-acme', 'nvidia.com/acme', 'nvidia.com/GPU', 'nvidia.com/mig-acme', 'acme.nvidia.com/gpu'],
  ...['intel.com/acme_netdevice', 'intel.com/sriov', 'example.com/gpu', 'accelerators.acme-internal.example/card'],
  ...['constructor', '__proto__', 'toString'],
];
for (const name of withheld) {
  test(`${JSON.stringify(name)} is withheld`, () => assert.not.ok(isKnownResource(name)));
}

test.run();
