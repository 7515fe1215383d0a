import {noNetwork} from './network.ts';
import type {Accepted} from './store/contract.ts';

/** Clusters of an hour from which on one network among them is worth a line. */
const fewest = 100;
/** What one network may have of them. */
const mostShare = 0.9;
/** Clusters of an hour that are remembered. */
const mostClusters = 50_000;
const hourLength = 3_600_000;

/** Tells when most clusters of an hour came from one network, and never which. */
export interface HourWatch {
  see(stored: readonly Accepted[]): void;
  /** @param now milliseconds, by the same clock as the reports */
  look(now: number): void;
  /** Whether one network sent most clusters of the last hour that is over. */
  isOwned(): boolean;
}

/** @param say is given a line for a log, once an hour at most */
export function hourWatch(say: (line: string) => void): HourWatch {
  let hour = Number.NEGATIVE_INFINITY;
  let owned = false;
  const seen = new Set<string>();
  const counts = new Map<number, number>();

  const turn = (to: number) => {
    // Around the full hour threads still bring reports of the one before.
    if (to === hour || to === hour - 1) return;
    const most = [...counts.values()].reduce((a, b) => Math.max(a, b), 0);
    owned = seen.size >= fewest && most > mostShare * seen.size;
    if (owned) {
      const share = Math.floor((100 * most) / seen.size);
      say(
        `One network sent ${share} % of the ${seen.size}${seen.size < mostClusters ? '' : ' or more'} clusters of the last hour. No address is kept, so that it can't be named here.`,
      );
    }
    seen.clear();
    counts.clear();
    hour = to;
  };

  return {
    see(stored) {
      for (const {cluster, received, network = noNetwork} of stored) {
        turn(Math.floor(received / hourLength));
        if (seen.size >= mostClusters || seen.has(cluster)) continue;
        seen.add(cluster);
        if (network !== noNetwork) counts.set(network, (counts.get(network) ?? 0) + 1);
      }
    },
    look: (now) => turn(Math.floor(now / hourLength)),
    isOwned: () => owned,
  };
}
