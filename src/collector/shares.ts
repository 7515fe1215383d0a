import type {Sender} from './client-address.ts';

/**
 * What one address may use of an HTTP thread at the same time. Each thread keeps its own accounts and gives an address
 * a thread's part: the system deals connections out to the threads, so that no address has more than the parts together,
 * and no thread waits for another. An account is there while something of its address is: there are never more of them
 * than connections and requests.
 */

/** A body that is being read, and can be given up for others. */
export interface OpenBody {
  /** When its first byte was waited for, milliseconds of `performance.now`. */
  readonly began: number;
  /** Bytes that came. */
  readonly size: number;
  /** Ends it: its memory is needed by somebody who uses less, or it comes too slowly. Its memory is free then. */
  giveUp(why: 'busy' | 'slow'): void;
}

/** What an address uses now. */
export interface Account {
  readonly sender: Sender;
  /** Things that refer to it: connections and requests. */
  uses: number;
  /** Reports read whole and not answered yet. */
  reports: number;
  /** Bytes of its bodies. */
  bytes: number;
  /** Bodies being read, oldest first. */
  readonly bodies: Set<OpenBody>;
}

export interface ShareLimits {
  /** Bytes of all bodies. */
  readonly memory: number;
  /** Bytes of the bodies of one address. */
  readonly memoryShare: number;
  /** Reports of one address that were read and not answered yet. */
  readonly reportShare: number;
  /** Milliseconds that a body has before its rate counts. */
  readonly bodyGrace: number;
  /** Bytes a second that a body must have brought on average since then. */
  readonly bodyRate: number;
}

/** Why something is not granted: the address has its share, or there is nothing left. */
export type Denied = 'share' | 'busy';

/** Accounts of addresses: what each has of memory and reports at the moment. */
export class Shares {
  readonly #accounts = new Map<string, Account>();
  readonly #limits: ShareLimits;
  #bytes = 0;

  constructor(limits: ShareLimits) {
    this.#limits = limits;
  }

  /** The account of a sender, in use once more until `leave`. */
  enter(sender: Sender): Account {
    let account = this.#accounts.get(sender.key);
    if (!account) {
      account = {sender, uses: 0, reports: 0, bytes: 0, bodies: new Set()};
      this.#accounts.set(sender.key, account);
    }
    account.uses++;
    return account;
  }

  /** Once more, for what is still to be done where its sender goes away meanwhile. */
  stay(account: Account): void {
    account.uses++;
  }

  leave(account: Account): void {
    if (--account.uses === 0) this.#accounts.delete(account.sender.key);
  }

  /** Accounts in use. */
  get size(): number {
    return this.#accounts.size;
  }

  /** Sets memory aside for an address; where there is none left it is taken from the address that uses the most. */
  charge(account: Account, bytes: number): Denied | undefined {
    if (!account.sender.isShared && account.bytes + bytes > this.#limits.memoryShare) return 'share';
    while (this.#bytes + bytes > this.#limits.memory) {
      const most = this.#largest();
      if (!most || most.bytes <= account.bytes + bytes) return 'busy';
      const before = this.#bytes;
      const [oldest] = most.bodies;
      oldest!.giveUp('busy');
      if (this.#bytes >= before) return 'busy';
    }
    account.bytes += bytes;
    this.#bytes += bytes;
    return undefined;
  }

  release(account: Account, bytes: number): void {
    account.bytes -= bytes;
    this.#bytes -= bytes;
  }

  /** Whether an address has as many reports on their way to the store as it may. */
  hasItsReports({sender, reports}: Account): boolean {
    return !sender.isShared && reports >= this.#limits.reportShare;
  }

  /** Ends the bodies that come too slowly: a body holds memory as long as its sender likes. */
  endSlow(now: number): void {
    const {bodyGrace, bodyRate} = this.#limits;
    for (const {bodies} of this.#accounts.values()) {
      for (const body of bodies) {
        if (body.size < ((now - body.began - bodyGrace) * bodyRate) / 1000) body.giveUp('slow');
      }
    }
  }

  /** The account that uses the most memory, of those that have a body to give up. */
  #largest(): Account | undefined {
    let largest: Account | undefined;
    for (const account of this.#accounts.values()) {
      if (account.bodies.size > 0 && account.bytes > (largest?.bytes ?? 0)) largest = account;
    }
    return largest;
  }
}
