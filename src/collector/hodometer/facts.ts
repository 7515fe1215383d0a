import type {EventFacts} from './columns.ts';

/** The properties of an event as it is stored, by their names (report/hodometer/properties.ts). */
export type StoredEvent = Readonly<Record<string, string | number>>;

/** More than any cluster has: a larger value is a mistake or a lie, and would drown every sum. */
const most = {
  models: 1_000_000,
  pipelines: 1_000_000,
  experiments: 1_000_000,
  servers: 100_000,
  replicas: 1_000_000,
  multimodel: 1_000_000,
  overcommit: 1_000_000,
  /** MiB: 8 PiB, as for a whole cluster of the other kind. */
  memory: 2 ** 33,
};

/** server_memory_gb_sum counts 10^9 bytes as one. */
const mebibytesAGigabyte = 1e9 / 2 ** 20;

/** What statistics keep of an event. Versions outside the forms of releases become `other`: anybody may send anything. */
export function eventFacts(event: StoredEvent): EventFacts {
  let clamped = false;
  const amount = (of: keyof typeof most, property: string, times = 1) => {
    const value = Number(event[property] ?? 0) * times;
    clamped ||= value > most[of];
    return Math.round(Math.min(value, most[of]));
  };
  const amounts = {
    models: amount('models', 'model_count'),
    pipelines: amount('pipelines', 'pipeline_count'),
    experiments: amount('experiments', 'experiment_count'),
    servers: amount('servers', 'server_count'),
    replicas: amount('replicas', 'server_replica_count'),
    multimodel: amount('multimodel', 'multimodel_enabled_count'),
    overcommit: amount('overcommit', 'overcommit_enabled_count'),
    memory: amount('memory', 'server_memory_gb_sum', mebibytesAGigabyte),
  };
  return {
    version: released(String(event.collector_version ?? '')),
    kubernetes: kubernetes(String(event.kubernetes_version ?? '')),
    ...amounts,
    clamped,
  };
}

/** `2.8.5` and `v2.8.5` are one release; `latest` is what an image is called that was built without a tag. */
function released(tag: string): string {
  if (tag === '') return 'unknown';
  return /^v?(\d{1,2}\.\d{1,3}\.\d{1,3})(?:[+-]|$)/.exec(tag)?.[1] ?? (tag === 'latest' ? tag : 'other');
}

/** Kubernetes' minor version as it is or soon may be. It is empty where Hodometer could not find it out. */
function kubernetes(version: string): string {
  if (version === '') return 'unknown';
  return /^v?([12]\.(?:0|[1-9]\d?))(?:[.+-]|$)/.exec(version)?.[1] ?? 'other';
}
