/** The clouds that Spartakus tells apart; anything else could be a company's own name. */
export const cloudProviders: ReadonlySet<string> = new Set([
  'aws',
  'azure',
  'cloudstack',
  'gce',
  'mesos',
  'openstack',
  'ovirt',
  'photon',
  'rackspace',
  'vsphere',
]);

/** The cloud of a node: the scheme of its `spec.providerID` if that is well known and the ID has one `://`, else `unknown`. */
export function cloudProvider(providerID: string): string {
  const end = providerID.indexOf('://');
  if (end === -1 || providerID.includes('://', end + 3)) return 'unknown';
  const scheme = providerID.slice(0, end);
  return cloudProviders.has(scheme) ? scheme : 'unknown';
}
