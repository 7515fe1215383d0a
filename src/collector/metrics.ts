import {Counter, Gauge, Registry} from 'prom-client';
import type {Counts} from './messages.ts';
import type {Reader} from './store/contract.ts';
import {StoreTrouble} from './store/trouble.ts';

/** The metrics of a collector in Prometheus' text format. Statistics of clusters are not among them. */
export function metrics(counts: Counts, reader: () => Promise<Reader>): {type: string; text(): Promise<string>} {
  const registry = new Registry();
  const registers = [registry];
  const counter = (name: string, help: string, value: () => number) =>
    new Counter({
      name: `seldon_usage_${name}`,
      help,
      registers,
      collect() {
        this.reset();
        this.inc(value());
      },
    });
  const gauge = (name: string, help: string, value: () => number | Promise<number>) =>
    new Gauge({
      name: `seldon_usage_${name}`,
      help,
      registers,
      async collect() {
        this.set(await value());
      },
    });
  const sum = (value: (tally: Counts['ingest'][number]) => number) => () =>
    counts.ingest.reduce((total, tally) => total + value(tally), 0);

  counter(
    'http_requests_total',
    'Requests to the public listener.',
    sum(({requests}) => requests),
  );
  counter(
    'reports_accepted_total',
    'Reports that are on disk and were answered with 204.',
    sum(({accepted}) => accepted),
  );
  counter(
    'events_accepted_total',
    'Events of Hodometer that are on disk, of this request or an earlier one, and were answered with 200.',
    sum(({events}) => events),
  );
  refusedCounter(registers, counts);
  counter(
    'dropped_resources_total',
    'Resources that were not stored.',
    sum(({droppedResources}) => droppedResources),
  );
  counter(
    'dropped_fields_total',
    'Fields of newer tools that were not stored.',
    sum(({droppedFields}) => droppedFields),
  );
  counter(
    'dropped_extensions_total',
    'Extensions that were not stored.',
    sum(({droppedExtensions}) => droppedExtensions),
  );
  gauge(
    'http_connections',
    'Open connections of the public listener.',
    sum(({connections}) => connections),
  );
  counter('store_commits_total', 'Transactions with reports.', () => counts.store.commits);
  counter('store_commit_seconds_total', 'Seconds spent in them.', () => counts.store.commitSeconds);
  counter('discarded_reports_total', 'Reports discarded because of their age.', () => counts.store.discardedReports);
  counter('discarded_cluster_days_total', 'Rows discarded because of their age.', () => counts.store.discardedDays);
  counter(
    'unranked_clusters_total',
    'New clusters beyond the bound of their network and day.',
    () => counts.store.unranked,
  );
  gauge('network_owns_hour', '1 if one network sent over 90 % of the clusters of the last hour, of 100 or more.', () =>
    counts.store.isOwned ? 1 : 0,
  );
  gauge('store_up', '1 while the store takes reports.', () => (counts.store.trouble === undefined ? 1 : 0));
  gauge('clock_trusted', '0 while the wall clock is in doubt and nothing is erased.', () =>
    counts.store.clockAhead === undefined ? 1 : 0,
  );
  gauge('store_damaged', '1 while damage is known in the store; the log says where.', () =>
    counts.damage?.() === undefined ? 0 : 1,
  );
  gauge('store_bytes', 'Bytes of the store on disk; 0 while it is in trouble.', async () => {
    try {
      return await (await reader()).bytes();
    } catch (error) {
      if (error instanceof StoreTrouble) return 0;
      throw error;
    }
  });
  sinkMetrics(registers, counts);
  gauge('resident_memory_bytes', 'Resident memory of the process.', () => process.memoryUsage.rss());
  return {type: registry.contentType, text: () => registry.metrics()};
}

function refusedCounter(registers: Registry[], counts: Counts): void {
  new Counter({
    name: 'seldon_usage_reports_refused_total',
    help: 'Requests that did not lead to a stored report, by reason.',
    labelNames: ['reason'],
    registers,
    collect() {
      this.reset();
      for (const {refused} of counts.ingest) {
        for (const [reason, count] of Object.entries(refused)) this.inc({reason}, count);
      }
    },
  });
}

/** Of each sink how many reports were passed on, by outcome, how many wait, and whether it takes any. */
function sinkMetrics(registers: Registry[], counts: Counts): void {
  const labelled = (labelNames: string[], name: string, help: string) => ({
    ...{name: `seldon_usage_sink_${name}`, help, labelNames, registers},
  });
  new Counter({
    ...labelled(['sink', 'outcome'], 'reports_total', 'Reports that are done at a sink, by outcome.'),
    collect() {
      this.reset();
      for (const [sink, {delivered, refused, dropped}] of Object.entries(counts.sinks)) {
        for (const [outcome, count] of Object.entries({delivered, refused, dropped})) this.inc({sink, outcome}, count);
      }
    },
  });
  new Gauge({
    ...labelled(['sink'], 'waiting', 'Reports that wait for a sink, at most.'),
    collect() {
      for (const [sink, {waiting}] of Object.entries(counts.sinks)) this.set({sink}, waiting);
    },
  });
  new Gauge({
    ...labelled(
      ['sink'],
      'parked',
      'Of these, reports that a sink did not take while it took others, and that are tried again.',
    ),
    collect() {
      for (const [sink, {parked}] of Object.entries(counts.sinks)) this.set({sink}, parked);
    },
  });
  new Gauge({
    ...labelled(['sink'], 'up', '1 while a sink takes reports and events.'),
    collect() {
      for (const [sink, {up}] of Object.entries(counts.sinks)) this.set({sink}, up ? 1 : 0);
    },
  });
}
