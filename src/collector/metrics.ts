import {Counter, Gauge, Registry} from 'prom-client';
import type {Counts} from './messages.ts';
import type {Reader} from './store/contract.ts';
import {StoreTrouble} from './store/trouble.ts';

/** The metrics of a collector in Prometheus' text format. Statistics of clusters are not among them. */
export function metrics(counts: Counts, reader: () => Promise<Reader>): {type: string; text(): Promise<string>} {
  const registry = new Registry();
  ingestMetrics([registry], counts);
  storeMetrics([registry], counts, reader);
  sinkMetrics([registry], counts);
  gauge([registry], 'resident_memory_bytes', 'Resident memory of the process.', () => process.memoryUsage.rss());
  return {type: registry.contentType, text: () => registry.metrics()};
}

function counter(registers: Registry[], name: string, help: string, value: () => number): void {
  new Counter({
    name: `seldon_usage_${name}`,
    help,
    registers,
    collect() {
      this.reset();
      this.inc(value());
    },
  });
}

function gauge(registers: Registry[], name: string, help: string, value: () => number | Promise<number>): void {
  new Gauge({
    name: `seldon_usage_${name}`,
    help,
    registers,
    async collect() {
      this.set(await value());
    },
  });
}

/** What came to the public listener, of all its threads. */
function ingestMetrics(registers: Registry[], counts: Counts): void {
  type Tally = Counts['ingest'][number];
  const sum = (value: (tally: Tally) => number) => () =>
    counts.ingest.reduce((total, tally) => total + value(tally), 0);
  const total = (name: string, help: string, value: (tally: Tally) => number) =>
    counter(registers, name, help, sum(value));
  total('http_requests_total', 'Requests to the public listener.', ({requests}) => requests);
  total('reports_accepted_total', 'Reports that are on disk and were answered with 204.', ({accepted}) => accepted);
  total(
    'events_accepted_total',
    'Events of Hodometer that are on disk, of this request or an earlier one, and were answered with 200.',
    ({events}) => events,
  );
  refusedCounter(registers, counts);
  total('dropped_resources_total', 'Resources that were not stored.', ({droppedResources}) => droppedResources);
  total('dropped_fields_total', 'Fields of newer tools that were not stored.', ({droppedFields}) => droppedFields);
  total('dropped_extensions_total', 'Extensions that were not stored.', ({droppedExtensions}) => droppedExtensions);
  const connections = sum(({connections}) => connections);
  gauge(registers, 'http_connections', 'Open connections of the public listener.', connections);
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

/** What the store did with what came, and how it is. */
function storeMetrics(registers: Registry[], counts: Counts, reader: () => Promise<Reader>): void {
  type Tally = Counts['store'];
  const total = (name: string, help: string, value: (tally: Tally) => number) =>
    counter(registers, name, help, () => value(counts.store));
  const flag = (name: string, help: string, value: () => boolean) =>
    gauge(registers, name, help, () => (value() ? 1 : 0));
  total('store_commits_total', 'Transactions with reports.', ({commits}) => commits);
  total('store_commit_seconds_total', 'Seconds spent in them.', ({commitSeconds}) => commitSeconds);
  total('discarded_reports_total', 'Reports discarded because of their age.', ({discardedReports}) => discardedReports);
  total('discarded_cluster_days_total', 'Rows discarded because of their age.', ({discardedDays}) => discardedDays);
  total('unranked_clusters_total', 'New clusters beyond the bound of their network and day.', ({unranked}) => unranked);
  flag(
    'network_owns_hour',
    '1 if one network sent over 90 % of the clusters of the last hour, of 100 or more.',
    () => counts.store.isOwned,
  );
  flag('store_up', '1 while the store takes reports.', () => counts.store.trouble === undefined);
  flag(
    'clock_trusted',
    '0 while the wall clock is in doubt and nothing is erased.',
    () => counts.store.clockAhead === undefined,
  );
  flag(
    'store_damaged',
    '1 while damage is known in the store; the log says where.',
    () => counts.damage?.() !== undefined,
  );
  gauge(registers, 'store_bytes', 'Bytes of the store on disk; 0 while it is in trouble.', () => bytesOf(reader));
}

async function bytesOf(reader: () => Promise<Reader>): Promise<number> {
  try {
    return await (await reader()).bytes();
  } catch (error) {
    if (error instanceof StoreTrouble) return 0;
    throw error;
  }
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
