import {getHeapStatistics} from 'node:v8';
import {type TransferListItem, Worker} from 'node:worker_threads';
import {UserError} from '../errors.ts';
import {embedded, entryFile} from '../host/built.ts';
import type {Arrived} from './arrived.ts';
import type {Failure} from './messages.ts';

/** A thread of the collector, and what it tells the main thread. */
export interface Thread {
  /** Resolves when the thread works; rejects with what kept it from it. */
  readonly ready: Promise<void>;
  /** Asks the thread to finish what is in flight; resolves when it has. */
  stop(): Promise<void>;
  /** Ends the thread at once. */
  end(): Promise<void>;
}

interface Listeners<Tally> {
  readonly arrived?: ((arrived: readonly Arrived[], more: number) => void) | undefined;
  readonly tally?: (tally: Tally) => void;
  readonly say?: (line: string) => void;
  /** It listens on this port. */
  readonly listening?: (port: number) => void;
  /** The thread ended by itself, which it never should. */
  readonly died: (error: Error) => void;
}

type Message<Tally> = {
  listening?: number;
  ready?: true;
  closed?: true;
  tally?: Tally;
  say?: string;
  arrived?: readonly Arrived[];
  more?: number;
  failed?: Failure;
};

/** MiB of a thread's young objects. A request lives for the milliseconds of a commit: in a smaller nursery it would be copied. */
const nursery = 16;
/**
 * MiB of its old ones. A heap that may become larger is allowed more garbage before it is collected: 50 MB in a thread of reports. The
 * largest report takes a quarter of it.
 */
const oldObjects = Math.min(1024, getHeapStatistics().heap_size_limit / 2 ** 20);

/** Starts the thread of the file `name` in this folder. */
export function startThread<Tally>(
  name: 'ingest-thread' | 'store-thread' | 'sink-thread',
  data: object,
  transfer: readonly TransferListItem[],
  {tally, say, arrived, listening, died}: Listeners<Tally>,
): Thread {
  const file = `collector/${name}`;
  const held = embedded(`${file}.js`);
  const worker = new Worker(held ? String(held) : entryFile(file), {
    eval: held !== undefined,
    workerData: data,
    transferList: [...transfer],
    resourceLimits: {maxYoungGenerationSizeMb: nursery, maxOldGenerationSizeMb: oldObjects},
  });
  const started = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<void>();
  let isStopping = false;
  worker.on('message', (message: Message<Tally>) => {
    if (message.listening !== undefined) listening?.(message.listening);
    if (message.ready) started.resolve();
    if (message.closed) closed.resolve();
    if (message.tally) tally?.(message.tally);
    if (message.say) say?.(message.say);
    if (message.arrived) arrived?.(message.arrived, message.more ?? 0);
    if (message.failed) started.reject(new UserError(message.failed.code, message.failed.message, message.failed));
  });
  const ended = (error: Error) => {
    started.reject(error);
    closed.resolve();
    if (!isStopping) died(error);
  };
  worker.on('error', ended);
  worker.on('exit', () => ended(new Error(`the thread ${name} ended`)));
  // Whoever waits for it learns it; nobody else has to.
  started.promise.catch(() => {});
  return {
    ready: started.promise,
    async stop() {
      isStopping = true;
      worker.postMessage('stop');
      await closed.promise;
    },
    async end() {
      isStopping = true;
      await worker.terminate();
    },
  };
}
