import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {tooOld, trustedNow} from '../../src/collector/retention.ts';

const [hour, day] = [3_600_000, 24 * 3_600_000];
const table: [name: string, elapsed: number, now: number, trusted: number][] = [
  ['an ordinary clock', 5 * hour, 5 * hour, 5 * hour],
  ['set ahead by an hour', 5 * hour, 6 * hour, 6 * hour],
  ['set ahead by a year', 5 * hour, 365 * day, 5 * hour + day],
  ['set back', 5 * hour, -40 * day, -40 * day],
];
for (const [name, elapsed, now, trusted] of table) {
  test(name, () => assert.is(trustedNow(0, elapsed, now), trusted));
}

test('what is too old', () => {
  assert.equal(tooOld(100 * day + hour, {reports: 30 * day, days: 62}), {received: 70 * day + hour, day: 38});
});

test.run();
