import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {deviceLabels, devices, isKnownResource} from '../../src/report/resources.ts';

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
  ...['nvidia.com/gpu-acme', 'nvidia.com/acme', 'nvidia.com/GPU', 'nvidia.com/mig-acme', 'acme.nvidia.com/gpu'],
  ...['intel.com/acme_netdevice', 'intel.com/sriov', 'example.com/gpu', 'accelerators.acme-internal.example/card'],
  ...['constructor', '__proto__', 'toString'],
];
for (const name of withheld) {
  test(`${JSON.stringify(name)} is withheld`, () => assert.not.ok(isKnownResource(name)));
}

test('every device has a label, a source and a name of its own', () => {
  assert.is(new Set(devices.map(({resource}) => resource)).size, devices.length);
  for (const {resource, label, source} of devices) {
    assert.ok(label && source, resource);
    assert.not.match(resource, /[*?]/);
    assert.is(deviceLabels.get(resource), label);
    assert.ok(isKnownResource(resource), resource);
  }
});

test.run();
