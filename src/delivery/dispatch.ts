import type {KernelLock} from '../host/kernel-lock.ts';
import {type Delivery, deliver, type OnRetry} from './deliver.ts';
import {writeLedger} from './ledger.ts';
import {lockRecord, unlockRecord, withLock} from './lock.ts';
import {notWritable} from './not-writable.ts';
import {drop, forget, moveToSent} from './outbox.ts';
import {prune} from './prune.ts';
import {bytesPath} from './state-folder.ts';
import {isFinal} from './verdict.ts';
import {consignment, mayHaveArrived, noteAttempt, noteNewAttempt, type Waiting} from './waiting.ts';

/** What reports are posted with. */
export interface DispatchOptions {
  /** The state directory. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly ca?: string | undefined;
  /** Milliseconds for everything, and until connected. */
  readonly timeout: number;
  readonly connectTimeout: number;
  /** Reports whose bytes are kept when they no longer wait. */
  readonly keep?: number | undefined;
}

/** What became of a report that waited in the outbox. */
export interface Dispatched {
  readonly waiting: Waiting;
  readonly delivery: Delivery;
  /** It does not wait, because it would be refused again. */
  readonly refused?: boolean;
  /** False if the ledger could not be written: the next run will. */
  readonly recorded: boolean;
}

/** Told before each wait of a delivery. */
export type OnWaiting = (waiting: Waiting, ...told: Parameters<OnRetry>) => void;

/** A report that is posted by this run and by no other. */
export interface Claimed {
  readonly waiting: Waiting;
  /** When the attempt began: ISO 8601, UTC. It is on the disk. */
  readonly began: string;
  readonly lock: KernelLock;
}

/**
 * Takes reports that wait for this run, and notes on the disk that an attempt begins. The caller holds the lock of the
 * state directory, and needs it no longer afterwards. What another run is posting is left out.
 *
 * @throws {UserError} delivery, if the attempt can't be recorded; then nothing was sent
 */
export function claim(folder: string, all: readonly Waiting[]): Claimed[] {
  const began = new Date().toISOString();
  const claimed: Claimed[] = [];
  try {
    for (const waiting of all) {
      const lock = lockRecord(folder, waiting.id);
      if (lock) claimed.push({waiting, began, lock});
    }
    for (const {waiting} of claimed) noteNewAttempt(folder, waiting, began);
    return claimed;
  } catch (error) {
    for (const {lock} of claimed) lock[Symbol.dispose]();
    throw notWritable(folder, error);
  }
}

/**
 * Delivers reports, all at once, and records what became of each: after a 204 it moves to `sent` and the ledger gets its
 * line; what would be refused again moves to `superseded`; otherwise it waits on. The ledger says why. The lock of the
 * state directory is taken for that alone: a slow collector holds up its own reports.
 */
export async function dispatch(
  all: readonly Claimed[],
  options: DispatchOptions,
  onRetry: OnWaiting = () => {},
): Promise<Dispatched[]> {
  const {folder, keep, ...how} = options;
  const outcomes = await Promise.all(
    all.map(async (claimed) => {
      const {waiting, lock} = claimed;
      const {id, url, bytes, sha256} = waiting;
      try {
        const path = bytesPath(folder, 'outbox', id);
        const delivery = await deliver({...how, url, path, bytes, sha256}, (...told) => onRetry(waiting, ...told));
        const recorded = await withLock(folder, patience, async () => settle(claimed, delivery, folder)).catch(
          () => false,
        );
        return {waiting, delivery, recorded, refused: recorded && isFinal(delivery)};
      } finally {
        lock[Symbol.dispose]();
      }
    }),
  );
  // What can't be removed now goes another time.
  await withLock(folder, patience, async () => prune(folder, keep)).catch(() => {});
  return outcomes;
}

/** Milliseconds to wait for a run that writes to the state directory, which none does for long. */
const patience = 10_000;

/** Records it, and lets the report go: its lock is removed by whoever has that of the directory. */
function settle(claimed: Claimed, delivery: Delivery, folder: string): boolean {
  const recorded = record(claimed, delivery, folder);
  unlockRecord(folder, claimed.waiting.id, claimed.lock);
  return recorded;
}

function record({waiting, began}: Claimed, delivery: Delivery, folder: string): boolean {
  const {attempts} = delivery;
  const before = mayHaveArrived(waiting);
  const uncertain = before || delivery.maybeArrived ? ({uncertain: true} as const) : {};
  const line = {time: new Date().toISOString(), ...consignment(waiting), attempts, began};
  try {
    if (delivery.delivered) {
      moveToSent(folder, waiting.id);
      writeLedger(folder, {...line, outcome: 'delivered', status: delivery.status, ...uncertain});
      forget(folder, waiting.id);
      return true;
    }
    const {status, reason} = delivery;
    const answer = status === undefined ? {} : {status};
    if (isFinal(delivery)) {
      drop(folder, waiting, {outcome: 'refused', reason, attempts, ...answer}, uncertain.uncertain === true);
      return true;
    }
    writeLedger(folder, {...line, outcome: 'failed', reason, ...answer, ...uncertain});
    const {uncertain: _, ...rest} = waiting;
    noteAttempt(folder, {...rest, ...(before ? {uncertain: true} : {})}, delivery.maybeArrived ? began : undefined);
    return true;
  } catch {
    // A full disk after the answer. What was delivered is known by its place in `sent`, and if even that failed it
    // waits: noted as attempted, which is the truth.
    return false;
  }
}
