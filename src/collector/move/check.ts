import {clean} from '../../foreign.ts';
import {isUuid} from '../../host/uuid.ts';
import {eventName} from '../../report/hodometer/properties.ts';
import {accept} from '../accept.ts';
import type {ClockRecord} from '../clock.ts';
import {clusterKey} from '../cluster-key.ts';
import {acceptEvent} from '../hodometer/event.ts';
import {type Facts, kinds as reportKinds} from '../kinds.ts';
import {grains, millisecondsADay, periodOf} from '../periods.ts';
import type {Accepted, Cell} from '../store/contract.ts';
import {type Kind, kinds, type Of, type Piece} from '../store/pieces.ts';
import {BadLine} from './bad-line.ts';
import type {Heading} from './export.ts';
import {format, keysOf, type Sum, type Sums} from './lines.ts';

/** Lines of an export, checked field by field: anybody may have written the file. Each throws a BadLine that says what is wrong. */

type Fields = Readonly<Record<string, unknown>>;

/** Days beyond the year 2500 are none. */
const mostDays = 200_000;
const mostMilliseconds = mostDays * millisecondsADay;
/** Numbers of reports and of requests: far from where a number is no longer exact. */
const mostNumber = 2 ** 50;
/** Spans that a clock has at once: many more than ever were. */
const mostSpans = 1000;
const mostText = 200;

/** The fields of a line. */
export function fieldsOf(line: string): Fields {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw new BadLine('is not JSON');
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) throw new BadLine('is not an object');
  return value as Fields;
}

/** The heading of an export. */
export function headingOf(fields: Fields): Heading {
  if (fields.kind !== 'export') throw new BadLine('is not the first line of an export');
  if (fields.format !== format) {
    throw new BadLine(
      `is of an export of format ${clean(JSON.stringify(fields.format) ?? 'none', 20)}; this one reads ${format}`,
    );
  }
  const id = text(fields, 'id', 36);
  if (!isUuid(id)) throw new BadLine('has an id that is not a UUID');
  return {id, made: text(fields, 'made', 40), by: text(fields, 'by', 100)};
}

/** The sums of an export, from its last line. */
export function sumsOf({sums}: Fields): Sums {
  const of = (kind: Kind): Sum => {
    const sum = (sums as Record<string, Fields> | undefined)?.[kind];
    if (typeof sum !== 'object' || sum === null) throw new BadLine(`has no sum of ${kind}`);
    const digits = text(sum, 'sum', 16);
    if (!/^[\da-f]{16}$/.test(digits)) throw new BadLine(`has a sum of ${kind} that is not 16 hexadecimal digits`);
    return {count: whole(sum, 'count', mostNumber), sum: digits};
  };
  return Object.fromEntries(kinds.map((kind) => [kind, of(kind)])) as Sums;
}

/** The piece of a line. */
export function pieceOf(fields: Fields): Piece {
  const kind = kinds.find((kind) => kind === fields.kind);
  if (!kind) throw new BadLine('is of an unknown kind');
  const {of} = ofReports(kind, fields);
  const known = keysOf(kind, of);
  const unknown = Object.keys(fields).find((key) => !known.includes(key));
  // It would be lost without a word.
  if (unknown !== undefined) throw new BadLine(`has an unknown field, ${clean(unknown, 40)}`);
  return readers[kind](fields);
}

const readers: {readonly [kind in Kind]: (fields: Fields) => Piece} = {
  numbered: (fields) => ({kind: 'numbered', ...of(fields), last: whole(fields, 'last', mostNumber)}),
  clock: (fields) => ({kind: 'clock', clock: clockOf(fields)}),
  cluster: (fields) => {
    const [first, last] = [day(fields, 'first'), day(fields, 'last')];
    if (first > last) throw new BadLine('has a first day after its last');
    return {kind: 'cluster', ...of(fields), cluster: cluster(fields), first, last, unranked: flag(fields, 'unranked')};
  },
  day: (fields) => ({
    kind: 'day',
    ...of(fields),
    ...{day: day(fields), cluster: cluster(fields), number: whole(fields, 'number', mostNumber), span: span(fields)},
    facts: factsOf(fields),
  }),
  report: reportOf,
  cell: (fields) => {
    const grain = oneOf(fields, 'grain', grains);
    const period = day(fields, 'period');
    if (periodOf(grain, period) !== period) throw new BadLine(`has a period that is not a ${grain}`);
    return {kind: 'cell', ...of(fields), grain, period, cell: cellOf(fields)};
  },
  refused: (fields) => ({kind: 'refused', ...refusedOf(fields)}),
  'refused-in-doubt': (fields) => ({kind: 'refused-in-doubt', span: span(fields), ...refusedOf(fields)}),
  uncounted: (fields) => ({kind: 'uncounted', ...of(fields), day: day(fields)}),
};

/** A report is judged as one that arrives, and must be as it would be stored: nothing of it may be unknown. */
function reportOf(fields: Fields): Piece {
  const {body} = fields;
  if (typeof body !== 'string') throw new BadLine('has no body');
  const received = whole(fields, 'received', mostMilliseconds);
  const name = cluster(fields);
  const named = of(fields);
  const accepted = named.of === 'hodometer' ? acceptedEvent(body, fields.once) : acceptedReport(body, received);
  // JSON can hide what its parser does not tell: a key that comes twice.
  if (JSON.stringify(JSON.parse(body)) !== body) throw new BadLine('has a report that is not written as one is stored');
  if (accepted.cluster !== name) throw new BadLine('has a report of another cluster');
  const number = whole(fields, 'number', mostNumber);
  if (number === 0) throw new BadLine('has the number 0');
  const once = accepted.once === undefined ? {} : {once: accepted.once};
  return {kind: 'report', ...named, number, received, cluster: name, span: span(fields), body, ...once};
}

function acceptedReport(body: string, received: number): Accepted {
  const judged = accept(Buffer.from(body), received);
  if (!judged.accepted) throw new BadLine(`does not hold a report: ${judged.message}`);
  if (judged.droppedFields + judged.droppedResources + judged.droppedExtensions > 0)
    throw new BadLine('has a report with fields, resources or extensions that are not kept');
  return judged.accepted;
}

/** An event is stored without what it came in, which is put around it again. */
function acceptedEvent(body: string, once: unknown): Accepted {
  const properties = fieldsOf(body);
  const event = {event: eventName, properties: {...properties, ...(once === undefined ? {} : {$insert_id: once})}};
  const judged = acceptEvent(Buffer.from(JSON.stringify(event)), 0);
  if (!judged.accepted) throw new BadLine(`does not hold an event: ${judged.message}`);
  if (judged.accepted.body !== body) throw new BadLine('has an event that is not written as one is stored');
  return judged.accepted;
}

/** Of which kind of report a piece is; nothing is said of Spartakus'. */
function ofReports(kind: Kind, fields: Fields): {of?: Of} {
  return ['clock', 'refused', 'refused-in-doubt'].includes(kind) ? {} : of(fields);
}

function kindOf(fields: Fields) {
  return reportKinds[of(fields).of ?? 'spartakus'];
}

function of(fields: Fields): {of?: Of} {
  return fields.of === undefined ? {} : {of: oneOf(fields, 'of', ['hodometer'] as const)};
}

function factsOf(fields: Fields): Facts {
  const {stored, words, flags} = kindOf(fields);
  const values = stored.map((name) => {
    if (words.includes(name)) return [name, word(fields, name)];
    return [name, flags.includes(name) ? flag(fields, name) : whole(fields, name, mostNumber)];
  });
  return Object.fromEntries(values);
}

function cellOf(fields: Fields): Cell {
  const kind = kindOf(fields);
  const dimension = oneOf(fields, 'dimension', kind.dimensions);
  const sums = kind.counted.map((name) => [
    name,
    whole(fields, name, name === 'clusters' ? mostNumber : Number.MAX_VALUE),
  ]);
  return {
    dimension,
    value: dimension === 'all' ? text(fields, 'value', 0) : word(fields, 'value'),
    ...Object.fromEntries(sums),
  };
}

function refusedOf(fields: Fields): {day: number; reason: string; count: number} {
  const reason = text(fields, 'reason', 40);
  if (!/^[a-z-]+$/.test(reason)) throw new BadLine('has a reason that is not a word');
  return {day: day(fields), reason, count: whole(fields, 'count', mostNumber)};
}

function clockOf(fields: Fields): ClockRecord {
  const spans = (key: 'open' | 'due') => {
    const list = fields[key];
    if (!Array.isArray(list) || list.length > mostSpans) throw new BadLine(`has no list of spans in ${key}`);
    return (list as Fields[]).map((one) => {
      if (
        typeof one !== 'object' ||
        one === null ||
        !Number.isSafeInteger(one.shift) ||
        Math.abs(one.shift as number) > mostMilliseconds
      )
        throw new BadLine(`has a span without a shift in ${key}`);
      return {id: whole(one, 'id', mostNumber), shift: one.shift as number};
    });
  };
  const time = (key: string) => whole(fields, key, mostMilliseconds);
  return {
    ...{trusted: time('trusted'), floor: time('floor'), wall: time('wall')},
    ...{observed: time('observed'), credit: time('credit')},
    state: oneOf(fields, 'state', ['settled', 'fresh', 'doubted'] as const),
    ...{open: spans('open'), due: spans('due'), spans: whole(fields, 'spans', mostNumber)},
  };
}

function whole(fields: Fields, key: string, most: number): number {
  const value = fields[key];
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most) return value;
  throw new BadLine(`has no whole number as ${key}`);
}

function day(fields: Fields, key = 'day'): number {
  return whole(fields, key, mostDays);
}

function span(fields: Fields): number {
  return whole(fields, 'span', mostNumber);
}

function flag(fields: Fields, key: string): boolean {
  const value = fields[key];
  if (typeof value === 'boolean') return value;
  throw new BadLine(`has neither true nor false as ${key}`);
}

function text(fields: Fields, key: string, most: number): string {
  const value = fields[key];
  if (typeof value === 'string' && value.length <= most && clean(value, mostText) === value) return value;
  throw new BadLine(`has no valid text as ${key}`);
}

/** A value of the statistics' vocabularies. */
function word(fields: Fields, key: string): string {
  const value = text(fields, key, mostText);
  if (value !== '') return value;
  throw new BadLine(`has an empty ${key}`);
}

function oneOf<T extends string>(fields: Fields, key: string, values: readonly T[]): T {
  const value = values.find((one) => one === fields[key]);
  if (value !== undefined) return value;
  throw new BadLine(`has as ${key} none of ${values.join(', ')}`);
}

/** The name of a cluster as a store has it. */
function cluster(fields: Fields): string {
  const value = fields.cluster;
  if (typeof value === 'string' && value.length <= 256 && /^[\x20-\x7e]+$/.test(value) && clusterKey(value) === value)
    return value;
  throw new BadLine('has a cluster that is not named as stores name it');
}
