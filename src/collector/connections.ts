import type {Socket} from 'node:net';

/**
 * Open connections by address. Where there are too many, one is closed that waits for nothing: of the address that has
 * the most, the one that has been idle the longest. A connection counts from its first packet, also while its TLS
 * handshake or its headers are not complete.
 */

export interface Connection {
  readonly socket: Socket;
  /** Whose it is. */
  readonly key: string;
  /** Requests that are being read, judged, stored or answered. */
  requests: number;
}

interface Group {
  readonly all: Set<Connection>;
  /** Those without a request, idle the longest first. */
  readonly idle: Set<Connection>;
  readonly isExempt: boolean;
}

export interface ConnectionLimits {
  readonly total: number;
  /** Of one address. */
  readonly share: number;
}

/** The open connections, by the addresses that they count for. */
export class Connections {
  readonly #groups = new Map<string, Group>();
  readonly #limits: ConnectionLimits;
  readonly #isOwed: (connection: Connection) => boolean;
  #size = 0;

  /** @param isOwed whether an answer must come on a connection */
  constructor(limits: ConnectionLimits, isOwed: (connection: Connection) => boolean) {
    this.#limits = limits;
    this.#isOwed = isOwed;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * Takes a connection in; leaves it out if its address has its share, or all are busy.
   *
   * @param isExempt whether many senders share the address: it has no share, and is closed only where nobody else can be
   */
  enter(socket: Socket, key: string, isExempt = false): Connection | undefined {
    const own = this.#groups.get(key);
    if (!isExempt && own && own.all.size >= this.#limits.share && !this.#closeOne(own, false)) return undefined;
    if (this.#size >= this.#limits.total && !this.#makeRoom(own, isExempt)) return undefined;
    const connection: Connection = {socket, key, requests: 0};
    const group = this.#groups.get(key) ?? {all: new Set(), idle: new Set(), isExempt};
    this.#groups.set(key, group);
    group.all.add(connection);
    group.idle.add(connection);
    this.#size++;
    return connection;
  }

  /** It was closed. */
  leave(connection: Connection): void {
    const group = this.#groups.get(connection.key);
    if (!group?.all.delete(connection)) return;
    group.idle.delete(connection);
    this.#size--;
    if (group.all.size === 0) this.#groups.delete(connection.key);
  }

  /** A request begins. */
  begin(connection: Connection): void {
    if (connection.requests++ === 0) this.#groups.get(connection.key)?.idle.delete(connection);
  }

  /** A request was answered, or will not be. */
  end(connection: Connection): void {
    if (--connection.requests > 0) return;
    const group = this.#groups.get(connection.key);
    if (group?.all.has(connection)) group.idle.add(connection);
  }

  /** Closes a connection of the address that has the most; of the newcomer's own where none has more. */
  #makeRoom(own: Group | undefined, isExempt: boolean): boolean {
    const groups = [...this.#groups.values()].sort(
      (a, b) => Number(a.isExempt) - Number(b.isExempt) || b.all.size - a.all.size,
    );
    const size = own?.all.size ?? 0;
    for (const group of groups) {
      if (group.isExempt && !isExempt && size > 0) break;
      if (!isExempt && group !== own && !group.isExempt && group.all.size <= size) break;
      if (this.#closeOne(group, group !== own)) return true;
    }
    return own !== undefined && this.#closeOne(own, false);
  }

  /** Closes an idle one; else, if `busyToo`, the oldest that is not owed an answer. */
  #closeOne(group: Group, busyToo: boolean): boolean {
    const [idle] = group.idle;
    const victim = idle ?? (busyToo ? firstOf(group.all, (one) => !this.#isOwed(one)) : undefined);
    if (!victim) return false;
    this.leave(victim);
    victim.socket.destroy();
    return true;
  }
}

function firstOf<T>(items: Iterable<T>, is: (item: T) => boolean): T | undefined {
  for (const item of items) if (is(item)) return item;
  return undefined;
}
