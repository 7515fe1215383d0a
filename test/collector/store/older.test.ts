import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {gunzipSync} from 'node:zlib';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {newFolder} from '../folder.ts';
import {startProgram} from '../program.ts';
import {post} from '../send.ts';

// Stores that released versions made: each later one opens them without loss.

const fixtures = new URL('../../fixtures/', import.meta.url).pathname;
/** Nothing of a fixture is too old, whenever this runs. */
const keepAll = ['--keep', '900000h', '--keep-days', '40000'];

function unpacked(version: string, files: readonly string[]): string {
  const folder = newFolder();
  for (const file of files) {
    writeFileSync(join(folder, file), gunzipSync(readFileSync(join(fixtures, version, `${file}.gz`))));
  }
  return join(folder, files[0]!);
}

/** Everything that is kept, by the names of clusters, since their numbers may change. */
function contents(path: string) {
  const database = new DatabaseSync(path);
  const all = (query: string) =>
    database
      .prepare(query)
      .all()
      .map((row) => JSON.stringify(row));
  const found = {
    reports: all('SELECT received, name, body FROM report r JOIN cluster c ON c.id = r.cluster ORDER BY r.id'),
    days: all(`SELECT day, name, kubernetes, seldon, provider, architecture, os, runtime, device, nodes, cpu, memory, devices,
      clamped FROM cluster_day d JOIN cluster c ON c.id = d.cluster ORDER BY day, name`),
    clusters: all('SELECT name, first_day, last_day FROM cluster ORDER BY name'),
    refused: all('SELECT * FROM refused ORDER BY day, reason'),
    counters: all("SELECT * FROM counter WHERE grain = 'day' ORDER BY dimension, period, value"),
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
    for (const part of ['reports', 'refused'] as const) {
      assert.equal(after[part].slice(0, before[part].length), before[part], part);
    }
    // The cluster that reported once more has another last day, and that day is counted anew.
    const lost = (part: 'days' | 'clusters') => before[part].filter((row) => !after[part].includes(row));
    assert.ok(lost('days').length <= 1 && lost('clusters').length <= 1);
    assert.ok(after.counters.length >= before.counters.length);
  });
}

test.run();
