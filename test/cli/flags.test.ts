import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {parseSince} from '../../src/cli/flags.ts';
import {UserError} from '../../src/errors.ts';
import {parseDuration} from '../../src/host/duration.ts';

const durations: [text: string, milliseconds: number][] = [
  ['0', 0],
  ['0s', 0],
  ['90s', 90_000],
  ['5m', 300_000],
  ['24h', 86_400_000],
  ['1h30m', 5_400_000],
  ['1h0m0s', 3_600_000],
  ['1.5h', 5_400_000],
  ['.5s', 500],
  ['1.s', 1000],
  ['500ms', 500],
  ['1s500ms', 1500],
  ['1000us', 1],
  ['1000µs', 1],
  ['1000μs', 1],
  ['1000000ns', 1],
];
for (const [text, milliseconds] of durations) {
  test(`${text} is ${milliseconds} ms`, () => assert.is(parseDuration(text), milliseconds));
}

const now = Date.UTC(2026, 10, 22, 12);
const times: [text: string, time: string][] = [
  ['24h', '2026-11-21T12:00:00.000Z'],
  ['7d', '2026-11-15T12:00:00.000Z'],
  ['2026-11-01', '2026-11-01T00:00:00.000Z'],
  ['2026-11-01T10:00:00Z', '2026-11-01T10:00:00.000Z'],
  ['2026-11-01T10:00:00+02:00', '2026-11-01T08:00:00.000Z'],
];
for (const [text, time] of times) test(`since ${text}: ${time}`, () => assert.is(parseSince(text, now), time));
for (const text of ['', 'yesterday', '2026-13-01', '-1h', '7', '7d7', '2026'])
  test(`since ${JSON.stringify(text)} is refused`, () => assert.throws(() => parseSince(text, now), /is not a time/));

const refused = [
  '',
  ' ',
  '1',
  '90',
  '1d',
  '1w',
  '-1s',
  '+1s',
  '1 s',
  ' 1s',
  '1s ',
  's',
  '.',
  '.s',
  '1h 30m',
  '1e3s',
  '1S',
  '1,5h',
  '∞',
  'NaNs',
  '1..5s',
  '1.5',
  `${'9'.repeat(400)}h`,
];
for (const text of refused) {
  test(`${JSON.stringify(text.slice(0, 20))} is not a duration`, () =>
    assert.throws(
      () => parseDuration(text),
      (error: UserError) => error instanceof UserError && error.code === 'usage' && error.suggestions.length > 0,
    ));
}

test.run();
