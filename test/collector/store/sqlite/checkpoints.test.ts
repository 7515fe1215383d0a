import {renameSync, rmSync, statSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {problemsIn} from '../../../../src/collector/store/sqlite/check.ts';
import {checkpointBeside, emptyLog} from '../../../../src/collector/store/sqlite/checkpoints.ts';
import {sqliteWriter} from '../../../../src/collector/store/sqlite/writer.ts';

import {newFolder} from '../../../folder.ts';
import {eventually} from '../../send.ts';
import {acceptedOn, today} from '../suite.ts';

const newPath = () => join(newFolder(), 'reports.db');
const open = (path = newPath()) => ({path, writer: sqliteWriter(path, {create: true})});

let last = 0;
/** So many reports of 3 KB and more. */
const reports = (count: number) =>
  Array.from({length: count}, () => ({...acceptedOn(today, ++last), body: JSON.stringify({x: 'x'.repeat(3000)})}));

/** Pages of the log, and how many of them are in the database. */
function logOf(path: string): {log: number; checkpointed: number} {
  const database = new DatabaseSync(path);
  try {
    return database.prepare('PRAGMA wal_checkpoint(NOOP)').get() as {log: number; checkpointed: number};
  } finally {
    database.close();
  }
}

const countIn = (path: string) => {
  const database = new DatabaseSync(path, {readOnly: true});
  try {
    return database.prepare('SELECT count(*) AS count FROM report').get()!.count as number;
  } finally {
    database.close();
  }
};

test('a long log is copied beside the writer, which goes on', async () => {
  const {path, writer} = open();
  const beside = checkpointBeside(path);
  try {
    await writer.append(reports(2000));
    await eventually(() => {
      const {log, checkpointed} = logOf(path);
      return log > 500 && checkpointed === log;
    });
    await writer.append(reports(1));
    // All of it was copied: the log begins anew.
    assert.ok(logOf(path).log < 100);
  } finally {
    beside.stop();
    await writer.close();
  }
  assert.is(countIn(path), 2001);
});

test('a short log is left to the writer: each copy waits for the disk', async () => {
  const {path, writer} = open();
  await writer.append(reports(10));
  const beside = checkpointBeside(path);
  // The first look is made at once.
  assert.is(logOf(path).checkpointed, 0);
  beside.stop();
  await writer.close();
});

test('who closes last leaves no log behind', async () => {
  const {path, writer} = open();
  const beside = checkpointBeside(path);
  await writer.append(reports(10));
  beside.stop();
  await writer.close();
  assert.is(statSync(`${path}-wal`, {throwIfNoEntry: false}), undefined);
});

for (const [what, lose] of [
  ['the log is removed', (path: string) => rmSync(`${path}-wal`)],
  ['the store is moved away', (path: string) => renameSync(path, `${path}.away`)],
] as const) {
  test(`${what}: nothing is copied from one file into another`, async () => {
    const {path, writer} = open();
    const beside = checkpointBeside(path);
    await writer.append(reports(2000));
    lose(path);
    // Its look comes between what the writer does.
    for (let i = 0; i < 3; i++) {
      try {
        await writer.append(reports(500));
        assert.unreachable('a writer that does not see it');
      } catch (error) {
        if ((error as Error).name === 'AssertionError') throw error;
      }
      await new Promise((resolve) => setTimeout(resolve, 60));
    }
    await writer.close();
    if (what === 'the store is moved away') {
      assert.is(statSync(path, {throwIfNoEntry: false}), undefined);
      renameSync(`${path}.away`, path);
      rmSync(`${path}-wal`, {force: true});
    }
    const again = sqliteWriter(path, {create: false});
    await again.append(reports(2000));
    await eventually(() => {
      const {log, checkpointed} = logOf(path);
      return checkpointed === log;
    });
    beside.stop();
    await again.close();
    assert.equal(await problemsIn(path, 'full'), []);
    assert.ok(countIn(path) >= 4000);
  });
}

test('the log is emptied once who reads is done, and it says so where it could not be', async () => {
  const {path, writer} = open();
  await writer.append(reports(10));
  const reader = new DatabaseSync(path, {readOnly: true});
  reader.exec('BEGIN; SELECT count(*) FROM report');
  await writer.append(reports(1));
  const other = new DatabaseSync(path, {timeout: 0});
  assert.is(emptyLog(other, 0), false);
  reader.exec('COMMIT');
  assert.is(emptyLog(other, 0), true);
  assert.is(statSync(`${path}-wal`).size, 0);
  for (const one of [reader, other]) one.close();
  await writer.close();
});

test.run();
