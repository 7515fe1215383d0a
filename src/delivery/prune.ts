import {readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {readLedger} from './ledger.ts';
import {bytesPath} from './state-folder.ts';

/** Reports kept in each of the two folders, where the user says nothing else. */
export const defaultKept = 100;

/**
 * Removes the oldest reports from `sent` and `superseded` but for so many in each. The ledger keeps its lines; of each
 * cluster and destination the last delivered report stays, which the next one is compared with, and what the ledger does
 * not know yet stays too. What can't be removed now goes another time. The caller holds the lock.
 */
export function prune(folder: string, keep = defaultKept): void {
  for (const where of ['sent', 'superseded'] as const) {
    try {
      // The names begin with the time.
      const ids = namesIn(join(folder, where)).sort();
      if (ids.length <= keep) continue;
      const needed = new Set([...namesIn(join(folder, 'waiting')), ...(where === 'sent' ? lastDelivered(folder) : [])]);
      for (const id of ids.slice(0, ids.length - keep)) if (!needed.has(id)) rmSync(bytesPath(folder, where, id));
    } catch {
      // A report that was delivered is no failure because an old one could not be removed.
    }
  }
}

function namesIn(path: string): string[] {
  return readdirSync(path).flatMap((name) => (name.endsWith('.json') ? [name.slice(0, -'.json'.length)] : []));
}

function lastDelivered(folder: string): Iterable<string> {
  const last = new Map<string, string>();
  for (const {outcome, clusterID, destination, id} of readLedger(folder).lines) {
    if (outcome === 'delivered') last.set(`${clusterID} ${destination}`, id);
  }
  return last.values();
}
