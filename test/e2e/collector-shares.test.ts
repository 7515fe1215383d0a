import {Agent, request} from 'node:http';
import {connect, type Socket} from 'node:net';
import {join} from 'node:path';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {newFolder} from '../collector/folder.ts';
import {honestReports} from '../collector/honest.ts';
import {type Program, startProgram} from '../collector/program.ts';
import {eventually} from '../collector/send.ts';

/** One host, 127.0.0.2, takes all that it can get; the reports of another, 127.0.0.3, must be taken all the same. */

const attacker = '127.0.0.2';
const honest = '127.0.0.3';
/** Milliseconds: the figure is 1000 on a quiet machine (bench); this is what other programs may make of it. */
const mostP99 = 5000;
const mostBody = 16 * 1024 * 1024;

/** Things to end when a case is over. */
let open: {destroy(): void}[] = [];

function attack(port: number, first = '', localAddress = attacker): Promise<Socket> {
  return new Promise((resolve) => {
    const socket = connect({port, host: '127.0.0.1', localAddress}, () => {
      if (first !== '') socket.write(first);
      resolve(socket);
    });
    open.push(socket);
    socket.on('error', () => resolve(socket));
    socket.resume();
  });
}

const head = (length: number) =>
  `POST /api/v1 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

async function idle(port: number, count: number): Promise<void> {
  for (let i = 0; i < count; i += 200) await Promise.all(Array.from({length: 200}, () => attack(port)));
}

/** Bodies of 16 MiB of which all but a byte comes at once, and the rest never. Resolves when no more of them is taken. */
async function slowBodies(port: number): Promise<void> {
  const most = Buffer.alloc(mostBody - 1, 0x20);
  const sockets = await Promise.all(Array.from({length: 34}, () => attack(port, head(mostBody))));
  const sent = sockets.map(
    (socket) =>
      new Promise((resolve) => {
        socket.write(most, resolve);
        socket.once('close', resolve);
      }),
  );
  await Promise.all(sent);
}

/** Sends the body again and again over so many connections, until all is over. */
function flood(port: number, body: Buffer, count: number): void {
  const agent = new Agent({keepAlive: true, maxSockets: count});
  open.push(agent);
  let isOver = false;
  open.push({destroy: () => (isOver = true)});
  const one = () => {
    if (isOver) return;
    const again = () => setTimeout(one, 10);
    const sender = request(
      {
        ...{host: '127.0.0.1', port, localAddress: attacker, agent, method: 'POST', path: '/api/v1'},
        headers: {'Content-Type': 'application/json', 'Content-Length': body.length},
      },
      (answer) => answer.resume().once('close', again),
    );
    sender.once('error', again);
    sender.end(body);
  };
  for (let i = 0; i < count; i++) one();
}

/** A million keys and more, as many as a body takes. */
function keys(): Buffer {
  const text = Array.from({length: 1_200_000}, (_, i) => `"${i.toString(36)}":1`).join(',');
  return Buffer.from(`{${text}}`);
}

const attacks: [name: string, (server: Program) => Promise<void> | void][] = [
  ['9,000 idle connections', ({port}) => idle(port, 9000)],
  ['34 slow bodies of 16 MiB', ({port}) => slowBodies(port)],
  ['bodies of a million keys', ({port}) => flood(port, keys(), 64)],
];

async function under(names: typeof attacks, reports: number, flags: string[] = []): Promise<void> {
  const server = await startProgram(join(newFolder(), 'reports.db'), flags);
  try {
    for (const [, begin] of names) await begin(server);
    const {refused, p99} = await honestReports({port: server.port, localAddress: honest, count: reports});
    if (process.env.SHARES_SHOW) console.log(names.map(([name]) => name).join(' + '), {refused, p99});
    assert.is(refused, 0);
    assert.ok(p99 < mostP99, `p99 ${p99} ms`);
  } finally {
    for (const one of open) one.destroy();
    open = [];
    await server.kill();
  }
}

for (const one of attacks) test(`honest reports are taken during ${one[0]}`, () => under([one], 40));
test('honest reports are taken during all of them at once', () => under(attacks, 100));

test('the private listener has room while 256 silent connections are open', async () => {
  const server = await startProgram(join(newFolder(), 'reports.db'));
  try {
    await Promise.all(Array.from({length: 300}, () => attack(server.adminPort, '', '127.0.0.1')));
    await eventually(
      () => fetch(`http://127.0.0.1:${server.adminPort}/healthz`, {signal: AbortSignal.timeout(2000)}),
      8000,
    );
  } finally {
    for (const one of open) one.destroy();
    open = [];
    await server.kill();
  }
});

test.run();
