import type {KindName} from '../../kinds.ts';
import {type Again, type Parked, type Passed, small} from '../queue.ts';
import type {Row, Session} from './sessions.ts';

/*
 * What a sink did not take while it took others: its row among what waits has a time at which it is due. Whatever takes rows out,
 * by age or with their cluster, takes these too.
 */

/** What is read of a row of what waits, `w`, with its cluster, `c`. */
const columns =
  'w.arrived AS number, w.epoch, w.received, w.cluster, coalesce(c.unranked, false) AS unranked, w.body, w.once';

/** A report that waits, as a sink gets it. */
export function passedOf(kind: KindName, {once, ...row}: Row): Passed {
  return {kind, ...row, ...(once === null ? {} : {once})} as unknown as Passed;
}

/** Has a report wait until it is due; one that is not there any more stays so. */
export async function putOff(
  session: Session,
  sink: string,
  number: number,
  {tries, due, reason}: Parked,
): Promise<void> {
  await session.query(
    'UPDATE seldon_usage.waiting SET tries = $3, due = $4, reason = $5 WHERE sink = $1 AND arrived = $2',
    [sink, number, tries, due, reason],
  );
}

/** How many of a kind wait apart. */
export async function parked(session: Session, sink: string): Promise<number> {
  const [row] = await session.query(
    'SELECT count(*) AS count FROM seldon_usage.waiting WHERE sink = $1 AND due IS NOT NULL',
    [sink],
  );
  return row!.count as number;
}

/** Those that are due, first what is so for the longest time. */
export async function dueAgain(
  session: Session,
  kind: KindName,
  sink: string,
  most: {readonly reports: number; readonly bytes: number},
  due: {readonly until: number; readonly from: number},
): Promise<Again[]> {
  const rows = await session.query(
    `SELECT ${columns}, w.tries, w.due FROM (
        SELECT w.*, sum(octet_length(w.body)) OVER (ORDER BY w.due, w.arrived) - octet_length(w.body) AS sooner
        FROM (SELECT * FROM seldon_usage.waiting WHERE sink = $1 AND due IS NOT NULL AND (due <= $2 OR due >= $3)
          ORDER BY due, arrived LIMIT $4) AS w) AS w
      LEFT JOIN seldon_usage.cluster c ON c.name = w.cluster
      WHERE sooner <= $5 ORDER BY w.due, w.arrived`,
    [sink, due.until, due.from, most.reports, most.bytes],
  );
  return rows.map((row) => passedOf(kind, row) as Again);
}

/** Some that wait behind a number, by chance and none of them large. */
export async function furtherOn(
  session: Session,
  kind: KindName,
  sink: string,
  behind: number,
  most: number,
): Promise<Passed[]> {
  const [row] = await session.query(
    'SELECT max(arrived) AS last FROM seldon_usage.waiting WHERE sink = $1 AND due IS NULL AND arrived > $2',
    [sink, behind],
  );
  const last = row!.last as number | null;
  if (last === null) return [];
  const points = Array.from({length: most}, () => behind + 1 + Math.floor(Math.random() * (last - behind)));
  // Between the numbers of two batches is a gap: each point stands for some after it, or before it, by chance.
  const near = await session.query(
    `SELECT p.point, array_agg(w.arrived) AS numbers FROM unnest($3::bigint[], $4::boolean[]) AS p (point, forward)
      CROSS JOIN LATERAL (
        (SELECT arrived FROM seldon_usage.waiting
          WHERE p.forward AND sink = $1 AND due IS NULL AND arrived >= p.point ORDER BY arrived LIMIT $5)
        UNION ALL (SELECT arrived FROM seldon_usage.waiting
          WHERE NOT p.forward AND sink = $1 AND due IS NULL AND arrived > $2 AND arrived <= p.point
          ORDER BY arrived DESC LIMIT $5)) AS w
      GROUP BY p.point`,
    [sink, behind, points, points.map(() => Math.random() < 0.5), most],
  );
  const chosen = near.map(({numbers}) => numbers[Math.floor(Math.random() * numbers.length)]);
  const rows = await session.query(
    `SELECT ${columns} FROM seldon_usage.waiting w LEFT JOIN seldon_usage.cluster c ON c.name = w.cluster
      WHERE w.sink = $1 AND w.due IS NULL AND w.arrived = ANY($2::bigint[]) AND octet_length(w.body) <= $3
      ORDER BY w.arrived`,
    [sink, chosen, small],
  );
  return rows.map((one) => passedOf(kind, one));
}
