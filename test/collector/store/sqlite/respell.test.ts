import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {problemsIn} from '../../../../src/collector/store/sqlite/check.ts';
import {migrate, migrations} from '../../../../src/collector/store/sqlite/schema.ts';
import {sqliteWriter} from '../../../../src/collector/store/sqlite/writer.ts';
import {newFolder} from '../../../folder.ts';

/** What `serve forget` does: a second writer, beside the server's. */
async function forget(path: string, cluster: string, day: number) {
  const writer = sqliteWriter(path, {create: false});
  try {
    return await writer.forget(cluster, day);
  } finally {
    await writer.close();
  }
}

const one = '846db7e9-c861-43d7-8d08-31578af59878';
const day = 20_000;
const noon = (of: number) => of * 86_400_000 + 43_200_000;

/** What 0.1.0 stored: a report of a cluster, by day, its nodes telling which it was. */
type Row = [name: string, day: number, nodes: number];

function storeOf010(rows: readonly Row[]): string {
  const path = join(newFolder(), 'reports.db');
  const database = new DatabaseSync(path);
  migrate(database, 0, migrations.slice(0, 1));
  database.exec('BEGIN');
  for (const [name, on, nodes] of rows) {
    const {id} = database
      .prepare(`INSERT INTO cluster (name, first_day, last_day) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET
        first_day = min(first_day, excluded.first_day), last_day = max(last_day, excluded.last_day) RETURNING id`)
      .get(name, on, on) as {id: number};
    const body = JSON.stringify({version: 'v', clusterID: name, nodes});
    database.prepare('INSERT INTO report (received, cluster, body) VALUES (?, ?, ?)').run(noon(on), id, body);
    database
      .prepare(`INSERT OR REPLACE INTO cluster_day (day, cluster, kubernetes, seldon, provider, architecture, os, runtime,
        device, nodes, cpu, memory, devices, clamped) VALUES (?, ?, '', '', '', '', '', '', '', ?, 0, 0, 0, 0)`)
      .run(on, id, nodes);
  }
  database.exec('COMMIT');
  database.close();
  return path;
}

function inside(path: string) {
  const database = new DatabaseSync(path, {readOnly: true});
  const all = (query: string) =>
    database
      .prepare(query)
      .all()
      .map((row) => Object.values(row));
  const found = {
    clusters: all('SELECT name, first_day, last_day FROM cluster ORDER BY name'),
    days: all('SELECT day, name, nodes FROM cluster_day d JOIN cluster c ON c.id = d.cluster ORDER BY day, name'),
    reports: all(`SELECT name, json_extract(body, '$.clusterID'), json_extract(body, '$.nodes')
      FROM report r JOIN cluster c ON c.id = r.cluster ORDER BY r.id`),
    changed: all('SELECT day FROM changed ORDER BY day'),
  };
  database.close();
  return found;
}

const other: Row = ['unknown_cluster', day, 9];
const upper = one.toUpperCase();
const merged: [name: string, rows: Row[], days: [number, number][]][] = [
  ['one spelling, not the stored one', [[upper, day, 1]], [[day, 1]]],
  [
    'two, on different days',
    [
      [one, day, 1],
      [upper, day + 1, 2],
    ],
    [
      [day, 1],
      [day + 1, 2],
    ],
  ],
  [
    'two on one day, the other last',
    [
      [one, day, 1],
      [upper, day, 2],
    ],
    [[day, 2]],
  ],
  [
    'two on one day, the stored one last',
    [
      [upper, day, 1],
      [one, day, 2],
    ],
    [[day, 2]],
  ],
  [
    'two on one day, by turns',
    [
      [one, day, 1],
      [upper, day, 2],
      [one, day, 3],
    ],
    [[day, 3]],
  ],
  [
    'three, none the stored one',
    [
      [upper, day, 1],
      [`{${one}}`, day, 2],
      [one.replaceAll('-', ''), day + 3, 3],
    ],
    [
      [day, 2],
      [day + 3, 3],
    ],
  ],
];
for (const [name, rows, days] of merged) {
  test(`${name}: one cluster, and every report is there`, () => {
    const path = storeOf010([...rows, other]);
    sqliteWriter(path, {create: false}).close();
    const found = inside(path);
    const on = rows.map(([, of]) => of);
    assert.equal(found.clusters, [
      [one, Math.min(...on), Math.max(...on)],
      ['unknown_cluster', day, day],
    ]);
    assert.equal(found.reports, [
      ...rows.map(([, , nodes]) => [one, one, nodes]),
      ['unknown_cluster', 'unknown_cluster', 9],
    ]);
    assert.equal(
      found.days.filter(([, of]) => of === one),
      days.map(([of, nodes]) => [of, one, nodes]),
    );
    assert.equal(
      found.changed,
      [...new Set(on)].map((of) => [of]),
    );
    assert.equal(problemsIn(path, 'full'), []);
  });
}

test('a body that is no JSON is kept as it is, and keeps no store from opening', () => {
  const path = storeOf010([[upper, day, 1]]);
  const database = new DatabaseSync(path);
  database.exec("UPDATE report SET body = 'torn'");
  database.close();
  sqliteWriter(path, {create: false}).close();
  const after = new DatabaseSync(path, {readOnly: true});
  assert.equal(
    after
      .prepare('SELECT body FROM report')
      .all()
      .map(({body}) => body),
    ['torn'],
  );
  after.close();
});

test('thousands of spellings are merged in a time that grows with their number', () => {
  const id = (i: number) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`;
  const rows = Array.from({length: 3000}, (_, i): Row[] => [
    [id(i), day, 1],
    [`{${id(i)}}`, day, 2],
  ]).flat();
  const path = storeOf010(rows);
  sqliteWriter(path, {create: false}).close();
  const found = inside(path);
  assert.is(found.clusters.length, 3000);
  assert.is(found.reports.length, 6000);
  assert.ok(found.days.every(([, , nodes]) => nodes === 2));
});

for (const spelling of [one, upper, `{${one}}`, `urn:uuid:${one}`, one.replaceAll('-', '')]) {
  test(`forget ${spelling} erases every spelling`, async () => {
    const path = storeOf010([[upper, day, 1], [one, day, 2], [`{${one}}`, day + 1, 3], other]);
    const erased = await forget(path, spelling, day + 2);
    assert.equal({reports: erased.reports, days: erased.days}, {reports: 3, days: 2});
    assert.equal(inside(path).clusters, [['unknown_cluster', day, day]]);
  });
}

test('forget finds what a server of an older version added meanwhile', async () => {
  const path = storeOf010([[one, day, 1]]);
  sqliteWriter(path, {create: false}).close();
  const database = new DatabaseSync(path);
  database.exec(`INSERT INTO cluster (name, first_day, last_day) VALUES ('${upper}', ${day}, ${day});
    INSERT INTO report (received, cluster, body) SELECT ${noon(day)}, id, '{}' FROM cluster WHERE name = '${upper}'`);
  database.close();
  assert.is((await forget(path, one, day)).reports, 2);
  assert.equal(inside(path).clusters, []);
});

test.run();
