import {randomBytes} from 'node:crypto';
import {availableParallelism} from 'node:os';
import {MessageChannel, type MessagePort} from 'node:worker_threads';
import {clean} from '../foreign.ts';
import {defaults} from '../settings/defaults.ts';
import {type Address, requireFree} from './address.ts';
import {type AdminOptions, startAdmin} from './admin.ts';
import type {Arrived} from './arrived.ts';
import type {AddressOptions} from './client-address.ts';
import type {IngestLimits} from './ingest.ts';
import type {IngestThreadData} from './ingest-thread.ts';
import {
  type Counts,
  emptyStoreTally,
  type IngestTally,
  type Retention,
  type SinkTally,
  type SinkThreadData,
  type StoreTally,
  type StoreThreadData,
} from './messages.ts';
import {mostParked} from './sink/again.ts';
import type {SinkAddress} from './sink/contract.ts';
import type {DamageWatch, StoreAddress} from './store/contract.ts';
import {engineOf} from './store/engines.ts';
import {startThread, type Thread} from './threads.ts';

/** Milliseconds that a sink gets for what is under way when the collector stops. */
const grace = 5000;

/** Everything that decides how a collector runs. */
export interface CollectorOptions {
  readonly listen: Address;
  readonly admin: Omit<AdminOptions, 'passesTo' | 'reader' | 'counts' | 'say'>;
  readonly store: StoreAddress;
  readonly keep: Retention;
  /** New clusters of a network and day that are ranked at once; absent: 100. */
  readonly newClusters?: number | undefined;
  /** The user says that the wall clock is right, whatever the store says. */
  readonly trustClock?: boolean | undefined;
  readonly limits: IngestLimits;
  readonly addresses: AddressOptions;
  readonly tls?: {readonly cert: string; readonly key: string} | undefined;
  /** HTTP threads; absent: as many as the machine is good for. */
  readonly threads?: number | undefined;
  /** What reports are passed on to, and how many may wait for each. */
  readonly sinks?: readonly SinkAddress[] | undefined;
  readonly mostWaiting?: number | undefined;
  /** Is given what arrives and is on disk, a bounded number a second, and how many others there are. */
  readonly arrived?: ((arrived: readonly Arrived[], more: number) => void) | undefined;
  /** Is given lines for a log. */
  readonly say: (line: string) => void;
}

/** A collector at work. */
export interface Collector {
  readonly listening: Address;
  readonly admin: Address;
  /** Rejects if a thread ended by itself, which is a bug, once everything else has ended too; else never settles. */
  readonly died: Promise<never>;
  /** Takes no more connections, finishes what is in flight, closes the store. */
  stop(): Promise<void>;
}

/**
 * Starts a collector.
 *
 * @throws {UserError} usage or input, if an address or the store can't be used
 */
export async function startCollector(options: CollectorOptions): Promise<Collector> {
  const {say} = options;
  const engine = await engineOf(options.store);
  const {address: store, isNew, release} = await engine.lock(options.store, say);
  const threads: Thread[] = [];
  let damaged: DamageWatch | undefined;
  /** Ends all at once: what was not answered is not kept either. */
  const abandon = async () => {
    damaged?.stop();
    await Promise.all(threads.map((thread) => thread.end()));
    await release();
  };
  const begun = async (...some: Thread[]) => {
    threads.push(...some);
    await Promise.all(some.map(({ready}) => ready));
  };
  try {
    await requireFree(options.listen);
    const channels = Array.from({length: httpThreads(options.threads)}, () => new MessageChannel());
    const {promise: died, reject} = Promise.withResolvers<never>();
    died.catch(() => {});
    const counts: Counts = {
      ingest: channels.map(() => emptyIngest),
      store: emptyStoreTally,
      sinks: {},
      damage: () => damaged?.damage(),
    };
    const ends = {counts, died: reject};
    const ports = channels.map(({port1}) => port1);
    const database = storeThread(options, store, ports, ends);
    await begun(database);
    const what = store.relay ? 'queue' : 'store';
    if (isNew) say(`There was no ${what}: a new, empty one was made, ${clean(options.store.shown)}.`);
    const passing = options.sinks?.length ? sinkThread(options, store, ends) : undefined;
    if (passing) await begun(passing);
    damaged = engine.at(store).watch(say);
    const inward = channels.map(({port2}) => port2);
    const {http, listening} = await ingestThreads(options, inward, ends, begun);
    const passesTo = store.relay ? namesOf(options) : undefined;
    const reader = () => engine.at(store).reader();
    const admin = await startAdmin({...options.admin, passesTo, reader, counts, say});
    // The other threads would keep a program alive that answers nobody, and no supervisor would start it again.
    const ended = died.catch(async (error) => {
      await Promise.all([abandon(), admin.stop()]);
      throw error;
    });
    ended.catch(() => {});
    return {
      listening,
      admin: admin.address,
      died: ended,
      async stop() {
        damaged?.stop();
        await Promise.all(http.map((thread) => thread.stop()));
        await admin.stop();
        // What is under way at a sink comes again: it is not waited for without end.
        const late = setTimeout(() => void passing?.end(), grace);
        await passing?.stop();
        clearTimeout(late);
        await database.stop();
        await release();
      },
    };
  } catch (error) {
    await abandon();
    throw error;
  }
}

/** What becomes of what threads tell, and of their end. */
interface Ends {
  readonly counts: Counts;
  readonly died: (error: Error) => void;
}

function namesOf({sinks = []}: CollectorOptions): string[] {
  return sinks.map(({name}) => name);
}

/** Starts the one writer of the store, which is given reports by the ports of the HTTP threads. */
function storeThread(
  options: CollectorOptions,
  store: StoreAddress,
  ports: readonly MessagePort[],
  {counts, died}: Ends,
): Thread {
  const {keep, arrived, say} = options;
  const data: StoreThreadData & {readonly ports: readonly MessagePort[]} = {
    ...{store, keep, ports, sinks: namesOf(options)},
    newClusters: options.newClusters ?? defaults.newClusters,
    watch: arrived !== undefined,
    trustClock: options.trustClock ?? false,
    mostWaiting: mostWaitingOf(options),
  };
  return startThread<StoreTally>('store-thread', data, ports, {
    tally: (tally) => (counts.store = tally),
    ...{arrived, say, died},
  });
}

/** Starts what passes reports on. */
function sinkThread(options: CollectorOptions, store: StoreAddress, {counts, died}: Ends): Thread {
  const {sinks = [], keep, say} = options;
  const mostWaiting = mostWaitingOf(options);
  // Where nobody else has what waits it is not dropped: nothing more is taken.
  const bound = store.relay ? Number.MAX_SAFE_INTEGER : mostWaiting;
  const data: SinkThreadData = {store, sinks, keep, bound, mostParked: mostParked(mostWaiting)};
  return startThread<SinkTally>('sink-thread', data, [], {tally: (tally) => (counts.sinks = tally), say, died});
}

function mostWaitingOf({mostWaiting}: CollectorOptions): number {
  return mostWaiting ?? defaults.queueLimit;
}

/**
 * Starts what takes reports and judges them, a thread for each port, and answers where they listen. One after the other: where
 * no port is given the first takes one that is free, and from then on no other program can have it.
 */
async function ingestThreads(
  {listen, limits, addresses, tls}: CollectorOptions,
  ports: readonly MessagePort[],
  {counts, died}: Ends,
  begun: (thread: Thread) => Promise<void>,
): Promise<{readonly http: readonly Thread[]; readonly listening: Address}> {
  // Networks are told apart by its hashes; it dies with the process.
  const secret = randomBytes(32);
  const shared = ports.length > 1;
  const http: Thread[] = [];
  let listening = listen;
  for (const [i, store] of ports.entries()) {
    const data: IngestThreadData = {...listening, shared, limits, addresses, tls, secret};
    const thread = startThread<IngestTally>('ingest-thread', {...data, store}, [store], {
      tally: (tally) => (counts.ingest[i] = tally),
      listening: (port) => {
        listening = {...listen, port};
      },
      died,
    });
    http.push(thread);
    await begun(thread);
  }
  return {http, listening};
}

const emptyIngest: IngestTally = {
  requests: 0,
  accepted: 0,
  events: 0,
  refused: {},
  droppedResources: 0,
  droppedFields: 0,
  droppedExtensions: 0,
  connections: 0,
};

/** Two keep the database thread busy. Where the system can't share a port between threads, or has one processor, there is one. */
function httpThreads(wanted: number | undefined): number {
  if (process.platform !== 'linux' && process.platform !== 'freebsd') return 1;
  return wanted ?? Math.min(2, availableParallelism());
}
