// Every way in which a collector, or what is between, can fail, and what comes of it: the table is the specification.
import {createServer} from 'node:net';
import {test} from 'uvu';
import {expired} from '../rig/certificates.ts';
import {freePort} from '../rig/ports.ts';
import {startProxy} from '../rig/proxy.ts';
import {type Canned, type Handler, listenOnLoopback, startScripted, startSilent} from '../rig/scripted.ts';
import {check, type Outcome, type Place, secret, secure} from './fault.ts';

const ok = {status: 204};

const answers: Record<string, [(Canned | Handler)[], Outcome]> = {
  '204': [[ok], {delivered: true, attempts: 1}],
  '204 with a body': [
    [raw('HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\nhello')],
    {delivered: true, attempts: 1},
  ],
  '200 with HTML': [
    [{status: 200, headers: {'content-type': 'text/html'}, body: '<html>welcome</html>'}],
    {delivered: false, attempts: 1, says: /is not a Spartakus collector: it answers 200 with a web page/},
  ],
  '200 and nothing': [[{status: 200}], {delivered: false, attempts: 1, says: /not a Spartakus collector/}],
  '201': [[{status: 201}], {delivered: false, attempts: 1, says: /answers 201/}],
  ...Object.fromEntries(
    [301, 302, 303, 307, 308].map((status) => [
      String(status),
      [
        [{status, headers: {location: `https://elsewhere.example/x?token=${secret}`}}],
        {
          delivered: false,
          attempts: 1,
          says: new RegExp(`redirects \\(${status}\\) to https://elsewhere.example/x, and`),
        },
      ] as [Canned[], Outcome],
    ]),
  ),
  '400 with a message': [
    [{status: 400, body: `Error: failed to\u001b[31m decode\r\nrecord\u0007 ${'y'.repeat(5000)}`}],
    {
      delivered: false,
      refused: true,
      attempts: 1,
      says: /finds the report invalid \(400\): Error: failed to decode record y{100,190}…/,
    },
  ],
  '400 that never ends': [[endless(400)], {delivered: false, refused: true, attempts: 1, says: /\(400\): z/}],
  '401': [[{status: 401}], {delivered: false, refused: true, attempts: 1, says: /wants credentials \(401\)/}],
  '403': [[{status: 403}], {delivered: false, refused: true, attempts: 1, says: /forbids it \(403\)/}],
  '404': [[{status: 404}], {delivered: false, refused: true, attempts: 1, says: /no collector at this path \(404\)/}],
  '413': [[{status: 413}], {delivered: false, refused: true, attempts: 1, says: /too large \(413\)/}],
  '415': [[{status: 415}], {delivered: false, refused: true, attempts: 1, says: /does not take JSON \(415\)/}],
  '408, then 204': [[{status: 408}, ok], {delivered: true, attempts: 2}],
  '425, then 204': [[{status: 425}, ok], {delivered: true, attempts: 2}],
  '429 with seconds, then 204': [[{status: 429, headers: {'retry-after': '1'}}, ok], {delivered: true, attempts: 2}],
  '429 with a date, then 204': [[retryDate(1500), ok], {delivered: true, attempts: 2}],
  '429 with a date long ago': [
    [{status: 429, headers: {'retry-after': 'Wed, 21 Oct 2015 07:28:00 GMT'}}, ok],
    {delivered: true, attempts: 2},
  ],
  '429 with more time than there is': [
    [{status: 429, headers: {'retry-after': '3600'}}],
    {delivered: false, attempts: 1, says: /too many reports \(429\)/},
  ],
  '500, then 204': [[{status: 500}, ok], {delivered: true, attempts: 2}],
  '503 for ever': [
    [{status: 503, body: 'busy'}],
    {delivered: false, attempts: 'several', doubt: 'either', says: /fails \(503\): busy/, timeout: 4000},
  ],
  'reset before an answer, then 204': [[{destroyAfter: 0}, ok], {delivered: true, attempts: 2}],
  'reset in the middle of the answer': [
    [{status: 400, headers: {'content-length': '100'}, body: 'xxxxx', destroyAfter: 3}],
    {delivered: false, attempts: 'several', doubt: true, says: /closed the connection in the middle/, timeout: 4000},
  ],
  'no answer': [
    [{hang: true}],
    {delivered: false, attempts: 1, doubt: true, says: /no complete answer in time/, timeout: 5000},
  ],
  'slow drip': [
    [{status: 200, chunks: Array.from({length: 4000}, (_, i) => (i % 2 ? 'x' : 20))}],
    {delivered: false, attempts: 1, doubt: true, says: /no complete answer in time/, timeout: 5000},
  ],
};
for (const [name, [routes, outcome]] of Object.entries(answers)) {
  test(name, () =>
    check(async () => {
      const server = await startScripted({tls: false, routes: {'POST /api/v1': routes}});
      return {url: server.url, bodies: () => server.requests.map(({body}) => body), close: server.close};
    }, outcome),
  );
}

const places: Record<string, [() => Promise<Place>, Outcome]> = {
  refused: [
    async () => ({url: `http://127.0.0.1:${await freePort()}`}),
    {delivered: false, attempts: 'several', says: /refuses connections/, timeout: 4000},
  ],
  'unknown host': [
    async () => ({url: 'https://no-such-host.invalid'}),
    {delivered: false, attempts: 'some', says: /unknown host name|can’t be resolved|in time/, timeout: 4000},
  ],
  'reset in the middle of the body': [
    async () => {
      const server = createServer((socket) => socket.once('data', () => socket.resetAndDestroy()));
      const {port, close} = await listenOnLoopback(server, '127.0.0.1');
      return {url: `http://127.0.0.1:${port}`, close};
    },
    {delivered: false, attempts: 'several', doubt: true, says: /closed the connection in the middle/, timeout: 4000},
  ],
  'something that is not HTTP': [
    async () => {
      const server = createServer((socket) => socket.end('SSH-2.0-OpenSSH_9.9\r\n'));
      const {port, close} = await listenOnLoopback(server, '127.0.0.1');
      return {url: `http://127.0.0.1:${port}`, close};
    },
    {delivered: false, attempts: 1, doubt: true, says: /does not speak HTTP/},
  ],
  'a TLS handshake that never ends': [
    async () => {
      const {port, close} = await startSilent();
      return {url: `https://127.0.0.1:${port}`, close};
    },
    {delivered: false, attempts: 1, says: /in time/, timeout: 1500},
  ],
  'a certificate of an unknown CA': [
    () => secure(),
    {delivered: false, attempts: 1, says: /a certificate of a CA that is not trusted here.*--cacert/s},
  ],
  'a certificate of an unknown CA, and a variable that says not to look': [
    async () => {
      process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
      const place = await secure();
      return {
        ...place,
        async close() {
          delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
          await place.close?.();
        },
      };
    },
    {delivered: false, attempts: 1, says: /a certificate of a CA that is not trusted here/},
  ],
  'a certificate for another name': [
    () => secure((authority) => authority.server({hosts: ['other.example']})),
    {delivered: false, attempts: 1, says: /a certificate for another name/},
  ],
  'an expired certificate': [
    () => secure((authority) => authority.server(expired)),
    {delivered: false, attempts: 1, says: /a certificate that has expired/},
  ],
  'TLS spoken to plain http': [
    async () => {
      const server = await startScripted({tls: false, routes: {}});
      return {url: server.url.replace('http:', 'https:'), close: server.close};
    },
    {delivered: false, attempts: 1, says: /does not speak TLS|agree on TLS/},
  ],
  'a proxy that refuses': [
    async () => {
      const proxy = await startProxy({refuse: 403});
      const HTTPS_PROXY = proxy.url.replace('//', `//user:${secret}@`);
      return {url: 'https://collector.example', env: {HTTPS_PROXY}, close: proxy.close};
    },
    {delivered: false, attempts: 'several', says: /the proxy refuses/, timeout: 4000},
  ],
  'a proxy that is not a URL': [
    async () => ({url: 'https://collector.example', env: {HTTPS_PROXY: `user:${secret}@no proxy`}}),
    {delivered: false, attempts: 1, says: /the proxy is not one of http or https/},
  ],
  'a proxy of a kind that is not known': [
    async () => ({url: 'https://collector.example', env: {HTTPS_PROXY: `socks5://user:${secret}@127.0.0.1:1`}}),
    {delivered: false, attempts: 1, says: /the proxy is not one of http or https/},
  ],
  'a proxy that refuses plain http': [
    async () => {
      const proxy = await startProxy({auth: {username: 'user', password: 'other'}});
      const HTTP_PROXY = proxy.url.replace('//', `//user:${secret}@`);
      return {url: 'http://collector.example', env: {HTTP_PROXY}, close: proxy.close};
    },
    {delivered: false, attempts: 1, says: /the proxy wants credentials \(407\)/},
  ],
};
for (const [name, [place, outcome]] of Object.entries(places)) test(name, () => check(place, outcome));

test('a proxy that leads there, with TLS to the collector and by --cacert', () =>
  check(
    async () => {
      const collector = await secure((authority) => authority.server({hosts: ['collector.example']}), true);
      const proxy = await startProxy({hosts: {'collector.example': '127.0.0.1'}});
      return {
        ...collector,
        url: `https://collector.example:${new URL(collector.url).port}`,
        env: {HTTPS_PROXY: proxy.url},
        close: async () => {
          await proxy.close();
          await collector.close?.();
        },
      };
    },
    {delivered: true, attempts: 1},
  ));

/** Answers with bytes that Node's own server would not send. */
function raw(text: string): Handler {
  return (_, response) => void response.socket!.end(text);
}

function endless(status: number): Handler {
  return (_, response) => {
    response.writeHead(status);
    const more = () => {
      while (response.write('z'.repeat(10_000)));
    };
    response.on('drain', more);
    more();
  };
}

/** The date is made when it is answered. HTTP's dates have no milliseconds, so that half a second is left of them. */
function retryDate(milliseconds: number): Handler {
  return (_, response) => {
    const date = new Date(Date.now() + milliseconds).toUTCString();
    response.writeHead(429, {'retry-after': date}).end();
  };
}

test.run();
