import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {hasColours, width} from '../../src/host/terminal.ts';

const widths: [columns: number | undefined, width: number][] = [
  [undefined, 80],
  [200, 200],
  [40, 40],
  [10, 40],
  [0, 40],
];
for (const [columns, expected] of widths) {
  test(`${columns} columns are written as ${expected}`, () =>
    assert.is(width(columns === undefined ? {} : {columns}), expected));
}

const styles: [isTTY: boolean, env: NodeJS.ProcessEnv, coloured: boolean][] = [
  [true, {}, true],
  [true, {TERM: 'xterm'}, true],
  [true, {TERM: 'dumb'}, false],
  [true, {NO_COLOR: '1'}, false],
  [true, {NO_COLOR: 'false'}, false],
  [true, {NO_COLOR: ''}, true],
  [false, {}, false],
  [false, {FORCE_COLOR: '1'}, false],
];
for (const [isTTY, env, coloured] of styles) {
  test(`${isTTY ? 'a terminal' : 'a pipe'} with ${JSON.stringify(env)}: ${coloured ? 'colours' : 'plain'}`, () =>
    assert.is(hasColours({isTTY}, env), coloured));
}

test.run();
