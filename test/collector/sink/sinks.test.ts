import http, {createServer, type IncomingMessage, type ServerResponse} from 'node:http';
import {createServer as listenForBytes} from 'node:net';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {collectorSink} from '../../../src/collector/sink/collector.ts';
import {type Sink, SinkTrouble} from '../../../src/collector/sink/contract.ts';
import {keepsDates, sinkAddress, sinkAddresses} from '../../../src/collector/sink/sinks.ts';
import {stdoutSink} from '../../../src/collector/sink/stdout.ts';
import type {Passed} from '../../../src/collector/store/queue.ts';
import {UserError} from '../../../src/errors.ts';
import {acceptedOn, eventOn, today} from '../store/suite.ts';

const reports = (from: number, to: number): Passed[] =>
  Array.from({length: to - from + 1}, (_, i) => {
    const {cluster, received, body} = acceptedOn(today, from + i);
    return {kind: 'spartakus' as const, number: from + i, cluster, received, body, unranked: false, epoch: 1};
  });

for (const [text, name, url] of [
  ['https://a.example', 'https://a.example/api/v1', 'https://a.example/api/v1'],
  ['https://a.example/x?key=s3cret', 'https://a.example/x', 'https://a.example/x?key=s3cret'],
  ['http://127.0.0.1:8080', 'http://127.0.0.1:8080/api/v1', 'http://127.0.0.1:8080/api/v1'],
  ['stdout', 'stdout', undefined],
  ['stdout:', 'stdout', undefined],
] as const) {
  test(`${text} is a sink, told as ${name}`, () => {
    const address = sinkAddress(text);
    assert.equal([address.name, address.url], [name, url]);
  });
}

for (const [text, message] of [
  ['https://user:s3cret@a.example', /a\.example holds credentials/],
  ['https://s3cret@a.example', /a\.example holds credentials/],
  ['http://a.example/s3cret', /a\.example would be read/],
  ['https://010.0.0.1/s3cret', /means 8\.0\.0\.1/],
  ['kafka://a:s3cret@b', /names no sink \(kafka:\)/],
  ['s3cret', /names no sink/],
  ['', /names no sink/],
] as const) {
  test(`${text} is none, and no secret is repeated`, () => {
    const said = (() => {
      try {
        sinkAddress(text);
        return undefined;
      } catch (error) {
        return error;
      }
    })();
    assert.ok(said instanceof UserError && said.code === 'usage');
    assert.match(said.message, message);
    assert.not.match(JSON.stringify([said.message, said.suggestions]), /s3cret/);
  });
}

for (const [text, kinds] of [
  ['clickhouse:https://ch.example/usage', ['spartakus', 'hodometer']],
  ['bigquery:project-1.usage.reports', ['hodometer']],
  ['https://a.example', []],
  ['stdout', []],
] as const)
  test(`${text} keeps the dates of ${kinds.join(' and ') || 'nothing'}`, () =>
    assert.equal(keepsDates(sinkAddress(text)), kinds));

test('a sink that is named twice is one', () => {
  assert.is(sinkAddresses(['stdout', 'https://a.example', 'stdout:', 'https://a.example/api/v1']).length, 2);
});

test('two sinks that differ in their query only are refused, and nothing of it is repeated', () => {
  const both = () => sinkAddresses(['https://a.example/api/v1?tenant=s3cret', 'https://a.example/api/v1?tenant=2']);
  assert.throws(both, (error: UserError) => error.code === 'usage' && !/s3cret|tenant/.test(error.message));
});

async function against(
  answer: (body: string, response: ServerResponse, request: IncomingMessage) => void,
  use: (sink: Sink, bodies: string[]) => Promise<void>,
): Promise<void> {
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const body = Buffer.concat(chunks).toString('utf8');
    bodies.push(body);
    answer(body, response, request);
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const sink = collectorSink(`http://127.0.0.1:${(server.address() as {port: number}).port}/api/v1`, {env: {}});
  try {
    await use(sink, bodies);
  } finally {
    await sink.close();
    server.closeAllConnections();
    server.close();
  }
}

const trouble = async (promise: Promise<unknown>): Promise<SinkTrouble> => {
  const error = await promise.then(
    () => undefined,
    (error: unknown) => error,
  );
  assert.ok(error instanceof SinkTrouble, String(error));
  return error;
};

test('another collector gets each report as it is stored, and has it when it answers 204', () =>
  against(
    (_, response, {method, url, headers}) => {
      const isRight = method === 'POST' && url === '/api/v1' && headers['content-type'] === 'application/json';
      response.writeHead(isRight ? 204 : 500).end();
    },
    async (sink, bodies) => {
      assert.is((await sink.deliver(reports(1, 20))).refused!.size, 0);
      assert.equal(
        bodies.toSorted(),
        reports(1, 20)
          .map(({body}) => body)
          .toSorted(),
      );
      assert.is(await sink.erase('x'), 'beyond-reach');
    },
  ));

const events = (): Passed[] => {
  const {cluster, received, body, once} = eventOn(today, 1, {model_count: 3}, 'abc');
  return [{kind: 'hodometer', number: 1, cluster, received, body, unranked: false, epoch: 1, once: once!}];
};

test('another collector gets an event as Hodometer has it, and has it when it answers 200 with status 1', () =>
  against(
    (body, response, {url}) => {
      assert.is(url, '/track');
      const {event, properties} = JSON.parse(body);
      assert.equal([event, properties.$insert_id, properties.model_count], ['collect metrics', 'abc', 3]);
      response.writeHead(200).end('{"status":1,"error":""}');
    },
    async (sink) => assert.is((await sink.deliver(events())).refused!.size, 0),
  ));

test('one that knows no events refuses them; another answer than success is trouble', async () => {
  await against(
    (_, response) => response.writeHead(404).end(),
    async (sink) => assert.equal([...(await sink.deliver(events())).refused!], [[1, 'answered with 404']]),
  );
  for (const said of ['{"status":0}', 'OK', ''])
    await against(
      (_, response) => response.writeHead(200).end(said),
      async (sink) => assert.is((await trouble(sink.deliver(events()))).message, 'it answers 200'),
    );
});

test('a report whose number is lower than that of another one before it is not taken for written', async () => {
  let text = '';
  const sink = stdoutSink((bytes) => {
    text += Buffer.from(bytes).toString('utf8');
    return bytes.length;
  });
  // Processes that store side by side commit in another order; a store that was put back to an older state gives numbers again.
  const again = reports(52, 52).map((one) => ({...one, epoch: 2, body: '{}'}));
  for (const some of [reports(52, 52), reports(51, 51), again]) await sink.deliver(some);
  assert.equal(text, [...reports(52, 52), ...reports(51, 51), ...again].map(({body}) => `${body}\n`).join(''));
});

test('on standard output an event has a line that is told apart from a report', async () => {
  let text = '';
  const sink = stdoutSink((bytes) => {
    text += Buffer.from(bytes).toString('utf8');
    return bytes.length;
  });
  await sink.deliver(events());
  assert.equal([JSON.parse(text).event, JSON.parse(text).properties.$insert_id], ['collect metrics', 'abc']);
});

for (const status of [400, 413, 415, 422]) {
  test(`an answer of ${status} is for this report alone`, () =>
    against(
      (body, response) => response.writeHead(body === reports(2, 2)[0]!.body ? status : 204).end('why'),
      async (sink) => {
        assert.equal([...(await sink.deliver(reports(1, 3))).refused!], [[2, `answered with ${status}`]]);
      },
    ));
}

for (const status of [200, 201, 301, 308, 401, 403, 404, 405, 408, 425, 429, 500, 502, 503]) {
  test(`an answer of ${status} is trouble: all come again`, () =>
    against(
      (_, response) => response.writeHead(status, {'Retry-After': '7', Location: 'http://127.0.0.1:1/'}).end('s3cret'),
      async (sink) => {
        const {message, after} = await trouble(sink.deliver(reports(1, 3)));
        assert.equal([message, after], [`it answers ${status}`, 7000]);
      },
    ));
}

const further = async () => [];

for (const [status, isOwn] of [
  ...[200, 202, 302, 402, 403, 404, 405, 406, 409, 410, 418, 431, 451, 499].map((status) => [status, true] as const),
  ...[500, 501, 502, 503, 504, 520].map((status) => [status, true] as const),
  ...[401, 407, 408, 425, 429].map((status) => [status, false] as const),
] as const) {
  test(`of one report an answer of ${status} is ${isOwn ? 'its own while others are taken' : 'trouble of the sink'}`, () =>
    against(
      (body, response) => response.writeHead(body === reports(2, 2)[0]!.body ? status : 204).end(),
      async (sink) => {
        const outcome = await sink.deliver(reports(1, 3), {room: 5, further});
        const expected = isOwn ? [3, [[2, `it answers ${status}`]], undefined] : [1, [], `it answers ${status}`];
        assert.equal([outcome.tried, [...outcome.later!], outcome.trouble?.message], expected);
      },
    ));
}

for (const status of [500, 502, 503]) {
  test(`an answer of ${status} to one report that says when to come again is trouble of the sink`, () =>
    against(
      (body, response) =>
        response.writeHead(body === reports(2, 2)[0]!.body ? status : 204, {'Retry-After': '7'}).end(),
      async (sink) => {
        const {tried, trouble} = await sink.deliver(reports(1, 3), {room: 5, further});
        assert.equal([tried, trouble?.message, trouble?.after], [1, `it answers ${status}`, 7000]);
      },
    ));
}

/** The time of requests, which passes for one when it is said and for no other, however slow the machine is. */
async function withoutTime(work: (begun: AbortController[]) => Promise<void>): Promise<void> {
  const {timeout} = AbortSignal;
  const begun: AbortController[] = [];
  AbortSignal.timeout = () => {
    const controller = new AbortController();
    begun.push(controller);
    return controller.signal;
  };
  try {
    await work(begun);
  } finally {
    AbortSignal.timeout = timeout;
  }
}

for (const [what, answer, reason] of [
  ['no answer in time', (_, outOfTime) => outOfTime(), /^no answer \(not within 60s\)$/],
  [
    'half an answer',
    (response, outOfTime) => response.writeHead(403, {'Content-Length': '9'}).write('x', outOfTime),
    /^no answer \(not within 60s\)$/,
  ],
  ['a cut connection', (response) => response.destroy(), /^no answer \(ECONNRESET\)$/],
  ['what is no HTTP', (response) => response.socket!.end('blocked\r\n\r\n'), /^no answer \(HPE_\w+\)$/],
  [
    'an answer with headers without end',
    (response) => response.socket!.end(`HTTP/1.1 403 No\r\nX: ${'x'.repeat(99_999)}\r\n\r\n`),
    /^no answer \(HPE_HEADER_OVERFLOW\)$/,
  ],
] as [what: string, answer: (response: ServerResponse, outOfTime: () => void) => unknown, reason: RegExp][]) {
  test(`of one report ${what} is its own while others are taken, and trouble where none is`, () =>
    withoutTime((begun) => {
      const outOfTime = (at: number) => () => begun.at(at)!.abort(new DOMException('', 'TimeoutError'));
      let second = outOfTime(1);
      return against(
        (body, response) => {
          if (body === reports(2, 2)[0]!.body) answer(response, second);
          else response.writeHead(204).end();
        },
        async (sink) => {
          const {later} = await sink.deliver(reports(1, 3), {room: 5, further});
          assert.equal([...later!.keys()], [2]);
          assert.match(later!.get(2)!, reason);
          second = outOfTime(-1);
          assert.match((await trouble(sink.deliver(reports(2, 2), {room: 5, further}))).message, reason);
        },
      );
    }));
}

test('a connection that the sink closed while it was idle is no word on the report that was sent on it', async () => {
  let connections = 0;
  const server = createServer(async (request, response) => {
    for await (const _ of request);
    response.writeHead(204).end();
    // Not told beforehand: what comes next on it meets a reset.
    request.socket.removeAllListeners('data');
    request.socket.once('data', () => request.socket.resetAndDestroy());
  });
  server.on('connection', () => connections++);
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const sink = collectorSink(`http://127.0.0.1:${(server.address() as {port: number}).port}/api/v1`, {env: {}});
  for (let i = 1; i < 4; i++) assert.equal([...(await sink.deliver(reports(i, i))).later!], []);
  assert.is(connections, 3);
  // As many as there may be, all of them closed.
  await sink.deliver(reports(4, 11));
  const before = connections;
  assert.equal([...(await sink.deliver(reports(12, 12))).later!], []);
  assert.is(connections, before + 1);
  await sink.close();
  server.closeAllConnections();
  server.close();
});

test('an event that is not taken waits apart while other events are', () =>
  against(
    (body, response) => {
      if (JSON.parse(body).properties.$insert_id === 'b') response.writeHead(403).end();
      else response.writeHead(200).end('{"status":1,"error":""}');
    },
    async (sink) => {
      const some = ['a', 'b', 'c'].map((once, i) => ({...events()[0]!, number: i + 1, once}));
      assert.equal([...(await sink.deliver(some, {room: 5, further})).later!], [[2, 'it answers 403']]);
    },
  ));

test('an event whose text is damaged in the store is refused, and holds up no other', async () => {
  const some = ['a', 'b', 'c'].map((once, i) => ({...events()[0]!, number: i + 1, once}));
  some[1] = {...some[1]!, body: some[1]!.body.slice(0, -1)};
  const damaged = [[2, 'damaged in the store']];
  await against(
    (_, response) => response.writeHead(200).end('{"status":1,"error":""}'),
    async (sink) => assert.equal([...(await sink.deliver(some)).refused!], damaged),
  );
  let text = '';
  const lines = stdoutSink((bytes) => {
    text += Buffer.from(bytes).toString('utf8');
    return bytes.length;
  });
  assert.equal([...(await lines.deliver(some.map((one) => ({...one, epoch: 99})))).refused!], damaged);
  assert.is(text.trimEnd().split('\n').length, 2);
});

test('a connection that is cut, and one that is refused, is trouble', async () => {
  await against(
    (_, response) => response.destroy(),
    async (sink) => assert.match((await trouble(sink.deliver(reports(1, 1)))).message, /^no answer \(ECONNRESET\)$/),
  );
  const sink = collectorSink('http://127.0.0.1:1/api/v1?key=s3cret', {env: {}});
  assert.match((await trouble(sink.deliver(reports(1, 1)))).message, /^no answer \(ECONNREFUSED\)$/);
});

test('a collector that switches to another protocol has given no answer', async () => {
  const odd = listenForBytes((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.write('HTTP/1.1 101 X\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n'));
  });
  await new Promise<void>((listening) => odd.listen(0, '127.0.0.1', listening));
  const sink = collectorSink(`http://127.0.0.1:${(odd.address() as {port: number}).port}/api/v1`, {env: {}});
  assert.match((await trouble(sink.deliver(reports(1, 1)))).message, /^no answer \(ECONNRESET\)$/);
  await sink.close();
  odd.close();
});

test('a collector that says 204 before it can have read all is in trouble: nothing was delivered', async () => {
  const hasty = listenForBytes((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.pause().write('HTTP/1.1 204 No Content\r\n\r\n'));
  });
  await new Promise<void>((listening) => hasty.listen(0, '127.0.0.1', listening));
  const sink = collectorSink(`http://127.0.0.1:${(hasty.address() as {port: number}).port}/api/v1`, {env: {}});
  const large = reports(1, 1).map((one) => ({...one, body: 'x'.repeat(64 * 1024 * 1024)}));
  assert.match((await trouble(sink.deliver(large))).message, /^it claims a report that it has not read/);
  await sink.close();
  hasty.close();
});

test('standard output gets a line each, whole, whatever it takes at once', async () => {
  let text = '';
  let calls = 0;
  const sink = stdoutSink((bytes) => {
    if (++calls % 3 === 0) throw Object.assign(new Error('x'), {code: 'EAGAIN'});
    text += Buffer.from(bytes.subarray(0, 400)).toString('utf8');
    return Math.min(400, bytes.length);
  });
  await sink.deliver(reports(1, 5));
  assert.equal(
    text.trimEnd().split('\n'),
    reports(1, 5).map(({body}) => body),
  );
});

test('a line that was cut off is finished by the next attempt, and what was written is not written again', async () => {
  let text = '';
  let isFull = false;
  const write = (bytes: Uint8Array) => {
    if (isFull) throw Object.assign(new Error('x'), {code: 'ENOSPC'});
    isFull = true;
    text += Buffer.from(bytes.subarray(0, 700)).toString('utf8');
    return 700;
  };
  assert.match((await trouble(stdoutSink(write).deliver(reports(11, 12)))).message, /takes nothing \(ENOSPC\)/);
  const whole = stdoutSink((bytes) => {
    text += Buffer.from(bytes).toString('utf8');
    return bytes.length;
  });
  // More have come meanwhile.
  await whole.deliver(reports(11, 14));
  assert.equal(
    text.trimEnd().split('\n'),
    reports(11, 14).map(({body}) => body),
  );
});

test('a bug of ours is not told as trouble of another collector, nor of standard output', async () => {
  const bug = new TypeError('planted');
  const planted = () => {
    throw bug;
  };
  const {request} = http;
  http.request = planted;
  try {
    const sink = collectorSink('http://127.0.0.1:1/api/v1', {env: {}});
    assert.is(await sink.deliver(reports(1, 1)).catch((error: unknown) => error), bug);
  } finally {
    http.request = request;
  }
  const sink = stdoutSink(planted);
  assert.is(await sink.deliver(reports(1, 1)).catch((error: unknown) => error), bug);
});

test.run();
