// A process that stood still for minutes, such as a paused container, beside one that went on with what it knew.
import * as assert from 'uvu/assert';
import {startProgram} from '../collector/program.ts';
import {eventually, post} from '../collector/send.ts';
import {rigSuite} from '../rig/available.ts';
import {freeze, thaw} from '../rig/freeze.ts';
import {startPostgres} from '../rig/postgres.ts';

const test = rigSuite('serve on a PostgreSQL, stopped and thawed', ['postgres15']);

test('a process that is thawed leaves the clock to who took it over, and loses nothing', async () => {
  const server = await startPostgres({version: 15});
  const url = await server.newDatabase();
  const ask = (statement: string) => server.ask(new URL(url).pathname.slice(1), statement);
  const frozen = await startProgram(url);
  // A new store is not sure of its dates yet: what comes is marked.
  assert.is((await post(frozen.port, 1, 1)).status, 204);
  await freeze(frozen.child.pid!);
  await ask("UPDATE seldon_usage.clock SET seen = seen - interval '5 minutes'");
  const heir = await startProgram(url, ['--trust-clock']);
  const slots = () => ask("SELECT slot, kept->>'state' AS state FROM seldon_usage.clock ORDER BY slot");
  await eventually(async () => (await slots())[0]!.state === 'settled');
  thaw(frozen.child.pid!);
  await eventually(async () => (await post(frozen.port, 2, 2)).status === 204);
  assert.is((await post(heir.port, 3, 3)).status, 204);
  assert.is(await frozen.stop(), 0, frozen.errors());
  assert.equal(await slots(), [
    {slot: 1, state: 'settled'},
    {slot: 2, state: 'fresh'},
  ]);
  await eventually(async () => {
    const rows = await ask('SELECT marked / 1048576 AS slot FROM seldon_usage.report ORDER BY arrived');
    return rows.map(({slot}) => Number(slot)).join() === '0,2,0';
  });
  assert.is(await heir.stop(), 0, heir.errors());
});

test.run();
