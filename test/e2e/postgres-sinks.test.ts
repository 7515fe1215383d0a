import {createServer} from 'node:http';
import * as assert from 'uvu/assert';
import {type Program, startProgram} from '../collector/program.ts';
import {eventually, post, reportOf, send as request} from '../collector/send.ts';
import {rigSuite} from '../rig/available.ts';
import {startPostgres} from '../rig/postgres.ts';

const test = rigSuite('sinks of a store in PostgreSQL', ['postgres15']);

test('two serve processes pass on as one, and nothing acknowledged is lost to kill -9 of the one that does', async () => {
  const server = await startPostgres({version: 15});
  const got: string[] = [];
  const events: string[] = [];
  let isAway = true;
  const sink = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    if (isAway) response.writeHead(503).end();
    else if (request.url === '/track') {
      events.push(JSON.parse(Buffer.concat(chunks).toString('utf8')).properties.$insert_id);
      response.writeHead(200).end('{"status":1}');
    } else {
      got.push(JSON.parse(Buffer.concat(chunks).toString('utf8')).clusterID);
      response.writeHead(204).end();
    }
  });
  await new Promise<void>((listening) => sink.listen(0, '127.0.0.1', listening));
  const also = ['--also', `http://127.0.0.1:${(sink.address() as {port: number}).port}`];
  const url = await server.newDatabase();
  const ids = (from: number, to: number) =>
    Array.from({length: to - from}, (_, i) => JSON.parse(reportOf(from + i)).clusterID as string).toSorted();
  const programs: Program[] = [await startProgram(url, also), await startProgram(url, also)];
  const send = async (from: number, to: number) => {
    for (let i = from; i < to; i++) assert.is((await post(programs[i % programs.length]!.port, i)).status, 204);
  };
  await send(0, 20);
  await eventually(() => programs.some((one) => /takes no reports at present: it answers 503/.test(one.errors())));
  // Whoever holds the sink is killed with what waits.
  const holder = programs.findIndex((one) => /takes no reports at present/.test(one.errors()));
  await programs.splice(holder, 1)[0]!.kill();
  isAway = false;
  await send(20, 30);
  await eventually(() => new Set(got).size === 30, 60_000);
  assert.equal([...new Set(got)].toSorted(), ids(0, 30));
  programs.push(await startProgram(url, also));
  const before = got.length;
  await send(30, 50);
  await eventually(() => new Set(got).size === 50);
  // Each once: only one of the two passes on.
  assert.equal(got.slice(before).toSorted(), ids(30, 50));
  // Events go on as well, each once, whichever process they came to, and however often.
  for (const $insert_id of ['a', 'b', 'a', 'b', 'c']) {
    const properties = {cluster_id: '00000000-0000-4000-8000-000000000001', $insert_id};
    const data = Buffer.from(JSON.stringify({event: 'collect metrics', properties})).toString('base64');
    const {port} = programs[$insert_id === 'b' ? 0 : 1]!;
    assert.is((await request(port, {method: 'GET', path: `/track?data=${data}`})).status, 200);
  }
  await eventually(() => events.length === 3);
  assert.equal(events.toSorted(), ['a', 'b', 'c']);
  for (const program of programs) assert.is(await program.stop(), 0, program.errors());
  sink.closeAllConnections();
  sink.close();
  await server.stop('fast');
});

test.run();
