import type {Facts, Kind} from '../../kinds.ts';
import {listed} from './sql.ts';

/** All of a row of `cluster_day` but its key, taken from the one that could not be inserted. */
export function takeOver({stored}: Kind): string {
  return listed('name = excluded.name', [...stored, 'marked', 'arrived']);
}

/** The values of a row, in the order of the columns. */
export function valuesOf({stored}: Kind, facts: Facts): (string | number)[] {
  return stored.map((name) => {
    const value = facts[name];
    if (value === undefined) throw new TypeError(`a report without ${name}`);
    return typeof value === 'boolean' ? Number(value) : value;
  });
}

/** Inserts a row of a cluster and day: day, cluster, mark, number of its report, the columns. */
export function insertRow({stored}: Kind): string {
  return `INSERT INTO seldon_usage.cluster_day AS d (day, cluster, marked, arrived, ${listed('name', stored)})
  VALUES ($1, $2, $3, $4, ${stored.map((_, i) => `$${i + 5}`).join(', ')})`;
}
