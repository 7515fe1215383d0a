import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {newcomers} from '../../src/collector/newcomers.ts';
import {newFolder} from '../folder.ts';
import {startProgram} from './program.ts';
import {eventually, post, send} from './send.ts';

const table: [name: string, asked: (readonly [network: number, day: number])[], admitted: string][] = [
  [
    'up to the bound',
    [
      [1, 9],
      [1, 9],
      [1, 9],
    ],
    'yyn',
  ],
  [
    'each network',
    [
      [1, 9],
      [1, 9],
      [2, 9],
      [1, 9],
    ],
    'yyyn',
  ],
  [
    'each day',
    [
      [1, 9],
      [1, 9],
      [1, 10],
      [1, 10],
      [1, 10],
    ],
    'yyyyn',
  ],
  [
    'the day before comes late',
    [
      [1, 10],
      [1, 9],
      [1, 10],
      [1, 9],
    ],
    'yynn',
  ],
  [
    'a clock that was put back',
    [
      [1, 10],
      [1, 10],
      [1, 5],
      [1, 5],
      [1, 5],
    ],
    'yyyyn',
  ],
  [
    'no network',
    [
      [0, 9],
      [0, 9],
      [0, 9],
      [0, 9],
    ],
    'yyyy',
  ],
];
for (const [name, asked, admitted] of table) {
  test(name, () => {
    const {admits} = newcomers(2);
    assert.is(asked.map(([network, day]) => (admits(network, day) ? 'y' : 'n')).join(''), admitted);
  });
}

test('a transaction that failed counts for nothing', () => {
  const {admits, settle} = newcomers(2);
  admits(1, 9);
  assert.is(settle(true), 0);
  for (let i = 0; i < 2; i++) admits(1, 9);
  assert.is(settle(false), 0);
  assert.is(admits(1, 9), true);
  assert.is(admits(1, 9), false);
  assert.is(settle(true), 1);
});

test('serve stores what is beyond the bound, says how much, and keeps no address', async () => {
  const path = join(newFolder(), 'reports.db');
  const server = await startProgram(path, ['--new-clusters', '3']);
  for (let i = 0; i < 8; i++) assert.is((await post(server.port, i)).status, 204);
  const metrics = async () => (await send(server.adminPort, {method: 'GET', path: '/metrics'})).text;
  await eventually(async () => /^seldon_usage_unranked_clusters_total 5$/m.test(await metrics()));
  assert.match(await metrics(), /^seldon_usage_network_owns_hour 0$/m);
  assert.not.match(server.errors(), /127\.0\.0\.1/);
  await server.stop();
  const database = new DatabaseSync(path);
  const rows = (sql: string) => database.prepare(sql).get()!.count;
  assert.is(rows('SELECT count(*) AS count FROM report'), 8);
  assert.is(rows('SELECT count(*) AS count FROM cluster WHERE unranked = 1'), 5);
  database.close();
});

test.run();
