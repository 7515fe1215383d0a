import fc from 'fast-check';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {fold, other} from '../../src/collector/fold.ts';
import type {Cell} from '../../src/collector/store/contract.ts';

const cell = (value: string, clusters: number): Cell => ({
  ...{dimension: 'seldon', value, clusters},
  ...{nodes: clusters * 3, cpu: clusters * 8, memory: clusters * 64, devices: 0, clamped: 0},
});
const cells = (counts: Record<string, number>) => Object.entries(counts).map(([value, count]) => cell(value, count));
const shown = (folded: Cell[] | undefined) =>
  folded && Object.fromEntries(folded.map(({value, clusters}) => [value, clusters]));

const table: [name: string, before: Record<string, number>, after: Record<string, number> | undefined][] = [
  ['nothing small: nothing folded', {a: 30, b: 10}, {a: 30, b: 10}],
  ['two small ones make one that is large enough', {a: 30, b: 6, c: 5}, {a: 30, other: 11}],
  ['one small one takes the next with it', {a: 30, b: 20, c: 3}, {a: 30, other: 23}],
  ['two small ones that stay small take the next with them', {a: 30, b: 20, c: 3, d: 2}, {a: 30, other: 25}],
  ['a real other takes small ones up', {a: 30, other: 12, c: 3}, {a: 30, other: 15}],
  ['a small real other takes the smallest with it', {a: 30, b: 20, other: 3}, {a: 30, other: 23}],
  ['fewer than the least in all: nothing is told', {a: 5, b: 4}, undefined],
  ['everything small: one cell', {a: 5, b: 4, c: 3}, {other: 12}],
  ['nobody', {}, {}],
  ['empty cells are no cells', {a: 10, b: 0}, {a: 10}],
];
for (const [name, before, after] of table) {
  test(name, () => assert.equal(shown(fold(cells(before), 10)), after));
}

test('with a least of 1 everything is shown', () => assert.equal(shown(fold(cells({a: 1, b: 7}), 1)), {a: 1, b: 7}));

const anyCells = fc
  .uniqueArray(fc.tuple(fc.constantFrom('1.1', '1.2', '1.3', '1.4', '1.5', 'unknown', 'mixed', other), fc.nat(40)), {
    selector: ([value]) => value,
  })
  .map((pairs) => pairs.map(([value, count]) => cell(value, count)));

test('whatever the cells: none below the least, nothing lost, and no single small cell in other', () => {
  fc.assert(
    fc.property(anyCells, fc.integer({min: 2, max: 20}), (before, least) => {
      const after = fold(before, least);
      const total = (list: readonly Cell[], key: 'clusters' | 'cpu') => list.reduce((sum, one) => sum + one[key]!, 0);
      if (after === undefined) return total(before, 'clusters') < least;
      const gone = before.filter(({value, clusters}) => clusters > 0 && !after.some((one) => one.value === value));
      const folded = [...gone, ...before.filter(({value, clusters}) => value === other && clusters > 0)];
      assert.ok(after.every(({clusters}) => clusters >= least));
      assert.is(total(after, 'clusters'), total(before, 'clusters'));
      assert.is(total(after, 'cpu'), total(before, 'cpu'));
      assert.ok(gone.length === 0 || folded.length >= 2 || after.length === 1);
      return true;
    }),
    {numRuns: 2000},
  );
});

test.run();
