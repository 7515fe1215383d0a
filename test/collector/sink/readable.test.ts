import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {madeOf} from '../../../src/collector/sink/readable.ts';
import type {Passed} from '../../../src/collector/store/queue.ts';

const passed = (number: number, body: string): Passed => ({
  ...{kind: 'spartakus', number, epoch: 1, received: 1, cluster: 'c', unranked: false, body},
});

test('what is no JSON any more is refused, and the rest is made', () => {
  const {made, refused} = madeOf([passed(1, '{"a":1}'), passed(2, '{"a"')], ({body}) => JSON.parse(body).a);
  assert.equal(made, [1]);
  assert.equal([...refused], [[2, 'damaged in the store']]);
});

test('a bug in making it is not told of the report', () => {
  const bug = new TypeError('x is not a function');
  const make = () => {
    throw bug;
  };
  assert.throws(
    () => madeOf([passed(1, '{}')], make),
    (error: unknown) => error === bug,
  );
});

test.run();
