import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {asksVersion} from '../../src/cli/version.ts';

const asked: [argv: string, asks: boolean][] = [
  ['--version', true],
  ['version', true],
  ['--json --version', true],
  ['version --json', true],
  ['--json', false],
  ['', false],
  // What else stands there may be a mistake, or the value of a flag.
  ['--context --version', false],
  ['show --version', false],
  ['version --help', false],
];
for (const [argv, asks] of asked) {
  test(`${argv || 'nothing'} asks ${asks ? 'for the version alone' : 'more'}`, () =>
    assert.is(asksVersion(argv.split(' ').filter(Boolean)), asks));
}

test.run();
