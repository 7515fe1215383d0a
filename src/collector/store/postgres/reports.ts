import {hash} from 'node:crypto';
import type {Kind} from '../../kinds.ts';
import {dayOf} from '../../periods.ts';
import type {KnownBodies, ReportKey} from '../pieces.ts';
import {fetched, page, pages} from './fetched.ts';
import type {Row, Session} from './sessions.ts';

/**
 * The reports of a day in the order of their arrival, within the caller's transaction. Where bodies are at hand, what comes over
 * the network is what tells that they are the right ones, and the bodies that are not.
 */
export async function* reportsOf(
  session: Session,
  kind: Kind,
  day: number,
  bodies: KnownBodies | undefined,
): AsyncGenerator<Row, void> {
  const query = (what: string) => `SELECT r.arrived AS number, r.received, c.name AS cluster, r.marked, r.once, ${what}
    FROM seldon_usage.report r JOIN seldon_usage.cluster c ON c.id = r.cluster WHERE r.day = ${day} ORDER BY r.arrived`;
  if (!bodies || bodies.isSpent) {
    yield* fetched(session, query('r.body'));
    return;
  }
  const of = kind.name === 'spartakus' ? {} : {of: kind.name};
  for await (const all of pages(session, query('r.cluster AS id, r.sha256'), keysAtOnce))
    for (let at = 0; at < all.length; at += page) {
      const rows = all.slice(at, at + page);
      for (const row of rows) {
        const {number, received, cluster, once} = row;
        const key: ReportKey = {...of, number, received, cluster, ...(once === null ? {} : {once})};
        row.body = await bodies.take(key, byDay, (body) => isBodyOf(row, body));
      }
      const lacking = rows.filter(({body}) => body === undefined);
      await readBodies(session, day, lacking);
      yield* rows;
    }
}

/** Rows without bodies that are fetched at once: each time is a way to the database and back. */
const keysAtOnce = 5000;

/** Bodies that are not at hand, by the keys of their rows. */
async function readBodies(session: Session, day: number, rows: readonly Row[]): Promise<void> {
  if (rows.length === 0) return;
  const keyOf = ({id, sha256, marked}: Row) => `${id} ${sha256.toString('hex')} ${marked}`;
  const found = await session.query(
    `SELECT r.cluster AS id, r.sha256, r.marked, r.body
      FROM unnest($2::bigint[], $3::bytea[], $4::bigint[]) AS k (cluster, sha256, marked)
      JOIN seldon_usage.report r ON r.cluster = k.cluster AND r.sha256 = k.sha256 AND r.marked = k.marked
      WHERE r.day = $1`,
    [day, ...['id', 'sha256', 'marked'].map((name) => rows.map((row) => row[name]))],
  );
  const bodies = new Map(found.map((row) => [keyOf(row), row.body]));
  for (const row of rows) row.body = bodies.get(keyOf(row));
}

/** A day's reports are in a table; a report that is dated anew goes to another one. */
function byDay(a: ReportKey, b: ReportKey): number {
  return dayOf(a.received) - dayOf(b.received) || a.number - b.number;
}

/** An import adds the number of arrival (put.ts): there two reports of a day may be the same. */
function isBodyOf({sha256, number}: Row, body: string): boolean {
  return [body, `${body}#${number}`].some((text) => hash('sha256', text, 'buffer').equals(sha256));
}
