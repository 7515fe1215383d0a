import {type Delivery, deliver, type OnRetry} from './deliver.ts';
import {writeLedger} from './ledger.ts';
import {notWritable} from './not-writable.ts';
import {bytesPath, consignment, forget, moveToSent, noteAttempt, type Waiting} from './outbox.ts';

/** What reports are posted with. */
export interface DispatchOptions {
  /** The state directory. */
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly ca?: string | undefined;
  /** Milliseconds for everything, and until connected. */
  readonly timeout: number;
  readonly connectTimeout: number;
}

/** What became of a report that waited in the outbox. */
export interface Dispatched {
  readonly waiting: Waiting;
  readonly delivery: Delivery;
  /** False if the ledger could not be written: the next run will. */
  readonly recorded: boolean;
}

/** Told before each wait of a delivery. */
export type OnWaiting = (waiting: Waiting, ...told: Parameters<OnRetry>) => void;

/**
 * Delivers reports that wait, all at once, and records what became of each: after a 204 it moves to `sent` and the ledger
 * gets its line; otherwise it waits on, and the ledger says why. The caller holds the lock.
 *
 * @throws {UserError} delivery, if the attempt can't be recorded; then nothing was sent
 */
export async function dispatch(
  all: readonly Waiting[],
  options: DispatchOptions,
  onRetry: OnWaiting = () => {},
): Promise<Dispatched[]> {
  const {folder, ...how} = options;
  const attempted = new Date().toISOString();
  try {
    for (const waiting of all) noteAttempt(folder, waiting, attempted);
  } catch (error) {
    throw notWritable(folder, error);
  }
  return Promise.all(
    all.map(async (waiting) => {
      const {id, url, bytes} = waiting;
      const path = bytesPath(folder, 'outbox', id);
      const delivery = await deliver({...how, url, path, bytes}, (...told) => onRetry(waiting, ...told));
      return {waiting, delivery, recorded: record(waiting, delivery, attempted, folder)};
    }),
  );
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
