import {DatabaseSync} from 'node:sqlite';
import {unpacked} from '../../src/collector/store/sqlite/packing.ts';

/** A report as a store holds it, and its body as it was taken: the collector packs it at some time of its own. */
export interface StoredReport {
  readonly id: number;
  readonly received: number;
  /** Name of the cluster. */
  readonly name: string;
  readonly body: string;
}

/** The reports in a store's file, in their order; a collector may be at work on it. */
export function* storedReports(path: string): Generator<StoredReport> {
  const database = new DatabaseSync(path, {readOnly: true});
  try {
    const rows = database.prepare(
      'SELECT r.id, received, name, body FROM report r JOIN cluster c ON c.id = r.cluster ORDER BY r.id',
    );
    for (const row of rows.iterate()) {
      const {id, received, name, body} = row as unknown as StoredReport;
      yield {id, received, name, body: unpacked(body)};
    }
  } finally {
    database.close();
  }
}

/** Timestamps of the reports, in the order of their arrival: they tell each report of a test from every other. */
export function storedTimestamps(path: string): number[] {
  return [...storedReports(path)].map(({body}) => Number(JSON.parse(body).timestamp));
}
