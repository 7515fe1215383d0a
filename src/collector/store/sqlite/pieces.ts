import {type ClockRecord, parseSpans} from '../../clock.ts';
import {type ClusterFacts, flags, stored} from '../../columns.ts';
import type {Grain} from '../../periods.ts';
import type {Cell, Dimension} from '../contract.ts';
import type {Piece} from '../pieces.ts';
import {summed} from './derived.ts';
import {lastNumber} from './numbers.ts';
import {openForReading} from './open.ts';
import {unpacked} from './packing.ts';
import {listed} from './rows.ts';

type Row = Record<string, string | number>;

/**
 * Everything that the store at `path` holds, of one state of it, also while a server writes: its log is kept as long.
 *
 * @throws {UserError} input, if there is no store or it can't be read
 */
export function* piecesOf(path: string): Generator<Piece, void> {
  const database = openForReading(path);
  const rows = (query: string) => database.prepare(query).iterate() as Iterable<Row>;
  try {
    database.exec('BEGIN');
    const last = lastNumber(database)();
    if (last > 0) yield {kind: 'numbered', last};
    for (const {spans, ...row} of rows('SELECT trusted, floor, wall, observed, credit, state, spans FROM clock'))
      yield {kind: 'clock', clock: {...(row as unknown as ClockRecord), ...parseSpans(String(spans))}};
    for (const {unranked, ...row} of rows(clusters))
      yield {kind: 'cluster', ...row, unranked: unranked === 1} as Piece & {kind: 'cluster'};
    for (const row of rows(days)) yield dayOf(row);
    for (const {body, ...row} of rows(reports))
      yield {kind: 'report', ...row, body: unpacked(body as string)} as Piece & {kind: 'report'};
    for (const {grain, period, ...cell} of rows(cells))
      yield {kind: 'cell', grain: grain as Grain, period: Number(period), cell: cell as Cell & {dimension: Dimension}};
    for (const row of rows('SELECT day, reason, count FROM refused ORDER BY day, reason'))
      yield {kind: 'refused', ...row} as Piece & {kind: 'refused'};
    for (const row of rows('SELECT span, day, reason, count FROM refused_marked ORDER BY span, day, reason'))
      yield {kind: 'refused-in-doubt', ...row} as Piece & {kind: 'refused-in-doubt'};
    for (const row of rows('SELECT day FROM changed ORDER BY day'))
      yield {kind: 'uncounted', ...row} as Piece & {kind: 'uncounted'};
  } finally {
    database.close();
  }
}

const clusters = 'SELECT name AS cluster, first_day AS first, last_day AS last, unranked FROM cluster ORDER BY id';
const days = `SELECT d.day, c.name AS cluster, d.arrived AS number, d.marked AS span, ${listed('d.name')}
  FROM cluster_day d CROSS JOIN cluster c ON c.id = d.cluster ORDER BY d.day, d.cluster`;
const reports = `SELECT r.id AS number, r.received, c.name AS cluster, r.marked AS span, r.body
  FROM report r CROSS JOIN cluster c ON c.id = r.cluster ORDER BY r.id`;
const cells = `SELECT grain, period, dimension, value, ${summed.join(', ')} FROM counter
  ORDER BY grain, dimension, period, value`;

function dayOf({day, cluster, number, span, ...values}: Row): Piece {
  const facts = Object.fromEntries(
    stored.map((name) => [name, (flags as readonly string[]).includes(name) ? values[name] === 1 : values[name]]),
  );
  return {kind: 'day', day, cluster, number, span, facts: facts as unknown as ClusterFacts} as Piece & {kind: 'day'};
}
