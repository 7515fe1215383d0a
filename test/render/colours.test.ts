import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {colours} from '../../src/render/colours.ts';

for (const isTTY of [true, false]) {
  test(`${isTTY ? 'a terminal' : 'a pipe'}: ${isTTY ? 'colours' : 'plain'}`, () =>
    assert.is(colours({isTTY}, {}).bold('x') !== 'x', isTTY));
}

test.run();
