import {spawnSync} from 'node:child_process';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {exampleCluster} from '../../examples/example-clusters.ts';
import {startProgram} from '../collector/program.ts';
import {eventually, post, reportOf, send} from '../collector/send.ts';
import {newFolder} from '../folder.ts';
import {rigSuite} from '../rig/available.ts';
import {startClickHouse} from '../rig/clickhouse.ts';

// A collector that passes on to ClickHouse, with a current engine.

const program = new URL('../../bin/run.js', import.meta.url).pathname;

const test = rigSuite('collector and ClickHouse', ['chdb']);

test('reports become rows, and a cluster that is forgotten is gone there when that is said', async () => {
  const clickhouse = await startClickHouse(join(newFolder(), 'data'));
  await clickhouse.rows('CREATE DATABASE usage').catch(() => {});
  const path = join(newFolder(), 'reports.db');
  const server = await startProgram(path, ['--also', `clickhouse:${clickhouse.url}/usage`]);
  for (let i = 0; i < 20; i++) assert.is((await post(server.port, i)).status, 204);
  const rows = async () =>
    (await clickhouse.rows('SELECT cluster, body FROM usage.seldon_usage_day FINAL')).map(({cluster}) => cluster);
  await eventually(async () => (await rows()).length === 20);
  const [{body}] = (await clickhouse.rows('SELECT body FROM usage.seldon_usage_day ORDER BY number LIMIT 1')) as [
    {body: string},
  ];
  assert.equal(JSON.parse(body), JSON.parse(reportOf(0)));
  const {clusterID} = exampleCluster(3, 1_790_000_000, 2);
  const event = {
    event: 'collect metrics',
    properties: {cluster_id: clusterID, collector_version: '2.8.5', model_count: 4},
  };
  const data = Buffer.from(JSON.stringify(event)).toString('base64');
  assert.is((await send(server.port, {method: 'GET', path: `/track?data=${data}`})).status, 200);
  const events = () =>
    clickhouse.rows('SELECT version, toUInt32(models) AS models FROM usage.seldon_usage_core2_day FINAL');
  await eventually(async () => (await events()).length === 1);
  assert.equal(await events(), [{version: '2.8.5', models: 4}]);
  const forget = () =>
    spawnSync(
      process.execPath,
      [program, 'serve', 'forget', clusterID, '--yes', '--json', '--store', `sqlite:${path}`],
      {
        encoding: 'utf8',
      },
    );
  const [{sink, state}] = JSON.parse(forget().stdout).sinks;
  assert.is(sink, `clickhouse:${clickhouse.url}/usage`);
  // The collector may have passed it on before this command looks.
  assert.ok(['waiting', 'gone'].includes(state), state);
  await eventually(() => JSON.parse(forget().stdout).sinks[0].state === 'gone');
  assert.equal((await rows()).length, 19);
  assert.not.ok((await rows()).includes(clusterID));
  assert.equal(await events(), []);
  assert.is(await server.stop(), 0);
  await clickhouse.stop();
});

test.run();
