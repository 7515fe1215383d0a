import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {Turns} from '../../../src/cluster/connection/turns.ts';

test('so many go on at once, the others in the order in which they came, each when another one ends', async () => {
  const turns = new Turns(2);
  const going: number[] = [];
  const ends: (() => void)[] = [];
  const all = [0, 1, 2, 3].map(async (one) => {
    ends[one] = await turns.begin();
    going.push(one);
  });
  await new Promise(setImmediate);
  assert.equal(going, [0, 1]);
  ends[1]!();
  // Only the first time.
  ends[1]!();
  await new Promise(setImmediate);
  assert.equal(going, [0, 1, 2]);
  ends[0]!();
  await Promise.all(all);
  assert.equal(going, [0, 1, 2, 3]);
  ends[2]!();
  ends[3]!();
  await Promise.all([turns.begin(), turns.begin()]);
});

test('without a bound nobody waits', async () => {
  const turns = new Turns(Number.POSITIVE_INFINITY);
  await Promise.all(Array.from({length: 1000}, () => turns.begin()));
});

test.run();
