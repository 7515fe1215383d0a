import {createHash} from 'node:crypto';
import {dropped, type LedgerLine, type LedgerOutcome, readLedger} from '../delivery/ledger.ts';
import {readOwed} from '../delivery/recover.ts';
import {bytesPath} from '../delivery/state-folder.ts';
import {countDamaged, readWaiting} from '../delivery/waiting.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {readOwnFile} from '../host/own-file.ts';
import {type Surroundings, stateDirectory} from '../settings.ts';

/** `waiting`: in the outbox. All others are for good. */
export const states = ['delivered', 'waiting', 'refused', 'superseded', 'discarded'] as const;
export type State = (typeof states)[number];

/** A report on its way to one destination, and what became of it. */
export interface HistoryEntry extends Omit<LedgerLine, 'outcome'> {
  /** With the reason of the last failure where it waits and there was one. */
  readonly state: State;
}

export interface History {
  /** Oldest first. */
  readonly entries: readonly HistoryEntry[];
  /** Lines of the ledger that can't be read, and the reports of `damaged`. */
  readonly unreadable: number;
  /** Reports in the outbox of which it can't be read where they are to go: no run sends them. */
  readonly damaged: number;
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
  for (const {url: _, attempted, uncertain, ...waiting} of readWaiting(folder)) {
    const {reason, attempts, status, state} = entries.get(waiting.id) ?? {};
    // The run that took it out was ended in the middle: the next one moves it.
    if (state !== undefined && dropped.has(state as LedgerOutcome)) continue;
    entries.set(waiting.id, {
      ...waiting,
      state: 'waiting',
      ...(reason === undefined ? {} : {reason}),
      ...(attempts === undefined ? {} : {attempts}),
      ...(status === undefined ? {} : {status}),
      ...(attempted === undefined && !uncertain ? {} : {uncertain: true}),
    });
  }
  const damaged = countDamaged(folder);
  return {entries: [...entries.values()].sort(byTime), unreadable: unreadable + damaged, damaged, folder};
}

function byTime(a: HistoryEntry, b: HistoryEntry): number {
  return a.time < b.time ? -1 : a.time > b.time ? 1 : 0;
}

/** Which entries are wanted; what is absent excludes none. */
export interface Filter {
  readonly clusterID?: string | undefined;
  readonly context?: string | undefined;
  /** The beginning or a part of the destination's URL. */
  readonly destination?: string | undefined;
  /** What became of it. */
  readonly outcome?: readonly State[] | undefined;
  /** The earliest time, ISO 8601 in UTC. */
  readonly since?: string | undefined;
}

/** The entries that are wanted, newest first. */
export function filtered(entries: readonly HistoryEntry[], filter: Filter): HistoryEntry[] {
  const {clusterID, context, destination, outcome, since} = filter;
  return entries
    .filter(
      (entry) =>
        (clusterID === undefined || entry.clusterID.toLowerCase() === clusterID.toLowerCase()) &&
        (context === undefined || entry.context === context) &&
        (destination === undefined || entry.destination.includes(destination)) &&
        (outcome === undefined || outcome.includes(entry.state)) &&
        (since === undefined || entry.time >= since),
    )
    .reverse();
}

/**
 * The one report that is meant.
 *
 * @param id as `history` lists it, or the beginning or end of it that no other has
 * @param what what is looked for, for the error: `report`
 * @throws {UserError} usage, if there is none or several
 */
export function oneOf<T extends {readonly id: string}>(all: readonly T[], id: string, what = 'report'): T {
  const exact = all.filter((one) => one.id === id);
  const found = exact.length > 0 ? exact : all.filter((one) => one.id.startsWith(id) || one.id.endsWith(id));
  const [one, other] = found;
  if (one && !other && id !== '') return one;
  throw new UserError(
    'usage',
    `${found.length === 0 ? `No ${what} has` : `Several ${what}s have`} the ID ${clean(id, 60)}.`,
    {suggestions: ['seldon-usage history lists the IDs.']},
  );
}

/**
 * The exact bytes of a report that was sent, waits or is not sent any more.
 *
 * @param id as `history` lists it, or the beginning or end of it that no other has
 * @throws {UserError} usage, if there is none or several; input, if its bytes are gone or others
 */
export function postedBytes(id: string, stateDir: string | undefined, around: Surroundings): Buffer {
  const {sha256} = oneOf(history(stateDir, around).entries, id);
  const bytes = historyBytes(id, stateDir, around);
  if (createHash('sha256').update(bytes).digest('hex') === sha256) return bytes;
  throw new UserError(
    'input',
    `What is kept of ${clean(id, 60)} is not what was agreed to: somebody or something changed it.`,
    {
      suggestions: [`The ledger has the SHA-256 of its bytes: ${sha256}`],
    },
  );
}

/** The same, whatever has become of them. */
export function historyBytes(id: string, stateDir: string | undefined, around: Surroundings): Buffer {
  const {entries, folder} = history(stateDir, around);
  const entry = oneOf(entries, id);
  for (const where of ['sent', 'outbox', 'superseded'] as const) {
    try {
      return readOwnFile(bytesPath(folder, where, entry.id));
    } catch {
      // Not here: the next one, or nowhere any more.
    }
  }
  throw new UserError('input', `The bytes of ${entry.id} are no longer in ${folder}.`, {
    suggestions: [
      `The ledger still has their SHA-256: ${entry.sha256}`,
      'The setting keep-reports says how many are kept.',
    ],
  });
}
