import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {cloudProvider, cloudProviders} from '../../src/report/provider.ts';

const cases: [providerID: string, provider: string][] = [
  ['', 'unknown'],
  ['aws', 'unknown'],
  ['aws:', 'unknown'],
  ['aws:/eu-west-1', 'unknown'],
  ['aws://', 'aws'],
  ['aws:///eu-west-1a/i-0123456789abcdef0', 'aws'],
  ['azure:///subscriptions/x/resourceGroups/y', 'azure'],
  ['gce://project/zone/instance', 'gce'],
  ['vsphere://4211-22', 'vsphere'],
  ['openstack:///uuid', 'openstack'],
  ['AWS://x', 'unknown'],
  [' aws://x', 'unknown'],
  ['://x', 'unknown'],
  ['acme-cloud://rack-7', 'unknown'],
  ['k3s://node', 'unknown'],
  ['kind://docker/kind/node', 'unknown'],
  ['aws://a://b', 'unknown'],
  ['aws://://', 'unknown'],
  ['aws:////', 'aws'],
  ['constructor://x', 'unknown'],
  ['__proto__://x', 'unknown'],
];
for (const [providerID, provider] of cases) {
  test(`${JSON.stringify(providerID)} is ${provider}`, () => assert.is(cloudProvider(providerID), provider));
}

test('the clouds are those of Spartakus', () => {
  const names = 'aws azure cloudstack gce mesos openstack ovirt photon rackspace vsphere';
  assert.equal([...cloudProviders].sort(), names.split(' '));
});

test.run();
