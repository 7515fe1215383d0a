// A way between a client and a server that can be cut, or go silent, as a network does.

import type {AddressInfo} from 'node:net';
import {connect, createServer, type Socket} from 'node:net';

export interface TcpProxy {
  readonly port: number;
  /** `open`; `silent`: bytes are swallowed in both directions; `closed`: connections are refused and cut. */
  set(state: 'open' | 'silent' | 'closed'): void;
  /** From now on what the server says comes so many milliseconds later. */
  delay(milliseconds: number): void;
  /** Cuts the client's side as soon as what it sent next with these bytes has reached the server; resolves when it has. */
  cutAfter(bytes: string): Promise<void>;
  close(): void;
}

export async function tcpProxy(port: number): Promise<TcpProxy> {
  let state: 'open' | 'silent' | 'closed' = 'open';
  let late = 0;
  let cut: {bytes: string; done: () => void} | undefined;
  const pairs = new Set<readonly [Socket, Socket]>();
  const server = createServer((client) => {
    if (state === 'closed') {
      client.destroy();
      return;
    }
    const onward = connect(port, '127.0.0.1');
    const pair = [client, onward] as const;
    pairs.add(pair);
    let isCut = false;
    for (const socket of pair) {
      socket.on('error', () => {});
      socket.unref();
    }
    client.on('data', (chunk) => {
      if (state === 'silent') return;
      onward.write(chunk);
      if (!cut || !chunk.includes(cut.bytes)) return;
      isCut = true;
      const {done} = cut;
      cut = undefined;
      // The server has done it when it answers; the client never learns.
      onward.once('data', () => {
        client.destroy();
        onward.end();
        done();
      });
    });
    onward.on('data', (chunk) => {
      if (state === 'silent' || isCut) return;
      if (late > 0) setTimeout(() => client.write(chunk), late);
      else client.write(chunk);
    });
    for (const [one, other] of [pair, [onward, client]] as const)
      one.on('close', () => {
        other.destroy();
        pairs.delete(pair);
      });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  server.unref();
  return {
    port: (server.address() as AddressInfo).port,
    set(next) {
      state = next;
      if (next === 'closed') for (const pair of pairs) for (const socket of pair) socket.destroy();
    },
    delay(milliseconds) {
      late = milliseconds;
    },
    cutAfter: (bytes) =>
      new Promise((done) => {
        cut = {bytes, done};
      }),
    close() {
      server.close();
      for (const pair of pairs) for (const socket of pair) socket.destroy();
    },
  };
}
