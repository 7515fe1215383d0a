import {type Kind, type KindName, kindNames, kinds} from '../../kinds.ts';
import {dayOf, millisecondsADay} from '../../periods.ts';
import type {Counting} from './counting.ts';
import {lettingGo} from './few-locks.ts';
import {daysOf, type Partitions} from './partitions.ts';
import {insertRow, takeOver, valuesOf} from './rows.ts';
import type {Session} from './sessions.ts';
import {redateWaiting} from './sinks.ts';
import {sessionFor} from './sql.ts';

/** Is told of the days on which the rows of a cluster changed, and of what is not counted anew. */
interface Recounting {
  changed(cluster: number, days: readonly number[]): Promise<void>;
  /** The text of a report can't be read any more. */
  damaged(): void;
}

interface Marked {
  readonly day: number;
  readonly cluster: number;
  readonly sha256: Buffer;
  readonly arrived: number;
  readonly received: number;
  readonly body: string;
  readonly once: string | null;
}

/** What is to be put right: what is marked with a span, at most so many. */
export interface Redating {
  readonly shift: number;
  /** The number under which the marks of the span are kept. */
  readonly marked: number;
  readonly most: number;
}

export interface Redated {
  /** 0: none is left. */
  readonly count: number;
  /** Of how many the text can't be read any more. */
  readonly damaged: number;
}

/**
 * Puts the dates of a span right, of each kind, within the caller's transaction, which holds the lease and has the gate closed:
 * of what is stored, of what waits for sinks, and last of what was refused.
 */
export async function redate(
  session: Session,
  {shift, marked, most}: Redating,
  counts: Readonly<Record<KindName, Counting>>,
): Promise<Redated> {
  let [count, damaged] = [0, 0];
  for (const name of kindNames) {
    const ofKind = sessionFor(name, session);
    const recounting: Recounting = {
      changed: (cluster, days) => counts[name].changed(session, cluster, days),
      damaged: () => void damaged++,
    };
    if (count < most)
      count += await redateReports(ofKind, kinds[name], {shift, marked, most: most - count}, recounting);
    if (count < most) count += await redateWaiting(ofKind, {shift, marked, most: most - count});
  }
  if (count === 0) await moveRefused(session, shift, marked);
  return {count, damaged};
}

/**
 * Reports of a kind. Each that is dated anew gives its cluster the row of its day, unless one that arrived later has it: so rows
 * come back that a wrongly dated report had taken the place of, since that one's own predecessors of that day are dated anew
 * too.
 */
async function redateReports(
  session: Session,
  kind: Kind,
  {shift, marked, most}: Redating,
  counting: Recounting,
): Promise<number> {
  const [next] = await session.query('SELECT min(day) AS day FROM seldon_usage.marked_day WHERE span = $1', [marked]);
  const day = next!.day as number | null;
  if (day === null) return 0;
  const settled = shift === 0 ? await unmark(session, day, marked, most) : 0;
  if (settled > 0) return settled;
  const rows = (await session.query(
    `SELECT day, cluster, sha256, arrived, received, body, once FROM seldon_usage.report r
      WHERE day = $1 AND marked = $2 AND EXISTS (SELECT 1 FROM seldon_usage.cluster c WHERE c.id = r.cluster)
      ORDER BY arrived LIMIT $3`,
    [day, marked, most],
  )) as unknown as Marked[];
  for (const row of rows) await move(session, kind, row, {shift, marked}, counting);
  if (rows.length > 0) return rows.length;
  await session.query('DELETE FROM seldon_usage.marked_day WHERE span = $1 AND day = $2', [marked, day]);
  return redateReports(session, kind, {shift, marked, most}, counting);
}

/**
 * Takes the marks of reports whose dates were right, those that change nothing else: the row of the day is of the same report,
 * or of one that arrived later. A new store marks what comes on its first day.
 */
async function unmark(session: Session, day: number, marked: number, most: number): Promise<number> {
  const rows = await session.query(
    `WITH settled AS (
        UPDATE seldon_usage.report r SET marked = 0 FROM (
          SELECT m.cluster, m.sha256, d.marked = $2 AND d.arrived = m.arrived AS own
          FROM seldon_usage.report m JOIN seldon_usage.cluster_day d ON d.day = $1 AND d.cluster = m.cluster
          WHERE m.day = $1 AND m.marked = $2
            AND (d.marked = $2 AND d.arrived >= m.arrived OR d.marked = 0 AND d.arrived > m.arrived)
            AND NOT EXISTS (SELECT 1 FROM seldon_usage.report o
              WHERE o.day = $1 AND o.cluster = m.cluster AND o.sha256 = m.sha256 AND o.marked = 0)
          LIMIT $3) AS m
        WHERE r.day = $1 AND r.cluster = m.cluster AND r.sha256 = m.sha256 AND r.marked = $2
        RETURNING r.cluster, m.own
      ), rows AS (
        UPDATE seldon_usage.cluster_day SET marked = 0
        WHERE day = $1 AND marked = $2 AND cluster IN (SELECT cluster FROM settled WHERE own)
      )
      SELECT count(*) AS count FROM settled`,
    [day, marked, most],
  );
  return rows[0]!.count as number;
}

/** The days that reports of a span go to: their partitions have to be there before. */
export async function makeRoom(
  session: Session,
  {shift, marked}: {shift: number; marked: number},
  partitions: Partitions,
) {
  const rows = await session.query('SELECT day FROM seldon_usage.marked_day WHERE span = $1', [marked]);
  const moved = rows.flatMap(({day}) => {
    const start = (day as number) * millisecondsADay + shift;
    return [dayOf(start), dayOf(start + millisecondsADay - 1)];
  });
  await partitions.ensure(moved);
}

async function move(
  session: Session,
  kind: Kind,
  row: Marked,
  {shift, marked}: {shift: number; marked: number},
  counting: Recounting,
) {
  const {day: from, cluster, sha256, arrived, received, body, once} = row;
  const to = dayOf(received + shift);
  await session.query(
    'DELETE FROM seldon_usage.report WHERE day = $1 AND cluster = $2 AND sha256 = $3 AND marked = $4',
    [...[from, cluster, sha256, marked]],
  );
  await session.query(
    `INSERT INTO seldon_usage.report AS r (day, cluster, sha256, marked, arrived, received, body, once)
      VALUES ($1, $2, $3, 0, $4, $5, $6, $7) ON CONFLICT (day, cluster, sha256, marked) DO UPDATE
      SET arrived = greatest(r.arrived, excluded.arrived), received = greatest(r.received, excluded.received)`,
    [to, cluster, sha256, arrived, received + shift, body, once],
  );
  if (once !== null)
    await session.query('UPDATE seldon_usage.once SET day = $3 WHERE cluster = $1 AND once = $2', [cluster, once, to]);
  const facts = factsOf(kind, body);
  // Of one that is damaged the row of its day stays where it is, as far as there is one.
  if (!facts) {
    counting.damaged();
    return;
  }
  const dropped =
    from === to
      ? []
      : await session.query(
          `DELETE FROM seldon_usage.cluster_day
            WHERE day = $1 AND cluster = $2 AND marked = $3 AND arrived = $4 RETURNING 1`,
          [from, cluster, marked, arrived],
        );
  await session.query(
    `${insertRow(kind)} ON CONFLICT (day, cluster) DO UPDATE SET ${takeOver(kind)} WHERE d.marked > 0 OR d.arrived <= excluded.arrived`,
    [to, cluster, 0, arrived, ...facts],
  );
  const moved = dropped.length > 0;
  const next = moved ? await nearestRow(session, cluster, from, to) : to;
  await session.query(
    `UPDATE seldon_usage.cluster SET
      first_day = least($2, CASE WHEN first_day = $3 THEN $4 ELSE first_day END),
      last_day = greatest($2, CASE WHEN last_day = $3 THEN $4 ELSE last_day END) WHERE id = $1`,
    [cluster, to, moved ? from : null, next],
  );
  // On the next day the cluster may be a new one now.
  await session.query('INSERT INTO seldon_usage.changed SELECT unnest($1::int[]) ON CONFLICT DO NOTHING', [
    [...new Set([from, to, next])],
  ]);
  await counting.changed(cluster, [from, to]);
}

/** The values of a row; undefined: the text is damaged. */
function factsOf(kind: Kind, body: string): ReturnType<typeof valuesOf> | undefined {
  try {
    return valuesOf(kind, kind.facts(body));
  } catch {
    return undefined;
  }
}

/** The day next to `from` on the way to `to` on which the cluster has a row. */
async function nearestRow(session: Session, cluster: number, from: number, to: number): Promise<number> {
  const between = await daysOf(session, 'cluster_day', Math.min(from, to) + 1, Math.max(from, to) - 1);
  for (const day of to > from ? between.reverse() : between) {
    const [row] = await lettingGo(session, () =>
      session.query('SELECT 1 FROM seldon_usage.cluster_day WHERE day = $1 AND cluster = $2', [day, cluster]),
    );
    if (row) return day;
  }
  return to;
}

/** Moves the counts of refused reports that are marked with a span, and takes the marks. */
async function moveRefused(session: Session, shift: number, marked: number) {
  const days = Math.round(shift / millisecondsADay);
  if (days !== 0) {
    await session.query(
      `UPDATE seldon_usage.refused r SET count = r.count - m.count FROM seldon_usage.refused_marked m
        WHERE m.span = $1 AND m.day = r.day AND m.reason = r.reason`,
      [marked],
    );
    await session.query(
      `INSERT INTO seldon_usage.refused AS r SELECT day + $2, reason, count FROM seldon_usage.refused_marked WHERE span = $1
        ON CONFLICT (day, reason) DO UPDATE SET count = r.count + excluded.count`,
      [marked, days],
    );
    await session.batch('DELETE FROM seldon_usage.refused WHERE count <= 0');
  }
  await session.query('DELETE FROM seldon_usage.refused_marked WHERE span = $1', [marked]);
}
