import type {Socket} from 'node:net';
import type pg from 'pg';
import {StoreTrouble} from '../trouble.ts';
import type {PostgresAddress} from './address.ts';
import {type ConnectOptions, connect} from './connect.ts';

/** Connections to one database, made as they are needed; who finds none free waits for one. */
export class Pool {
  readonly #address: PostgresAddress;
  readonly #options: ConnectOptions & {readonly most: number};
  readonly #free: pg.Client[] = [];
  readonly #all = new Set<pg.Client>();
  readonly #waiting: (() => void)[] = [];
  /** Why the server ended a connection on which nothing was asked: the next question is told only that it is gone. */
  readonly #endedBy = new WeakMap<pg.Client, unknown>();
  /** Those that are there, and those that are being made. */
  #count = 0;
  #isClosed = false;

  /** @param options with the most connections at once */
  constructor(address: PostgresAddress, options: ConnectOptions & {readonly most: number}) {
    this.#address = address;
    this.#options = options;
  }

  /** A connection for who asks alone, until it is given back or dropped. */
  async take(): Promise<pg.Client> {
    if (this.#isClosed) throw new StoreTrouble('the store is closed');
    const client = this.#free.pop();
    if (client) {
      socketOf(client).ref();
      return client;
    }
    if (this.#count < this.#options.most) return this.#make();
    await new Promise<void>((resolve) => this.#waiting.push(resolve));
    return this.take();
  }

  async #make(): Promise<pg.Client> {
    this.#count++;
    try {
      const made = await connect(this.#address, this.#options);
      this.#all.add(made);
      made.once('end', () => this.drop(made));
      made.once('error', (error) => this.#endedBy.set(made, error));
      if (this.#isClosed) this.drop(made);
      return made;
    } catch (error) {
      this.#count--;
      this.#waiting.shift()?.();
      throw error;
    }
  }

  /** Takes one back that others can use. */
  give(client: pg.Client): void {
    if (!this.#all.has(client)) return;
    // One that nobody uses keeps no process from ending.
    socketOf(client).unref();
    this.#free.push(client);
    this.#waiting.shift()?.();
  }

  drop(client: pg.Client): void {
    if (!this.#all.delete(client)) return;
    this.#count--;
    const at = this.#free.indexOf(client);
    if (at >= 0) this.#free.splice(at, 1);
    // Whatever it waits for: a connection that is lost has nothing to finish.
    socketOf(client).destroy();
    this.#waiting.shift()?.();
  }

  /** What the server said when it ended a connection; undefined where it did not. */
  whyEnded(client: pg.Client): unknown {
    return this.#endedBy.get(client);
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const ended = this.#free.splice(0).map((client) => {
      socketOf(client).ref();
      return client.end().catch(() => {});
    });
    let timer: NodeJS.Timeout | undefined;
    const tooLong = new Promise((resolve) => (timer = setTimeout(resolve, 500)));
    await Promise.race([Promise.all(ended), tooLong]);
    clearTimeout(timer);
    for (const client of [...this.#all]) this.drop(client);
    for (const resolve of this.#waiting.splice(0)) resolve();
  }
}

/** The socket of a connection; the types of `pg` do not know it. */
function socketOf(client: pg.Client): Socket {
  return (client as unknown as {connection: {stream: Socket}}).connection.stream;
}
