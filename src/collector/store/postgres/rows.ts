import {type ClusterFacts, stored} from '../../columns.ts';
import {listed} from './sql.ts';

/** All of a row of `cluster_day` but its key, taken from the one that could not be inserted. */
export const takeOver = listed('name = excluded.name', [...stored, 'marked', 'arrived']);

/** The values of a row, in the order of the columns. */
export function valuesOf(facts: ClusterFacts): (string | number)[] {
  return stored.map((name) => {
    const value = facts[name];
    return typeof value === 'boolean' ? Number(value) : value;
  });
}

/** Inserts a row of a cluster and day: day, cluster, mark, number of its report, the columns. */
export const insertRow = `INSERT INTO seldon_usage.cluster_day AS d (day, cluster, marked, arrived, ${listed('name')})
  VALUES ($1, $2, $3, $4, ${stored.map((_, i) => `$${i + 5}`).join(', ')})`;
