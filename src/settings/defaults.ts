import {settingRow} from './table.ts';

/** Defaults of flags that are no settings, for whoever needs one: the flag, its help, the collector, a manifest. */
export const defaults = {
  /** Clusters of the smallest group that is told by itself. */
  minCell: 10,
  /** How long reports are kept, as Go writes it. */
  keep: '720h',
  /** Days that the rows of clusters are kept. */
  keepDays: 400,
  /** New clusters of a network and day that are ranked at once. */
  newClusters: 100,
  /** Reports that may wait for a sink: a day of a million clusters. */
  queueLimit: 1_000_000,
  /** The largest report, as Kubernetes writes it. */
  maxBody: '16Mi',
} as const;

/** Where `serve` shows its statistics, unless it is told otherwise. */
export const dashboardUrl = `http://${settingRow('admin-listen').default}`;
