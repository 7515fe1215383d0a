import {createHash} from 'node:crypto';
import {unranked} from '../../cells.ts';
import {sizes} from '../../columns.ts';
import {type Kind, kindNames, kinds, seenOn} from '../../kinds.ts';
import type {Dimension} from '../contract.ts';
import type {Session} from './sessions.ts';
import {declared, forKind, listed, sessionFor} from './sql.ts';

/*
 * Tables that counting is done in; all of them follow from the rows of the days, and are made anew where their definition
 * is another one than that of the program that made them.
 *
 * `cluster_period` has the last row of each cluster in the periods that are tracked: the running day, week and month, those
 * before them, and what late days concern, as long as that takes. `tally` has their cells; triggers keep it, a statement at
 * a time, so that nothing can be counted twice or be left out. Each kind of report has these three for itself. A report costs
 * the same whatever the number of clusters and days, and a count reads the cells alone.
 */

/** SQL of the bucket of an amount. */
const bucketOf = (amount: string) =>
  `CASE ${sizes.map(([label, most]) => (Number.isFinite(most) ? `WHEN r.${amount} <= ${most} THEN '${label}'` : `ELSE '${label}'`)).join(' ')} END`;
const seenOf = `CASE WHEN r.once THEN '${seenOn.one}' ELSE '${seenOn.several}' END`;

/** Each dimension with the value of a row of `cluster_period`: an unranked cluster counts, but is told apart by nothing. */
function valuesOf({told, column}: Kind): readonly (readonly [Dimension, string])[] {
  const inRow = (name: string) => {
    const {type, bucketOf: amount} = column(name)!;
    return amount ? bucketOf(amount) : type === 'seen' ? seenOf : `r.${name}`;
  };
  return [
    ['all', "''"],
    ['change', 'r.change'],
    ...told.map((name) => [name, `CASE WHEN r.unranked THEN '${unranked}' ELSE ${inRow(name)} END`] as const),
  ];
}

/** SQL of the tables of a kind, as they are called for Spartakus' reports. */
function tablesOf(kind: Kind): string {
  const summed = kind.counted;
  /** What a row adds, with its sign. */
  const sums = (sign: string) =>
    [
      `${sign}1 AS clusters`,
      ...kind.amounts.map((name) => `CASE WHEN r.unranked THEN 0 ELSE ${sign}r.${name} END AS ${name}`),
      ...kind.few.map((name) => `CASE WHEN r.unranked OR r.${name} <= 0 THEN 0 ELSE ${sign}1 END AS with_${name}`),
      ...kind.flags.map((name) => `${sign}r.${name} AS ${name}`),
    ].join(', ');
  const cells = (table: 'added' | 'removed') => `
  SELECT r.grain, r.period, cell.dimension, cell.value, ${sums(table === 'added' ? '' : '-')}
  FROM ${table} AS r CROSS JOIN LATERAL (VALUES ${valuesOf(kind)
    .map(([dimension, value]) => `('${dimension}', ${value})`)
    .join(', ')}) AS cell (dimension, value)`;
  /** In one order, so that two transactions do not wait for each other. Nearly always a cluster is as it was: that is nothing. */
  const tally = (from: string) => `
  INSERT INTO seldon_usage.tally AS t (grain, period, dimension, value, ${summed.join(', ')})
    SELECT grain, period, dimension, value, ${listed('sum(name)', summed)} FROM (${from}) AS r
    GROUP BY grain, period, dimension, value
    HAVING ${summed.map((name) => `sum(${name}) <> 0`).join(' OR ')}
    ORDER BY grain, period, dimension, value
    ON CONFLICT (grain, period, dimension, value) DO UPDATE SET ${listed('name = t.name + excluded.name', summed)};`;
  const trigger = (name: string, event: string, tables: string, from: string) => `
  CREATE FUNCTION seldon_usage.${name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN ${tally(from)} RETURN NULL; END $$;
  CREATE TRIGGER ${name} AFTER ${event} ON seldon_usage.cluster_period REFERENCING ${tables}
    FOR EACH STATEMENT EXECUTE FUNCTION seldon_usage.${name}();`;
  return `
  CREATE TABLE seldon_usage.cluster_period (
    grain text COLLATE "C", period integer, cluster bigint, ${kind.stored.map((name) => declared(kind, name)).join(', ')},
    arrived bigint NOT NULL, change text COLLATE "C" NOT NULL, unranked boolean NOT NULL, once boolean NOT NULL,
    PRIMARY KEY (grain, period, cluster));
  CREATE TABLE seldon_usage.tally (
    grain text COLLATE "C", period integer, dimension text COLLATE "C", value text COLLATE "C",
    ${listed('name bigint NOT NULL', summed)}, PRIMARY KEY (grain, period, dimension, value));
  CREATE TABLE seldon_usage.tracked (
    grain text COLLATE "C", period integer, day integer, cluster bigint NOT NULL, PRIMARY KEY (grain, period));
  ${trigger('cluster_period_in', 'INSERT', 'NEW TABLE AS added', cells('added'))}
  ${trigger('cluster_period_out', 'DELETE', 'OLD TABLE AS removed', cells('removed'))}
  ${trigger('cluster_period_by', 'UPDATE', 'NEW TABLE AS added OLD TABLE AS removed', `${cells('added')} UNION ALL ${cells('removed')}`)}
`;
}

const tables = kindNames.map((kind) => forKind(kind, tablesOf(kinds[kind]))).join('');
const drop = kindNames
  .map((kind) =>
    forKind(
      kind,
      `
  DROP TABLE IF EXISTS seldon_usage.cluster_period, seldon_usage.tally, seldon_usage.tracked;
  DROP FUNCTION IF EXISTS seldon_usage.cluster_period_in(), seldon_usage.cluster_period_out(), seldon_usage.cluster_period_by();
`,
    ),
  )
  .join('');

/** What tells this program's way of counting from that of others. */
export const definition = createHash('sha256').update(tables).digest('hex');

/**
 * Gives a store the columns that it lacks, and its tables of counting where they are missing or of another version. A
 * store that has a column which is not known here belongs to a newer program, which counts: it stays as it is.
 */
export async function deriveTables(session: Session): Promise<void> {
  const [made] = await session.query('SELECT definition FROM seldon_usage.meta');
  if (made!.definition === definition) return;
  const lacking: string[] = [];
  for (const kind of kindNames) {
    const own = await lackingOf(sessionFor(kind, session), kinds[kind]);
    if (!own) return;
    lacking.push(...own.map((statement) => forKind(kind, statement)));
  }
  for (const statement of lacking) await session.batch(statement);
  await session.batch(`${drop} ${tables}`);
  await session.query('UPDATE seldon_usage.meta SET definition = $1', [definition]);
}

/** What gives the tables of a kind the columns that they lack; undefined if there is one that is not known here. */
async function lackingOf(session: Session, kind: Kind): Promise<string[] | undefined> {
  const columnsOf = async (table: string) => {
    const rows = await session.query(
      `SELECT attname AS name FROM pg_attribute WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped`,
    );
    return new Set(rows.map(({name}) => String(name)));
  };
  const present = await columnsOf('seldon_usage.cluster_day');
  const known = new Set<string>(['day', 'cluster', 'marked', 'arrived', ...kind.stored]);
  if ([...present].some((name) => !known.has(name))) return undefined;
  const counted = await columnsOf('seldon_usage.counter');
  return [
    ...kind.stored
      .filter((name) => !present.has(name))
      .map((name) => `ALTER TABLE seldon_usage.cluster_day ADD COLUMN ${declared(kind, name)}`),
    ...kind.sums
      .filter((name) => !counted.has(name))
      .map((name) => `ALTER TABLE seldon_usage.counter ADD COLUMN ${name} double precision NOT NULL DEFAULT 0`),
  ];
}
