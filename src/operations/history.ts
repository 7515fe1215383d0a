import {readFileSync} from 'node:fs';
import {type LedgerLine, readLedger} from '../delivery/ledger.ts';
import {bytesPath, readOwed, readWaiting} from '../delivery/outbox.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {type Surroundings, stateDirectory} from '../settings.ts';

/** A report on its way to one destination, and what became of it. */
export interface HistoryEntry extends Omit<LedgerLine, 'outcome'> {
  /** `waiting`: in the outbox, with the reason of the last failure if there was one. */
  readonly state: 'delivered' | 'waiting' | 'superseded';
}

export interface History {
  /** Oldest first. */
  readonly entries: readonly HistoryEntry[];
  /** Lines of the ledger that can't be read. */
  readonly unreadable: number;
  readonly folder: string;
}

/**
 * What was sent, what waits, and what failed and why. Changes nothing, and needs no lock.
 *
 * @throws {UserError} input, if the ledger can't be read
 */
export function history(stateDir: string | undefined, around: Surroundings): History {
  const folder = stateDirectory(stateDir, around);
  const {lines, unreadable} = readLedger(folder);
  const entries = new Map<string, HistoryEntry>();
  for (const line of [...lines, ...readOwed(folder)]) {
    const {outcome, ...rest} = line;
    entries.set(line.id, {...rest, state: outcome === 'failed' ? 'waiting' : outcome});
  }
  for (const {url: _, attempted, ...waiting} of readWaiting(folder)) {
    const {reason, attempts, status} = entries.get(waiting.id) ?? {};
    entries.set(waiting.id, {
      ...waiting,
      state: 'waiting',
      ...(reason === undefined ? {} : {reason}),
      ...(attempts === undefined ? {} : {attempts}),
      ...(status === undefined ? {} : {status}),
      ...(attempted === undefined ? {} : {uncertain: true}),
    });
  }
  return {entries: [...entries.values()].sort(byTime), unreadable, folder};
}

function byTime(a: HistoryEntry, b: HistoryEntry): number {
  return a.time < b.time ? -1 : a.time > b.time ? 1 : 0;
}

/**
 * The exact bytes of a report that was sent, waits or was superseded.
 *
 * @param id as `history` lists it, or the beginning or end of it that no other has
 * @throws {UserError} usage, if there is none or several; input, if its bytes are gone
 */
export function historyBytes(id: string, stateDir: string | undefined, around: Surroundings): Buffer {
  const {entries, folder} = history(stateDir, around);
  const exact = entries.filter((entry) => entry.id === id);
  const found = exact.length > 0 ? exact : entries.filter((entry) => entry.id.startsWith(id) || entry.id.endsWith(id));
  const [entry, other] = found;
  if (!entry || other || id === '') {
    throw new UserError(
      'usage',
      `${found.length === 0 ? 'No report has' : 'Several reports have'} the ID ${clean(id, 60)}.`,
      {
        suggestions: ['seldon-usage history lists the IDs.'],
      },
    );
  }
  for (const where of ['sent', 'outbox', 'superseded'] as const) {
    try {
      return readFileSync(bytesPath(folder, where, entry.id));
    } catch {
      // Not here: the next one, or nowhere any more.
    }
  }
  throw new UserError('input', `The bytes of ${entry.id} are no longer in ${folder}.`, {
    suggestions: [`The ledger still has their SHA-256: ${entry.sha256}`],
  });
}
