import type {DatabaseSync} from 'node:sqlite';
import type {Tables} from './tables.ts';

/**
 * Numbers of the reports of a kind in the order of their arrival. None is given twice, also not where the report that had it is erased:
 * a cluster's row tells by it which report came last.
 */

/** Keeps the highest number that was given; to be run before reports are erased, in the same transaction. */
export function keepNumber({numbered, report}: Tables): string {
  return `INSERT INTO ${numbered} SELECT 1, max(id) FROM ${report} WHERE true HAVING max(id) IS NOT NULL
  ON CONFLICT DO UPDATE SET last = max(last, excluded.last)`;
}

/** A function that answers the highest number that was given; 0 if none was. */
export function lastNumber(database: DatabaseSync, {numbered, report}: Tables): () => number {
  const statement = database.prepare(
    `SELECT max(coalesce((SELECT max(id) FROM ${report}), 0), coalesce((SELECT last FROM ${numbered}), 0)) AS last`,
  );
  return () => statement.get()!.last as number;
}
