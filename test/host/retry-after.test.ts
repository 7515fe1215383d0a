import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {retryAfter} from '../../src/host/retry-after.ts';

const now = Date.parse('2026-11-26T12:00:00Z');
const cases: [header: string | undefined, milliseconds: number | undefined][] = [
  [undefined, undefined],
  ['', undefined],
  ['0', 0],
  [' 120 ', 120_000],
  ['Thu, 26 Nov 2026 12:00:05 GMT', 5000],
  ['Thu, 26 Nov 2026 11:00:00 GMT', 0],
  ['soon', undefined],
  ['-5', undefined],
  ['9'.repeat(400), undefined],
];
for (const [header, milliseconds] of cases) {
  test(`${JSON.stringify(header)?.slice(0, 40)}: ${milliseconds} ms`, () =>
    assert.is(retryAfter(header, now), milliseconds));
}

test.run();
