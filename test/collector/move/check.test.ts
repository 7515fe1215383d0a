import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {kinds} from '../../../src/collector/kinds.ts';
import {fieldsOf, headingOf, pieceOf, sumsOf} from '../../../src/collector/move/check.ts';
import {Adding, lineOf} from '../../../src/collector/move/lines.ts';
import {acceptedOn, eventOn, today} from '../store/suite.ts';

const {cluster, received, body, facts} = acceptedOn(today, 1);
const report = {kind: 'report', number: 1, received, cluster, span: 0, body};
const day = {
  kind: 'day',
  day: today,
  cluster,
  number: 1,
  span: 0,
  ...Object.fromEntries(kinds.spartakus.stored.map((name) => [name, facts[name]])),
};
const cell = {
  kind: 'cell',
  grain: 'month',
  period: 20_758,
  dimension: 'os',
  value: 'linux',
  clusters: 3,
  nodes: 5,
  cpu: 1,
};
const counter = {...cell, memory: 1, devices: 0, clamped: 0};
const came = eventOn(today, 1, {model_count: 3}, 'x');
const ofEvents = {kind: 'report', of: 'hodometer', number: 1, received: came.received, cluster: came.cluster, span: 0};
const event = {...ofEvents, body: came.body, once: 'x'};
const eventDay = {
  ...{kind: 'day', of: 'hodometer', day: today, cluster: came.cluster, number: 1, span: 0},
  ...Object.fromEntries(kinds.hodometer.stored.map((name) => [name, came.facts[name]])),
};
const eventCell = {
  ...{kind: 'cell', of: 'hodometer', grain: 'day', period: today, dimension: 'seen', value: 'one day', clusters: 3},
  ...Object.fromEntries(kinds.hodometer.sums.map((name) => [name, 2])),
};
const times = {trusted: 1, floor: 1, wall: 1, observed: 1, credit: 1};
const clock = {kind: 'clock', ...times, state: 'fresh', open: [{id: 1, shift: -5}], due: [], spans: 1};

for (const good of [
  ...[report, day, counter, clock, event, eventDay, eventCell],
  {...ofEvents, body: came.body},
  {kind: 'cluster', of: 'hodometer', cluster: came.cluster, first: today, last: today, unranked: true},
  {kind: 'uncounted', of: 'hodometer', day: 0},
  {kind: 'numbered', of: 'hodometer', last: 1},
  {kind: 'cluster', cluster, first: today, last: today, unranked: true},
  {kind: 'refused', day: today, reason: 'not-json', count: 3},
  {kind: 'refused-in-doubt', span: 2, day: today, reason: 'not-json', count: 3},
  {kind: 'uncounted', day: 0},
  {kind: 'numbered', last: 2 ** 50},
]) {
  test(`a line of kind ${good.kind}${'of' in good ? ` of ${good.of}` : ''} is read and written as it is`, () => {
    assert.is(lineOf(pieceOf(fieldsOf(JSON.stringify(good)))), JSON.stringify(good));
  });
}

const hostile: [what: string, line: object, message: RegExp][] = [
  ['an unknown kind', {kind: 'constructor'}, /unknown kind/],
  ['no kind', {}, /unknown kind/],
  ['a field more', {...report, more: 1}, /unknown field, more/],
  ['a field with an escape sequence', {...report, '\u001b[31mx': 1}, /unknown field, x$/],
  ['a negative day', {kind: 'uncounted', day: -1}, /no whole number as day/],
  ['half a day', {kind: 'uncounted', day: 1.5}, /no whole number as day/],
  ['a day as text', {kind: 'uncounted', day: '1'}, /no whole number as day/],
  ['a day far away', {kind: 'uncounted', day: 1e9}, /no whole number as day/],
  ['the number 0', {...report, number: 0}, /has the number 0/],
  ['a number that is not exact', {kind: 'numbered', last: 2 ** 53}, /no whole number as last/],
  ['a report of another cluster', {...report, cluster: acceptedOn(today, 2).cluster}, /another cluster/],
  ['a report that is none', {...report, body: '{}'}, /does not hold a report/],
  ['a report that is no text', {...report, body: 7}, /no body/],
  ['a report with more fields', {...report, body: body.replace('{', '{"x":1,')}, /that are not kept/],
  [
    'a report with a resource that is not kept',
    {...report, body: body.replace('"cpu"', '"acme.com/x"')},
    /that are not kept/,
  ],
  [
    'a report with a key twice',
    {...report, body: body.replace('{', '{"version":"v1",')},
    /not written as one is stored/,
  ],
  ['a report with a space', {...report, body: ` ${body}`}, /not written as one is stored/],
  ['a cluster in another spelling', {...day, cluster: cluster.toUpperCase()}, /not named as stores name it/],
  ['a cluster with a line break', {...day, cluster: 'a\nb'}, /a cluster that is not named/],
  ['a cluster that is too long', {...day, cluster: 'a'.repeat(257)}, /a cluster that is not named/],
  ['a word with an escape sequence', {...day, os: '\u001b[2J'}, /no valid text as os/],
  ['an empty word', {...day, os: ''}, /empty os/],
  ['a word that is too long', {...day, os: 'x'.repeat(300)}, /no valid text as os/],
  ['a flag that is a number', {...day, clamped: 1}, /neither true nor false as clamped/],
  ['an endless amount', {...counter, nodes: null}, /no whole number as nodes/],
  ['more clusters than there can be', {...counter, clusters: 1e300}, /no whole number as clusters/],
  ['a period that is none', {...counter, period: 20_759}, /a period that is not a month/],
  ['an unknown grain', {...counter, grain: 'year'}, /as grain none of/],
  ['an unknown dimension', {...counter, dimension: 'toString'}, /as dimension none of/],
  ['a cell of all with a name', {...counter, dimension: 'all'}, /no valid text as value/],
  ['a reason that is none', {kind: 'refused', day: 1, reason: 'a b', count: 1}, /reason that is not a word/],
  ['an unknown kind of report', {...event, of: 'x'}, /as of none of hodometer/],
  ['a clock of a kind of report', {...clock, of: 'hodometer'}, /unknown field, of/],
  ['a report that is of the other kind', {...report, of: 'hodometer'}, /does not hold an event/],
  ['an event that is of the other kind', {...event, of: undefined}, /unknown field, once/],
  [
    'an event with more properties',
    {...event, body: came.body.replace('{', '{"x":1,')},
    /not written as one is stored/,
  ],
  ['an event with a space', {...event, body: ` ${came.body}`}, /not written as one is stored/],
  ['an event of another cluster', {...event, cluster: eventOn(today, 2).cluster}, /another cluster/],
  ['an event with a name that is none', {...event, once: 1}, /does not hold an event/],
  ['a dimension of the other kind', {...eventCell, dimension: 'os'}, /as dimension none of/],
  ['a clock in no state', {...clock, state: 'x'}, /as state none of/],
  ['a clock with a span that is none', {...clock, open: [null]}, /span without a shift in open/],
  ['a clock with many spans', {...clock, due: Array(1001).fill({id: 1, shift: 1})}, /no list of spans in due/],
  [
    'a cluster that ends before it begins',
    {kind: 'cluster', cluster, first: 2, last: 1, unranked: false},
    /after its last/,
  ],
];
for (const [what, line, message] of hostile) {
  test(`${what} is refused`, () => assert.throws(() => pieceOf(fieldsOf(JSON.stringify(line))), message));
}

const id = '0b5b3c1e-8d4e-4d62-9d6a-2f6d5b1c9a10';
for (const [what, fields, message] of [
  ['another first line', {kind: 'day'}, /not the first line/],
  ['another format', {kind: 'export', format: 2, id, made: '', by: ''}, /of format 2; this one reads 1/],
  ['an id that is none', {kind: 'export', format: 1, id: '..', made: '', by: ''}, /not a UUID/],
] as const) {
  test(`${what} is no heading`, () => assert.throws(() => headingOf(fields), message));
}

test('sums are read as they are written, and nothing else is', () => {
  const sums = new Adding().sums();
  assert.equal(sumsOf({sums}), sums);
  assert.throws(() => sumsOf({}), /no sum of numbered/);
  assert.throws(
    () => sumsOf({sums: {...sums, cell: {count: 1, sum: 'x'}}}),
    /sum of cell that is not 16 hexadecimal digits/,
  );
});

test('a sum does not depend on the order, and depends on everything else', () => {
  const of = (lines: string[]) => {
    const adding = new Adding();
    for (const line of lines) adding.add('cell', line);
    return adding.sums().cell;
  };
  assert.equal(of(['a', 'b']), of(['b', 'a']));
  for (const other of [['a'], ['a', 'a'], ['a', 'b', 'b'], ['ab', '']])
    assert.is.not(of(other).sum, of(['a', 'b']).sum);
});

for (const line of ['[]', '7', 'null', '"x"', '{', '']) {
  test(`${JSON.stringify(line)} is no line`, () => assert.throws(() => fieldsOf(line), /is not (JSON|an object)/));
}

test.run();
