import {clean} from '../../foreign.ts';
import type {Next, Queue} from '../store/queue.ts';
import {type Sink, SinkTrouble} from './contract.ts';

/** Milliseconds until an erasing that failed is tried again, at most; where the sink says nothing of it, `soon`. */
export const [soon, late] = [60_000, 600_000];

/** Has a sink erase clusters. What fails rests meanwhile: a sink may need an hour for it, and reports don't wait for that. */
export class Erasing {
  readonly #name: string;
  readonly #rest: number;
  readonly #say: (line: string) => void;
  /** Clusters whose erasing failed, and the time of the process at which it is tried again. */
  readonly #resting = new Map<string, number>();
  /** The last one failed, which is told once. */
  #isFailing = false;

  /**
   * @param rest milliseconds until one that failed is tried again
   * @param say is given a line when erasing begins to fail
   */
  constructor(name: string, rest: number, say: (line: string) => void) {
    this.#name = name;
    this.#rest = rest;
    this.#say = say;
  }

  /** Clusters that are left alone at a time of the process. */
  resting(now: number): string[] {
    return [...this.#resting].filter(([, until]) => until > now).map(([cluster]) => cluster);
  }

  async attempt(erase: NonNullable<Next['erase']>, sink: Sink, queue: Queue): Promise<void> {
    try {
      const how = await sink.erase(erase.cluster);
      await queue.erased(this.#name, erase, how, Date.now());
      this.#resting.delete(erase.cluster);
      this.#isFailing = false;
    } catch (error) {
      if (!(error instanceof SinkTrouble)) throw error;
      this.#resting.set(erase.cluster, performance.now() + Math.min(late, error.after ?? this.#rest));
      if (!this.#isFailing)
        this.#say(`The sink ${this.#name} can't erase a cluster yet: ${clean(error.message, 200)}. It is tried again.`);
      this.#isFailing = true;
    }
  }
}
