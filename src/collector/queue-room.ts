import {noNetwork} from './network.ts';
import type {ResilientStore} from './resilient-store.ts';

/** Of a queue that was full so much must be free before that is told: at the bound it fills up again at once. */
const clearly = 0.1;

/** Whether a collector that only passes on has room for more: nothing that it acknowledged is dropped to make some. */
export interface QueueRoom {
  /**
   * Which reports of a batch have a place, by their networks. One network may have as many waiting as there is room left: alone it
   * fills half of the queue, and whoever sends little finds room. An address that many share has no such bound.
   */
  admit(networks: readonly number[]): Promise<readonly boolean[]>;
  /** What was admitted last was not stored. */
  undo(): void;
  /** Why a report has none; undefined if it has. */
  trouble(): Promise<string | undefined>;
}

/**
 * @param most reports that may wait
 * @param say is given a line when the queue is full and when it has room again
 */
export function queueRoom(store: ResilientStore, most: number, say: (line: string) => void): QueueRoom {
  const line = new Line();
  let added = 0;
  let isFull = false;
  /** What was told, until there is clearly room. */
  const told = new Set<'full' | 'share'>();

  const look = async (): Promise<number | undefined> => {
    const waiting = await store.attempt((writer) => writer.relay!.waiting());
    if (waiting === undefined) return undefined;
    line.keepLast(waiting);
    isFull = waiting >= most;
    if (waiting < (1 - clearly) * most && told.delete('full')) say('The queue has room again.');
    if (waiting < ((1 - clearly) * most) / 2) told.delete('share');
    return waiting;
  };
  const tell = (what: 'full' | 'share', words: string) => {
    if (!told.has(what)) say(words);
    told.add(what);
  };

  return {
    async admit(networks) {
      added = 0;
      const waiting = await look();
      // The store is in trouble, which it tells itself.
      if (waiting === undefined) return networks.map(() => false);
      const admitted = networks.map((network) => {
        const free = most - waiting - added;
        if (free <= 0) {
          isFull = true;
          return false;
        }
        if (network !== noNetwork && line.countOf(network) >= free) {
          tell('share', `Of one network ${line.countOf(network)} reports wait: more of it are answered with 503.`);
          return false;
        }
        line.add(network);
        added++;
        return true;
      });
      if (isFull) tell('full', `The queue is full: ${waiting + added} reports wait. More are answered with 503.`);
      return admitted;
    },
    undo() {
      for (; added > 0; added--) line.dropLast();
    },
    async trouble() {
      // Nothing may arrive that would find out.
      if (isFull) await look();
      return isFull ? 'the queue is full' : undefined;
    },
  };
}

/** The networks of what waits, in order of arrival, as far as it came since the start: in memory alone, like all that is known of them. */
class Line {
  #networks: number[] = [];
  #first = 0;
  readonly #counts = new Map<number, number>();

  countOf(network: number): number {
    return this.#counts.get(network) ?? 0;
  }

  add(network: number): void {
    this.#networks.push(network);
    this.#counts.set(network, this.countOf(network) + 1);
  }

  dropLast(): void {
    this.#leave(this.#networks.pop()!);
  }

  /** What came before the last so many is not waiting any more. */
  keepLast(count: number): void {
    while (this.#networks.length - this.#first > count) this.#leave(this.#networks[this.#first++]!);
    if (this.#first * 2 < this.#networks.length) return;
    this.#networks = this.#networks.slice(this.#first);
    this.#first = 0;
  }

  #leave(network: number): void {
    const left = this.countOf(network) - 1;
    if (left > 0) this.#counts.set(network, left);
    else this.#counts.delete(network);
  }
}
