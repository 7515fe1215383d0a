import * as assert from 'uvu/assert';
import {type Program, startProgram} from '../collector/program.ts';
import {eventually} from '../collector/send.ts';
import {rigSuite} from '../rig/available.ts';
import {type Postgres, startPostgres} from '../rig/postgres.ts';
import {load, requireNoneLost} from './postgres-load.ts';

const test = rigSuite('serve on a PostgreSQL, killed itself', ['postgres15']);
let server: Postgres;
test.before(async () => {
  server = await startPostgres({version: 15});
});

test('20 × kill -9 of one of two serve processes under load: every acknowledged report is there', async () => {
  const url = await server.newDatabase();
  const programs: Program[] = [await startProgram(url), await startProgram(url)];
  let turn = 0;
  const sending = load(() => programs[turn++ % 2]);
  for (let round = 0; round < 20; round++) {
    const before = sending.acknowledged.size;
    await eventually(() => sending.acknowledged.size >= before + 30);
    const [old] = programs.splice(round % 2, 1);
    await old!.kill();
    // The other one takes everything meanwhile.
    const alone = sending.acknowledged.size;
    programs.push(programs[0]!);
    await eventually(() => sending.acknowledged.size >= alone + 10);
    programs.pop();
    programs.push(await startProgram(url));
  }
  await sending.end();
  await requireNoneLost(server, url, sending.acknowledged);
  assert.ok(sending.acknowledged.size > 800, `${sending.acknowledged.size} acknowledged`);
  for (const program of programs) assert.is(await program.stop(), 0, program.errors());
});

test.run();
