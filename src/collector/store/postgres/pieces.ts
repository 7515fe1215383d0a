import {type ClockRecord, parseSpans, type Span} from '../../clock.ts';
import {type Facts, kindNames, kinds, type Kind as ReportKind} from '../../kinds.ts';
import type {Grain} from '../../periods.ts';
import type {Cell} from '../contract.ts';
import type {KnownBodies, Of, Piece} from '../pieces.ts';
import {type Kept, spansOfSlot} from './clock.ts';
import {fetched} from './fetched.ts';
import {eachLettingGo} from './few-locks.ts';
import {daysOf, type Partitioned} from './partitions.ts';
import {reportsOf} from './reports.ts';
import type {Row, Session} from './sessions.ts';
import {listed, numbersOfBatch, sessionFor} from './sql.ts';

/**
 * Everything that a store holds, within the caller's transaction, which sees one state of it.
 *
 * @param bodies that need not come over the network
 */
export async function* piecesOf(session: Session, bodies?: KnownBodies): AsyncGenerator<Piece, void> {
  for (const kind of all) {
    const [given] = await sessionFor(kind.name, session).query(
      'SELECT last_value AS last, is_called AS called FROM seldon_usage.arrival',
    );
    if (given!.called) yield {kind: 'numbered', ...of(kind), last: (given!.last as number) + numbersOfBatch - 1};
  }
  const {clock, spanOf} = await clockOf(session);
  if (clock) yield {kind: 'clock', clock};
  for (const kind of all) yield* ofKind(sessionFor(kind.name, session), kind, spanOf, bodies);
  const rows = (query: string) => fetched(session, query);
  for await (const row of rows('SELECT day, reason, count FROM seldon_usage.refused ORDER BY day, reason'))
    yield {kind: 'refused', ...row} as Piece & {kind: 'refused'};
  for await (const {span, ...row} of rows(
    'SELECT span, day, reason, count FROM seldon_usage.refused_marked ORDER BY span, day, reason',
  ))
    yield {kind: 'refused-in-doubt', span: spanOf(span as number), ...row} as Piece & {kind: 'refused-in-doubt'};
}

const all = kindNames.map((name) => kinds[name]);

/** What a piece says of its kind of report. */
function of({name}: ReportKind): {of?: Of} {
  return name === 'spartakus' ? {} : {of: name};
}

async function* ofKind(
  session: Session,
  kind: ReportKind,
  spanOf: (mark: number) => number,
  bodies: KnownBodies | undefined,
): AsyncGenerator<Piece, void> {
  const rows = (query: string) => fetched(session, query);
  for await (const row of rows(
    'SELECT name AS cluster, first_day AS first, last_day AS last, unranked FROM seldon_usage.cluster ORDER BY id',
  ))
    yield {kind: 'cluster', ...of(kind), ...row} as Piece & {kind: 'cluster'};
  const ofDays = async function* (table: Partitioned, read: (day: number) => AsyncGenerator<Row, void>) {
    for (const day of (await daysOf(session, table)).reverse()) yield* eachLettingGo(session, () => read(day));
  };
  for await (const row of ofDays('cluster_day', (day) =>
    rows(`SELECT d.day, c.name AS cluster, d.arrived AS number, d.marked, ${listed('d.name', kind.stored)}
      FROM seldon_usage.cluster_day d JOIN seldon_usage.cluster c ON c.id = d.cluster WHERE d.day = ${day} ORDER BY d.cluster`),
  ))
    yield dayOf(kind, row, spanOf);
  for await (const row of ofDays('report', (day) => reportsOf(session, kind, day, bodies))) {
    const {number, received, cluster, marked, body, once} = row;
    const named = once === null ? {} : {once};
    yield {kind: 'report', ...of(kind), number, received, cluster, span: spanOf(marked), body, ...named} as Piece & {
      kind: 'report';
    };
  }
  for await (const {grain, period, ...cell} of rows(
    `SELECT grain, period, dimension, value, ${listed('name::double precision AS name', kind.counted)}
      FROM seldon_usage.counter ORDER BY grain, dimension, period, value`,
  ))
    yield {kind: 'cell', ...of(kind), grain: grain as Grain, period: period as number, cell: cell as Cell};
  for await (const {day} of rows(
    'SELECT day FROM seldon_usage.changed UNION SELECT day FROM seldon_usage.pending ORDER BY day',
  ))
    yield {kind: 'uncounted', ...of(kind), day: day as number};
}

function dayOf(kind: ReportKind, row: Row, spanOf: (mark: number) => number): Piece {
  const {day, cluster, number, marked, ...values} = row;
  const facts = Object.fromEntries(
    kind.stored.map((name) => [name, kind.flags.includes(name) ? values[name] === 1 : values[name]]),
  ) as Facts;
  return {kind: 'day', ...of(kind), day, cluster, number, span: spanOf(marked), facts};
}

/**
 * One clock for what several processes kept, and the spans by which it knows their marks. Those of one process keep their
 * numbers; of several they get new ones, and what another one has not settled is dated by what it knows of it.
 */
async function clockOf(session: Session): Promise<{clock: ClockRecord | undefined; spanOf: (mark: number) => number}> {
  const rows = await session.query(
    `SELECT slot, kept FROM seldon_usage.clock WHERE kept IS NOT NULL
      ORDER BY kept->>'state' = 'settled' DESC, (kept->>'trusted')::bigint DESC, slot`,
  );
  const all = rows.map(({slot, kept}) => ({slot: slot as number, record: recordOf(kept as Kept)}));
  const [first, ...others] = all.filter(({record}, i) => i === 0 || record.open.length + record.due.length > 0);
  if (!first) return {clock: undefined, spanOf: (mark) => mark % spansOfSlot};
  if (others.length === 0) return {clock: first.record, spanOf: (mark) => mark % spansOfSlot};
  const numbers = new Map<number, number>();
  const numberOf = (mark: number) => {
    if (!numbers.has(mark)) numbers.set(mark, numbers.size + 1);
    return numbers.get(mark)!;
  };
  const renumbered = (slot: number, spans: readonly Span[]) =>
    spans.map(({id, shift}) => ({id: numberOf(slot * spansOfSlot + id), shift}));
  const due = [...renumbered(first.slot, first.record.due)];
  for (const {slot, record} of others) due.push(...renumbered(slot, [...record.due, ...record.open]));
  const open = renumbered(first.slot, first.record.open);
  return {
    clock: {...first.record, open, due, spans: numbers.size},
    spanOf: (mark) => (mark === 0 ? 0 : numberOf(mark)),
  };
}

function recordOf({trusted, floor, wall, observed, credit, state, spans}: Kept): ClockRecord {
  return {trusted, floor, wall, observed, credit, state, ...parseSpans(spans)};
}
