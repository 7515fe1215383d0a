import type {UserError} from '../../errors.ts';
import {monotonic} from '../../host/monotonic.ts';

/** How long a server may keep a connection waiting in all, where others wait for what it says. */
export interface Allowance {
  /** Milliseconds that it has whatever it sends. */
  readonly least: number;
  /** Bytes that give it another second: many nodes over a slow line take long. */
  readonly bytesPerSecond: number;
  /** Milliseconds that it has at most. */
  readonly most: number;
}

/**
 * What one cluster of several has. 15,000 nodes of 12 KB each are read within an hour over half a megabit a second; who sends a byte
 * now and then is passed over after five minutes.
 */
export const amongOthers: Allowance = {least: 300_000, bytesPerSecond: 16 * 1024, most: 3_600_000};

/** Work that waits for the server. */
interface Waiting {
  /** Ends it. */
  readonly end: (error: UserError) => void;
  /** Bytes that it has received. */
  readonly received: () => number;
}

/**
 * Ends all that waits for a server when that has taken longer than its allowance. Only the time counts in which something waits for
 * it: a person may think about a question as long as they like.
 */
export class Patience {
  private readonly waiting = new Set<Waiting>();
  private readonly error: () => UserError;
  private allowance: Allowance | undefined;
  private timer: NodeJS.Timeout | undefined;
  private since = 0;
  private spent = 0;
  private bytes = 0;
  private over = false;

  private readonly now: () => number;

  /**
   * @param error what is told when it is over
   * @param now milliseconds of a clock that only goes on
   */
  constructor(allowance: Allowance | undefined, error: () => UserError, now = monotonic) {
    this.allowance = allowance;
    this.error = error;
    this.now = now;
  }

  /** @throws {UserError} cluster, if it is over */
  require(): void {
    if (this.over) throw this.error();
  }

  /**
   * Something waits for the server from now on.
   *
   * @returns to be called once it no longer does
   */
  begin(waiting: Waiting): () => void {
    if (this.waiting.size === 0) this.since = this.now();
    this.waiting.add(waiting);
    this.arm();
    return () => {
      if (!this.waiting.delete(waiting)) return;
      this.bytes += waiting.received();
      if (this.waiting.size > 0) return;
      this.spent += this.now() - this.since;
      clearTimeout(this.timer);
    };
  }

  /** There is no bound from now on: what is begun must not be cut off. */
  lift(): void {
    this.allowance = undefined;
    clearTimeout(this.timer);
  }

  private arm(): void {
    clearTimeout(this.timer);
    const left = this.left();
    if (left !== Number.POSITIVE_INFINITY) this.timer = setTimeout(() => this.look(), Math.max(left, 1));
  }

  private look(): void {
    if (this.left() > 0) {
      this.arm();
      return;
    }
    this.over = true;
    for (const {end} of [...this.waiting]) end(this.error());
  }

  private left(): number {
    if (!this.allowance) return Number.POSITIVE_INFINITY;
    const {least, bytesPerSecond, most} = this.allowance;
    const running = [...this.waiting].reduce((sum, {received}) => sum + received(), this.bytes);
    const allowed = Math.min(least + (running / bytesPerSecond) * 1000, most);
    return allowed - this.spent - (this.now() - this.since);
  }
}
