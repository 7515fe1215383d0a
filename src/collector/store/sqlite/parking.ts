import type {DatabaseSync} from 'node:sqlite';
import type {KindName} from '../../kinds.ts';
import type {Parked} from '../queue.ts';
import {tables} from './tables.ts';

/*
 * What a sink did not take while it took others: its position has gone past these reports, and each has a row until it is done. A
 * row is there only while its report is: whoever erases a report erases its rows.
 */

/** What of one kind waits apart. What changes anything runs within the caller's transaction. */
export interface Parking {
  /** One that was erased meanwhile is not parked. */
  park(sink: string, number: number, parked: Parked): void;
  /** One that is not there any more stays so. */
  putOff(sink: string, number: number, parked: Parked): void;
  /** False: it was erased meanwhile. */
  end(sink: string, number: number): boolean;
  count(sink: string): number;
}

/** The rows of one kind that wait apart, in a database that is open for writing. */
export function parkingOf(database: DatabaseSync, kind: KindName): Parking {
  const park = database.prepare(`INSERT OR REPLACE INTO parked (kind, number, sink, epoch, tries, due, reason)
    SELECT '${kind}', r.id, s.name, s.epoch, ?, ?, ? FROM ${tables[kind].report} r CROSS JOIN sink s
    WHERE r.id = ? AND s.name = ?`);
  const putOff = database.prepare(
    `UPDATE parked SET tries = ?, due = ?, reason = ? WHERE kind = '${kind}' AND number = ? AND sink = ?`,
  );
  const end = database.prepare(`DELETE FROM parked WHERE kind = '${kind}' AND number = ? AND sink = ?`);
  const count = database.prepare(`SELECT count(*) AS count FROM parked WHERE sink = ? AND kind = '${kind}'`);
  return {
    park: (sink, number, {tries, due, reason}) => void park.run(tries, due, reason, number, sink),
    putOff: (sink, number, {tries, due, reason}) => void putOff.run(tries, due, reason, number, sink),
    end: (sink, number) => Number(end.run(number, sink).changes) > 0,
    count: (sink) => count.get(sink)!.count as number,
  };
}

/** SQL: whether a report of a kind waits apart, by its number; of the sink of a row, or of any. */
export function isParked(kind: KindName, number: string, sink?: string): string {
  const ofSink = sink === undefined ? '' : ` AND p.sink = ${sink}`;
  return `EXISTS (SELECT 1 FROM parked p WHERE p.kind = '${kind}' AND p.number = ${number}${ofSink})`;
}

/** SQL that ends what waits apart of reports that are about to be erased; `numbers`: SQL of which these are. */
export function unpark(kind: KindName, numbers: string): string {
  return `DELETE FROM parked WHERE kind = '${kind}' AND number IN (${numbers})`;
}
