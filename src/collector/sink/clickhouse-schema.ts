import {mostValues, unranked} from '../cells.ts';
import {sizes} from '../columns.ts';
import {type Kind, type KindName, kindNames, kinds, seenOn} from '../kinds.ts';

/**
 * The tables and views of ClickHouse, as statements: a table and a view for each kind of report. Names of columns are those of the
 * statistics (columns.ts).
 */

/** What the tables of a kind begin with; those of events by the name that statistics have for them. */
const prefixes: Readonly<Record<KindName, string>> = {spartakus: 'seldon_usage', hodometer: 'seldon_usage_core2'};

function tableOf(kind: KindName): string {
  return `${prefixes[kind]}_day`;
}

/** The name of the view with the cells of a kind. */
export function viewOf(kind: KindName): string {
  return `${prefixes[kind]}_cells`;
}

/** What a deployment decides. */
export interface Deployment {
  readonly database: string;
  /** Name of the cluster that has the tables on all its machines; absent: one machine. */
  readonly cluster?: string | undefined;
  /** Days that rows and, within them, reports are kept. */
  readonly keepDays: number;
  readonly keepReports: number;
}

/** A name as ClickHouse takes any. */
function quoted(name: string): string {
  return `\`${name.replaceAll('\\', '\\\\').replaceAll('`', '\\`')}\``;
}

/** A text as ClickHouse takes any. */
export function literal(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

function columnsOf({words, amounts, flags}: Kind): string[] {
  return [
    'day Date, cluster String, arrival UInt128, number UInt64',
    "received DateTime64(3, 'UTC')",
    ...words.map((name) => `${name} LowCardinality(String)`),
    ...[...amounts, ...flags].map((name) => `${name} UInt64`),
    'unranked UInt8',
  ];
}

/** Where rows of a kind are inserted: one table, or the one that deals them out to the machines of a cluster. */
export function target({database}: Pick<Deployment, 'database'>, kind: KindName): string {
  return `${quoted(database)}.${tableOf(kind)}`;
}

/** Where rows are: of each machine, in a cluster. */
function local(deployment: Deployment, kind: KindName): string {
  const table = target(deployment, kind);
  return deployment.cluster === undefined ? table : `${table}_local`;
}

function onCluster({cluster}: Deployment): string {
  return cluster === undefined ? '' : ` ON CLUSTER ${quoted(cluster)}`;
}

/**
 * What makes tables and views where there are none; a view is made anew, so that it counts as this version does. A cluster has
 * one row a day, that of the report that arrived last, by epoch and number: others are the same row, older, whatever is inserted again. A partition
 * is a week, and goes as one once its last day is too old.
 */
export function statements(deployment: Deployment): string[] {
  return kindNames.flatMap((kind) => statementsOf(deployment, kind));
}

function statementsOf(deployment: Deployment, kind: KindName): string[] {
  const {database, cluster, keepDays, keepReports} = deployment;
  const table = tableOf(kind);
  const replicated = `ReplicatedReplacingMergeTree('/clickhouse/tables/{shard}/${database}/${table}', '{replica}', arrival)`;
  const body = `body String CODEC(ZSTD(3)) TTL toDate(received) + INTERVAL ${keepReports} DAY`;
  const distributed = `CREATE TABLE IF NOT EXISTS ${target(deployment, kind)}${onCluster(deployment)} AS ${local(deployment, kind)}
    ENGINE = Distributed(${literal(cluster ?? '')}, ${literal(database)}, ${table}_local, cityHash64(cluster))`;
  return [
    `CREATE TABLE IF NOT EXISTS ${local(deployment, kind)}${onCluster(deployment)} (${[...columnsOf(kinds[kind]), body].join(', ')})
      ENGINE = ${cluster === undefined ? 'ReplacingMergeTree(arrival)' : replicated}
      PARTITION BY toMonday(day) ORDER BY (day, cluster) TTL day + INTERVAL ${keepDays} DAY
      SETTINGS ttl_only_drop_parts = 1`,
    ...(cluster === undefined ? [] : [distributed]),
    `CREATE OR REPLACE VIEW ${quoted(database)}.${viewOf(kind)}${onCluster(deployment)} AS ${cells(deployment, kinds[kind])}`,
  ];
}

/** Erase a cluster, of each kind, and are answered when the rows are written anew without it, on every machine. */
export function erasing(deployment: Deployment, cluster: string): string[] {
  return kindNames.map(
    (kind) => `ALTER TABLE ${local(deployment, kind)}${onCluster(deployment)} DELETE WHERE cluster = ${literal(cluster)}
    SETTINGS mutations_sync = 2`,
  );
}

/** The cells of every period, by the definition of store/contract.ts. */
function cells(
  deployment: Deployment,
  {name: kind, words, amounts, few, flags, stored, told, sums: summed, counted, column}: Kind,
): string {
  const bucketOf = (amount: string) =>
    `multiIf(${sizes.map(([label, most]) => (Number.isFinite(most) ? `row.${amount} <= ${most}, ${literal(label)}` : literal(label))).join(', ')})`;
  const seen = `if(first_day = last_day, ${literal(seenOn.one)}, ${literal(seenOn.several)})`;
  const notStored = told
    .filter((name) => !stored.includes(name))
    .map((name) => [name, column(name)!] as const)
    .map(([name, {bucketOf: amount}]) => `${amount ? bucketOf(amount) : seen} AS ${name}, `);
  const row = (names: readonly string[]) => names.map((name) => `row.${name} AS ${name}`).join(', ');
  const dimensions = [
    "('all', '')",
    "('change', change)",
    ...told.map((name) => `('${name}', if(is_unranked, '${unranked}', toString(${name})))`),
  ];
  const sums = [
    'count() AS clusters',
    ...amounts.map((name) => `sum(if(is_unranked, 0, ${name})) AS ${name}`),
    ...few.map((name) => `countIf(NOT is_unranked AND t.${name} > 0) AS with_${name}`),
    ...flags.map((name) => `sum(${name}) AS ${name}`),
  ];
  return `WITH
    days AS (SELECT * FROM ${target(deployment, kind)} FINAL),
    spans AS (SELECT cluster, min(day) AS first_day, max(day) AS last_day FROM days GROUP BY cluster),
    last_rows AS (
      SELECT span.1 AS grain, span.2 AS period, span.3 AS before, span.4 AS after, cluster,
        argMax(CAST(tuple(${[...stored, 'unranked'].join(', ')}), 'Tuple(${[...words.map((name) => `${name} String`), ...[...amounts, ...flags].map((name) => `${name} UInt64`), 'unranked UInt8'].join(', ')})'), arrival) AS row
      FROM (SELECT *, arrayJoin([
        ('day', day, day - 1, day + 1),
        ('week', toMonday(day), toMonday(day) - 7, toMonday(day) + 7),
        ('month', toStartOfMonth(day), toStartOfMonth(toStartOfMonth(day) - 1), toStartOfMonth(toStartOfMonth(day) + 31))
      ]) AS span FROM days) GROUP BY grain, period, before, after, cluster),
    told AS (
      SELECT grain, period, ${row(stored)}, ${notStored.join('')}
        row.unranked = 1 AND first_day = last_day AS is_unranked,
        multiIf(first_day >= period, 'new', (grain, before, cluster) IN (SELECT grain, period, cluster FROM last_rows), 'staying', 'returning') AS change
      FROM last_rows JOIN spans USING (cluster)),
    counted AS (
      SELECT grain, period, cell.1 AS dimension, cell.2 AS value, ${sums.join(', ')}
      FROM (SELECT *, arrayJoin([${dimensions.join(', ')}]) AS cell FROM told) AS t GROUP BY grain, period, dimension, value
      UNION ALL
      SELECT grain, after AS period, 'change' AS dimension, 'gone' AS value, count() AS clusters,
        ${summed.map((name) => `toUInt64(0) AS ${name}`).join(', ')}
      FROM last_rows WHERE (grain, after, cluster) NOT IN (SELECT grain, period, cluster FROM last_rows)
        AND (grain, after) IN (SELECT grain, period FROM last_rows) GROUP BY grain, after),
    placed AS (
      SELECT *, row_number() OVER (PARTITION BY grain, period, dimension ORDER BY value = '${unranked}', clusters DESC) AS place,
        countIf(value != '${unranked}') OVER (PARTITION BY grain, period, dimension) AS places
      FROM counted),
    folded AS (
      SELECT * EXCEPT (value),
        if(value = '${unranked}' OR places <= ${mostValues} OR place < ${mostValues}, value, 'other') AS shown FROM placed)
    SELECT grain, period, dimension, shown AS value, ${counted.map((name) => `sum(f.${name}) AS ${name}`).join(', ')}
    FROM folded AS f GROUP BY grain, period, dimension, shown`;
}
