import {type KindName, kindNames, nouns} from './kinds.ts';
import {noNetwork} from './network.ts';
import type {ResilientStore} from './resilient-store.ts';
import type {Accepted} from './store/contract.ts';

/** Of a queue that was full so much must be free before that is told: at the bound it fills up again at once. */
const clearly = 0.1;

/** Whether a collector that only passes on has room for more: nothing that it acknowledged is dropped to make some. */
export interface QueueRoom {
  /**
   * Which reports of a batch have a place. Each kind has its own: a sink may take nothing of one, for ever. One network may have as
   * many of a kind waiting as there is room left: alone it fills half of the queue, and whoever sends little finds room. An
   * address that many share has no such bound.
   */
  admit(batch: readonly Pick<Accepted, 'kind' | 'network'>[]): Promise<readonly boolean[]>;
  /** What was admitted last was not stored. */
  undo(): void;
  /** Why a report has none; undefined if it has, whatever becomes of events. */
  trouble(): Promise<string | undefined>;
}

/**
 * @param most reports of a kind that may wait
 * @param say is given a line when the queue is full and when it has room again
 */
export function queueRoom(store: ResilientStore, most: number, say: (line: string) => void): QueueRoom {
  const rooms = {spartakus: new Room('spartakus', most, say), hodometer: new Room('hodometer', most, say)};
  const look = async (): Promise<boolean> => {
    const waiting = await store.attempt((writer) => writer.relay!.waiting());
    if (waiting) for (const kind of kindNames) rooms[kind].look(waiting[kind]);
    return waiting !== undefined;
  };
  const isAnyFull = () => kindNames.some((kind) => rooms[kind].isFull);

  return {
    async admit(batch) {
      for (const kind of kindNames) rooms[kind].settle();
      // The store may be in trouble, which it tells itself.
      if (!(await look())) return batch.map(() => false);
      const admitted = batch.map(({kind, network = noNetwork}) => rooms[kind].admits(network));
      for (const kind of kindNames) rooms[kind].tellIfFull();
      return admitted;
    },
    undo() {
      for (const kind of kindNames) rooms[kind].undo();
    },
    async trouble() {
      // Nothing may arrive that would find out.
      if (isAnyFull()) await look();
      return rooms.spartakus.isFull ? 'the queue is full' : undefined;
    },
  };
}

/** The room for reports of one kind. */
class Room {
  isFull = false;
  readonly #noun: string;
  readonly #most: number;
  readonly #say: (line: string) => void;
  readonly #line = new Line();
  #waiting = 0;
  /** How many were admitted last. */
  #added = 0;
  /** What was told, until there is clearly room. */
  readonly #told = new Set<'full' | 'share'>();

  constructor(kind: KindName, most: number, say: (line: string) => void) {
    this.#noun = nouns[kind];
    this.#most = most;
    this.#say = say;
  }

  /** Whatever was admitted last is stored. */
  settle(): void {
    this.#added = 0;
  }

  /** So many wait. */
  look(waiting: number): void {
    this.#waiting = waiting;
    this.#line.keepLast(waiting);
    this.isFull = waiting >= this.#most;
    const enough = (1 - clearly) * this.#most;
    if (waiting < enough && this.#told.delete('full')) this.#say(`The queue has room for ${this.#noun} again.`);
    if (waiting < enough / 2) this.#told.delete('share');
  }

  /** Whether another one of a network has a place; it has it from now on. */
  admits(network: number): boolean {
    const free = this.#most - this.#waiting - this.#added;
    if (free <= 0) {
      this.isFull = true;
      return false;
    }
    const ofNetwork = this.#line.countOf(network);
    if (network !== noNetwork && ofNetwork >= free) {
      this.#tell('share', `Of one network ${ofNetwork} ${this.#noun} wait: more of it are answered with 503.`);
      return false;
    }
    this.#line.add(network);
    this.#added++;
    return true;
  }

  tellIfFull(): void {
    const count = this.#waiting + this.#added;
    if (this.isFull)
      this.#tell('full', `The queue is full: ${count} ${this.#noun} wait. More of them are answered with 503.`);
  }

  /** What was admitted last was not stored. */
  undo(): void {
    for (; this.#added > 0; this.#added--) this.#line.dropLast();
  }

  #tell(what: 'full' | 'share', words: string): void {
    if (!this.#told.has(what)) this.#say(words);
    this.#told.add(what);
  }
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
