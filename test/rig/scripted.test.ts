import {Agent} from 'node:https';
import {setTimeout as sleep} from 'node:timers/promises';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {expired, makeAuthority} from './certificates.ts';
import {requestJson} from './request.ts';
import {type Route, type ScriptedOptions, startScripted} from './scripted.ts';

// Starts a server for one test, with a way to ask it.
async function scripted(routes: Record<string, Route>, options: Omit<ScriptedOptions, 'routes'> = {}) {
  const server = await startScripted({routes, ...options});
  const agent = new Agent({ca: server.ca});
  const get = (path: string) => requestJson(server.url + path, agent, {headers: {'x-who': 'test'}});
  return {...server, get, [Symbol.asyncDispose]: server.close};
}

const code = (reason: {code?: string}) => reason.code;

test('records what it was asked and answers from the can', async () => {
  await using server = await scripted({'GET /version': {body: {gitVersion: 'v1.9.0'}}});
  const {body} = await server.get('/version?timeout=5s');
  assert.equal(body, {gitVersion: 'v1.9.0'});
  const [seen] = server.requests;
  assert.is(`${seen?.method} ${seen?.path} ${seen?.query.timeout} ${seen?.headers['x-who']}`, 'GET /version 5s test');
});

test('answers one after the other, and 404 where nothing is scripted', async () => {
  await using server = await scripted({'/nodes': [{status: 429, headers: {'retry-after': '1'}}, {status: 200}]});
  const answers = [
    await server.get('/nodes'),
    await server.get('/nodes'),
    await server.get('/nodes'),
    await server.get('/'),
  ];
  assert.equal(
    answers.map((answer) => answer.status),
    [429, 200, 200, 404],
  );
});

test('breaks the connection after so many bytes', async () => {
  await using server = await scripted({'/cut': {body: 'x'.repeat(100), destroyAfter: 10}, '/gone': {destroyAfter: 0}});
  assert.is(await server.get('/cut').catch(code), 'ECONNRESET');
  assert.is(await server.get('/gone').catch(code), 'ECONNRESET');
});

test('hangs with and without an answer', async () => {
  await using server = await scripted({'/never': {hang: true}, '/half': {body: 'half', hang: true}});
  const asked = ['/never', '/half'].map((path) =>
    server.get(path).then(
      () => 'answered',
      () => 'broken',
    ),
  );
  assert.is(await Promise.race([...asked, sleep(100, 'silence')]), 'silence');
});

test('sends chunks with pauses', async () => {
  await using server = await scripted({'/slow': {chunks: ['one ', 20, 'two']}});
  const before = performance.now();
  assert.is(String((await server.get('/slow')).body), 'one two');
  assert.ok(performance.now() - before > 15);
});

test('runs handlers', async () => {
  await using server = await scripted({'*': (_, response, seen) => void response.end(seen.path)});
  assert.is(String((await server.get('/any/where')).body), '/any/where');
});

test('has bad certificates where a test wants them', async () => {
  const authority = await makeAuthority();
  await using past = await scripted({}, {tls: await authority.server(expired)});
  await using other = await scripted({}, {tls: await authority.server({hosts: ['other.example']})});
  const get = (url: string, ca?: string) => requestJson(url, new Agent({ca}), {}).catch(code);
  assert.is(await get(past.url, authority.cert), 'CERT_HAS_EXPIRED');
  assert.is(await get(other.url, authority.cert), 'ERR_TLS_CERT_ALTNAME_INVALID');
  assert.is(await get(other.url), 'UNABLE_TO_VERIFY_LEAF_SIGNATURE');
});

test('sees who the client is', async () => {
  const clients = await makeAuthority();
  await using server = await scripted({'*': {}}, {clients});
  const identity = await clients.client({user: 'jane'});
  await requestJson(server.url, new Agent({ca: server.ca, ...identity}), {});
  await server.get('/');
  assert.equal(
    server.requests.map((seen) => seen.client),
    ['jane', undefined],
  );
});

test.run();
