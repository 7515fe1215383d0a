import {Agent, request} from 'node:http';
import {connect, type Socket} from 'node:net';
import type {Program} from './program.ts';

/** What one host can do to a collector, from one address of this machine: to be tried against own servers only. */

const attacker = '127.0.0.2';
/** The address of whoever means well. */
export const honest = '127.0.0.3';
const mostBody = 16 * 1024 * 1024;

/** Things to end when a case is over. */
let open: {destroy(): void}[] = [];

/** Ends all that was begun. */
export function endAttacks(): void {
  for (const one of open) one.destroy();
  open = [];
}

/** A connection that has said `first`, and says no more. */
export function attack(port: number, first = '', localAddress = attacker): Promise<Socket> {
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

/** Small requests one after the other on each of so many connections, none of which waits for an answer, until all is over. */
async function stream(port: number, request: string, count: number): Promise<void> {
  const chunk = Buffer.from(request.repeat(Math.ceil(65_536 / request.length)));
  const fill = (socket: Socket) => {
    while (socket.writable && socket.write(chunk));
  };
  const one = async (): Promise<void> => {
    const socket = await attack(port);
    socket.on('drain', () => fill(socket));
    let isOver = false;
    open.push({destroy: () => (isOver = true)});
    socket.once('close', () => setTimeout(() => isOver || one(), 20));
    fill(socket);
  };
  await Promise.all(Array.from({length: count}, one));
}

const tiny = `${head(2)}{}`;

export const attacks: [name: string, (server: Program) => Promise<void> | void][] = [
  ['9,000 idle connections', ({port}) => idle(port, 9000)],
  ['34 slow bodies of 16 MiB', ({port}) => slowBodies(port)],
  ['bodies of a million keys', ({port}) => flood(port, keys(), 64)],
  ['tiny reports without an end', ({port}) => stream(port, tiny, 64)],
  ['tiny requests without an end', ({port}) => stream(port, 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', 64)],
];

/** More silent connections to the private listener than it takes. */
export const silentAdmin: (typeof attacks)[number] = [
  '300 silent connections to the private listener',
  async ({adminPort}) => {
    await Promise.all(Array.from({length: 300}, () => attack(adminPort)));
  },
];
