import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {dueAt, mostParked, parkedFirst, settlingOf, waitAfter} from '../../../src/collector/sink/again.ts';
import type {Again} from '../../../src/collector/store/queue.ts';

const minute = 60_000;
const now = 1_800_000_000_000;
const again = (number: number, tries: number, due = now) => ({kind: 'spartakus', number, tries, due}) as Again;
const later = (...numbers: number[]) => new Map(numbers.map((number) => [number, 'it answers 403']));

test('a tenth of what may wait may wait apart, and ten thousand', () => {
  assert.equal([1000, 50_000, 1_000_000, Number.MAX_SAFE_INTEGER].map(mostParked), [100, 5000, 10_000, 10_000]);
});

test('one is tried again after a minute, twice as long each time, and four hours at most', () => {
  const [reason, due] = ['it answers 403', now + minute];
  assert.equal([...parkedFirst({later: later(7), untried: new Set([8])}, now)], [[7, {tries: 1, due, reason}]]);
  assert.equal([...parkedFirst({later: later(7), untried: new Set([7])}, now)], [[7, {tries: 0, due, reason}]]);
  assert.equal(
    [0, 1, 2, 3, 8, 9, 14, 1000].map((tries) => waitAfter(tries) / minute),
    [1, 1, 2, 4, 128, 240, 240, 240],
  );
});

test('one that is due in longer than ever was waited for is due: the clock was put back', () => {
  const {until, from} = dueAt(now);
  assert.is(until, now);
  assert.ok(from > now + waitAfter(1000));
});

test('what was taken or refused is done, and of what was not tried nothing is said', () => {
  const outcome = {tried: 3, refused: new Map([[2, 'answered with 400']]), later: later(3)};
  const {kind, delivered, refused, parked, givenUp} = settlingOf(
    [1, 2, 3, 4].map((number) => again(number, 1)),
    outcome,
    {now, isCrowded: false},
  );
  assert.equal([kind, delivered, [...refused], givenUp], ['spartakus', [1], [[2, 'answered with 400']], 0]);
  assert.equal([...parked], [[3, {tries: 2, due: now + 2 * minute, reason: 'it answers 403'}]]);
});

test('a try counts where the sink took another report since the one before, and only there', () => {
  const before = now - waitAfter(3);
  for (const [lastTaken, tries] of [
    [undefined, 3],
    [before - 1, 3],
    [before, 3],
    [before + 1, 4],
  ] as const) {
    const {parked} = settlingOf([again(1, 3)], {later: later(1)}, {now, lastTaken, isCrowded: false});
    assert.equal(parked.get(1), {tries, due: now + waitAfter(tries), reason: 'it answers 403'}, String(lastTaken));
  }
});

test('trouble of the sink is no try, whatever it took besides', async () => {
  const outcome = {later: later(1, 2), untried: new Set([1])};
  const {parked, refused} = settlingOf([again(1, 13), again(2, 13), again(3, 13)], outcome, {
    ...{now, lastTaken: now, isCrowded: false},
  });
  assert.equal([parked.get(1)!.tries, [...refused.keys()]], [13, [2]]);
});

test('where the clock was put back nothing counts by what the sink took before', async () => {
  const {parked} = settlingOf([again(1, 3)], {later: later(1)}, {now, lastTaken: now + 1, isCrowded: false});
  assert.is(parked.get(1)!.tries, 3);
});

test('one is given up after a day of tries, sooner where many wait apart, and never for a sink that takes nothing', () => {
  for (const [isCrowded, most, atLeast] of [
    [false, 14, 24 * 60],
    [true, 5, 15],
  ] as const) {
    let [time, tries] = [now, 1];
    for (;;) {
      time += waitAfter(tries);
      const {parked, refused, givenUp} = settlingOf(
        [again(1, tries, time)],
        {later: later(1)},
        {now: time, lastTaken: time, isCrowded},
      );
      if (givenUp > 0) {
        assert.equal([...refused], [[1, `it answers 403, ${most} times`]]);
        break;
      }
      tries = parked.get(1)!.tries;
    }
    assert.ok(time - now >= atLeast * minute, `${(time - now) / minute} minutes`);
  }
  const {parked, givenUp} = settlingOf([again(1, 99)], {later: later(1)}, {now, isCrowded: true});
  assert.equal([parked.size, givenUp], [1, 0]);
});

test.run();
