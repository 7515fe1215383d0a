import {writeFileSync} from 'node:fs';
import http, {createServer} from 'node:http';
import {join} from 'node:path';
import {mock} from 'node:test';
import {test as plain} from 'uvu';
import * as assert from 'uvu/assert';
import {type KindName, kinds} from '../../../src/collector/kinds.ts';
import {newcomers} from '../../../src/collector/newcomers.ts';
import {grains, isoDay, movePeriod, parseDay, periodOf} from '../../../src/collector/periods.ts';
import {clickhouseSink} from '../../../src/collector/sink/clickhouse.ts';
import {erasing, statements, viewOf} from '../../../src/collector/sink/clickhouse-schema.ts';
import {type Sink, SinkTrouble} from '../../../src/collector/sink/contract.ts';
import {sinkAddress} from '../../../src/collector/sink/sinks.ts';
import type {Accepted, Cell, Store} from '../../../src/collector/store/contract.ts';
import {addressOf} from '../../../src/collector/store/sqlite/address.ts';
import {sqlite} from '../../../src/collector/store/sqlite/index.ts';
import {newFolder} from '../../folder.ts';
import {rigSuite} from '../../rig/available.ts';
import {type ClickHouse, startClickHouse} from '../../rig/clickhouse.ts';
import {lines} from '../store/model.ts';
import {acceptedOn, eventOn, millisecondsADay, opened, sealChanged, today} from '../store/suite.ts';

/** Nothing is too old, whenever this runs. */
const around = {env: {}, keepDays: 40_000, keepReports: 40_000};

const test = rigSuite<{server: ClickHouse}>('clickhouse', ['chdb']);
test.before(async (context) => {
  context.server = await startClickHouse(join(newFolder(), 'data'));
});
test.after(({server}) => server.stop());

let databases = 0;
async function newSink(server: ClickHouse): Promise<{sink: Sink; database: string; url: string}> {
  const database = `d${databases++}`;
  await server.rows(`CREATE DATABASE ${database}`).catch(() => {});
  const url = `${server.url}/${database}`;
  return {sink: await clickhouseSink(url, around), database, url};
}

/** Passes on what waits, some of it more than once, as after a crash. */
async function passOn(store: Store, sink: Sink): Promise<void> {
  const queue = await store.queue();
  for (let i = 0; ; i++) {
    const {reports} = await queue.next('s', {reports: 40, bytes: 1 << 20}, 100_000);
    if (reports.length === 0) break;
    await sink.deliver(reports);
    if (i % 2 === 0) await sink.deliver(reports.slice(0, 20));
    await queue.settle(
      's',
      {kind: reports[0]!.kind, upTo: reports.at(-1)!.number, delivered: reports.length, refused: new Map()},
      0,
    );
  }
  await queue.close();
}

async function cellsIn(
  server: ClickHouse,
  database: string,
  kind: KindName,
  grain: string,
): Promise<Map<number, Cell[]>> {
  const found = new Map<number, Cell[]>();
  for (const {period, ...row} of await server.rows(
    `SELECT * FROM ${database}.${viewOf(kind)} WHERE grain = '${grain}'`,
  )) {
    const day = parseDay(String(period))!;
    const cell = Object.fromEntries(
      Object.entries(row).map(([name, value]) => [
        name,
        /^(dimension|value|grain)$/.test(name) ? value : Number(value),
      ]),
    );
    found.set(day, [...(found.get(day) ?? []), cell as unknown as Cell]);
  }
  return found;
}

/** Holds the view of a kind to what the engine counts of the same reports. */
async function compare(
  server: ClickHouse,
  kind: KindName,
  batches: readonly (readonly Accepted[])[],
  admits: () => ReturnType<typeof newcomers>['admits'],
  days: number,
) {
  const store = await opened(sqlite.at(addressOf(join(newFolder(), 'reports.db'))));
  await store.writer.passOn(['s']);
  const admission = admits();
  for (const batch of batches) await store.writer.append(batch, admission);
  while (await store.writer.count({today, oldest: 0}, 10_000));
  await sealChanged(store, 0, 10_000);
  const {sink, database} = await newSink(server);
  await passOn(store.store, sink);
  for (const grain of grains) {
    const cells = await cellsIn(server, database, kind, grain);
    assert.ok(cells.size > 0);
    await store.still(async (state) => {
      const running = periodOf(grain, today);
      for (let period = periodOf(grain, today - days); period <= running; period = movePeriod(grain, period, 1)) {
        const counted: Cell[] = [];
        for (const dimension of ['all', 'change', ...kinds[kind].told] as const)
          counted.push(...(await state.series(kind, grain, dimension, period, period)));
        assert.equal(
          lines(kinds[kind], cells.get(period) ?? []),
          lines(kinds[kind], counted),
          `${grain} of ${isoDay(period)}`,
        );
      }
    });
  }
  await sink.close();
  return database;
}

/** Whole numbers below a bound, the same ones each time. */
function chance(): (most: number) => number {
  let state = 7;
  return (most) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % most;
  };
}

test('cells are those that the engine counts: of clusters that come, stay, go and return', async ({server}) => {
  const by = chance();
  const versions = () => ({
    masterVersion: `v1.${25 + by(4)}.0`,
    extensions: [{name: 'seldon-core-version', value: `1.${by(3)}.0`}],
  });
  const batches = Array.from({length: 60}, () =>
    Array.from({length: 1 + by(6)}, () => ({...acceptedOn(today - by(75), by(14), versions(), by(5)), network: by(3)})),
  );
  await compare(server, 'spartakus', batches, () => newcomers(1).admits, 75);
});

test('cells of Core 2 clusters are those that the engine counts, beside reports of the same clusters', async ({
  server,
}) => {
  const by = chance();
  const event = () =>
    eventOn(today - by(75), by(14), {
      collector_version: `2.${by(4)}.${by(2)}`,
      kubernetes_version: `v1.${28 + by(3)}.1`,
      // Few have some of each, and some have more than can be true.
      ...{model_count: by(3), pipeline_count: by(2), server_count: by(2), server_replica_count: by(4)},
      ...{experiment_count: by(9) === 0 ? 2_000_000 : 0, server_memory_gb_sum: by(5) * 1.7},
    });
  const batches = Array.from({length: 60}, () =>
    Array.from({length: 1 + by(6)}, () => ({
      ...(by(4) === 0 ? acceptedOn(today - by(75), by(14)) : event()),
      network: by(3),
    })),
  );
  await compare(server, 'hodometer', batches, () => newcomers(1).admits, 75);
  await compare(server, 'spartakus', batches, () => newcomers(1).admits, 75);
});

test('cells are those that the engine counts: more values than are kept apart, and unranked clusters', async ({
  server,
}) => {
  const seldon = (value: string) => ({extensions: [{name: 'seldon-core-version', value}]});
  const batch = Array.from({length: 500}, (_, i) => ({
    // One version after the other has a cluster more: which are folded is no matter of chance.
    ...acceptedOn(today, i, seldon(`1.${Math.floor((Math.sqrt(8 * i + 1) - 1) / 2) + (i > 400 ? 100 + i : 0)}.0`), 1),
    network: i % 7 === 0 ? 1 : 100 + i,
  }));
  await compare(server, 'spartakus', [batch], () => newcomers(5).admits, 1);
});

test('the last report of a cluster and day counts, in whatever order they come', async ({server}) => {
  const {sink, database} = await newSink(server);
  const monday = today - ((today + 3) % 7);
  const passed = (number: number, version: string, {epoch = 1, day = monday} = {}) => {
    const {cluster, received, body} = acceptedOn(day, 1, {masterVersion: version});
    return {kind: 'spartakus' as const, number, cluster, received, body, unranked: false, epoch};
  };
  await sink.deliver([passed(2, 'v1.31.0')]);
  await sink.deliver([passed(1, 'v1.30.0')]);
  assert.equal(await server.rows(`SELECT kubernetes, body FROM ${database}.seldon_usage_day FINAL`), [
    {kubernetes: '1.31', body: passed(2, 'v1.31.0').body},
  ]);
  // Numbers that begin again in an epoch that does.
  const versionIn = async (grain: string) =>
    (
      await server.rows(
        `SELECT value FROM ${database}.seldon_usage_cells WHERE grain = '${grain}' AND dimension = 'kubernetes' ORDER BY period`,
      )
    ).map(({value}) => value);
  const later = 1_795_000_000_000;
  await sink.deliver([passed(1, 'v1.32.0', {epoch: later})]);
  await sink.deliver([passed(2, 'v1.31.0')]);
  assert.equal(await versionIn('day'), ['1.32']);
  await sink.deliver([passed(9, 'v1.33.0', {day: monday + 1})]);
  assert.equal([await versionIn('day'), await versionIn('week')], [['1.32', '1.33'], ['1.32']]);
  await sink.deliver([passed(2, 'v1.34.0', {epoch: later + 1, day: monday + 1})]);
  assert.equal([await versionIn('day'), await versionIn('week')], [['1.32', '1.34'], ['1.34']]);
  await sink.close();
});

test('a report whose text is damaged in the store is refused, and holds up no other', async ({server}) => {
  const {sink, database} = await newSink(server);
  const some = [1, 2, 3].map((number) => {
    const {cluster, received, body} = acceptedOn(today, number);
    return {kind: 'spartakus' as const, number, epoch: 1, received, cluster, body, unranked: false};
  });
  some[1]!.body = some[1]!.body.slice(0, -1);
  assert.equal([...(await sink.deliver(some)).refused!], [[2, 'damaged in the store']]);
  assert.equal([...(await sink.deliver([some[1]!])).refused!.keys()], [2]);
  const rows = await server.rows(`SELECT number FROM ${database}.seldon_usage_day ORDER BY number`);
  assert.equal(
    rows.map(({number}) => Number(number)),
    [1, 3],
  );
  await sink.close();
});

test('an erased cluster has no row when that is told, and others stay; a name is no statement', async ({server}) => {
  const {sink, database} = await newSink(server);
  const {received, body} = acceptedOn(today, 1);
  const names = ["it's", 'a\\', "a\\' OR 1=1 --", 'plain'];
  for (const [kind, text] of [
    ['spartakus', body],
    ['hodometer', eventOn(today, 1).body],
  ] as const)
    await sink.deliver(
      names.map((cluster, i) => ({kind, number: i + 1, cluster, received, body: text, unranked: false, epoch: 1})),
    );
  for (let i = 0; i < names.length; i++) {
    for (const table of ['seldon_usage_day', 'seldon_usage_core2_day']) {
      const rows = await server.rows(`SELECT cluster FROM ${database}.${table} ORDER BY number`);
      assert.equal(
        rows.map(({cluster}) => cluster),
        names.slice(i),
      );
    }
    assert.is(await sink.erase(names[i]!), 'gone');
  }
  await sink.close();
});

test('a partition is a week, and what is too old goes with it', async ({server}) => {
  const {sink, database, url} = await newSink(server);
  const now = Math.floor(Date.now() / millisecondsADay);
  const old = acceptedOn(now - 500, 1);
  const fresh = acceptedOn(now, 2);
  await sink.deliver(
    [old, fresh].map(({cluster, received, body}, i) => ({
      kind: 'spartakus' as const,
      number: i + 1,
      cluster,
      received,
      body,
      unranked: false,
      epoch: 1,
    })),
  );
  assert.is(
    (await server.rows(`SELECT DISTINCT partition FROM system.parts WHERE active AND database = '${database}'`)).length,
    2,
  );
  await sink.close();
  // Shorter from now on: the table is as it was made, so that is said to it.
  await server.rows(`ALTER TABLE ${database}.seldon_usage_day MODIFY TTL day + INTERVAL 400 DAY`).catch(() => {});
  await server.rows(`OPTIMIZE TABLE ${database}.seldon_usage_day FINAL`).catch(() => {});
  assert.equal(
    (await server.rows(`SELECT cluster FROM ${database}.seldon_usage_day`)).map(({cluster}) => cluster),
    [fresh.cluster],
  );
  // What is there already is taken as it is.
  await (await clickhouseSink(url, around)).close();
});

test('what makes and erases on a cluster is read by the engine as statements of it', async ({server}) => {
  const deployment = {database: 'usage', cluster: 'main', keepDays: 400, keepReports: 30};
  const read = async (statement: string) => {
    const answer = await fetch(server.url, {method: 'POST', body: `EXPLAIN AST ${statement}`});
    return {ok: answer.ok, text: await answer.text()};
  };
  for (const statement of [...statements(deployment), ...erasing(deployment, "it's")]) {
    const {ok, text} = await read(statement);
    assert.ok(ok && /^(?:CreateQuery|AlterQuery)/.test(text.replaceAll('"', '')), text);
  }
  assert.not.ok((await read(statements(deployment)[0]!.replace('PARTITION', 'PARTITIONED'))).ok);
});

test.run();

for (const [text, name] of [
  [
    'clickhouse:https://ch.example:8443/usage?user=me&password-file=/run/s3cret',
    'clickhouse:https://ch.example:8443/usage',
  ],
  ['clickhouse:http://127.0.0.1:8123', 'clickhouse:http://127.0.0.1:8123/'],
] as const) {
  plain(`${text} is a sink, told as ${name}`, () => assert.is(sinkAddress(text).name, name));
}

for (const [text, message] of [
  ['clickhouse:https://me:s3cret@ch.example/usage', /holds credentials/],
  ['clickhouse:http://ch.example/usage?user=s3cret', /would be read/],
  ['clickhouse:https://ch.example/usage?password=s3cret', /a parameter that is not known, password/],
  ['clickhouse:https://ch.example/a/s3cret', /a path that is not a database/],
  ['clickhouse:s3cret', /names no sink/],
] as const) {
  plain(`${text} is none, and no secret is repeated`, () => {
    assert.throws(
      () => sinkAddress(text),
      (error: Error) => message.test(error.message) && !error.message.includes('s3cret'),
    );
  });
}

plain('in a cluster tables are replicated on each machine, and one deals out', () => {
  const deployment = {database: 'usage', cluster: 'main', keepDays: 400, keepReports: 30};
  const [replicated, distributed, view, ...ofEvents] = statements(deployment);
  assert.match(replicated!, /^CREATE TABLE IF NOT EXISTS `usage`\.seldon_usage_day_local ON CLUSTER `main` /);
  assert.match(
    replicated!,
    /ENGINE = ReplicatedReplacingMergeTree\('\/clickhouse\/tables\/\{shard\}\/usage\/seldon_usage_day', '\{replica\}', arrival\)/,
  );
  assert.match(distributed!, /ENGINE = Distributed\('main', 'usage', seldon_usage_day_local, cityHash64\(cluster\)\)/);
  assert.match(view!, /^CREATE OR REPLACE VIEW `usage`\.seldon_usage_cells ON CLUSTER `main` /);
  assert.match(ofEvents[0]!, /^CREATE TABLE IF NOT EXISTS `usage`\.seldon_usage_core2_day_local ON CLUSTER `main` /);
  assert.match(ofEvents[0]!, /\('\/clickhouse\/tables\/\{shard\}\/usage\/seldon_usage_core2_day', /);
  assert.match(ofEvents[1]!, /Distributed\('main', 'usage', seldon_usage_core2_day_local, cityHash64\(cluster\)\)/);
  assert.match(ofEvents[2]!, /^CREATE OR REPLACE VIEW `usage`\.seldon_usage_core2_cells ON CLUSTER `main` /);
  for (const [i, table] of ['seldon_usage_day_local', 'seldon_usage_core2_day_local'].entries())
    assert.match(
      erasing(deployment, 'x')[i]!,
      new RegExp(`^ALTER TABLE \`usage\`\\.${table} ON CLUSTER \`main\` DELETE .*mutations_sync = 2$`, 's'),
    );
});

for (const [what, answer, message] of [
  [
    'no right',
    [403, 'Code: 497. DB::Exception: s3cret: Not enough privileges. (ACCESS_DENIED)'],
    /^ClickHouse says error 497 ACCESS_DENIED$/,
  ],
  ['a server in between', [502, '<html>s3cret</html>'], /ClickHouse/],
] as const) {
  plain(`${what} is trouble, and the statement is not repeated`, async () => {
    const server = createServer((request, response) => {
      request.resume();
      response.writeHead(answer[0]).end(answer[1]);
    });
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
    const url = `http://127.0.0.1:${(server.address() as {port: number}).port}/usage`;
    const error = await clickhouseSink(url, around).catch((error: unknown) => error);
    server.closeAllConnections();
    server.close();
    assert.ok(error instanceof SinkTrouble, String(error));
    assert.match(error.message, message);
    assert.not.match(error.message, /s3cret|CREATE/);
  });
}

plain('a switch to another protocol is no answer, and is not waited for', async () => {
  const given = Promise.withResolvers<void>();
  const server = createServer();
  server.on('connection', (socket) => socket.on('error', () => {}));
  server.on('request', ({socket}) => {
    socket.write('HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n');
    socket.once('close', given.resolve);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  mock.timers.enable({apis: ['setTimeout']});
  // The client waits for the next turn by it.
  const turns = setInterval(() => mock.timers.tick(1), 1);
  try {
    const sink = clickhouseSink(`http://127.0.0.1:${(server.address() as {port: number}).port}/usage`, around);
    const error = sink.catch((error: unknown) => error);
    await given.promise;
    mock.timers.tick(300_000);
    assert.ok((await error) instanceof SinkTrouble, String(await error));
  } finally {
    clearInterval(turns);
    mock.timers.reset();
    server.close();
  }
});

plain('a bug of ours is not told as trouble of ClickHouse', async () => {
  const bug = new TypeError('planted');
  const {request} = http;
  http.request = () => {
    throw bug;
  };
  try {
    const error = await clickhouseSink('http://127.0.0.1:1/d', around).catch((error: unknown) => error);
    assert.is(error, bug);
  } finally {
    http.request = request;
  }
});

plain('a password is read from its file, and sent as such', async () => {
  const file = join(newFolder(), 'password');
  writeFileSync(file, 'pass-w0rd\n');
  const seen: unknown[] = [];
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization, request.url?.includes('pass-w0rd'));
    request.resume();
    response.writeHead(200).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as {port: number}).port}/usage?user=me&password-file=${file}`;
  await (await clickhouseSink(url, around)).close();
  server.closeAllConnections();
  server.close();
  assert.equal(seen.slice(0, 2), [`Basic ${Buffer.from('me:pass-w0rd').toString('base64')}`, false]);
  const none = await clickhouseSink(`${url}x`, around).catch((error: Error) => error);
  assert.match(String(none), /the file with its password can't be read \(ENOENT\)/);
});

plain('an insert is known again by its rows, not by numbers that another store has too', async () => {
  const inserts: string[] = [];
  const server = createServer((request, response) => {
    if (/INSERT/.test(decodeURIComponent(request.url ?? ''))) inserts.push(request.url!);
    request.resume();
    response.writeHead(200).end();
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const url = `http://127.0.0.1:${(server.address() as {port: number}).port}/usage`;
  const sink = await clickhouseSink(url, around);
  const {received, cluster, body} = acceptedOn(today, 1);
  await sink.deliver([{kind: 'spartakus' as const, number: 1, received, cluster, body, unranked: false, epoch: 1}]);
  await sink.close();
  server.closeAllConnections();
  server.close();
  assert.is(inserts.length, 1);
  assert.not.match(inserts[0]!, /deduplication_token/);
});

plain.run();
