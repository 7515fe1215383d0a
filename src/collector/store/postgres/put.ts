import {UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import {type KindName, kindNames, kinds, type Kind as ReportKind} from '../../kinds.ts';
import {dayOf} from '../../periods.ts';
import type {Kind, Moved, Piece} from '../pieces.ts';
import {closeGate} from './lease.ts';
import {takeOver, valuesOf} from './rows.ts';
import type {Session} from './sessions.ts';
import {listed, listTypeOf, numbersOfBatch, sessionFor} from './sql.ts';

type Of<K extends Kind> = Piece & {readonly kind: K};
/** The number under which the marks of a span are kept; 0 stays 0. */
export type Marks = (span: number) => number;

/** Of which kind of report a piece is. */
function kindOf(piece: Piece): KindName {
  return ('of' in piece && piece.of) || 'spartakus';
}

/** Days whose partitions pieces of a kind need. */
export function daysOfPieces(pieces: readonly Piece[], kind: KindName): number[] {
  return pieces
    .filter((piece) => kindOf(piece) === kind)
    .flatMap((piece) => (piece.kind === 'day' ? [piece.day] : piece.kind === 'report' ? [dayOf(piece.received)] : []));
}

/** Takes pieces within the caller's transaction, all but the clock; each takes the place of one that has its key. */
export async function putPieces(plain: Session, pieces: readonly Piece[], marks: Marks): Promise<void> {
  for (const kind of kindNames) {
    const own = pieces.filter((piece) => kindOf(piece) === kind);
    if (own.length > 0) await putKind(sessionFor(kind, plain), kinds[kind], own, marks);
  }
  const refused = lastOf(pieces, 'refused', ({day, reason}) => `${day} ${reason}`);
  await plain.query(
    `INSERT INTO seldon_usage.refused SELECT * FROM unnest($1::int[], $2::text[], $3::bigint[])
      ON CONFLICT (day, reason) DO UPDATE SET count = excluded.count`,
    [refused.map(({day}) => day), refused.map(({reason}) => reason), refused.map(({count}) => count)],
  );
  for (const one of lastOf(pieces, 'refused-in-doubt', (one) => `${one.span} ${one.day} ${one.reason}`))
    await plain.query(
      `INSERT INTO seldon_usage.refused_marked VALUES ($1, $2, $3, $4)
        ON CONFLICT (span, day, reason) DO UPDATE SET count = excluded.count`,
      [marks(one.span), one.day, one.reason, one.count],
    );
}

/** Pieces of a sort, of each key the last: a statement gives each key one value. */
function lastOf<K extends Kind>(pieces: readonly Piece[], kind: K, key: (piece: Of<K>) => string): Of<K>[] {
  const found = new Map<string, Of<K>>();
  for (const piece of pieces) if (piece.kind === kind) found.set(key(piece as Of<K>), piece as Of<K>);
  return [...found.values()];
}

async function putKind(session: Session, kind: ReportKind, pieces: readonly Piece[], marks: Marks): Promise<void> {
  for (const {last} of lastOf(pieces, 'numbered', () => ''))
    await session.query("SELECT setval('seldon_usage.arrival', $1::bigint)", [last - numbersOfBatch + 1]);
  await putClusters(
    session,
    lastOf(pieces, 'cluster', ({cluster}) => cluster),
  );
  const days = lastOf(pieces, 'day', ({day, cluster}) => `${day} ${cluster}`);
  const reports = lastOf(pieces, 'report', ({number}) => String(number));
  const ids = await idsOf(
    session,
    [...days, ...reports].map(({cluster}) => cluster),
  );
  await putDays(session, kind, days, ids, marks);
  await putReports(session, reports, ids, marks);
  const cellKey = ({grain, period, cell}: Of<'cell'>) => `${grain} ${period} ${cell.dimension} ${cell.value}`;
  await putCells(session, kind, lastOf(pieces, 'cell', cellKey));
  await session.query('INSERT INTO seldon_usage.changed SELECT unnest($1::int[]) ON CONFLICT DO NOTHING', [
    lastOf(pieces, 'uncounted', ({day}) => String(day)).map(({day}) => day),
  ]);
}

/**
 * Keeps how far an import has come, within the transaction in which it comes so far. Several may be begun at once, and one may have
 * stood still: only one goes on from where an import is.
 *
 * @param before how far it was, as this process knows; undefined: it begins
 * @throws {UserError} input, if that is not so any more
 */
export async function keepMoved(session: Session, before: Moved | undefined, moved: Moved | undefined): Promise<void> {
  if (!before && moved) await beginMoving(session, moved);
  if (!before) return;
  const here = [before.id, before.lines];
  const mine = moved
    ? await session.query(
        'UPDATE seldon_usage.moved SET export = $3, lines = $4 WHERE export = $1 AND lines = $2 RETURNING 1',
        [...here, moved.id, moved.lines],
      )
    : await session.query('DELETE FROM seldon_usage.moved WHERE export = $1 AND lines = $2 RETURNING 1', here);
  if (mine.length === 0) throw another();
}

/** Nobody stores a report at this moment; who comes finds that an import is under way. */
async function beginMoving(session: Session, {id, lines}: Moved): Promise<void> {
  await closeGate(session);
  if ((await session.query('SELECT 1 FROM seldon_usage.moved')).length > 0) throw another();
  const any = ['cluster', 'hodometer_cluster', 'refused'].map(
    (table) => `EXISTS (SELECT 1 FROM seldon_usage.${table})`,
  );
  const [found] = await session.query(
    `SELECT ${any.join(' OR ')} OR EXISTS (SELECT 1 FROM seldon_usage.clock WHERE kept IS NOT NULL) AS any`,
  );
  if (found!.any)
    throw new UserError('input', 'Another seldon-usage serve has begun to use the store.', {
      suggestions: ['Stop it, and name an empty store with --store.'],
    });
  await session.query('INSERT INTO seldon_usage.moved (export, lines) VALUES ($1, $2)', [id, lines]);
}

function another(): UserError {
  return new UserError('input', 'Another seldon-usage serve import is at work on the store.', {
    suggestions: ['Let it finish. If it is stopped, the same export given again goes on where it was.'],
  });
}

/** How far an import has come; undefined: none is under way. */
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

async function putDays(
  session: Session,
  kind: ReportKind,
  all: readonly Of<'day'>[],
  ids: ReadonlyMap<string, number>,
  marks: Marks,
) {
  if (all.length === 0) return;
  const values = all.map(({facts}) => valuesOf(kind, facts));
  await session.query(
    `INSERT INTO seldon_usage.cluster_day (day, cluster, marked, arrived, ${listed('name', kind.stored)})
      SELECT * FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], ${kind.stored.map((name, i) => `$${i + 5}::${listTypeOf(kind, name)}`).join(', ')})
      ON CONFLICT (day, cluster) DO UPDATE SET ${takeOver(kind)}`,
    [
      ...[all.map(({day}) => day), all.map(({cluster}) => ids.get(cluster)), all.map(({span}) => marks(span))],
      all.map(({number}) => number),
      ...kind.stored.map((_, i) => values.map((row) => row[i])),
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
    `INSERT INTO seldon_usage.report AS r (day, cluster, sha256, marked, arrived, received, body, once)
      SELECT day, cluster, sha256(convert_to(body || '#' || arrived, 'UTF8')), marked, arrived, received, body, once
      FROM unnest($1::int[], $2::bigint[], $3::bigint[], $4::bigint[], $5::bigint[], $6::text[], $7::text[])
        AS g (day, cluster, marked, arrived, received, body, once)
      ON CONFLICT (day, cluster, sha256, marked) DO UPDATE SET received = excluded.received`,
    [
      ...[all.map(({received}) => dayOf(received)), all.map(({cluster}) => ids.get(cluster))],
      ...[all.map(({span}) => marks(span)), all.map(({number}) => number), all.map(({received}) => received)],
      ...[all.map(({body}) => body), all.map(({once}) => once ?? null)],
    ],
  );
  const named = all.filter(({once}) => once !== undefined);
  if (named.length > 0)
    await session.query(
      'INSERT INTO seldon_usage.once SELECT * FROM unnest($1::bigint[], $2::text[], $3::int[]) ON CONFLICT (cluster, once) DO UPDATE SET day = excluded.day',
      [
        named.map(({cluster}) => ids.get(cluster)),
        named.map(({once}) => once),
        named.map(({received}) => dayOf(received)),
      ],
    );
  const marked = all.filter(({span}) => span > 0);
  if (marked.length > 0)
    await session.query(
      'INSERT INTO seldon_usage.marked_day SELECT DISTINCT * FROM unnest($1::bigint[], $2::int[]) AS m (span, day) ON CONFLICT DO NOTHING',
      [marked.map(({span}) => marks(span)), marked.map(({received}) => dayOf(received))],
    );
}

async function putCells(session: Session, kind: ReportKind, all: readonly Of<'cell'>[]) {
  if (all.length === 0) return;
  const summed = kind.counted;
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
