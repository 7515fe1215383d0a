import {type Kind, type KindName, kindNames, kinds} from '../../kinds.ts';
import {listed} from './sql.ts';

/*
 * The statements of counting.ts. What is looked up for each row is written as a subquery of that row, which the server does by
 * the whole key: as a join it would, with tables that it has no figures of yet, now and then compare all with all.
 */

/** Of a cluster `c` in the period `t.period` to `t.last`, the one before beginning with `t.before`. */
const change = `CASE WHEN c.first_day BETWEEN t.period AND t.last THEN 'new'
  WHEN EXISTS (SELECT 1 FROM seldon_usage.cluster_period b
    WHERE b.grain = t.grain AND b.period = t.before AND b.cluster = c.id) THEN 'staying' ELSE 'returning' END`;
const unranked = 'c.unranked AND c.first_day = c.last_day';
const periods = 'unnest($1::text[], $2::int[], $3::int[], $4::int[]) AS t (grain, period, last, before)';
const seenOnce = ({told}: Kind) => (told.includes('seen') ? 'c.first_day = c.last_day' : 'false');

export const track = `INSERT INTO seldon_usage.tracked
  SELECT grain, period, last, -1 FROM unnest($1::text[], $2::int[], $3::int[]) AS t (grain, period, last) ON CONFLICT DO NOTHING`;

export const next = `SELECT id, day, cardinality(clusters) AS size, clusters[1:$2] AS clusters
  FROM seldon_usage.pending ORDER BY id LIMIT $1`;
export const shorten = 'UPDATE seldon_usage.pending SET clusters = clusters[$2:] WHERE id = $1';

export const freshOf = `SELECT t.cluster FROM unnest($1::bigint[]) AS t (cluster) WHERE (
  SELECT 1 FROM seldon_usage.cluster_period p WHERE p.grain = 'day' AND p.period = $2 AND p.cluster = t.cluster) IS NULL`;

/** A cluster by its number: OFFSET 0 keeps it a subquery. */
const clusterOf = (id: string) =>
  `(SELECT id, first_day, last_day, unranked FROM seldon_usage.cluster WHERE id = ${id} OFFSET 0) AS c`;

export const remove = 'DELETE FROM seldon_usage.cluster_period WHERE grain = $1 AND period = $2 AND cluster = $3';

/** The next $3 rows of the day $1 after the cluster $2, and those of their clusters that lack them in the period, $6 at most. */
export const window = `WITH read AS MATERIALIZED (
    SELECT cluster, arrived FROM seldon_usage.cluster_day WHERE day = $1 AND cluster > $2 ORDER BY cluster LIMIT $3
  ), lacking AS (
    SELECT cluster FROM read WHERE coalesce((
      SELECT p.arrived FROM seldon_usage.cluster_period p
      WHERE p.grain = $4 AND p.period = $5 AND p.cluster = read.cluster), -1) < read.arrived
    ORDER BY cluster LIMIT $6
  )
  SELECT (SELECT count(*) FROM read) AS count, (SELECT max(cluster) FROM read) AS "upTo",
    coalesce((SELECT array_agg(cluster ORDER BY cluster) FROM lacking), '{}') AS touched`;
export const built = 'UPDATE seldon_usage.tracked SET day = $1, cluster = $2 WHERE grain = $3 AND period = $4';

export const clusters = `SELECT clusters FROM seldon_usage.tally WHERE grain = $1 AND period = $2 AND dimension = 'all'`;
export const uncount =
  'DELETE FROM seldon_usage.counter WHERE grain = $1 AND dimension = ANY($2::text[]) AND period = $3';
export const drop = `WITH dropped AS (
    DELETE FROM seldon_usage.cluster_period WHERE grain = $1 AND period = $2 AND cluster IN (
      SELECT cluster FROM seldon_usage.cluster_period WHERE grain = $1 AND period = $2 LIMIT $3) RETURNING 1)
  SELECT count(*) AS count FROM dropped`;

/** Statements with the columns of a kind. */
function sqlOf(kind: Kind) {
  const summed = kind.counted;
  const row = `grain, period, cluster, ${listed('name', kind.stored)}, arrived, change, unranked, once`;
  const taken = `t.grain, t.period, d.cluster, ${listed('d.name', kind.stored)}, d.arrived, ${change}, ${unranked}, ${seenOnce(kind)}`;
  return {
    /** Rows of the day $5 of the clusters $6; $7: also where the row that is there is of the same report. */
    place: `INSERT INTO seldon_usage.cluster_period AS p (${row})
  SELECT ${taken}
  FROM seldon_usage.cluster_day d CROSS JOIN LATERAL ${clusterOf('d.cluster')} CROSS JOIN ${periods}
  WHERE d.day = $5 AND d.cluster = ANY($6::bigint[])
  ORDER BY t.grain, t.period, d.cluster
  ON CONFLICT (grain, period, cluster) DO UPDATE SET ${listed('name = excluded.name', [...kind.stored, 'arrived'])}
  WHERE excluded.arrived > p.arrived OR ($7 AND excluded.arrived = p.arrived)`,
    /** The last row of the cluster $5 in one period. */
    placeAgain: `INSERT INTO seldon_usage.cluster_period (${row})
  SELECT ${taken}
  FROM (SELECT $1::text AS grain, $2::int AS period, $3::int AS last, $4::int AS before) AS t
  CROSS JOIN seldon_usage.cluster c JOIN seldon_usage.cluster_day d ON d.cluster = c.id
  WHERE c.id = $5 AND d.cluster = $5 AND d.day BETWEEN $2 AND $3
  ORDER BY d.arrived DESC, d.day DESC LIMIT 1`,
    flag: `UPDATE seldon_usage.cluster_period AS p SET change = x.change, unranked = x.unranked, once = x.once
  FROM (
    SELECT own.place, own.change AS was_change, own.unranked AS was_unranked, own.once AS was_once,
      ${change} AS change, ${unranked} AS unranked, ${seenOnce(kind)} AS once
    FROM unnest($5::bigint[]) AS touched (id) CROSS JOIN LATERAL ${clusterOf('touched.id')} CROSS JOIN ${periods}
    CROSS JOIN LATERAL (SELECT o.ctid AS place, o.change, o.unranked, o.once FROM seldon_usage.cluster_period o
      WHERE o.grain = t.grain AND o.period = t.period AND o.cluster = c.id OFFSET 0) AS own
    OFFSET 0) AS x
  WHERE p.ctid = x.place AND (x.was_change, x.was_unranked, x.was_once) IS DISTINCT FROM (x.change, x.unranked, x.once)`,
    cells: `SELECT dimension, value, ${listed('name::double precision AS name', summed)}
  FROM seldon_usage.tally WHERE grain = $1 AND period = $2`,
    count: `INSERT INTO seldon_usage.counter (grain, period, dimension, value, ${summed.join(', ')})
  SELECT $1, $2, g.* FROM unnest($3::text[], $4::text[], ${summed.map((_, i) => `$${i + 5}::double precision[]`).join(', ')}) AS g`,
  };
}

export type KindSql = ReturnType<typeof sqlOf>;
export const sqlOfKind = Object.fromEntries(kindNames.map((name) => [name, sqlOf(kinds[name])])) as Readonly<
  Record<KindName, KindSql>
>;
