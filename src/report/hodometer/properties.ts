/** What Hodometer collects, from least to most; each level includes those before it. */
export const levels = ['cluster', 'resource', 'feature'] as const;

export type Level = (typeof levels)[number];

/** A property of the event that Hodometer sends. */
export interface Property {
  readonly name: string;
  /** From which level on it is filled. */
  readonly level: 'always' | Level;
  readonly type: 'text' | 'unsigned' | 'float';
  /** A value that it has in every release, whatever the cluster is like. */
  readonly constant?: string | number;
}

/** Name of the one event. */
export const eventName = 'collect metrics';

/**
 * The properties of the event in their levels: the allow-list of whoever shows or receives one. All are in every event; a
 * number below its level is 0, so that not collected looks like none (read in tags v2.0.0 to v2.10.2 of Seldon Core).
 */
export const properties: readonly Property[] = [
  {name: 'collector_version', level: 'always', type: 'text'},
  {name: 'collector_git_commit', level: 'always', type: 'text'},
  {name: 'cluster_id', level: 'cluster', type: 'text'},
  {name: 'seldon_core_version', level: 'cluster', type: 'text', constant: '0.0.1'},
  {name: 'kubernetes_version', level: 'cluster', type: 'text'},
  {name: 'model_count', level: 'resource', type: 'unsigned'},
  {name: 'pipeline_count', level: 'resource', type: 'unsigned'},
  {name: 'experiment_count', level: 'resource', type: 'unsigned'},
  {name: 'server_count', level: 'resource', type: 'unsigned'},
  {name: 'server_replica_count', level: 'resource', type: 'unsigned'},
  {name: 'multimodel_enabled_count', level: 'feature', type: 'unsigned'},
  {name: 'overcommit_enabled_count', level: 'feature', type: 'unsigned'},
  {name: 'gpu_enabled_count', level: 'feature', type: 'unsigned', constant: 0},
  {name: 'server_cpu_cores_sum', level: 'feature', type: 'float', constant: 0},
  {name: 'server_memory_gb_sum', level: 'feature', type: 'float'},
];

/** What becomes of the properties at a level: those that are filled, always the same, and not collected. */
export interface AtLevel {
  readonly filled: readonly Property[];
  readonly constant: readonly Property[];
  readonly zero: readonly Property[];
}

/** The properties as an event of the level has them. */
export function propertiesAt(level: Level): AtLevel {
  const reached = ({level: from}: Property) => from === 'always' || levels.indexOf(from) <= levels.indexOf(level);
  const collected = properties.filter(reached);
  return {
    filled: collected.filter(({constant}) => constant === undefined),
    constant: collected.filter(({constant}) => constant !== undefined),
    zero: properties.filter((one) => !reached(one)),
  };
}
