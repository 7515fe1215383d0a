import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {dayOf, type Grain, isoDay, lastDayOf, movePeriod, parseDay, periodOf} from '../../src/collector/periods.ts';

const day = (text: string) => parseDay(text)!;

const periods: [day: string, grain: Grain, first: string, last: string][] = [
  ['2026-11-22', 'day', '2026-11-22', '2026-11-22'],
  ['2026-11-22', 'week', '2026-11-16', '2026-11-22'],
  ['2026-11-23', 'week', '2026-11-23', '2026-11-29'],
  ['2027-01-01', 'week', '2026-12-28', '2027-01-03'],
  ['1970-01-01', 'week', '1969-12-29', '1970-01-04'],
  ['1969-12-28', 'week', '1969-12-22', '1969-12-28'],
  ['2026-11-22', 'month', '2026-11-01', '2026-11-30'],
  ['2028-02-29', 'month', '2028-02-01', '2028-02-29'],
  ['2026-12-31', 'month', '2026-12-01', '2026-12-31'],
];
for (const [text, grain, first, last] of periods) {
  test(`the ${grain} of ${text} is ${first} to ${last}`, () => {
    const period = periodOf(grain, day(text));
    assert.is(isoDay(period), first);
    assert.is(isoDay(lastDayOf(grain, period)), last);
    assert.is(movePeriod(grain, movePeriod(grain, period, 1), -1), period);
  });
}

test('a day begins and ends at midnight in UTC', () => {
  assert.is(isoDay(dayOf(Date.parse('2026-11-22T00:00:00Z'))), '2026-11-22');
  assert.is(isoDay(dayOf(Date.parse('2026-11-21T23:59:59.999Z'))), '2026-11-21');
});

for (const text of ['2026-02-30', '2026-1-1', '', '2026-13-01', 'x']) {
  test(`no date: ${JSON.stringify(text)}`, () => assert.is(parseDay(text), undefined));
}

test.run();
