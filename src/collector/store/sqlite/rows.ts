import type {ClusterFacts} from '../../facts.ts';

/** Columns of a cluster's row of a day behind its key, as the table has them; then come the mark and the number. */
export const columns = [
  ...['kubernetes', 'seldon', 'provider', 'architecture', 'os', 'runtime', 'device'],
  ...['nodes', 'cpu', 'memory', 'devices', 'clamped'],
];

/** The row of a cluster and day, without its mark and number. */
export function rowOf(day: number, cluster: number, f: ClusterFacts) {
  return [
    ...[day, cluster, f.kubernetes, f.seldon, f.provider, f.architecture, f.os, f.runtime, f.device],
    ...[f.nodes, f.cpu, f.memory, f.devices, f.clamped ? 1 : 0],
  ];
}
