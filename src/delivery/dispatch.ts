import {type Delivery, deliver, type OnRetry} from './deliver.ts';
import {writeLedger} from './ledger.ts';
import {notWritable} from './not-writable.ts';
import {bytesPath, consignment, drop, forget, moveToSent, noteAttempt, type Waiting} from './outbox.ts';
import {prune} from './prune.ts';
import {isFinal} from './verdict.ts';

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

/**
 * Delivers reports that wait, all at once, and records what became of each: after a 204 it moves to `sent` and the ledger
 * gets its line; what would be refused again moves to `superseded`; otherwise it waits on. The ledger says why. The caller
 * holds the lock.
 *
 * @throws {UserError} delivery, if the attempt can't be recorded; then nothing was sent
 */
export async function dispatch(
  all: readonly Waiting[],
  options: DispatchOptions,
  onRetry: OnWaiting = () => {},
): Promise<Dispatched[]> {
  const {folder, keep, ...how} = options;
  const attempted = new Date().toISOString();
  try {
    for (const waiting of all) noteAttempt(folder, waiting, attempted);
  } catch (error) {
    throw notWritable(folder, error);
  }
  const outcomes = await Promise.all(
    all.map(async (waiting) => {
      const {id, url, bytes} = waiting;
      const path = bytesPath(folder, 'outbox', id);
      const delivery = await deliver({...how, url, path, bytes}, (...told) => onRetry(waiting, ...told));
      const recorded = record(waiting, delivery, attempted, folder);
      return {waiting, delivery, recorded, refused: recorded && isFinal(delivery)};
    }),
  );
  prune(folder, keep);
  return outcomes;
}

function record(waiting: Waiting, delivery: Delivery, attempted: string, folder: string): boolean {
  const {attempts, maybeArrived} = delivery;
  const line = {time: new Date().toISOString(), ...consignment(waiting), attempts};
  try {
    if (delivery.delivered) {
      moveToSent(folder, waiting.id);
      writeLedger(folder, {...line, outcome: 'delivered', status: delivery.status});
      forget(folder, waiting.id);
      return true;
    }
    const {status, reason} = delivery;
    const uncertain = maybeArrived || waiting.attempted !== undefined;
    if (isFinal(delivery)) {
      drop(
        folder,
        waiting,
        {outcome: 'refused', reason, attempts, ...(status === undefined ? {} : {status})},
        uncertain,
      );
      return true;
    }
    writeLedger(folder, {
      ...line,
      outcome: 'failed',
      reason,
      ...(status === undefined ? {} : {status}),
      ...(uncertain ? {uncertain} : {}),
    });
    noteAttempt(folder, waiting, uncertain ? (waiting.attempted ?? attempted) : undefined);
    return true;
  } catch {
    // A full disk after the answer. What was delivered is known by its place in `sent`, and if even that failed it
    // waits: noted as attempted, which is the truth.
    return false;
  }
}
