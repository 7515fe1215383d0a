import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {affectedPeriods} from '../../src/collector/affected.ts';
import {isoDay, parseDay} from '../../src/collector/periods.ts';

const day = (text: string) => parseDay(text)!;
const periods = (days: string[], today: string, oldest = '2000-01-01') =>
  affectedPeriods(days.map(day), day(today), day(oldest)).map(({grain, period}) => `${grain} ${isoDay(period)}`);

test('today changes its day, week and month', () => {
  assert.equal(periods(['2026-11-22'], '2026-11-22'), ['day 2026-11-22', 'week 2026-11-16', 'month 2026-11-01']);
});

test('a day in the past also changes what compares with it', () => {
  assert.equal(periods(['2026-11-15'], '2026-11-22'), [
    ...['day 2026-11-15', 'day 2026-11-16', 'week 2026-11-09', 'week 2026-11-16', 'month 2026-11-01'],
  ]);
});

test('what can no longer be counted whole stays as it is', () => {
  assert.equal(periods(['2026-01-05'], '2026-01-05', '2026-01-02'), ['day 2026-01-05', 'week 2026-01-05']);
});

test('a clock that was ahead leaves periods that are counted too', () => {
  assert.ok(periods(['2026-11-25'], '2026-11-22').includes('day 2026-11-25'));
});

test.run();
