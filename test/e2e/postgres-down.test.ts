import * as assert from 'uvu/assert';
import {startProgram} from '../collector/program.ts';
import {eventually} from '../collector/send.ts';
import {rigSuite} from '../rig/available.ts';
import {type Postgres, startPostgres} from '../rig/postgres.ts';
import {load, requireNoneLost} from './postgres-load.ts';

const test = rigSuite('serve on a PostgreSQL that is shut down', ['postgres15']);
let server: Postgres;
test.before(async () => {
  server = await startPostgres({version: 15});
});

test('20 × the database shut down at once under load: 503 meanwhile, nothing acknowledged lost, on by itself', async () => {
  const url = await server.newDatabase();
  const program = await startProgram(url);
  const sending = load(() => program);
  for (let round = 0; round < 20; round++) {
    const before = sending.acknowledged.size;
    await eventually(() => sending.acknowledged.size >= before + 30);
    await server.stop(round % 4 === 3 ? 'kill' : 'immediate');
    const refused = sending.refused();
    await eventually(() => sending.refused() > refused);
    await server.start();
  }
  const before = sending.acknowledged.size;
  await eventually(() => sending.acknowledged.size > before);
  await sending.end();
  await requireNoneLost(server, url, sending.acknowledged);
  assert.match(program.errors(), /takes nothing at present: [\s\S]*takes reports again/);
  assert.not.match(program.errors(), /bug/);
  assert.is(await program.stop(), 0, program.errors());
});

test.run();
