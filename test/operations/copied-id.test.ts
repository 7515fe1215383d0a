import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {areOfTwo} from '../../src/operations/copied-id.ts';
import {sampleReport} from '../delivery/sandbox.ts';

/** A report with nodes of these IDs; undefined: they are left out. */
function reportOf(ids: string[] | undefined) {
  const {nodes, ...rest} = sampleReport(1);
  return ids ? {...rest, nodes: ids.map((id) => ({...nodes![0]!, id}))} : rest;
}

const cases: [one: string[] | undefined, other: string[] | undefined, areTwo: boolean][] = [
  [['a', 'b'], ['b', 'c'], false],
  [['a', 'b'], ['c'], true],
  [[], ['a'], true],
  [[], [], false],
  [undefined, ['a'], false],
  [undefined, undefined, false],
];
for (const [one, other, areTwo] of cases)
  test(`${JSON.stringify(one)} and ${JSON.stringify(other)}: ${areTwo ? 'two clusters' : 'may be one'}`, () => {
    for (const [a, b] of [
      [one, other],
      [other, one],
    ])
      assert.is(areOfTwo(reportOf(a), reportOf(b)), areTwo);
  });

test.run();
