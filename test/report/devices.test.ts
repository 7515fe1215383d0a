import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {deviceLabels, devices} from '../../src/report/devices.ts';
import {isKnownResource} from '../../src/report/resources.ts';

const labels: [resource: string, label: string][] = [
  ['nvidia.com/gpu', 'NVIDIA GPU'],
  ['nvidia.com/gpu.shared', 'NVIDIA GPU, time-shared'],
  ['nvidia.com/mig-3g.47gb', 'NVIDIA MIG 3g.47gb'],
  ['nvidia.com/mig-1g.10gb.me', 'NVIDIA MIG 1g.10gb+me'],
  ['nvidia.com/mig-1g.24gb.me.all', 'NVIDIA MIG 1g.24gb+me.all'],
  ['nvidia.com/mig-2g.48gb.gfx', 'NVIDIA MIG 2g.48gb+gfx'],
  ['nvidia.com/mig-1g.24gb-me', 'NVIDIA MIG 1g.24gb-me'],
  ['nvidia.com/mig-1g.5gb.shared', 'NVIDIA MIG 1g.5gb, time-shared'],
  ['nvidia.com/mig-1g.24gb.me.all.shared', 'NVIDIA MIG 1g.24gb+me.all, time-shared'],
  ['amd.com/cpx_nps4', 'AMD GPU partition CPX NPS4'],
];
for (const [resource, label] of labels) {
  test(`${resource} is called ${label}`, () => assert.is(deviceLabels.get(resource), label));
}

// NVIDIA's MIG User Guide, Supported MIG Profiles; for B300, GB200 and GH200 with 144GB its GPU Operator.
const cards: [card: string, profiles: string][] = [
  ['A30', '1g.6gb 1g.6gb+me 2g.12gb 2g.12gb+me 4g.24gb'],
  ['A100 40GB', '1g.5gb 1g.5gb+me 1g.10gb 2g.10gb 3g.20gb 4g.20gb 7g.40gb'],
  ['A100 and H100 80GB', '1g.10gb 1g.10gb+me 1g.20gb 2g.20gb 3g.40gb 4g.40gb 7g.80gb'],
  ['H100 NVL', '1g.12gb 1g.12gb+me 1g.24gb 2g.24gb 3g.47gb 4g.47gb 7g.94gb'],
  ['GH200 with 96GB, H20', '1g.12gb 1g.12gb+me 1g.24gb 2g.24gb 3g.48gb 4g.48gb 7g.96gb'],
  ['GH200 with 144GB', '1g.18gb 1g.18gb+me 1g.36gb 2g.36gb 3g.72gb 4g.72gb 7g.144gb'],
  ['H200', '1g.18gb 1g.18gb+me 1g.35gb 2g.35gb 3g.71gb 4g.71gb 7g.141gb'],
  ['B200', '1g.23gb 1g.23gb+me 1g.45gb 2g.45gb 3g.90gb 4g.90gb 7g.180gb'],
  ['GB200', '1g.23gb 1g.23gb+me 1g.47gb 2g.47gb 3g.93gb 4g.93gb 7g.186gb'],
  ['GB200, older drivers', '1g.24gb 1g.24gb+me 1g.47gb 2g.47gb 3g.95gb 4g.95gb 7g.189gb'],
  ['B300', '1g.34gb 1g.34gb+me 1g.67gb 2g.67gb 3g.135gb 4g.135gb 7g.269gb'],
  ['GB300', '1g.35gb 1g.35gb+me 1g.70gb 2g.70gb 3g.139gb 4g.139gb 7g.278gb'],
  ['RTX PRO 5000', '1g.12gb 1g.12gb+me 1g.12gb+gfx 1g.12gb-me 2g.24gb-me 4g.48gb 4g.48gb+gfx'],
  [
    'RTX PRO 6000',
    '1g.24gb 1g.24gb+me 1g.24gb+gfx 1g.24gb+me.all 1g.24gb-me 2g.48gb 2g.48gb+gfx 2g.48gb+me.all 2g.48gb-me 4g.96gb 4g.96gb+gfx',
  ],
];
for (const [card, profiles] of cards) {
  test(`the MIG profiles of ${card} are known, time-shared too`, () => {
    for (const profile of profiles.split(' ')) {
      const resource = `nvidia.com/mig-${profile.replaceAll('+', '.')}`;
      assert.ok(isKnownResource(resource), resource);
      assert.ok(isKnownResource(`${resource}.shared`), `${resource}.shared`);
    }
  });
}

// As the vendors' plugins write them now.
const names = [
  ...['amd.com/gpu', 'amd.com/gpu_vf', 'amd.com/gpu_pf', 'amd.com/spx_nps1', 'amd.com/dpx_nps2', 'amd.com/cpx_nps8'],
  ...['gpu.intel.com/i915', 'gpu.intel.com/xe', 'gpu.intel.com/i915_monitoring', 'gpu.intel.com/xe_monitoring'],
  ...['gpu.intel.com/millicores', 'gpu.intel.com/memory.max', 'gpu.intel.com/tiles', 'npu.intel.com/accel'],
  ...['qat.intel.com/sym', 'qat.intel.com/asym', 'qat.intel.com/sym-dc', 'qat.intel.com/asym-dc'],
  ...['dsa.intel.com/wq-user-dedicated', 'dsa.intel.com/wq-user-shared', 'iaa.intel.com/wq-user-shared'],
  ...['habana.ai/gaudi', 'habana.ai/goya', 'habana.ai/greco', 'google.com/tpu', 'cloud-tpus.google.com/preemptible-v3'],
  ...['aws.amazon.com/neuron', 'aws.amazon.com/neuroncore', 'aws.amazon.com/neurondevice'],
];
for (const name of names) test(`${name} is known`, () => assert.ok(isKnownResource(name)));

test('every device has a label, a source and a name of its own', () => {
  assert.is(new Set(devices.map(({resource}) => resource)).size, devices.length);
  for (const {resource, label, source} of devices) {
    assert.ok(label && source, resource);
    assert.match(resource, /^[a-z.-]+\/[A-Za-z0-9._-]+$/);
    assert.is(deviceLabels.get(resource), label);
    assert.ok(isKnownResource(resource), resource);
  }
});

test.run();
