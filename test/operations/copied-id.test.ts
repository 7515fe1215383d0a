import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {nodesOf} from '../../src/operations/copied-id.ts';
import {haveNodeInCommon} from '../../src/operations/one-cluster.ts';
import {sampleReport} from '../delivery/sandbox.ts';

/** A report with nodes of these IDs; undefined: they are left out. */
function reportOf(ids: string[] | undefined) {
  const {nodes, ...rest} = sampleReport(1);
  return ids ? {...rest, nodes: ids.map((id) => ({...nodes![0]!, id}))} : rest;
}

const cases: [one: string[] | undefined, other: string[] | undefined, common: boolean | undefined][] = [
  [['a', 'b'], ['b', 'c'], true],
  [['a', 'b'], ['c'], false],
  [[], ['a'], false],
  [[], [], undefined],
  [undefined, ['a'], undefined],
  [undefined, undefined, undefined],
];
for (const [one, other, common] of cases)
  test(`${JSON.stringify(one)} and ${JSON.stringify(other)}: ${common === undefined ? 'may be one' : common ? 'one' : 'two clusters'}`, () => {
    for (const [a, b] of [
      [one, other],
      [other, one],
    ])
      assert.is(haveNodeInCommon(nodesOf(reportOf(a)), nodesOf(reportOf(b))), common);
  });

test.run();
