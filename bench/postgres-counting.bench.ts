import {kinds} from '../src/collector/kinds.ts';
import {dayOf, grains, periodOf} from '../src/collector/periods.ts';
import type {Accepted, Writer} from '../src/collector/store/contract.ts';
import {engineOf, storeAddress} from '../src/collector/store/engines.ts';
import type {Report} from '../src/report/index.ts';
import {acceptedOn} from '../test/collector/store/suite.ts';
import {type Postgres, startPostgres} from '../test/rig/postgres.ts';
import {whyNoPostgres} from '../test/rig/postgres-programs.ts';
import type {Bench, Figure} from './figures.ts';
import {slowestSeries} from './slowest-series.ts';

const {stored, words} = kinds.spartakus;
const today = dayOf(Date.now());
/** As `serve` does. */
const atOnce = 200;
/** Reports of one batch beside the counting, and milliseconds between two: a hundred a second, as of ten million clusters. */
const [inABatch, pause] = [20, 200];

/** Ten million cluster-days; a hundredth of a million clusters changes. */
const [clusters, days] = [Number(process.env.BENCH_CLUSTERS ?? 333_000), Number(process.env.BENCH_DAYS ?? 30)];
const changed = 10_000;
/** Rows of a step that counts the first time. */
const inBulk = 20_000;
const values = 15;

/** What statistics and counting take on a PostgreSQL of this machine, beside reports that come in. */
export const bench: Bench = {
  name: 'Statistics and counting on PostgreSQL 18, beside reports',
  async run() {
    const why = whyNoPostgres('postgres18');
    if (why !== undefined) throw new Error(why);
    const settings = {shared_buffers: '1GB', max_wal_size: '8GB', autovacuum_naptime: '60s'};
    const server = await startPostgres({version: 18, settings});
    try {
      return await overMany(server);
    } finally {
      await server.stop('immediate');
    }
  },
};

async function overMany(server: Postgres): Promise<Figure[]> {
  const {store, ask, bytes} = await filled(server);
  const [writer, beside] = [await store.writer({create: false}), await store.writer({create: false})];
  const first = await count(writer, inBulk);
  await writer.append([report(1, {masterVersion: 'v1.99.0'})]);
  const one = await withReports(beside, () => count(writer));
  for (let i = 0; i < changed; i += 1000)
    await writer.append(
      Array.from({length: 1000}, (_, j) => report(((i + j) * 33) % clusters, {masterVersion: `v1.${j % 50}.0`})),
    );
  const again = await withReports(beside, () => count(writer));
  await fillCounters(ask);
  const series = await slowestSeries(await store.reader());
  await writer.close();
  await beside.close();
  return [
    {
      what: `a cluster-day of ${(clusters * days).toLocaleString('en')}`,
      value: bytes / (clusters * days),
      unit: 'bytes',
    },
    {what: 'counted the first time', value: first, unit: 's'},
    {what: 'day, week and month after a report, beside reports', value: one.result, unit: 's', limit: {most: 4}},
    {
      what: `after ${changed.toLocaleString('en')} clusters changed, beside reports`,
      value: again.result,
      unit: 's',
      limit: {most: 10},
    },
    {what: 'the longest that a batch took meanwhile', value: again.longest, unit: 'ms'},
    {what: 'slowest series', value: series, unit: 'ms', limit: {most: 20}},
  ];
}

/** Counters as of 400 days, each dimension with so many values. */
async function fillCounters(ask: (statement: string) => Promise<unknown>): Promise<void> {
  const kind = kinds.spartakus;
  for (const grain of grains) {
    const periods = [...new Set(Array.from({length: 400}, (_, i) => periodOf(grain, today - i)))];
    await ask(`INSERT INTO seldon_usage.counter (grain, dimension, period, value, clusters)
      SELECT '${grain}', d, p, CASE d WHEN 'all' THEN '' ELSE 'value-' || v END, 100 + v
      FROM unnest('{all,change,${kind.told.join(',')}}'::text[]) AS d, unnest('{${periods.join(',')}}'::int[]) AS p, generate_series(1, ${values}) AS v
      WHERE d <> 'all' OR v = 1 ON CONFLICT DO NOTHING`);
  }
  await ask('VACUUM ANALYZE seldon_usage.counter');
}

function nameOf(i: number): string {
  return `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
}

function report(i: number, change: Partial<Report>): Accepted {
  return {...acceptedOn(today, i % 50, change), cluster: nameOf(i)};
}

/** Rows as `serve` would have made them, written by the database itself: the reports would take hours. */
async function filled(server: Postgres) {
  const url = await server.newDatabase();
  const address = storeAddress(url, {env: {}} as never);
  const store = (await engineOf(address)).at(address);
  const writer = await store.writer({create: true});
  const name = new URL(url).pathname.slice(1);
  const ask = (statement: string) => server.ask(name, statement);
  for (let day = today - days + 1; day <= today; day++)
    await writer.append([{...acceptedOn(day, 1), cluster: nameOf(0)}]);
  await ask('TRUNCATE seldon_usage.report, seldon_usage.cluster_day, seldon_usage.cluster, seldon_usage.pending');
  await ask(`INSERT INTO seldon_usage.cluster (id, name, first_day, last_day, unranked) OVERRIDING SYSTEM VALUE
    SELECT i + 1, '00000000-0000-4000-8000-' || lpad(i::text, 12, '0'), ${today - days + 1} + i % 20, ${today}, false
    FROM generate_series(0, ${clusters - 1}) AS i`);
  await ask(`ALTER TABLE seldon_usage.cluster ALTER id RESTART WITH ${clusters + 1}`);
  const value = (name: string, at: number) =>
    words.includes(name)
      ? `'${name}-' || ((i * 7919) % ${at + 3})`
      : `(i * 104729) % ${kinds.spartakus.flags.includes(name) ? 2 : at + 37}`;
  for (let day = today - days + 1; day <= today; day++)
    await ask(`INSERT INTO seldon_usage.cluster_day (day, cluster, marked, arrived, ${stored.join(', ')})
      SELECT ${day}, i + 1, 0, 0, ${stored.map(value).join(', ')} FROM generate_series(0::bigint, ${clusters - 1}) AS i`);
  await ask(`INSERT INTO seldon_usage.changed VALUES (${today})`);
  // As the database does by itself in the time that the reports would take.
  await ask('VACUUM ANALYZE');
  const [size] = await ask(
    "SELECT sum(pg_total_relation_size(inhrelid)) AS bytes FROM pg_inherits WHERE inhparent = 'seldon_usage.cluster_day'::regclass",
  );
  await writer.close();
  return {store, ask, bytes: Number(size!.bytes)};
}

/** Steps until everything is counted, one after the other; seconds. */
async function count(writer: Writer, most = atOnce): Promise<number> {
  const began = performance.now();
  while (await writer.count({today, oldest: today - 400}, most));
  return (performance.now() - began) / 1000;
}

/** Does something while reports come in; milliseconds of the longest batch. */
async function withReports<T>(writer: Writer, work: () => Promise<T>): Promise<{result: T; longest: number}> {
  let isOver = false;
  let longest = 0;
  const sending = (async () => {
    for (let i = 0; !isOver; i += inABatch) {
      const before = performance.now();
      await writer.append(Array.from({length: inABatch}, (_, j) => report(((i + j) * 7919) % clusters, {})));
      longest = Math.max(longest, performance.now() - before);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  })();
  try {
    return {result: await work(), longest};
  } finally {
    isOver = true;
    await sending;
  }
}
