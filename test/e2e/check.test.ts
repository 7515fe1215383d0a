import {spawnSync} from 'node:child_process';
import {test} from 'uvu';
import * as assert from 'uvu/assert';

const checks: [name: string, ...args: string[]][] = [
  ['types', 'node_modules/typescript/bin/tsc'],
  ['format and lint', 'node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings'],
];
for (const [name, ...args] of checks) {
  test(`${name}: in order`, () => {
    const {status, stdout, stderr} = spawnSync(process.execPath, args, {encoding: 'utf8'});
    assert.is(status, 0, stdout + stderr);
  });
}

test.run();
