import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {sideBySide} from '../../src/host/side-by-side.ts';

const turn = () => new Promise((resolve) => setImmediate(resolve));

test('results in order, and never more at the same time than said', async () => {
  let [now, most] = [0, 0];
  const results = await sideBySide([...'abcdefgh'], 3, async (letter, at) => {
    most = Math.max(most, ++now);
    // The first ones take longest.
    for (let turns = 8 - at; turns > 0; turns--) await turn();
    now--;
    return letter + at;
  });
  assert.equal(results, ['a0', 'b1', 'c2', 'd3', 'e4', 'f5', 'g6', 'h7']);
  assert.is(most, 3);
  assert.equal(await sideBySide([], 3, turn), []);
});

test('an error is thrown, and nothing more is begun', async () => {
  const begun: number[] = [];
  let message = '';
  await sideBySide([1, 2, 3, 4], 1, async (item) => {
    begun.push(item);
    if (item === 2) throw new Error('second');
  }).catch((error: Error) => (message = error.message));
  assert.equal([message, begun], ['second', [1, 2]]);
});

test.run();
