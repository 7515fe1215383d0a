import type {Column, FactsOf} from '../columns.ts';

const version = {type: 'word', unit: 'clusters', isVersion: true} as const;
export const notCollected = 'What a level does not collect is sent as 0, as if there were none.';
/** Counts that a cluster of a lower level, or without the feature, has none of. */
const count = {type: 'amount', few: true, note: notCollected} as const;

/** What statistics keep of a cluster that Hodometer reports, and day; see columns.ts. In the order of the questions. */
export const hodometerColumns = [
  {
    ...version,
    name: 'version',
    listed: 'seldon',
    from: ['collector_version'],
    title: 'Core 2 version',
    note: 'By the tag that Hodometer’s image was built with; latest where it was built without one. The version of Seldon Core that it sends is the same in every release.',
  },
  {
    ...version,
    name: 'kubernetes',
    from: ['kubernetes_version'],
    title: 'Kubernetes under Core 2',
    listed: 'kubernetes',
  },
  {
    name: 'seen',
    type: 'seen',
    unit: 'clusters',
    from: ['cluster_id'],
    title: 'Core 2 clusters seen on several days, and on one',
    note: 'Unless CLUSTER_ID is set, Hodometer has a new ID with each pod: one that was seen on one day only may be a cluster that is counted already.',
  },
  {...count, name: 'models', unit: 'models', from: ['model_count'], title: 'Models in total'},
  {...count, name: 'pipelines', unit: 'pipelines', from: ['pipeline_count'], title: 'Pipelines in total'},
  {...count, name: 'experiments', unit: 'experiments', from: ['experiment_count'], title: 'Experiments in total'},
  {...count, name: 'servers', unit: 'servers', from: ['server_count'], title: 'Servers in total'},
  {...count, name: 'replicas', unit: 'replicas', from: ['server_replica_count'], title: 'Server replicas in total'},
  {
    ...count,
    name: 'multimodel',
    unit: 'replicas',
    from: ['multimodel_enabled_count'],
    title: 'Replicas with several models in total',
  },
  {
    ...count,
    name: 'overcommit',
    unit: 'replicas',
    from: ['overcommit_enabled_count'],
    title: 'Replicas with overcommit in total',
  },
  {...count, name: 'memory', unit: 'MiB', from: ['server_memory_gb_sum'], title: 'Memory of servers in total'},
  {
    name: 'clamped',
    type: 'flag',
    unit: 'clusters',
    from: ['model_count', 'server_replica_count', 'server_memory_gb_sum'],
    title: 'Core 2 clusters with values that can’t be true',
    note: 'Such values are cut to what is possible before anything is added up.',
  },
] as const satisfies readonly Column[];

export type EventFacts = FactsOf<(typeof hodometerColumns)[number]>;
