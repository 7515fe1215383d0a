/** What each property of the event tells, for people; the names are those of properties.ts. */
export const meanings: Readonly<Record<string, string>> = {
  collector_version: 'tag of Hodometer’s image',
  collector_git_commit: 'commit that it was built from',
  cluster_id: 'a new one with each pod, unless CLUSTER_ID is set',
  seldon_core_version: 'the same in every release',
  kubernetes_version: 'of the API server; empty if not found out',
  model_count: 'models that are not deleted',
  pipeline_count: 'pipelines that are being made, or ready',
  experiment_count: 'active experiments',
  server_count: 'servers with replicas',
  server_replica_count: 'replicas of servers',
  multimodel_enabled_count: 'replicas with several models, or overcommit',
  overcommit_enabled_count: 'replicas with overcommit',
  gpu_enabled_count: 'never set: always 0',
  server_cpu_cores_sum: 'never set: always 0',
  server_memory_gb_sum: 'memory of the replicas, in 10^9 bytes',
};
