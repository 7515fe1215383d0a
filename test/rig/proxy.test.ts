import {once} from 'node:events';
import {request as httpRequest} from 'node:http';
import {connect} from 'node:net';
import {text} from 'node:stream/consumers';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {startProxy, startSocksProxy} from './proxy.ts';
import {startScripted} from './scripted.ts';

const auth = {username: 'jane', password: 'secret'};
const basic = `Basic ${Buffer.from('jane:secret').toString('base64')}`;
const hosts = {'api.corp.example': '127.0.0.1'};
const target = await startScripted({routes: {'*': {body: 'hello'}}, tls: false});

test.after(() => target.close());

// Asks a proxy for a tunnel and answers its status; a tunnel is tried out.
async function tunnel(port: number, path: string, headers: Record<string, string> = {}): Promise<string> {
  const request = httpRequest({port, host: '127.0.0.1', method: 'CONNECT', path, headers}).end();
  const [response, socket] = await once(request, 'connect');
  if (response.statusCode !== 200) return String(response.statusCode);
  socket.write('GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  return (await text(socket)).endsWith('hello\r\n0\r\n\r\n') ? 'through' : 'broken';
}

test('an HTTP proxy opens tunnels to this machine only', async () => {
  const proxy = await startProxy({hosts});
  assert.is(await tunnel(proxy.port, `127.0.0.1:${target.port}`), 'through');
  assert.is(await tunnel(proxy.port, `api.corp.example:${target.port}`), 'through');
  assert.is(await tunnel(proxy.port, 'example.com:443'), '502');
  assert.equal(proxy.requests[1], {method: 'CONNECT', target: `api.corp.example:${target.port}`});
  await proxy.close();
});

test('an HTTP proxy forwards plain requests', async () => {
  const proxy = await startProxy({hosts});
  const url = `http://api.corp.example:${target.port}/plain`;
  const request = httpRequest({port: proxy.port, host: '127.0.0.1', path: url}).end();
  const [response] = await once(request, 'response');
  assert.is(await text(response), 'hello');
  assert.equal(proxy.requests, [{method: 'GET', target: url}]);
  await proxy.close();
});

test('an HTTP proxy asks for credentials', async () => {
  const proxy = await startProxy({auth});
  const path = `127.0.0.1:${target.port}`;
  assert.is(await tunnel(proxy.port, path), '407');
  assert.is(await tunnel(proxy.port, path, {'Proxy-Authorization': 'Basic bm86'}), '407');
  assert.is(await tunnel(proxy.port, path, {'Proxy-Authorization': basic}), 'through');
  assert.is(proxy.requests.at(-1)?.credentials, 'jane:secret');
  await proxy.close();
});

test('an HTTP proxy refuses everything', async () => {
  const proxy = await startProxy({refuse: 403});
  assert.is(await tunnel(proxy.port, `127.0.0.1:${target.port}`), '403');
  await proxy.close();
});

// A SOCKS5 exchange by hand, as RFC 1928 has it: each step is what is sent and how many bytes come back.
async function socks(port: number, steps: [send: number[], receive: number][]): Promise<string[]> {
  const socket = connect(port, '127.0.0.1');
  const answers: string[] = [];
  for (const [send, receive] of steps) {
    socket.write(Uint8Array.from(send));
    let answer: Buffer | null = null;
    while (answer === null && !socket.readableEnded) {
      answer = socket.read(receive);
      if (answer === null) await new Promise((resolve) => socket.once('readable', resolve).once('end', resolve));
    }
    answers.push(answer?.toString('hex') ?? 'end');
  }
  socket.destroy();
  return answers;
}

const portBytes = [target.port >> 8, target.port & 255];
const textBytes = (value: string) => [value.length, ...Buffer.from(value)];
const get = [...Buffer.from('GET / HTTP/1.0\r\n\r\n')];

test('a SOCKS5 proxy leads to addresses and names', async () => {
  const proxy = await startSocksProxy({hosts});
  const established = '05000001000000000000';
  const byAddress = await socks(proxy.port, [
    [[5, 1, 0], 2],
    [[5, 1, 0, 1, 127, 0, 0, 1, ...portBytes], 10],
    [get, 15],
  ]);
  assert.equal(byAddress, ['0500', established, Buffer.from('HTTP/1.1 200 OK').toString('hex')]);
  const byName = await socks(proxy.port, [
    [[5, 1, 0], 2],
    [[5, 1, 0, 3, ...textBytes('api.corp.example'), ...portBytes], 10],
  ]);
  assert.equal(byName, ['0500', established]);
  await socks(proxy.port, [
    [[5, 1, 0], 2],
    [[5, 1, 0, 4, ...new Array(15).fill(0), 1, ...portBytes], 10],
  ]);
  const port = target.port;
  const targets = [`127.0.0.1:${port}`, `api.corp.example:${port}`, `[::1]:${port}`];
  assert.equal(
    proxy.requests.map((request) => request.target),
    targets,
  );
  await proxy.close();
});

test('a SOCKS5 proxy asks for credentials, and refuses', async () => {
  const proxy = await startSocksProxy({auth, refuse: 2});
  const open = [5, 1, 0, 1, 127, 0, 0, 1, ...portBytes];
  const known = await socks(proxy.port, [
    [[5, 1, 2], 2],
    [[1, ...textBytes('jane'), ...textBytes('secret')], 2],
    [open, 10],
  ]);
  assert.equal(known, ['0502', '0100', '05020001000000000000']);
  const unknown = await socks(proxy.port, [
    [[5, 1, 2], 2],
    [[1, ...textBytes('jane'), ...textBytes('wrong')], 2],
  ]);
  assert.equal(unknown, ['0502', '0101']);
  await proxy.close();
});

test.run();
