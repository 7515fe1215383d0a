import {clean} from '../../foreign.ts';
import type {Store} from '../store/contract.ts';
import type {Next, Queue, Standing} from '../store/queue.ts';
import {StoreTrouble} from '../store/trouble.ts';
import {type Sink, type SinkAddress, SinkTrouble, type Surrounds} from './contract.ts';
import {keepsDates, openSink, taken} from './sinks.ts';

/** What is passed on at once: a sink of analysis takes large pieces better. */
const most = {reports: 1000, bytes: 8 * 1024 * 1024};
/** Milliseconds until it is looked again whether something waits. */
const idle = 1000;
/** Milliseconds between two attempts at a sink in trouble: at first, and at most, also where the sink asks for more. */
const [soonest, latest] = [1000, 60_000];

/** Milliseconds until an erasing that failed is tried again: where the sink says nothing of it, and at most. */
const [soon, late] = [60_000, 600_000];

/** How it stands with a sink, for the metrics. */
export interface SinkStanding extends Standing {
  readonly up: boolean;
}

/** A sink at work. */
export interface Passing {
  standing(): SinkStanding;
  /** Finishes what is under way; what is not settled comes again with the next run. */
  stop(): Promise<void>;
}

interface Surroundings {
  readonly store: Store;
  readonly around: Surrounds;
  /** Reports that may wait. */
  readonly bound: number;
  /** Is given lines for a log: trouble of the sink, and its end. */
  readonly say: (line: string) => void;
  readonly open?: typeof openSink;
  /** Milliseconds until an erasing that failed is tried again. */
  readonly rest?: number;
}

/** Passes on to a sink what waits for it, as long as the collector runs. */
export function passOnTo(
  address: SinkAddress,
  {store, around, bound, say, open = openSink, rest = soon}: Surroundings,
): Passing {
  const {name} = address;
  const stopping = new AbortController();
  let queue: Queue | undefined;
  let sink: Sink | undefined;
  let trouble: string | undefined;
  /** Clusters whose erasing failed, and the time of the process at which it is tried again. */
  const resting = new Map<string, number>();
  let isErasing = true;
  let standing: Standing = {waiting: 0, delivered: 0, refused: 0, dropped: 0};

  /** Erases, or has that rest: a sink may need an hour for it, and reports don't wait for that. */
  const attempt = async (erase: NonNullable<Next['erase']>): Promise<boolean> => {
    try {
      const how = await sink!.erase(erase.cluster);
      await queue!.erased(name, erase, how, Date.now());
      resting.delete(erase.cluster);
      isErasing = true;
      return true;
    } catch (error) {
      if (!(error instanceof SinkTrouble)) throw error;
      resting.set(erase.cluster, performance.now() + Math.min(late, error.after ?? rest));
      if (isErasing)
        say(`The sink ${name} can't erase a cluster yet: ${clean(error.message, 200)}. It is tried again.`);
      isErasing = false;
      return false;
    }
  };
  const carryOut = async ({reports, erase}: Next): Promise<boolean> => {
    if (reports.length > 0) {
      const refused = await sink!.deliver(reports);
      const upTo = reports.at(-1)!.number;
      await queue!.settle(
        name,
        {kind: reports[0]!.kind, upTo, delivered: reports.length - refused.size, refused},
        Date.now(),
      );
      if (refused.size > 0) say(`The sink ${name} refused ${refused.size} reports: ${[...refused.values()][0]}.`);
      return true;
    }
    return erase !== undefined && attempt(erase);
  };
  /** One step; milliseconds to wait after it. */
  const step = async (): Promise<number> => {
    queue ??= await store.queue();
    const now = performance.now();
    const later = [...resting].filter(([, until]) => until > now).map(([cluster]) => cluster);
    const next = await queue.next(name, most, bound, later, {takes: taken(address), isDated: keepsDates(address)});
    standing = await queue.standing(name);
    sink ??= await open(address, around);
    const any = await carryOut(next);
    if (any && trouble !== undefined) say(`The sink ${name} takes reports again.`);
    if (any) trouble = undefined;
    // After an erasing that has to rest, at once what comes after it.
    return any || next.erase ? 0 : idle;
  };
  const close = async () => {
    const [openQueue, openSink] = [queue, sink];
    [queue, sink] = [undefined, undefined];
    // What is in trouble may refuse to close.
    await openQueue?.close().catch(() => {});
    await openSink?.close().catch(() => {});
  };
  const run = async () => {
    let wait = soonest;
    while (!stopping.signal.aborted) {
      try {
        await pause(await step(), stopping.signal);
        wait = soonest;
      } catch (error) {
        if (!(error instanceof SinkTrouble || error instanceof StoreTrouble)) throw error;
        // Of the store's own trouble its thread tells.
        if (error instanceof SinkTrouble && trouble === undefined)
          say(`The sink ${name} takes nothing at present: ${clean(error.message, 200)}. Reports wait for it.`);
        if (error instanceof SinkTrouble) trouble = error.message;
        await close();
        const asked = error instanceof SinkTrouble ? (error.after ?? 0) : 0;
        await pause(Math.min(latest, Math.max(wait, asked)), stopping.signal);
        wait = Math.min(latest, 2 * wait);
      }
    }
    await close();
  };
  const running = run();
  return {
    standing: () => ({...standing, up: trouble === undefined}),
    stop() {
      stopping.abort();
      return running;
    },
  };
}

function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, milliseconds);
    signal.addEventListener('abort', done);
  });
}
