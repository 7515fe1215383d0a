import {copyFileSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {addressOf} from '../../../../src/collector/store/sqlite/address.ts';
import {sqlite} from '../../../../src/collector/store/sqlite/index.ts';
import {newFolder} from '../../../folder.ts';
import {acceptedOn, today} from '../suite.ts';

const most = {reports: 100, bytes: 1 << 20};

for (const [what, bad, batches] of [
  ['in the middle', [2, 3], [[1], [], [4, 5]]],
  ['at the beginning', [1], [[], [2, 3, 4, 5]]],
  ['at the end', [5], [[1, 2, 3, 4], [], []]],
  ['everywhere', [1, 2, 3, 4, 5], [[], []]],
] as const) {
  test(`reports that are damaged in the store hold up no sink: ${what}`, async () => {
    const path = join(newFolder(), 'reports.db');
    const store = sqlite.at(addressOf(path));
    const writer = await store.writer({create: true});
    await writer.passOn(['a']);
    await writer.append([1, 2, 3, 4, 5].map((one) => acceptedOn(today, one)));
    const disk = new DatabaseSync(path);
    // As packed, and then another byte.
    for (const number of bad) disk.prepare("UPDATE report SET body = x'0128b52ffd00' WHERE id = ?").run(number);
    const queue = await store.queue();
    const got: number[][] = [];
    for (let i = 0; i < batches.length; i++) {
      const {reports} = await queue.next('a', most, 100);
      got.push(reports.map(({number}) => number));
      const upTo = reports.at(-1)?.number;
      if (upTo === undefined) continue;
      // As after trouble of the sink: the same comes again, and nothing is counted twice.
      assert.equal((await queue.next('a', most, 100)).reports, reports);
      await queue.settle('a', {kind: 'spartakus', upTo, delivered: reports.length, refused: new Map()}, Date.now());
    }
    assert.equal(got, batches);
    const {delivered, refused, waiting} = await queue.standing('a');
    assert.equal([delivered, refused, waiting], [5 - bad.length, bad.length, 0]);
    const kept = disk.prepare('SELECT number, outcome FROM undelivered ORDER BY number').all();
    assert.equal(
      kept.map(({number, outcome}) => [number, outcome]),
      bad.map((number) => [number, 'damaged in the store']),
    );
    disk.close();
    await queue.close();
    await writer.close();
  });
}

test('where an older copy is put back numbers come again, and sinks can tell which report came later', async () => {
  const path = join(newFolder(), 'reports.db');
  const store = sqlite.at(addressOf(path));
  /** What a run stores, and passes on: number and epoch of the last report. */
  const run = async (cluster: number) => {
    const writer = await store.writer({create: true});
    await writer.passOn(['a']);
    await writer.append([acceptedOn(today, cluster)]);
    const queue = await store.queue();
    const {reports} = await queue.next('a', most, 100);
    await queue.close();
    await writer.close();
    const {number, epoch} = reports.at(-1)!;
    return {number, epoch};
  };
  await run(1);
  const copy = `${path}.copy`;
  copyFileSync(path, copy);
  const lost = await run(2);
  for (const file of [`${path}-wal`, `${path}-shm`]) rmSync(file, {force: true});
  copyFileSync(copy, path);
  const later = await run(3);
  assert.is(later.number, lost.number);
  assert.ok(later.epoch > lost.epoch);
});

test.run();
