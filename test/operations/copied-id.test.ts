import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {Connection} from '../../src/cluster/connection/connection.ts';
import {writeLedger} from '../../src/delivery/ledger.ts';
import {prepareState} from '../../src/delivery/state-folder.ts';
import {CopiedID, isShownSame, nodesOf, refuseCopies} from '../../src/operations/copied-id.ts';
import {countedOnce, type Placed} from '../../src/operations/fleet.ts';
import type {Traits} from '../../src/operations/one-cluster.ts';
import {haveNodeInCommon} from '../../src/operations/one-cluster.ts';
import type {Report} from '../../src/report/index.ts';
import {sampleReport, sandbox} from '../delivery/sandbox.ts';
import {said, stored, traits} from './traits.ts';

/** A report with nodes of these IDs; undefined: they are left out. */
function reportOf(ids: string[] | undefined) {
  const {nodes, ...rest} = sampleReport(1);
  return ids ? {...rest, nodes: ids.map((id) => ({...nodes![0]!, id}))} : rest;
}

const cases: [one: string[] | undefined, other: string[] | undefined, common: boolean | undefined][] = [
  [['a', 'b'], ['b', 'c'], true],
  [['a', 'b'], ['c'], false],
  [[], ['a'], false],
  [[], [], undefined],
  [undefined, ['a'], undefined],
  [undefined, undefined, undefined],
];
for (const [one, other, common] of cases)
  test(`${JSON.stringify(one)} and ${JSON.stringify(other)}: ${common === undefined ? 'may be one' : common ? 'one' : 'two clusters'}`, () => {
    for (const [a, b] of [
      [one, other],
      [other, one],
    ])
      assert.is(haveNodeInCommon(nodesOf(reportOf(a)), nodesOf(reportOf(b))), common);
  });

const report: Report = reportOf(undefined);
const id = stored(report.clusterID);
const read = (context: string, more: Partial<Traits> = {}): Placed<Report> => ({
  context,
  result: report,
  traits: traits(id, undefined, {...said({'kube-system': 'k'}), ...more}),
});
const away = (context: string, more: Partial<Traits> = {}): Placed<Report> => ({
  context,
  error: new Error('no answer'),
  traits: traits(undefined, undefined, more),
});

/** What becomes of contexts whose reports hold no nodes, where the last report was sent by `before`. */
function outcomes(before: string | undefined, members: readonly Placed<Report>[], absent: Placed<Report>[] = []) {
  const user = sandbox();
  try {
    prepareState(user.folder);
    const sent = {id: '20260101T000000Z-aaaaaa', time: '2026-01-01T00:00:00.000Z', destination: 'https://c.example/'};
    const {clusterID} = report;
    if (before !== undefined)
      writeLedger(user.folder, {
        ...{...sent, clusterID, bytes: 3, sha256: 'a'.repeat(64), consent: 'asked', server: 'https://s'},
        ...{context: before, outcome: 'delivered', attempts: 1, status: 204},
      });
    const told = refuseCopies(countedOnce(members), (one: Report) => one, undefined, user.around, absent);
    return told.map((one: Placed<Report>) =>
      one.error instanceof CopiedID ? `as ${one.error.of}` : (one.sameAs ?? (one.result ? 'sent' : 'away')),
    );
  } finally {
    user.remove();
  }
}
const reached = (server: string, ca: string) => ({how: {}, connection: {server, ca, way: ''} as Connection});
const one = {report, reached: reached('https://one', 'CA')};
const shown: [what: string, other: Parameters<typeof isShownSame>[0], same: boolean | undefined][] = [
  ['another server and CA', {report, reached: reached('https://two', 'CB')}, undefined],
  ['another server without a CA', {report, reached: reached('https://two', '')}, undefined],
  ['the same CA', {report, reached: reached('https://two', 'CA')}, true],
  ['the same server', {report, reached: reached('https://one', '')}, true],
];
for (const [what, other, same] of shown)
  test(`an ID that was stored meanwhile and is another's, by ${what}: ${same ? 'one' : 'not shown'}`, () =>
    assert.is(isShownSame(one, other), same));
test('an ID that was stored meanwhile and is another’s, and nodes: they say whether it is one', () => {
  const of = (...ids: string[]) => ({...one, report: reportOf(ids)});
  assert.is(isShownSame(of('a'), of('b')), false);
  assert.is(isShownSame(of('a'), {...of('a'), reached: reached('https://two', 'CB')}), true);
});

const copy = () => read('copy', {ca: 'CB'});
const without: [what: string, before: string | undefined, members: Placed<Report>[], gets: string[]][] = [
  [
    'a copy that comes first silences nobody: neither is sent before one of them was',
    undefined,
    [copy(), read('a')],
    ['as a', 'as copy'],
  ],
  ['a copy that comes first and the one that was sent before', 'a', [copy(), read('a')], ['as a', 'sent']],
  ['a copy while the other is away', 'a', [copy(), away('a')], ['as a', 'away']],
  ['another context of the CA while the other is away', 'a', [read('b'), away('a')], ['sent', 'away']],
  ['one that was renamed', 'gone', [read('a')], ['sent']],
];
for (const [what, before, members, gets] of without)
  test(`without nodes: ${what}`, () => assert.equal(outcomes(before, members), gets));

test('without nodes: a copy that is due when the other is not', () => {
  assert.equal(outcomes('a', [copy()], [read('a')]), ['as a']);
  assert.equal(outcomes('a', [read('b')], [read('a')]), ['sent']);
});

test.run();
