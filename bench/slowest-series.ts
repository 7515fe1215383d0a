import {dayOf, grains} from '../src/collector/periods.ts';
import {questions} from '../src/collector/series.ts';
import {statistics} from '../src/collector/statistics.ts';
import type {Reader} from '../src/collector/store/contract.ts';

/** Milliseconds of the slowest series of a store: each the median of nine. Closes the reader. */
export async function slowestSeries(reader: Reader): Promise<number> {
  const today = dayOf(Date.now());
  let slowest = 0;
  for (const grain of grains) {
    for (const {name} of questions) {
      const times: number[] = [];
      for (let i = 0; i < 9; i++) {
        const before = performance.now();
        await reader.still((state) => statistics(state, {today, minCell: 10, grains: [grain], names: [name]}));
        times.push(performance.now() - before);
      }
      slowest = Math.max(slowest, times.sort((a, b) => a - b)[4]!);
    }
  }
  await reader.close();
  return slowest;
}
