import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {telling} from '../../src/collector/arrived.ts';
import type {Accepted} from '../../src/collector/store/contract.ts';
import {acceptedOn, today} from './store/suite.ts';

const small = acceptedOn(today, 1);
const large: Accepted = {...small, body: 'x'.repeat(700_000)};

for (const [what, stored, told] of [
  ['twenty of a second are told, and how many more there are', Array(30).fill(small), [20, 10]],
  ['one large report is told', [large], [1, 0]],
  ['of large ones no more than a person could read', [large, large, large], [1, 2]],
  ['small ones are told beside them', [large, large, small], [2, 1]],
] as const) {
  test(what, () => {
    let [shown, others] = [0, 0];
    const {see, tick} = telling((arrived, more) => {
      shown += arrived.length;
      others += more;
    });
    see(stored);
    tick();
    assert.equal([shown, others], told);
    see([large]);
    assert.is(shown, told[0] + 1);
  });
}

test.run();
