import {once} from 'node:events';
import {readFileSync, writeFileSync} from 'node:fs';
import {request as secureRequest} from 'node:https';
import {connect} from 'node:net';
import {join} from 'node:path';
import {DatabaseSync} from 'node:sqlite';
import {gzipSync} from 'node:zlib';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {packageVersion} from '../../src/report/index.ts';
import {type Program, startProgram} from '../collector/program.ts';
import {eventually, json, type Message, post, reportOf, send} from '../collector/send.ts';
import {storedReports} from '../collector/stored.ts';
import {newFolder} from '../folder.ts';
import {makeAuthority} from '../rig/certificates.ts';

const path = join(newFolder(), 'reports.db');
let server: Program;
test.before(async () => {
  server = await startProgram(path, ['--max-body', '64Ki']);
});
test.after(async () => {
  await server.stop();
});

const report = reportOf(1);
const large = JSON.stringify({...JSON.parse(report), nodes: Array.from({length: 8000}, (_, i) => ({id: `n${i}`}))});

const exchanges: [name: string, message: Partial<Message>, status: number, text?: RegExp][] = [
  ['a report', {headers: json, body: report}, 204, /^$/],
  ['with a charset', {headers: {'Content-Type': 'application/json; charset=utf-8'}, body: report}, 204],
  ['with a query', {path: '/api/v1?x=1', headers: json, body: report}, 204],
  ['with gzip', {headers: {...json, 'Content-Encoding': 'gzip'}, body: gzipSync(report)}, 204],
  [
    'Spartakus’ example',
    {headers: json, body: JSON.stringify({version: 'v1.0.0', timestamp: '1522059083', clusterID: 'x'})},
    204,
  ],
  ['HEAD /', {method: 'HEAD', path: '/'}, 200],
  ['GET /healthz', {method: 'GET', path: '/healthz'}, 200],
  ['GET /', {method: 'GET', path: '/'}, 200, /^seldon-usage: .* \/api\/v1, .*Hodometer.* \/track\n$/],
  ['GET /version', {method: 'GET', path: '/version'}, 200, new RegExp(`^${packageVersion}$`)],
  ['POST /', {path: '/', headers: json, body: report}, 405],
  ['DELETE /version', {method: 'DELETE', path: '/version'}, 405],
  ['GET /api/v1', {method: 'GET'}, 405],
  ['PUT /api/v1', {method: 'PUT', headers: json, body: report}, 405],
  ['another path', {method: 'GET', path: '/api/v2'}, 404],
  ['statistics are not here', {method: 'GET', path: '/api/v1/stats'}, 404],
  ['nor are metrics', {method: 'GET', path: '/metrics'}, 404],
  ['a prototype’s name', {method: 'GET', path: '/__proto__'}, 404],
  ['no media type', {body: report}, 415],
  ['another media type', {headers: {'Content-Type': 'text/plain'}, body: report}, 415],
  ['almost the media type', {headers: {'Content-Type': 'application/json-x'}, body: report}, 415],
  ['another encoding', {headers: {...json, 'Content-Encoding': 'br'}, body: report}, 415],
  ['nothing', {headers: json, body: ''}, 400, /^Error: failed to decode record: /],
  ['no JSON', {headers: json, body: '{"version"'}, 400, /^Error: failed to decode record: /],
  ['no report', {headers: json, body: '{}'}, 400, /^Error: failed to decode record: version is missing; /],
  ['a field of a newer tool', {headers: json, body: report.replace('{', '{"ip":"1",')}, 204, /^$/],
  ['not gzip', {headers: {...json, 'Content-Encoding': 'gzip'}, body: report}, 400, /not gzip/],
  ['too large', {headers: json, body: large}, 413],
  ['too large in pieces', {headers: {...json, 'Transfer-Encoding': 'chunked'}, body: large}, 413],
  ['too large when unpacked', {headers: {...json, 'Content-Encoding': 'gzip'}, body: gzipSync(large)}, 413],
  ['a gzip bomb', {headers: {...json, 'Content-Encoding': 'gzip'}, body: gzipSync(Buffer.alloc(40_000_000))}, 413],
];
for (const [name, message, status, text] of exchanges) {
  test(name, async () => {
    const answer = await send(server.port, message);
    assert.is(answer.status, status, answer.text);
    if (text) assert.match(answer.text, text);
    if (status === 405) assert.ok(answer.headers.allow);
  });
}

/** Writes bytes to the server and answers what comes back until the connection ends. */
function raw(bytes: string, port = server.port): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({port, host: '127.0.0.1'}, () => socket.write(bytes));
    let text = '';
    socket.setEncoding('latin1');
    socket.on('data', (chunk) => {
      text += chunk;
    });
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

test('no HTTP is answered and ended', async () => assert.match(await raw('HELLO\r\n\r\n'), /^HTTP\/1.1 400 /));

test('huge headers are answered and ended', async () => {
  assert.match(await raw(`GET / HTTP/1.1\r\nHost: x\r\nX: ${'a'.repeat(20_000)}\r\n\r\n`), /^HTTP\/1.1 431 /);
});

test('what is stored has the server’s time and the sender’s, and no address', async () => {
  assert.is((await post(server.port, 77, 1_500_000_000)).status, 204);
  const reports = [...storedReports(path)];
  const rows = reports.filter(({body}) => body.includes('1500000000'));
  assert.is(rows.length, 1);
  assert.ok(Math.abs(rows[0]!.received - Date.now()) < 60_000);
  assert.not.match(JSON.stringify(reports), /127\.0\.0\.1/);
  const database = new DatabaseSync(path, {readOnly: true});
  const dump = database
    .prepare("SELECT name FROM sqlite_schema WHERE type = 'table'")
    .all()
    .map(({name}) => JSON.stringify(database.prepare(`SELECT * FROM "${name}"`).all()))
    .join();
  assert.not.match(dump, /127\.0\.0\.1/);
  database.close();
});

test('refused requests are counted by reason', async () => {
  const counts = [
    /bad-gzip"} 1/,
    /media-type"} 3/,
    /too-large"} 4/,
    /encoding"} 1/,
    /dropped_resources_total 0/,
    /store_up 1/,
  ];
  // Each thread tells its counts once a second.
  await eventually(async () => {
    const {text} = await send(server.adminPort, {method: 'GET', path: '/metrics'});
    return counts.every((count) => count.test(text));
  });
});

test('nothing was written to the log', () =>
  // But for the line about the new store, which is there before the first request.
  assert.match(server.errors(), /^\S+ There was no store: a new, empty one was made, \S+\n$/));

test('too many connections are put off, not dropped', async () => {
  // The bound is per thread; no flag sets it, so the listener is run by itself.
  const {ingestServer, defaultLimits} = await import('../../src/collector/ingest.ts');
  const tally = {
    requests: 0,
    accepted: 0,
    events: 0,
    refused: {},
    droppedFields: 0,
    droppedResources: 0,
    droppedExtensions: 0,
    connections: 0,
  };
  const withLimits = async (limits: Partial<typeof defaultLimits>) => {
    const server = ingestServer({
      addresses: {trustedProxies: [], sharedAddresses: []},
      limits: {...defaultLimits, ...limits},
      tally,
      submit: (_report, _network, done) => done(true),
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {server, port: (server.address() as {port: number}).port};
  };
  const {server: small, port} = await withLimits({connections: 2});
  const silent = connect({port, host: '127.0.0.1'});
  await eventually(() => tally.connections === 1);
  const begun = 'POST /api/v1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n{';
  const busy = [connect({port, host: '127.0.0.1'}), connect({port, host: '127.0.0.1'})];
  for (const socket of busy) socket.write(begun);
  // The silent one made way.
  await eventually(() => tally.requests === 2 && tally.connections === 2);
  const answer = await raw('', port);
  assert.match(answer, /^HTTP\/1.1 503 .*\r\nRetry-After: \d+\r\n/);
  for (const socket of [silent, ...busy]) socket.destroy();
  await eventually(() => tally.connections === 0);
  small.close();
  // Connections that say nothing, and requests that never end, are ended.
  const hasty = await withLimits({headersTimeout: 300, requestTimeout: 600, keepAliveTimeout: 300});
  const {requests} = tally;
  const idle = connect({port: hasty.port, host: '127.0.0.1'});
  await once(idle.resume(), 'close');
  assert.match(await raw(begun, hasty.port), /^HTTP\/1.1 408 /);
  assert.match(await raw('POST /api/v1 HTTP/1.1\r\nHost', hasty.port), /^HTTP\/1.1 408 /);
  assert.is(tally.requests, requests + 1);
  await eventually(() => tally.connections === 0);
  hasty.server.close();
});

test('bodies that together need too much memory are put off', async () => {
  const {ingestServer, defaultLimits} = await import('../../src/collector/ingest.ts');
  const tally = {
    requests: 0,
    accepted: 0,
    events: 0,
    refused: {},
    droppedFields: 0,
    droppedResources: 0,
    droppedExtensions: 0,
    connections: 0,
  };
  const limits = {...defaultLimits, memory: 1000};
  const small = ingestServer({
    addresses: {trustedProxies: [], sharedAddresses: []},
    limits,
    tally,
    submit: (_report, _network, done) => done(true),
  });
  await new Promise<void>((resolve) => small.listen(0, '127.0.0.1', resolve));
  const {port} = small.address() as {port: number};
  for (let i = 0; i < 3; i++) {
    const busy = await send(port, {headers: json, body: large});
    assert.is(busy.status, 503);
    assert.ok(busy.headers['retry-after']);
  }
  assert.is(
    (await send(port, {headers: json, body: JSON.stringify({version: 'v', timestamp: '1', clusterID: 'x'})})).status,
    204,
  );
  small.closeAllConnections();
  small.close();
});

test('HTTPS', async () => {
  const folder = newFolder();
  const authority = await makeAuthority();
  const identity = await authority.server();
  writeFileSync(join(folder, 'tls.crt'), identity.cert);
  writeFileSync(join(folder, 'tls.key'), identity.key);
  const flags = ['--tls-cert', join(folder, 'tls.crt'), '--tls-key', join(folder, 'tls.key')];
  const secure = await startProgram(join(folder, 'reports.db'), flags);
  try {
    const status = await new Promise((resolve, reject) => {
      const options = {
        port: secure.port,
        host: '127.0.0.1',
        path: '/api/v1',
        method: 'POST',
        headers: json,
        ca: authority.cert,
      };
      const sender = secureRequest(options, (answer) => resolve(answer.resume().statusCode));
      sender.on('error', reject);
      sender.end(report);
    });
    assert.is(status, 204);
    assert.is(await raw('GET / HTTP/1.1\r\n\r\n', secure.port).catch(() => ''), '');
    // Statistics on loopback need no certificate.
    assert.is((await send(secure.adminPort, {method: 'GET', path: '/healthz'})).status, 200);
  } finally {
    assert.is(await secure.stop(), 0);
  }
  writeFileSync(join(folder, 'tls.key'), readFileSync(join(folder, 'tls.crt')));
  await startProgram(join(folder, 'reports.db'), flags).then(
    () => assert.unreachable(),
    (error) => assert.match(error.message, /not a pair of certificate and key/),
  );
});

test.run();
