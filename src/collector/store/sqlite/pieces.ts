import type {DatabaseSync} from 'node:sqlite';
import {type ClockRecord, parseSpans} from '../../clock.ts';
import {type Kind, kindNames, kinds} from '../../kinds.ts';
import type {Grain} from '../../periods.ts';
import type {Cell} from '../contract.ts';
import type {KnownBodies, Of, Piece, ReportKey} from '../pieces.ts';
import {lastNumber} from './numbers.ts';
import {openCurrent} from './open.ts';
import {unpacked} from './packing.ts';
import {listed} from './rows.ts';
import {tables} from './tables.ts';

type Row = Record<string, string | number>;

/**
 * Everything that the store at `path` holds, of one state of it, also while a server writes: its log is kept as long.
 *
 * @param bodies that need not be read and unpacked
 * @throws {UserError} input, if there is no store or it can't be read
 */
export async function* piecesOf(path: string, bodies?: KnownBodies): AsyncGenerator<Piece, void> {
  const database = openCurrent(path);
  const rows = (query: string) => database.prepare(query).iterate() as Iterable<Row>;
  try {
    database.exec('BEGIN');
    for (const kind of all) {
      const last = lastNumber(database, tables[kind.name])();
      if (last > 0) yield {kind: 'numbered', ...of(kind), last};
    }
    for (const {spans, ...row} of rows('SELECT trusted, floor, wall, observed, credit, state, spans FROM clock'))
      yield {kind: 'clock', clock: {...(row as unknown as ClockRecord), ...parseSpans(String(spans))}};
    for (const kind of all) {
      const {clusters, days, cells, uncounted} = queriesOf(kind);
      for (const {unranked, ...row} of rows(clusters))
        yield {kind: 'cluster', ...of(kind), ...row, unranked: unranked === 1} as Piece & {kind: 'cluster'};
      for (const row of rows(days)) yield dayOf(kind, row);
      yield* reportsOf(database, kind, bodies);
      for (const {grain, period, ...cell} of rows(cells)) {
        const counter = {grain: grain as Grain, period: Number(period), cell: cell as unknown as Cell};
        yield {kind: 'cell', ...of(kind), ...counter};
      }
      for (const row of rows(uncounted)) yield {kind: 'uncounted', ...of(kind), ...row} as Piece & {kind: 'uncounted'};
    }
    for (const row of rows('SELECT day, reason, count FROM refused ORDER BY day, reason'))
      yield {kind: 'refused', ...row} as Piece & {kind: 'refused'};
    for (const row of rows('SELECT span, day, reason, count FROM refused_marked ORDER BY span, day, reason'))
      yield {kind: 'refused-in-doubt', ...row} as Piece & {kind: 'refused-in-doubt'};
  } finally {
    database.close();
  }
}

async function* reportsOf(
  database: DatabaseSync,
  kind: Kind,
  bodies: KnownBodies | undefined,
): AsyncGenerator<Piece, void> {
  const {keys, reports, body} = queriesOf(kind);
  const bodyOf = database.prepare(body);
  const isKnown = bodies !== undefined && !bodies.isSpent;
  for (const {once, span, ...row} of database.prepare(isKnown ? keys : reports).iterate() as Iterable<Row>) {
    const named = once === undefined || once === null ? {} : {once};
    const key = {...of(kind), ...row, ...named} as unknown as ReportKey;
    const known = isKnown ? await bodies.take(key, byNumber) : undefined;
    const text = known ?? unpacked(row.body ?? bodyOf.get(key.number)?.body);
    yield {kind: 'report', ...key, span: span as number, body: text};
  }
}

/** No number is given twice. */
function byNumber(a: ReportKey, b: ReportKey): number {
  return a.number - b.number;
}

const all = kindNames.map((name) => kinds[name]);

/** What a piece says of its kind of report. */
function of({name}: Kind): {of?: Of} {
  return name === 'spartakus' ? {} : {of: name};
}

function queriesOf(kind: Kind) {
  const {cluster, cluster_day, report, counter, changed} = tables[kind.name];
  const reports = (what: string) => `SELECT r.id AS number, r.received, c.name AS cluster, r.marked AS span
      ${kind.areNamed ? ', r.once' : ''}${what} FROM ${report} r CROSS JOIN ${cluster} c ON c.id = r.cluster ORDER BY r.id`;
  return {
    clusters: `SELECT name AS cluster, first_day AS first, last_day AS last, unranked FROM ${cluster} ORDER BY id`,
    days: `SELECT d.day, c.name AS cluster, d.arrived AS number, d.marked AS span, ${listed('d.name', kind.stored)}
      FROM ${cluster_day} d CROSS JOIN ${cluster} c ON c.id = d.cluster ORDER BY d.day, d.cluster`,
    keys: reports(''),
    reports: reports(', r.body'),
    body: `SELECT body FROM ${report} WHERE id = ?`,
    cells: `SELECT grain, period, dimension, value, ${kind.counted.join(', ')} FROM ${counter}
      ORDER BY grain, dimension, period, value`,
    uncounted: `SELECT day FROM ${changed} ORDER BY day`,
  };
}

function dayOf(kind: Kind, {day, cluster, number, span, ...values}: Row): Piece {
  const facts = Object.fromEntries(
    kind.stored.map((name) => [name, kind.flags.includes(name) ? values[name] === 1 : values[name]]),
  );
  return {kind: 'day', ...of(kind), day, cluster, number, span, facts} as Piece & {kind: 'day'};
}
