import {test} from 'uvu';
import * as assert from 'uvu/assert';
import type {ClockRecord} from '../../src/collector/clock.ts';
import type {ResilientStore} from '../../src/collector/resilient-store.ts';
import type {Writer} from '../../src/collector/store/contract.ts';
import {storeClock} from '../../src/collector/store-clock.ts';
import {eventually} from './send.ts';

test('what can’t be read any more holds up no date, and is told once', async () => {
  const now = Date.now();
  const spans = {open: [], due: [1, 2].map((id) => ({id, shift: 7_200_000})), spans: 2};
  let kept: ClockRecord = {trusted: now, floor: now, wall: now, observed: 0, credit: 0, state: 'settled', ...spans};
  const steps: [count: number, damaged: number][] = [
    [100, 2],
    [100, 0],
    [3, 1],
    [0, 0],
    [5, 4],
    [0, 0],
  ];
  const writer = {
    clock: async () => kept,
    newest: async () => now,
    async keepClock(record: ClockRecord) {
      kept = record;
    },
    async redate(_: unknown, __: number, tell: (count: number) => void) {
      const [count, damaged] = steps.shift()!;
      if (damaged > 0) tell(damaged);
      return count;
    },
  } as unknown as Writer;
  const store = {attempt: async (change: (writer: Writer) => unknown) => change(writer)} as unknown as ResilientStore;
  const said: string[] = [];
  const clock = await storeClock(store, {trust: true, say: (line) => said.push(line)});
  clock.now();
  await eventually(() => said.length > 0);
  assert.equal([steps, kept.due], [[], []]);
  assert.equal(said.length, 1);
  assert.match(said[0]!, /^The store is damaged: 7 of the reports that got their dates can't be read any more, /);
});

test.run();
