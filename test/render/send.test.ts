import {Chalk} from 'chalk';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {idConfigMap} from '../../src/cluster/stored-id.ts';
import {destination} from '../../src/delivery/destination.ts';
import type {Preview} from '../../src/operations/send.ts';
import type {PeriodEvent} from '../../src/operations/send-period.ts';
import {renderDiff} from '../../src/render/diff.ts';
import {renderHistory} from '../../src/render/history.ts';
import {eventLine, renderPreview, renderQuestion} from '../../src/render/send.ts';
import {sampleReport} from '../delivery/sandbox.ts';

const plain = new Chalk({level: 0});
const report = sampleReport(1);
const cluster = {context: 'prod\u001b[31m', server: 'https://api.example:6443', user: 'jane'};
const preview = (more: object = {}, url = 'https://c.example/x?token=hunter2') =>
  ({
    report,
    bytes: '{}',
    size: 2048,
    sha256: 'ab',
    origin: 'flag',
    destinations: [destination(url)],
    wider: [],
    askedCluster: true,
    ...more,
  }) as Preview;

const questions: [what: string, preview: Preview, says: RegExp][] = [
  [
    'a cluster',
    preview({collected: {cluster}}),
    /^Send this report \(2 KiB\) of the cluster of context prod, server https:\/\/api\.example:6443, user jane to https:\/\/c\.example\/x\?$/,
  ],
  ['nodes of a file', preview({collected: {}}), /of the nodes that --nodes gave to/],
  ['a file', preview({file: 'report.json'}), /of the file report\.json to/],
  [
    'plain http',
    preview({file: 'a'}, 'http://c.example'),
    /plain http: whoever owns or overhears that name can read it/,
  ],
];
const made = idConfigMap('seldon-system', '846db7e9-c861-43d7-8d08-31578af59878');
questions.push(
  [
    'what it makes',
    preview({collected: {cluster}, makes: made}),
    /ConfigMap seldon-usage in the namespace seldon-system with cluster-id: 846db7e9.*labels .*annotation/,
  ],
  [
    'what it puts into a ConfigMap that is there',
    preview({
      collected: {cluster},
      makes: {metadata: {name: 'seldon-usage', namespace: 'kube-system'}, data: made.data},
    }),
    /ConfigMap seldon-usage in the namespace kube-system, which is there, gets cluster-id: 846db7e9[^;]*; all else in it stays/,
  ],
  [
    'what is wider',
    preview({collected: {cluster}, wider: ['the field nodes.osImage']}),
    /more than the last report .*: the field nodes\.osImage/,
  ],
  ['who was not asked', preview({file: 'a', askedCluster: false}), /No cluster was asked whether it forbids reports/],
);
test('what sending makes is told once: by the question, or where none follows with the report', () => {
  const shown = preview({destination: {value: 'x', origin: 'flag'}, file: 'a', makes: made});
  const count = (asks: boolean) => renderPreview(shown, 'f', 80, plain, asks).split('puts the ID').length - 1;
  assert.equal([count(true), count(false)], [0, 1]);
  assert.is(renderQuestion(shown).split('puts the ID').length - 1, 1);
});
for (const [what, shown, says] of questions) {
  test(`the question about ${what}`, () => {
    assert.match(renderQuestion(shown), says);
    assert.not.match(renderQuestion(shown), /hunter2|\u001b/);
  });
}

const now = () => new Date('2026-01-02T03:04:05.678Z');
const events: [event: PeriodEvent, line: string][] = [
  [{event: 'started', period: 86_400_000}, 'started: a report every 24h'],
  [{event: 'started', period: 5_400_500}, 'started: a report every 1h30m0.5s'],
  [
    {event: 'delivered', id: 'i', destination: 'd', bytes: 3_000_000, status: 204},
    'delivered: 2.9 MiB to d (204) as i',
  ],
  [
    {event: 'failed', id: 'i', destination: 'd', attempts: 2, reason: 'r', mayHaveArrived: true},
    'failed: d r (2 attempts); the report waits as i, and may have arrived',
  ],
  [{event: 'retry', destination: 'd', reason: 'r', wait: 1200}, 'retry: d r; again in 2 seconds'],
  [{event: 'warning', message: 'm'}, 'warning: m'],
  [{event: 'error', code: 'cluster', message: 'm.', suggestions: ['Try a.', 'Try b.']}, 'error: m. Try a. Try b.'],
  [{event: 'next', at: '2026-01-03T00:00:00.000Z'}, 'next: 2026-01-03T00:00:00.000Z'],
];
for (const [event, line] of events) {
  test(`a line for: ${event.event}`, () => {
    assert.is(eventLine('text', now)(event), `2026-01-02T03:04:05.678Z ${line}\n`);
    const json = eventLine('json', now)(event);
    assert.match(json, /^[^\n]+\n$/);
    assert.equal(JSON.parse(json), {time: '2026-01-02T03:04:05.678Z', ...event});
  });
}

const entry = {
  id: '20260102T030405Z-abcdef',
  time: '2026-01-02T03:04:05.000Z',
  destination: 'https://usage.example.com/api/v1',
  clusterID: report.clusterID,
  bytes: 2048,
  sha256: 'ab',
  context: 'prod\u001b[31m',
  consent: 'asked',
  state: 'delivered',
} as const;

test('the history fits the terminal, and says of each report what became of it', () => {
  const entries = [
    entry,
    {...entry, state: 'waiting', reason: 'refuses connections', attempts: 3, uncertain: true} as const,
    {...entry, state: 'superseded', by: 'x'} as const,
  ];
  for (const width of [60, 80, 120]) {
    const text = renderHistory({entries, unreadable: 1, folder: '/state'}, width, plain);
    for (const says of ['delivered', 'it refuses connections (3 attempts)', 'may have arrived', 'Superseded by x'])
      assert.match(text.replace(/\n +/g, ' '), says);
    assert.match(text, "1 line of the ledger can't be read");
    assert.not.match(text, '\u001b');
  }
  assert.match(renderHistory({entries: [], unreadable: 0, folder: '/state'}, 80, plain), /^Nothing was sent/);
});

test('the difference, a line for each change', () => {
  const [node] = report.nodes!;
  const difference = {
    fields: [{path: 'masterVersion', before: 'v1', after: 'v2'}],
    extensions: [{path: 'team', after: 'x'}],
    addedNodes: Array.from({length: 25}, () => node!),
    removedNodes: [],
    changedNodes: [{id: 'n', changes: [{path: 'osImage', before: 'A'}]}],
  };
  const text = renderDiff({difference, since: entry}, plain);
  assert.match(text, /^Changes since 2026-01-02T03:04:05Z \(20260102T030405Z-abcdef, to https/);
  for (const says of ['~ masterVersion: v1 → v2', '\\+ extension team: x', 'and 5 further nodes', '- osImage: A'])
    assert.match(text, new RegExp(says));
  const none = {fields: [], extensions: [], addedNodes: [], removedNodes: [], changedNodes: []};
  assert.match(renderDiff({difference: none, since: entry}, plain), /\n {2}none\n$/);
  assert.match(renderDiff(undefined, plain), /^No report of this cluster was sent/);
});

test.run();
