import type {UserError} from '../errors.ts';
import {clean, shellWord} from '../foreign.ts';
import type {KernelLock} from '../host/kernel-lock.ts';
import {type Delivery, deliver, type OnRetry} from './deliver.ts';
import {writeLedger} from './ledger.ts';
import {lockRecord, recordLockPath, unlockRecord, withLock} from './lock.ts';
import {notWritable, whyNot} from './not-writable.ts';
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

/** What is posted now, and what waits on for a reason of its own. */
export interface Claims {
  readonly claimed: readonly Claimed[];
  readonly kept: readonly Dispatched[];
}

/**
 * Takes reports that wait for this run, and notes on the disk that an attempt begins. The caller holds the lock of the
 * state directory, and needs it no longer afterwards. What another run is posting, and what can't be locked or noted, waits on, and
 * holds up no other.
 *
 * @throws {UserError} delivery, if no attempt at all can be recorded; then nothing was sent
 */
export function claim(folder: string, all: readonly Waiting[]): Claims {
  const began = new Date().toISOString();
  const claimed: Claimed[] = [];
  const kept: Dispatched[] = [];
  let unwritable: UserError | undefined;
  for (const waiting of all) {
    const {id} = waiting;
    const lock = lockOrWhyNot(folder, id);
    if ('why' in lock) {
      kept.push({waiting, delivery: notTried(lock.why, lock.suggestion), recorded: true});
      continue;
    }
    try {
      noteNewAttempt(folder, waiting, began);
      claimed.push({waiting, began, lock});
    } catch (error) {
      unlockRecord(folder, id, lock);
      unwritable ??= notWritable(folder, error);
      kept.push({
        waiting,
        delivery: notTried(`that can't be recorded (${whyNot(error)})`, '--state-dir names another folder.'),
        recorded: true,
      });
    }
  }
  if (claimed.length === 0 && unwritable) throw unwritable;
  return {claimed, kept};
}

/** Why a report is left alone, and what to do. */
export interface NotLocked {
  readonly why: string;
  readonly suggestion: string;
}

/**
 * Why nobody else can have the lock of a report now; undefined where one can. The caller holds the lock of the directory.
 */
export function whyNotLocked(folder: string, id: string): NotLocked | undefined {
  const lock = lockOrWhyNot(folder, id);
  if ('why' in lock) return lock;
  lock[Symbol.dispose]();
  return undefined;
}

function lockOrWhyNot(folder: string, id: string): KernelLock | NotLocked {
  const path = recordLockPath(folder, id);
  const suggestion = `If no other seldon-usage is at work there, nothing is lost by: rm -r ${shellWord(path)}`;
  try {
    return lockRecord(folder, id) ?? {why: 'another seldon-usage sends the report, or holds its lock', suggestion};
  } catch (error) {
    return {why: `its lock ${clean(path, 500)} can't be taken (${whyNot(error)})`, suggestion};
  }
}

/** A delivery that did not begin. */
function notTried(why: string, suggestion: string): Delivery {
  const reason = `was not asked: ${why}`;
  return {delivered: false, retry: true, uncertain: false, reason, suggestion, attempts: 0, maybeArrived: false};
}

/**
 * Delivers reports, all at once, and records what became of each: after a 204 it moves to `sent` and the ledger gets its
 * line; what would be refused again moves to `superseded`; otherwise it waits on. The ledger says why. The lock of the
 * state directory is taken for that alone: a slow collector holds up its own reports.
 */
export async function dispatch(
  {claimed: all, kept}: Claims,
  options: DispatchOptions,
  onRetry: OnWaiting = () => {},
): Promise<Dispatched[]> {
  const {folder, keep: most, ...how} = options;
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
  await withLock(folder, patience, async () => prune(folder, most)).catch(() => {});
  return [...outcomes, ...kept];
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
