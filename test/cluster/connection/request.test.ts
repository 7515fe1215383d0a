import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {answer, findJson, getJson, HttpError} from '../../../src/cluster/connection/request.ts';
import type {Canned, Handler, Route, Scripted} from '../../rig/scripted.ts';
import {failure, type Recorded, withScripted} from './connecting.ts';

const ok: Canned = {body: {fine: true}};
const status = (code: number, headers: Record<string, string> = {}): Canned => ({
  status: code,
  headers,
  body: {kind: 'Status', code, message: `a message of ${code}`},
});
const html = {'content-type': 'text/html; charset=utf-8'};

const upgraded = 'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\nx';
const brokenChunk =
  'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\nZZZ\r\n';
const mended: [what: string, answers: (Canned | Handler)[]][] = [
  ['500', [status(500), ok]],
  ['502 of a proxy', [{status: 502, headers: html, body: '<h1>Bad Gateway</h1>'}, ok]],
  ['503 three times', [status(503), status(503), status(503), ok]],
  ['504', [status(504), ok]],
  ['429', [status(429), ok]],
  ['408', [status(408), ok]],
  ['410', [status(410), ok]],
  ['a cut in the body', [{...ok, destroyAfter: 3}, ok]],
  ['a cut in the body of an error', [{...status(500), destroyAfter: 3}, ok]],
  ['a body shorter than it claims', [{headers: {'content-length': '1000'}, body: '{', destroyAfter: 1}, ok]],
  ['a cut, then no connection', [{...ok, destroyAfter: 3}, {destroyAfter: 0}, ok]],
  ['a broken chunk', [(_, response) => void response.socket?.end(brokenChunk), ok]],
];
for (const [what, answers] of mended) {
  test(`tries again after ${what}`, () =>
    withScripted({'/x': answers}, async (connection, {requests}) => {
      assert.equal(await getJson(connection, '/x'), {fine: true});
      assert.is(requests.length, answers.length);
      assert.is(connection.waits.length, answers.length - 1);
    }));
}

const final: [what: string, answer: Canned | Handler, attempts: number, message: RegExp][] = [
  ['400', status(400), 1, /answered 400: a message of 400$/],
  ['401', status(401), 1, /does not accept the credentials of the user jane \(401\)/],
  ['403', status(403), 1, /forbids this: a message of 403/],
  ['404', status(404), 1, /answered 404: a message of 404$/],
  ['501', status(501), 1, /answered 501/],
  ['500 for ever', status(500), 4, /answered 500: a message of 500$/],
  ['429 for ever', status(429), 4, /answered 429/],
  ['410 for ever', status(410), 4, /answered 410/],
  ['a cut every time', {...ok, destroyAfter: 3}, 4, /closed the connection in the middle/],
  ['no answer at first', {destroyAfter: 0}, 1, /closed the connection in the middle/],
  [
    'a protocol that nobody asked for',
    (_, response) => void response.socket?.write(upgraded),
    1,
    /closed the connection/,
  ],
  ['a login page', {headers: html, body: '<form>'}, 1, /answers with a web page, not as a Kubernetes API server/],
  ['text that is no JSON', {body: 'hello'}, 1, /not as a Kubernetes API server/],
  ['an empty answer', {body: ''}, 1, /not as a Kubernetes API server/],
  ['an error without a word', {status: 500, body: ''}, 4, /answered 500: without saying why$/],
  ['control characters', {status: 400, body: '\u001b[31mred\u0007\r\nalert'}, 1, /answered 400: red alert$/],
  ['a token in the message', {status: 400, body: 'token=abcdefghijklmnop'}, 1, /answered 400: token=\[removed\]$/],
];
for (const [what, canned, attempts, message] of final) {
  test(`fails with a sentence after ${what}`, () =>
    withScripted({'/x': canned}, async (connection, {requests}) => {
      const error = await failure(getJson(connection, '/x'));
      assert.match(error.message, message);
      assert.is(error.code, 'cluster');
      assert.is(requests.length, attempts);
      assert.not.match(JSON.stringify([error.message, error.suggestions]), /scripted-token/);
    }));
}

/** Routes that name the server itself: they are read at each request. */
function withRoutes(
  routes: Record<string, Route>,
  body: (connection: Recorded, server: Scripted, routes: Record<string, Route>) => Promise<void>,
): Promise<void> {
  return withScripted(routes, (connection, server) => body(connection, server, routes));
}

for (const code of [301, 302, 303, 307, 308]) {
  for (const location of ['/y', 'y', '//HOST/y', 'https://HOST/y', 'https://user@HOST/a/../y'])
    test(`follows a redirect (${code}) on the same server: ${location}`, () =>
      withRoutes({'/y': ok}, async (connection, server, routes) => {
        routes['/x'] = status(code, {location: location.replace('HOST', server.url.slice(8))});
        await getJson(connection, '/x');
        assert.equal(
          server.requests.map(({path}) => path),
          ['/x', '/y'],
        );
      }));

  for (const location of [
    'https://127.0.0.1:1/y',
    'http://HOST/y',
    'https://localhost/y',
    '//sso.example/login?s=planted',
    '',
    'https://[',
  ])
    test(`does not follow a redirect (${code}) that would carry the credentials elsewhere: ${location}`, () =>
      withRoutes({}, async (connection, server, routes) => {
        routes['/x'] = status(code, {location: location.replace('HOST', server.url.slice(8))});
        const error = await failure(getJson(connection, '/x'));
        assert.match(error.message, `leads elsewhere (${code})`);
        if (location.includes('sso'))
          assert.match(error.suggestions?.join('\n') ?? '', '//sso.example: if that is a login');
        assert.not.match(JSON.stringify(error.suggestions), /planted/);
        assert.is(server.requests.length, 1);
      }));
}

test('does not follow a redirect for who writes', () =>
  withScripted({'/x': status(307, {location: '/y'}), '/y': ok}, async (connection, {requests}) => {
    await failure(getJson(connection, '/x', {method: 'POST', body: '{}'}));
    assert.is(requests.length, 1);
  }));

test('leaves a circle of redirects after ten', () =>
  withScripted({'/x': status(302, {location: '/x'})}, async (connection, {requests}) => {
    assert.match((await failure(getJson(connection, '/x'))).message, 'leads elsewhere (302)');
    assert.is(requests.length, 11);
  }));

// A date in HTTP has whole seconds.
const inSeconds = (seconds: number) => new Date(Date.now() + seconds * 1000).toUTCString();
const asked: [header: string, least: number, most: number][] = [
  ['7', 7_000, 7_000],
  ['0', 150, 350],
  [inSeconds(30), 1_000, 30_000],
  [inSeconds(-30), 150, 350],
  ['3600', 60_000, 60_000],
  [inSeconds(3600), 60_000, 60_000],
  ['soon', 150, 350],
];
for (const [header, least, most] of asked) {
  test(`Retry-After: ${header} is heeded within reason`, () =>
    withScripted({'/x': [status(429, {'retry-after': header}), ok]}, async (connection) => {
      await getJson(connection, '/x');
      const [wait = -1] = connection.waits;
      assert.ok(wait >= least && wait <= most, `${wait} ms`);
    }));
}

test('waits grow from one attempt to the next', () =>
  withScripted({'/x': status(500)}, async (connection) => {
    await failure(getJson(connection, '/x'));
    const [first = 0, second = 0, third = 0, ...more] = connection.waits;
    assert.ok(0 < first && first < second && second < third && third < 5_000);
    assert.is(more.length, 0);
  }));

test('an object that is not there is undefined', () =>
  withScripted({}, async (connection) => assert.is(await findJson(connection, '/x'), undefined)));

test('an object that may not be read is an error', () =>
  withScripted({'/x': status(403)}, async (connection) => {
    const error = await failure(findJson(connection, '/x'));
    assert.instance(error, HttpError);
    assert.is(Object(error).status, 403);
  }));

test('what is written is sent once, whatever is answered', () =>
  withScripted({'POST /x': [{destroyAfter: 0}, ok], 'PUT /x': [status(503), ok]}, async (connection, {requests}) => {
    await failure(answer(connection, '/x', {method: 'POST', body: '{}'}));
    await failure(answer(connection, '/x', {method: 'PUT', body: '{}'}));
    assert.is(requests.length, 2);
  }));

test('every request says who asks, and by which program', () =>
  withScripted({'/x': ok}, async (connection, {requests}) => {
    await getJson(connection, '/x');
    assert.is(requests[0]?.headers.authorization, 'Bearer scripted-token');
    assert.match(requests[0]?.headers['user-agent'] ?? '', /^seldon-usage\/v\d/);
  }));

const silent: [what: string, canned: Canned][] = [
  ['before the answer', {hang: true}],
  ['in the middle of it', {headers: {'content-type': 'application/json'}, body: '{"a":', hang: true}],
];
for (const [what, canned] of silent) {
  test(`a server that falls silent ${what} is a sentence about that`, () =>
    withScripted(
      {'/x': canned},
      async (connection) => assert.match((await failure(getJson(connection, '/x'))).message, 'does not answer'),
      {requestTimeout: 200},
    ));
}

test.run();
