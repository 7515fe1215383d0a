import type {Facts, KindName} from './kinds.ts';
import type {Accepted} from './store/contract.ts';

/** What arrived and is on disk, for a person who watches. */
export interface Arrived {
  readonly kind: KindName;
  readonly cluster: string;
  /** The server's time, milliseconds. */
  readonly received: number;
  /** As it is stored. */
  readonly body: string;
  readonly facts: Facts;
}

/** Told of a second; a person reads no more. */
const mostTold = 20;
/** Characters told of a second: twenty reports of small clusters. A report can have megabytes. */
const mostText = 1024 * 1024;

/** Tells of what arrives, a bounded number each second, and of the others how many they are. */
export interface Telling {
  see(stored: readonly Accepted[]): void;
  /** To be called each second. */
  tick(): void;
}

/** @param tell is given what arrived, and the number of those that are not told of */
export function telling(tell: (arrived: readonly Arrived[], more: number) => void): Telling {
  let told = 0;
  let more = 0;
  let text = 0;
  return {
    see(stored) {
      const some: Accepted[] = [];
      for (const one of stored) {
        if (told >= mostTold || text + one.body.length > mostText) continue;
        some.push(one);
        told++;
        text += one.body.length;
      }
      more += stored.length - some.length;
      if (some.length === 0) return;
      tell(
        some.map(({kind, cluster, received, body, facts}) => ({kind, cluster, received, body, facts})),
        0,
      );
    },
    tick() {
      if (more > 0) tell([], more);
      [told, more, text] = [0, 0, 0];
    },
  };
}
