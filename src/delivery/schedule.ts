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

/** Milliseconds of the wait after the first failure, and of the longest. */
const firstWait = 60_000;
const longestWait = 3_600_000;

/**
 * Milliseconds to wait after so many failures in a row: doubled each time, with jitter, never longer than the period.
 *
 * @param asked milliseconds that the collector asked to wait
 */
export function waitAfterFailures(failures: number, period: number, asked = 0): number {
  const wait = Math.min(firstWait * 2 ** (failures - 1), longestWait) * (0.5 + Math.random() / 2);
  return Math.min(Math.max(wait, asked), Math.max(period, 1));
}
