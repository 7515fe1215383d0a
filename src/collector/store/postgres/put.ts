import {UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import {stored} from '../../columns.ts';
import {dayOf} from '../../periods.ts';
import type {Kind, Moved, Piece} from '../pieces.ts';
import {takeOver, valuesOf} from './rows.ts';
import type {Session} from './sessions.ts';
import {listed, listTypeOf, numbersOfBatch, summed} from './sql.ts';

type Of<K extends Kind> = Piece & {readonly kind: K};
/** The number under which the marks of a span are kept; 0 stays 0. */
export type Marks = (span: number) => number;

/** Days whose partitions pieces need. */
export function daysOfPieces(pieces: readonly Piece[]): number[] {
  return pieces.flatMap((piece) =>
    piece.kind === 'day' ? [piece.day] : piece.kind === 'report' ? [dayOf(piece.received)] : [],
  );
}

/** Takes pieces within the caller's transaction, all but the clock; each takes the place of one that has its key. */
export async function putPieces(session: Session, pieces: readonly Piece[], marks: Marks): Promise<void> {
  // A statement gives each key one value: the last.
  const of = <K extends Kind>(kind: K, key: (piece: Of<K>) => string): Of<K>[] => {
    const found = new Map<string, Of<K>>();
    for (const piece of pieces) if (piece.kind === kind) found.set(key(piece as Of<K>), piece as Of<K>);
    return [...found.values()];
  };
  for (const {last} of of('numbered', () => ''))
    await session.query("SELECT setval('seldon_usage.arrival', $1::bigint)", [last - numbersOfBatch + 1]);
  await putClusters(
    session,
    of('cluster', ({cluster}) => cluster),
  );
  const days = of('day', ({day, cluster}) => `${day} ${cluster}`);
  const reports = of('report', ({number}) => String(number));
  const ids = await idsOf(
    session,
    [...days, ...reports].map(({cluster}) => cluster),
  );
  await putDays(session, days, ids, marks);
  await putReports(session, reports, ids, marks);
  await putCells(
    session,
    of('cell', ({grain, period, cell}) => `${grain} ${period} ${cell.dimension} ${cell.value}`),
  );
  const refused = of('refused', ({day, reason}) => `${day} ${reason}`);
  await session.query(
    `INSERT INTO seldon_usage.refused SELECT * FROM unnest($1::int[], $2::text[], $3::bigint[])
      ON CONFLICT (day, reason) DO UPDATE SET count = excluded.count`,
    [refused.map(({day}) => day), refused.map(({reason}) => reason), refused.map(({count}) => count)],
  );
  for (const {span, day, reason, count} of of('refused-in-doubt', (one) => `${one.span} ${one.day} ${one.reason}`))
    await session.query(
      `INSERT INTO seldon_usage.refused_marked VALUES ($1, $2, $3, $4)
        ON CONFLICT (span, day, reason) DO UPDATE SET count = excluded.count`,
      [marks(span), day, reason, count],
    );
  await session.query('INSERT INTO seldon_usage.changed SELECT unnest($1::int[]) ON CONFLICT DO NOTHING', [
    of('uncounted', ({day}) => String(day)).map(({day}) => day),
  ]);
}

/** Keeps how far an import has come. */
export async function keepMoved(session: Session, moved: Moved | undefined): Promise<void> {
  await session.batch('DELETE FROM seldon_usage.moved');
  if (moved)
    await session.query('INSERT INTO seldon_usage.moved (export, lines) VALUES ($1, $2)', [moved.id, moved.lines]);
}

export async function movedOf(session: Session): Promise<Moved | undefined> {
  const [row] = await session.query('SELECT export AS id, lines FROM seldon_usage.moved');
  return row as Moved | undefined;
}

async function idsOf(session: Session, names: readonly string[]): Promise<ReadonlyMap<string, number>> {
  const wanted = [...new Set(names)];
  if (wanted.length === 0) return new Map();
  const rows = await session.query('SELECT name, id FROM seldon_usage.cluster WHERE name = ANY($1::text[])', [wanted]);
  const ids = new Map(rows.map(({name, id}) => [name as string, id as number]));
  const missing = wanted.find((name) => !ids.has(name));
  if (missing === undefined) return ids;
  throw new UserError('input', `The export has no cluster ${clean(missing, 100)}, of which it has more.`);
}

async function putClusters(session: Session, all: readonly Of<'cluster'>[]) {
  if (all.length === 0) return;
  await session.query(
    `INSERT INTO seldon_usage.cluster (name, first_day, last_day, unranked)
      SELECT * FROM unnest($1::text[], $2::int[], $3::int[], $4::boolean[])
      ON CONFLICT (name) DO UPDATE
      SET first_day = excluded.first_day, last_day = excluded.last_day, unranked = excluded.unranked`,
    [
      all.map((one) => one.cluster),
      all.map((one) => one.first),
      all.map((one) => one.last),
      all.map((one) => one.unranked),
    ],
  );
}

async function putDays(session: Session, all: readonly Of<'day'>[], ids: ReadonlyMap<string, number>, marks: Marks) {
  if (all.length === 0) return;
  const values = all.map(({facts}) => valuesOf(facts));
  await session.query(
    `INSERT INTO seldon_usage.cluster_day (day, cluster, marked, arrived, ${listed('name')})
      SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], ${stored.map((name, i) => `$${i + 5}::${listTypeOf(name)}`).join(', ')})
      ON CONFLICT (day, cluster) DO UPDATE SET ${takeOver}`,
    [
      ...[all.map(({day}) => day), all.map(({cluster}) => ids.get(cluster)), all.map(({span}) => marks(span))],
      all.map(({number}) => number),
      ...stored.map((_, i) => values.map((row) => row[i])),
    ],
  );
}

async function putReports(
  session: Session,
  all: readonly Of<'report'>[],
  ids: ReadonlyMap<string, number>,
  marks: Marks,
) {
  if (all.length === 0) return;
  // Other engines keep a text that came twice as two reports: with its number in it each stays what it is.
  await session.query(
    `INSERT INTO seldon_usage.report AS r (day, cluster, sha256, marked, arrived, received, body)
      SELECT day, cluster, sha256(convert_to(body || '#' || arrived, 'UTF8')), marked, arrived, received, body
      FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[])
        AS g (day, cluster, marked, arrived, received, body)
      ON CONFLICT (day, cluster, sha256, marked) DO UPDATE SET received = excluded.received`,
    [
      ...[all.map(({received}) => dayOf(received)), all.map(({cluster}) => ids.get(cluster))],
      ...[all.map(({span}) => marks(span)), all.map(({number}) => number), all.map(({received}) => received)],
      all.map(({body}) => body),
    ],
  );
  const marked = all.filter(({span}) => span > 0);
  if (marked.length > 0)
    await session.query(
      'INSERT INTO seldon_usage.marked_day SELECT DISTINCT * FROM unnest($1::bigint[], $2::int[]) AS m (span, day) ON CONFLICT DO NOTHING',
      [marked.map(({span}) => marks(span)), marked.map(({received}) => dayOf(received))],
    );
}

async function putCells(session: Session, all: readonly Of<'cell'>[]) {
  if (all.length === 0) return;
  await session.query(
    `INSERT INTO seldon_usage.counter (grain, period, dimension, value, ${summed.join(', ')})
      SELECT * FROM unnest($1::text[], $2::int[], $3::text[], $4::text[], ${summed.map((_, i) => `$${i + 5}::double precision[]`).join(', ')})
      ON CONFLICT (grain, dimension, period, value) DO UPDATE SET ${listed('name = excluded.name', summed)}`,
    [
      ...[all.map(({grain}) => grain), all.map(({period}) => period), all.map(({cell}) => cell.dimension)],
      ...[all.map(({cell}) => cell.value), ...summed.map((name) => all.map(({cell}) => cell[name as 'clusters']))],
    ],
  );
}
