import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {addressOf} from '../../../../src/collector/store/sqlite/address.ts';
import {sqlite} from '../../../../src/collector/store/sqlite/index.ts';
import {newFolder} from '../../../folder.ts';
import {acceptedOn, millisecondsADay, today} from '../suite.ts';

test('reports that are damaged in the store keep no other from the date that it should have', async () => {
  const path = join(newFolder(), 'reports.db');
  const store = sqlite.at(addressOf(path));
  const writer = await store.writer({create: true});
  await writer.append([1, 2, 3, 4].map((one) => ({...acceptedOn(today, one), span: 1})));
  const disk = new DatabaseSync(path);
  disk.exec("UPDATE report SET body = x'0128b52ffd00' WHERE id = 1; UPDATE report SET body = '{' WHERE id = 3");
  let [count, all, damaged] = [1, 0, 0];
  const tell = (more: number) => {
    damaged += more;
  };
  for (; count > 0 && all < 100; all += count) count = await writer.redate({id: 1, shift: millisecondsADay}, 3, tell);
  assert.equal([all, damaged], [4, 2]);
  const days = disk.prepare('SELECT day - ? AS later, cluster FROM cluster_day WHERE marked = 0 ORDER BY cluster');
  assert.equal(
    days.all(today).map(({later, cluster}) => [later, cluster]),
    [
      [1, 2],
      [1, 4],
    ],
  );
  disk.close();
  await writer.close();
});

test.run();
