import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {hourWatch} from '../../src/collector/hour-watch.ts';
import type {Accepted} from '../../src/collector/store/contract.ts';

const hour = 3_600_000;
const reports = (count: number, network: number, start = 0, received = 5 * hour): Accepted[] =>
  Array.from({length: count}, (_, i) => ({
    kind: 'spartakus',
    cluster: `${start + i}`,
    received,
    network,
    body: '',
    facts: {},
  }));

const table: [name: string, seen: Accepted[], line: RegExp | undefined][] = [
  ['one network alone', reports(100, 1), /^One network sent 100 % of the 100 clusters of the last hour\./],
  ['over 90 %', [...reports(91, 1), ...reports(9, 2, 1000)], /sent 91 %/],
  ['no more than 90 %', [...reports(90, 1), ...reports(10, 2, 1000)], undefined],
  ['too few', reports(99, 1), undefined],
  ['the same clusters again', [...reports(60, 1), ...reports(60, 1)], undefined],
  ['a shared address', reports(200, 0), undefined],
  ['more than is remembered', reports(50_001, 1), /100 % of the 50000 or more clusters/],
];
for (const [name, seen, line] of table) {
  test(name, () => {
    const lines: string[] = [];
    const watch = hourWatch((text) => lines.push(text));
    watch.see(seen);
    watch.look(6 * hour - 1);
    assert.equal([lines.length, watch.isOwned()], [0, false]);
    watch.look(6 * hour);
    // What comes late from the hour before starts no new one.
    watch.see(reports(1, 1, 0, 6 * hour - 1));
    watch.look(6 * hour + 1);
    assert.equal([lines.length, watch.isOwned()], line ? [1, true] : [0, false]);
    if (line) assert.match(lines[0]!, line);
    watch.look(7 * hour);
    assert.is(watch.isOwned(), false);
  });
}

test.run();
