import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {reportsKept} from '../../src/operations/reports-kept.ts';

const cases: [flag: string | undefined, variable: string | undefined, kept: number | undefined][] = [
  [undefined, undefined, 100],
  [undefined, '7', 7],
  ['3', '7', 3],
  ['0', undefined, 0],
  ['all', undefined, Number.POSITIVE_INFINITY],
  ['-1', undefined, undefined],
  ['many', undefined, undefined],
  ['1.5', undefined, undefined],
];
for (const [flag, variable, kept] of cases) {
  test(`flag ${flag}, variable ${variable}: ${kept}`, () => {
    const around = {home: '/nonexistent', env: variable ? {SELDON_USAGE_KEEP_REPORTS: variable} : {}};
    if (kept === undefined) assert.throws(() => reportsKept(flag, around), /it can be a number, or all/);
    else assert.is(reportsKept(flag, around), kept);
  });
}

test.run();
