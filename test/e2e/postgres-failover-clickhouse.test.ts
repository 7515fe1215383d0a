// A standby that was promoted without the last moments gives their numbers again, and ClickHouse has reports with them.
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {exampleCluster} from '../../examples/example-clusters.ts';
import {encodeReport} from '../../src/report/index.ts';
import {type Program, startProgram} from '../collector/program.ts';
import {eventually, json, post, send} from '../collector/send.ts';
import {newFolder} from '../folder.ts';
import {rigSuite} from '../rig/available.ts';
import {startClickHouse} from '../rig/clickhouse.ts';
import {startPostgres} from '../rig/postgres.ts';

const test = rigSuite('ClickHouse after a failover of PostgreSQL', ['postgres15', 'chdb']);

test('what comes after a failover without the tail replaces what was lost, also under its numbers', async () => {
  const clickhouse = await startClickHouse(join(newFolder(), 'data'));
  await clickhouse.rows('CREATE DATABASE usage').catch(() => {});
  const primary = await startPostgres({version: 15, settings: {wal_level: 'replica', max_wal_senders: 4}});
  const url = await primary.newDatabase();
  const database = new URL(url).pathname.slice(1);
  const standby = await startPostgres({version: 15, standbyOf: primary});
  const both = `postgres://postgres@127.0.0.1:${primary.port},127.0.0.1:${standby.port}/${database}`;
  const program = await startProgram(both, ['--also', `clickhouse:${clickhouse.url}/usage`]);
  /** One cluster that is updated again and again. */
  const sendVersion = ({port}: Program, masterVersion: string) =>
    send(port, {headers: json, body: encodeReport({...exampleCluster(1, 1_790_000_000, 2), masterVersion})});
  const last = async () =>
    (await clickhouse.rows('SELECT kubernetes, toString(number) AS number FROM usage.seldon_usage_day FINAL'))[0]!;
  assert.is((await sendVersion(program, 'v1.20.0')).status, 204);
  await eventually(async () => (await last()).kubernetes === '1.20');
  const [{lsn}] = (await primary.ask('postgres', 'SELECT pg_current_wal_lsn() AS lsn')) as [{lsn: string}];
  await eventually(async () => {
    const [row] = await standby.ask('postgres', `SELECT pg_last_wal_replay_lsn() >= '${lsn}' AS there`);
    return row!.there;
  });
  await standby.stop('fast');
  // More than a sequence is ahead by in the log (32), each under numbers of its own.
  for (let i = 0; i < 40; i++) assert.is((await post(program.port, 1, i)).status, 204);
  assert.is((await sendVersion(program, 'v1.21.0')).status, 204);
  await eventually(async () => (await last()).kubernetes === '1.21');
  const lost = Number((await last()).number);
  await primary.stop('kill');
  await standby.start();
  await standby.promote();
  await eventually(async () => (await sendVersion(program, 'v1.22.0')).status === 204, 60_000);
  await eventually(async () => (await last()).kubernetes === '1.22');
  assert.ok(Number((await last()).number) < lost, 'numbers did not begin again: this tested nothing');
  assert.equal(
    await clickhouse.rows(
      "SELECT value, toUInt32(clusters) AS clusters FROM usage.seldon_usage_cells WHERE grain = 'day' AND dimension = 'kubernetes'",
    ),
    [{value: '1.22', clusters: 1}],
  );
  assert.is(await program.stop(), 0, program.errors());
  await standby.stop('immediate');
  await clickhouse.stop();
});

test.run();
