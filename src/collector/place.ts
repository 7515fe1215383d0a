import {requireOwnSettings, type Surroundings, setting} from '../settings.ts';
import type {SinkAddress} from './sink/contract.ts';
import {namesSink, sinkAddress} from './sink/sinks.ts';
import type {StoreAddress} from './store/contract.ts';
import {queueAddress, storeAddress} from './store/engines.ts';

/** What `--store` names: a store that keeps what it takes, or a sink alone, for which everything waits in a queue. */
export interface Place {
  /** The store or the queue. */
  readonly address: StoreAddress;
  /** The sink that is named in the place of a store. */
  readonly sink?: SinkAddress | undefined;
}

/**
 * The place that a user names by flags, variables and file.
 *
 * @throws {UserError} usage, if a store, a sink or a queue is none; input, if others may have said so in the user's file
 */
export function placeOf(
  {store, queue}: {readonly store?: string | undefined; readonly queue?: string | undefined},
  around: Surroundings,
): Place {
  // Whom a collector passes reports on to, and which store is erased from, nobody is asked.
  requireOwnSettings(around, 'input', 'Nothing was done.');
  const named = setting('store', store, around)?.value;
  if (named === undefined || !namesSink(named)) return {address: storeAddress(named, around)};
  return {address: queueAddress(setting('queue', queue, around)?.value, around), sink: sinkAddress(named)};
}
