import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {nextDue, waitAfterFailures} from '../../src/delivery/schedule.ts';

const day = 86_400_000;
const now = Date.UTC(2026, 0, 1);

test('the next report is due at the same phase of each period, half a period away at least', () => {
  const first = nextDue('846db7e9-c861-43d7-8d08-31578af59878', day, now);
  assert.ok(first >= now + day / 2 && first < now + day * 1.5);
  for (let due = first, i = 0; i < 5; i++) {
    // A report takes its time: some seconds later, the next is due a whole period after the last.
    const next = nextDue('846db7e9-c861-43d7-8d08-31578af59878', day, due + 5000);
    assert.ok(Math.abs(next - due - day) < 2, `${next - due}`);
    due = next;
  }
});

test('clusters are spread over the period', () => {
  const hours = new Array<number>(24).fill(0);
  for (let i = 0; i < 2400; i++) hours[Math.floor(((nextDue(`cluster ${i}`, day, now) % day) / day) * 24)]!++;
  for (const count of hours) assert.ok(count > 50 && count < 160, hours.join());
});

const waits: [failures: number, period: number, asked: number, least: number, most: number][] = [
  [1, day, 0, 30_000, 60_000],
  [2, day, 0, 60_000, 120_000],
  [7, day, 0, 1_800_000, 3_600_000],
  [1000, day, 0, 1_800_000, 3_600_000],
  [1, day, 7_200_000, 7_200_000, 7_200_000],
  [1, 1000, 0, 1000, 1000],
  [5, 60_000, 7_200_000, 7_200_000, 7_200_000],
  [1, day, 1e12, day, day],
];
for (const [failures, period, asked, least, most] of waits) {
  test(`after ${failures} failures of a period of ${period / 1000} s, asked ${asked / 1000} s`, () => {
    for (let i = 0; i < 50; i++) {
      const wait = waitAfterFailures(failures, period, asked);
      assert.ok(wait >= least && wait <= most, String(wait));
    }
  });
}

test.run();
