// Everybody on this machine reaches the gate's port, and a chart says what Helm asks: neither takes more of the machine than
// this.
import type {Server} from 'node:https';
import type {Socket} from 'node:net';

export interface GateBounds {
  /**
   * Connections that have not shown the token, whole handshakes or not. Helm has a few, each for milliseconds; one takes a
   * hundred kilobytes.
   */
  readonly strangers: number;
  /** Connections in all. Helm opens one for each object that it asks for at once, and keeps two. */
  readonly connections: number;
  /** Requests that are worked on at once, each with a body of `mostBody` and an answer at the most; others wait unread. */
  readonly asks: number;
}

export const usualBounds: GateBounds = {strangers: 256, connections: 512, asks: 4};

/**
 * Holds a server to the bound on its connections. Of those without the token the oldest makes way for a new one: Helm's shows
 * its token long before it is that, so whoever fills the port keeps nobody else out.
 *
 * @returns to be called with a connection that has shown the token: it makes way for none
 */
export function boundConnections(server: Server, {strangers: most, connections}: GateBounds): (socket: Socket) => void {
  // By its port: what a request comes from is the encrypted socket, not the one that it is on. In order of arrival.
  const strangers = new Map<number | undefined, Socket>();
  server.maxConnections = connections;
  server.on('connection', (socket: Socket) => {
    const {remotePort} = socket;
    strangers.set(remotePort, socket);
    socket.once('close', () => {
      if (strangers.get(remotePort) === socket) strangers.delete(remotePort);
    });
    if (strangers.size <= most) return;
    const [oldest] = strangers.values();
    oldest?.destroy();
  });
  return ({remotePort}) => void strangers.delete(remotePort);
}

/** Lets some work at a time, the others wait for their turn in the order in which they came. */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #free: number;

  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  async take(work: () => Promise<void>): Promise<void> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#free++;
    }
  }
}
