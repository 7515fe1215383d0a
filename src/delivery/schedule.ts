import {createHash} from 'node:crypto';

/**
 * When the next report of a cluster is due: at its own phase of the period, which its ID decides, so that not every
 * cluster reports at midnight. Half a period at least lies between two.
 *
 * @param now milliseconds since the epoch, as is the result
 * @param period milliseconds
 */
export function nextDue(clusterID: string, period: number, now: number): number {
  const phase = (createHash('sha256').update(clusterID).digest().readUIntBE(0, 6) / 2 ** 48) * period;
  const earliest = now + period / 2;
  return Math.ceil((earliest - phase) / period) * period + phase;
}

/** Milliseconds of the wait after the first failure, of the longest, and of the longest that a collector can ask for. */
const firstWait = 60_000;
const longestWait = 3_600_000;
const longestAsked = 86_400_000;

/**
 * Milliseconds to wait after so many failures in a row: doubled each time, with jitter, never longer than the period; but
 * as long as the collector asked for.
 */
export function waitAfterFailures(failures: number, period: number, asked = 0): number {
  const wait = Math.min(firstWait * 2 ** (failures - 1), longestWait) * (0.5 + Math.random() / 2);
  return Math.max(Math.min(wait, period), Math.min(asked, longestAsked));
}
