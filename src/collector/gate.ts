import type {IncomingMessage, Server} from 'node:http';
import type {Socket} from 'node:net';
import type {Sender, Senders} from './client-address.ts';
import {type Connection, type ConnectionLimits, Connections} from './connections.ts';
import {readProxyHeader} from './proxy-protocol.ts';

/** The door of a listener: who comes in, for whom a proxy speaks, and who must leave for others. */
export interface Gate {
  /**
   * A request begins on its connection; `end` must be called when its response is closed. `undefined`: its sender goes too
   * far ahead of the answers, and its connection is ended.
   */
  begin(request: IncomingMessage): Begun | undefined;
}

/** A request under way. */
export interface Begun {
  /** Whose share it uses. */
  readonly sender: Sender;
  end(): void;
}

export interface GateOptions {
  readonly senders: Senders;
  readonly limits: ConnectionLimits;
  /** Milliseconds for a proxy to say whom it speaks for, and for a client to read something of its answer. */
  readonly patience: number;
  /** Is told how many connections there are. */
  readonly count?: (connections: number) => void;
  /** Whether an answer must come on it: its connection is not given up for another. */
  readonly isOwed?: (socket: Socket) => boolean;
  /** A connection is not taken: says so where it can, and ends it. */
  readonly refuse: (socket: Socket) => void;
}

const sweepInterval = 1000;

/**
 * Requests of one connection before the first is answered. No client and no proxy that is known sends more than one; a
 * chunk of 64 KiB can hold two thousand, and is parsed in one go whoever else waits.
 */
const mostAhead = 32;
/** Milliseconds that nothing is read from an address which did that: one such chunk is all that it gets in the time. */
const holdTime = 500;

/** What is known of an open connection. */
interface Entry {
  readonly connection: Connection;
  readonly sender: Sender;
  /** What HTTP reads from: the TLS socket where there is one. */
  http: Socket;
  /** Bytes that the client took of what it is sent, and since when it took no more. */
  taken: number;
  since: number;
}

/**
 * Stands before the server's own listener: the addresses of sockets count from their first packet, before a TLS
 * handshake or headers.
 */
export function gate(
  server: Server,
  {senders, limits, patience, count, refuse, isOwed = () => false}: GateOptions,
): Gate {
  // A TLS socket is another object than the one below it; the two have their client's address and port in common.
  const entries = new Map<string, Entry>();
  const connections = new Connections(limits, ({socket}) => isOwed(entries.get(nameOf(socket))?.http ?? socket));
  const bySocket = new WeakMap<Socket, Entry>();
  const own = server.listeners('connection') as ((this: Server, socket: Socket) => void)[];
  const holds = new Holds(entries);
  const pass = (socket: Socket, sender: Sender) => {
    if (holds.has(sender)) holds.after(sender, () => socket.destroyed || pass(socket, sender));
    else for (const listener of own) listener.call(server, socket);
  };

  const enter = (socket: Socket, sender: Sender): boolean => {
    const connection = connections.enter(socket, sender.key, isExempt(sender));
    if (!connection) {
      refuse(socket);
      return false;
    }
    const name = nameOf(socket);
    entries.set(name, {connection, sender, http: socket, taken: 0, since: performance.now()});
    count?.(connections.size);
    socket.once('close', () => {
      connections.leave(connection);
      if (entries.get(name)?.connection === connection) entries.delete(name);
      count?.(connections.size);
    });
    return true;
  };

  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    // Without a listener an error before HTTP would end the program.
    socket.on('error', () => {});
    const peer = senders.of(socket.remoteAddress);
    if (!peer.isProxy) {
      if (enter(socket, peer)) pass(socket, peer);
      return;
    }
    spokenFor(socket, patience, (address) => {
      const sender = address === undefined ? peer : senders.of(address);
      if (enter(socket, sender)) pass(socket, sender);
    });
  });

  const sweep = setInterval(() => {
    const now = performance.now();
    for (const entry of entries.values()) endStuck(entry, now, patience);
  }, sweepInterval).unref();
  server.on('close', () => clearInterval(sweep));

  return {
    begin({socket, headers}) {
      let entry = bySocket.get(socket);
      if (!entry) {
        entry = entries.get(nameOf(socket));
        if (!entry) return {sender: senders.of(socket.remoteAddress), end() {}};
        bySocket.set(socket, entry);
        entry.http = socket;
      }
      const {connection, sender} = entry;
      connections.begin(connection);
      if (connection.requests > mostAhead) {
        socket.destroy();
        holds.begin(sender);
        return undefined;
      }
      const end = () => connections.end(connection);
      if (!sender.isProxy) return {sender, end};
      const address = senders.forwarded(forwardedFor(headers));
      return {sender: address === undefined ? sender : senders.of(address), end};
    },
  };
}

/** Addresses of which nothing is read for a while. */
class Holds {
  readonly #entries: ReadonlyMap<string, Entry>;
  /** What is to be done when the hold of an address is over. */
  readonly #after = new Map<string, (() => void)[]>();

  constructor(entries: ReadonlyMap<string, Entry>) {
    this.#entries = entries;
  }

  begin(sender: Sender): void {
    const {key} = sender;
    if (isExempt(sender) || this.#after.has(key)) return;
    const after: (() => void)[] = [];
    this.#after.set(key, after);
    for (const {sender, http} of this.#entries.values()) {
      if (sender.key !== key || http.destroyed) continue;
      http.pause();
      after.push(() => http.resume());
    }
    setTimeout(() => {
      this.#after.delete(key);
      for (const act of after) act();
    }, holdTime).unref();
  }

  has(sender: Sender): boolean {
    return this.#after.has(sender.key) && !isExempt(sender);
  }

  /** Acts when the hold of an address is over. */
  after({key}: Sender, act: () => void): void {
    this.#after.get(key)?.push(act);
  }
}

function forwardedFor(headers: IncomingMessage['headers']): string | undefined {
  const header = headers['x-forwarded-for'];
  return Array.isArray(header) ? header.join(',') : header;
}

/** Many senders have the address: what one does is not held against it. */
function isExempt({isShared, isProxy}: Sender): boolean {
  return isShared || isProxy;
}

function nameOf({remoteAddress, remotePort}: Socket): string {
  return `${remoteAddress} ${remotePort}`;
}

/** Ends a connection whose client takes nothing of its answer. */
function endStuck(entry: Entry, now: number, patience: number): void {
  const {socket} = entry.connection;
  const taken = socket.bytesWritten - socket.writableLength;
  if (socket.writableLength === 0 || taken !== entry.taken) {
    entry.taken = taken;
    entry.since = now;
  } else if (now - entry.since > patience) {
    socket.destroy();
  }
}

/** Reads what a trusted proxy says before its client's first byte; ends the socket if that is wrong, or does not come. */
function spokenFor(socket: Socket, patience: number, done: (address: string | undefined) => void): void {
  let bytes = Buffer.alloc(0);
  const timer = setTimeout(() => socket.destroy(), patience);
  const stop = () => {
    clearTimeout(timer);
    socket.off('readable', onReadable);
    socket.off('close', stop);
  };
  const onReadable = () => {
    for (let chunk = socket.read(); chunk !== null; chunk = socket.read()) bytes = Buffer.concat([bytes, chunk]);
    const header = readProxyHeader(bytes);
    if (header.is === 'incomplete') return;
    stop();
    if (header.is === 'wrong') {
      socket.destroy();
      return;
    }
    const rest = header.is === 'header' ? bytes.subarray(header.length) : bytes;
    if (rest.length > 0) socket.unshift(rest);
    done(header.is === 'header' ? header.address : undefined);
  };
  socket.on('readable', onReadable);
  socket.on('close', stop);
}
