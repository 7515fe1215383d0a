import {deviceLabels} from './devices.ts';

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

const known: ReadonlySet<string> = new Set([...kubernetes, ...deviceLabels.keys()]);

/** Sizes that Linux offers on some architecture (Documentation/admin-guide/mm/hugetlbpage.rst), as Kubernetes writes them. */
const hugePages = /^hugepages-(16Ki|64Ki|256Ki|512Ki|[1248]Mi|16Mi|32Mi|64Mi|256Mi|512Mi|1Gi|2Gi|16Gi)$/;

/** Whether the resource name says nothing about whose cluster it is. */
export function isKnownResource(name: string): boolean {
  return known.has(name) || hugePages.test(name);
}
