import {clean} from '../../foreign.ts';
import {type KindName, kindNames, nouns} from '../kinds.ts';
import type {Store} from '../store/contract.ts';
import type {Again, Next, Queue, Standing} from '../store/queue.ts';
import {StoreTrouble, unlessTrouble} from '../store/trouble.ts';
import {dueAt, parkedFirst, settlingOf} from './again.ts';
import {type Sink, type SinkAddress, SinkTrouble, type Surrounds} from './contract.ts';
import {keepsDates, openSink} from './sinks.ts';

/** What is passed on at once: a sink of analysis takes large pieces better. */
const most = {reports: 1000, bytes: 8 * 1024 * 1024};
/** Reports among which one is looked for that shows that a sink works. */
const witnesses = 8;
/** Milliseconds that are waited in vain. */
interface Pace {
  /** Until it is looked again whether something waits. */
  readonly idle: number;
  /** Between two attempts at a sink in trouble: at first, and at most, also where the sink asks for more. */
  readonly soonest: number;
  readonly latest: number;
}

const usualPace: Pace = {idle: 1000, soonest: 1000, latest: 60_000};

const none: ReadonlyMap<number, string> = new Map();
const nobody: ReadonlySet<number> = new Set();

/** Milliseconds until an erasing that failed is tried again: where the sink says nothing of it, and at most. */
const [soon, late] = [60_000, 600_000];

/** How it stands with a sink, for the metrics. */
export interface SinkStanding extends Omit<Standing, 'parked'> {
  /** Of what waits, how much does so apart. */
  readonly parked: number;
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
  /** Reports of a kind that may wait, and that may wait apart: neither kind takes room from the other. */
  readonly bound: number;
  readonly mostParked: number;
  /** Is given lines for a log: trouble of the sink, and its end. */
  readonly say: (line: string) => void;
  readonly open?: typeof openSink;
  /** Milliseconds until an erasing that failed is tried again. */
  readonly rest?: number;
  /** The clock by which reports are tried again. */
  readonly clock?: () => number;
  readonly pace?: Pace;
}

/** Passes on to a sink what waits for it, as long as the collector runs. */
export function passOnTo(
  address: SinkAddress,
  {
    store,
    around,
    bound,
    mostParked,
    say,
    open = openSink,
    rest = soon,
    clock = Date.now,
    pace = usualPace,
  }: Surroundings,
): Passing {
  const {name} = address;
  const {idle, soonest, latest} = pace;
  const stopping = new AbortController();
  let queue: Queue | undefined;
  let sink: Sink | undefined;
  /** Kinds that the sink takes nothing of; true: because it can't be opened. */
  const troubled = new Map<KindName, boolean>();
  /** Kinds that wait while others go on: until when, by the time of the process, and how long the next time. */
  const away = new Map<KindName, {readonly until: number; readonly wait: number}>();
  /** What is being delivered. */
  let underWay: KindName | undefined;
  /** Clusters whose erasing failed, and the time of the process at which it is tried again. */
  const resting = new Map<string, number>();
  let isErasing = true;
  let standing: Standing = {waiting: 0, parked: {spartakus: 0, hodometer: 0}, delivered: 0, refused: 0, dropped: 0};
  /** When the sink took a report of a kind last, by the clock. */
  const lastTaken = new Map<KindName, number>();
  /** The time of the process from which on reports are tried again. */
  let notAgainBefore = 0;

  /** Erases, or has that rest: a sink may need an hour for it, and reports don't wait for that. */
  const attempt = async (erase: NonNullable<Next['erase']>): Promise<void> => {
    try {
      const how = await sink!.erase(erase.cluster);
      await queue!.erased(name, erase, how, Date.now());
      resting.delete(erase.cluster);
      isErasing = true;
    } catch (error) {
      if (!(error instanceof SinkTrouble)) throw error;
      resting.set(erase.cluster, performance.now() + Math.min(late, error.after ?? rest));
      if (isErasing)
        say(`The sink ${name} can't erase a cluster yet: ${clean(error.message, 200)}. It is tried again.`);
      isErasing = false;
    }
  };
  const deliver = async (reports: Next['reports']): Promise<void> => {
    const {kind} = reports[0]!;
    underWay = kind;
    const {
      tried,
      refused = none,
      later = none,
      untried = nobody,
      took,
      trouble,
    } = await sink!.deliver(reports, {
      room: Math.max(0, mostParked - standing.parked[kind]),
      further: (behind) => queue!.further(name, kind, behind, witnesses),
      wasInTrouble: away.has(kind),
    });
    const some = reports.slice(0, tried);
    const delivered = some.length - refused.size - later.size;
    const now = clock();
    if (took ?? delivered > 0) lastTaken.set(kind, now);
    if (trouble && some.length === 0) throw trouble;
    const parked = parkedFirst({later, untried}, now);
    await queue!.settle(name, {kind, upTo: some.at(-1)!.number, delivered, refused, parked}, Date.now());
    if (refused.size > 0) say(`The sink ${name} refused ${refused.size} ${nouns[kind]}: ${[...refused.values()][0]}.`);
    // Of more that come while some wait the metrics tell.
    if (later.size > 0 && standing.parked[kind] === 0)
      say(
        `The sink ${name} takes others, and not ${later.size} ${nouns[kind]}: ${clean([...later.values()][0]!, 200)}. They wait apart, and are tried again.`,
      );
    // It takes some at least: how long it is waited for begins anew.
    away.delete(kind);
    if (trouble) throw trouble;
    underWay = undefined;
    if (troubled.delete(kind)) say(`The sink ${name} takes ${nouns[kind]} again.`);
  };
  /** Tries what waits apart, and then has what waits otherwise its turn for as long: neither starves the other. */
  const tryAgain = async (reports: readonly Again[]): Promise<void> => {
    const begun = performance.now();
    const {kind} = reports[0]!;
    const outcome = await sink!.deliver(reports, {room: reports.length, further: async () => [], isAgain: true});
    const now = clock();
    const isCrowded = standing.parked[kind] > mostParked / 2;
    const {givenUp, ...done} = settlingOf(reports, outcome, {now, lastTaken: lastTaken.get(kind), isCrowded});
    if (done.delivered.length > 0) lastTaken.set(kind, now);
    await queue!.settleAgain(name, done, Date.now());
    const [, reason] = [...done.refused].at(-1) ?? [];
    if (givenUp > 0)
      say(
        `The sink ${name} took others, and never ${givenUp} ${nouns[kind]}, which are given up: ${clean(reason!, 200)}.`,
      );
    const refused = done.refused.size - givenUp;
    if (refused > 0) say(`The sink ${name} refused ${refused} ${nouns[kind]}: ${[...done.refused.values()][0]}.`);
    notAgainBefore = 2 * performance.now() - begun;
  };
  /** Opens the sink, where it is not open: what concerned all of it is over. */
  const ready = async () => {
    if (sink) return;
    sink = await open(address, around);
    if (troubled.size === 0) return;
    for (const [kind, isOfAll] of troubled) if (isOfAll) troubled.delete(kind);
    if (troubled.size === 0) say(`The sink ${name} takes reports again.`);
  };
  /** One step; milliseconds to wait after it. */
  const step = async (): Promise<number> => {
    queue ??= await store.queue();
    const now = performance.now();
    const later = [...resting].filter(([, until]) => until > now).map(([cluster]) => cluster);
    const kinds = kindNames.filter((kind) => (away.get(kind)?.until ?? now) <= now);
    if (sum(standing.parked) > 0 && now >= notAgainBefore) {
      const again = await queue.again(name, most, {kinds, due: dueAt(clock())});
      if (again.length > 0) {
        await ready();
        await tryAgain(again);
      }
    }
    const next = await queue.next(name, most, bound, later, {kinds, dated: keepsDates(address)});
    standing = await queue.standing(name);
    const {reports, erase} = next;
    if (kinds.length === 0 && !erase) return idle;
    await ready();
    if (reports.length > 0) await deliver(reports);
    // After an erasing that has to rest, at once what comes after it.
    else if (erase) await attempt(erase);
    else return idle;
    return 0;
  };
  const close = async () => {
    const [openQueue, openSink] = [queue, sink];
    [queue, sink] = [undefined, undefined];
    // What is in trouble may refuse to close.
    await openQueue?.close().catch(unlessTrouble);
    await openSink?.close().catch(() => {});
  };
  /** Trouble of the sink: what it concerns waits, and is told once; milliseconds until something is tried again. */
  const putOff = ({message, after = 0}: SinkTrouble, wait: number): number => {
    const kind = underWay;
    underWay = undefined;
    const concerned = kind === undefined ? kindNames : [kind];
    const what = kind === undefined ? 'nothing' : `no ${nouns[kind]}`;
    if (!concerned.some((one) => troubled.has(one)))
      say(
        `The sink ${name} takes ${what} at present: ${clean(message, 200)}. ${kind === undefined ? 'Reports' : 'They'} wait for it.`,
      );
    for (const one of concerned) if (!troubled.has(one)) troubled.set(one, kind === undefined);
    if (kind === undefined) return Math.min(latest, Math.max(wait, after));
    // The other kind may well be taken.
    const {wait: own} = away.get(kind) ?? {wait: soonest};
    away.set(kind, {
      until: performance.now() + Math.min(latest, Math.max(own, after)),
      wait: Math.min(latest, 2 * own),
    });
    return 0;
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
        const now = error instanceof SinkTrouble ? putOff(error, wait) : wait;
        underWay = undefined;
        await close();
        await pause(now, stopping.signal);
        if (now > 0) wait = Math.min(latest, 2 * wait);
      }
    }
    await close();
  };
  const running = run();
  return {
    standing: () => ({...standing, parked: sum(standing.parked), up: troubled.size === 0}),
    stop() {
      stopping.abort();
      return running;
    },
  };
}

function sum(ofKinds: Readonly<Record<KindName, number>>): number {
  return kindNames.reduce((all, kind) => all + ofKinds[kind], 0);
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
