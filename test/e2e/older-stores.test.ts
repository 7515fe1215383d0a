import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {gunzipSync} from 'node:zlib';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {clusterKey} from '../../src/collector/cluster-key.ts';
import {startProgram} from '../collector/program.ts';
import {post} from '../collector/send.ts';
import {storedReports} from '../collector/stored.ts';
import {newFolder} from '../folder.ts';

// Stores that released versions made: each later one opens them without loss.

const fixtures = new URL('../fixtures/', import.meta.url).pathname;
/** Nothing of a fixture is too old, whenever this runs. */
const keepAll = ['--keep', '900000h', '--keep-days', '40000'];

function unpacked(version: string, files: readonly string[]): string {
  const folder = newFolder();
  for (const file of files) {
    writeFileSync(join(folder, file), gunzipSync(readFileSync(join(fixtures, version, `${file}.gz`))));
  }
  return join(folder, files[0]!);
}

/** Everything that is kept, by the IDs of clusters in their one spelling: 0.1.0 had a cluster for each spelling. */
function contents(path: string) {
  const database = new DatabaseSync(path);
  const all = (query: string) => database.prepare(query).all() as Record<string, string | number>[];
  const found = {
    reports: [...storedReports(path)].map(({name, body, ...row}) => {
      const {clusterID, ...rest} = JSON.parse(body);
      return JSON.stringify({...row, name: clusterKey(name), clusterID: clusterKey(clusterID), ...rest});
    }),
    days: all('SELECT day, name FROM cluster_day d JOIN cluster c ON c.id = d.cluster').map(
      ({day, name}) => `${day} ${clusterKey(String(name))}`,
    ),
    clusters: all('SELECT name FROM cluster').map(({name}) => String(name)),
    refused: all('SELECT * FROM refused ORDER BY day, reason').map((row) => JSON.stringify(row)),
  };
  database.close();
  return found;
}

const stores: [name: string, files: string[], reports: number][] = [
  ['closed', ['closed.db'], 30],
  ['killed, its last reports only in its log', ['killed.db', 'killed.db-wal'], 38],
];
for (const [name, files, reports] of stores) {
  test(`a store of 0.1.0, ${name}: nothing is lost, and it takes more`, async () => {
    const before = contents(unpacked('0.1.0', files));
    assert.is(before.reports.length, reports);
    const path = unpacked('0.1.0', files);
    const server = await startProgram(path, keepAll);
    assert.is((await post(server.port, 1)).status, 204);
    assert.is(await server.stop(), 0);
    const after = contents(path);
    assert.is(after.reports.length, reports + 1);
    assert.equal(after.reports.slice(0, reports), before.reports);
    assert.equal(after.refused, before.refused);
    assert.equal(
      [...new Set(before.days)].filter((row) => !after.days.includes(row)),
      [],
    );
    // Each cluster once, and of each day one row.
    assert.equal(
      after.clusters.toSorted(),
      [...new Set([...before.clusters, ...after.clusters].map(clusterKey))].toSorted(),
    );
    assert.is(new Set(after.days).size, after.days.length);
    assert.ok(
      before.clusters.some((name) => name !== clusterKey(name)),
      'the fixture has several spellings of an ID',
    );
  });
}

test.run();
