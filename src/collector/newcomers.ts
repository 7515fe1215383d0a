import {noNetwork} from './network.ts';

/**
 * Counters of a day. Networks that share one share its bound: the hash is keyed, so that nobody can choose whom to meet.
 */
const counters = 2 ** 18;

/** Counts new clusters by network and day, in memory of one size. */
export interface Newcomers {
  /** Whether a new cluster of this network is ranked at once. */
  admits(network: number, day: number): boolean;
  /**
   * Ends a transaction. One that failed counts for nothing.
   *
   * @returns clusters of it that were not admitted
   */
  settle(stored: boolean): number;
}

/** @param most new clusters of a network and day that are admitted */
export function newcomers(most: number): Newcomers {
  const counts = new Uint32Array(counters);
  let current = Number.NEGATIVE_INFINITY;
  let taken: number[] = [];
  let refused = 0;
  return {
    admits(network, day) {
      if (network === noNetwork) return true;
      // Around midnight threads still bring reports of the day before; a clock that was put back starts anew.
      if (day > current || day < current - 1) {
        counts.fill(0);
        taken = [];
        current = day;
      }
      const counter = network % counters;
      if (counts[counter]! >= most) {
        refused++;
        return false;
      }
      counts[counter]!++;
      taken.push(counter);
      return true;
    },
    settle(stored) {
      if (!stored) for (const counter of taken) counts[counter]!--;
      const count = stored ? refused : 0;
      taken = [];
      refused = 0;
      return count;
    },
  };
}
