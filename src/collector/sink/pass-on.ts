import {clean} from '../../foreign.ts';
import {type KindName, kindNames, nouns} from '../kinds.ts';
import type {Store} from '../store/contract.ts';
import type {Next, Queue, Standing} from '../store/queue.ts';
import {StoreTrouble, unlessTrouble} from '../store/trouble.ts';
import {dueAt, parkedFirst, settlingOf} from './again.ts';
import {type Sink, type SinkAddress, SinkTrouble, type Surrounds} from './contract.ts';
import {Erasing, soon} from './erasing.ts';
import {keepsDates, openSink} from './sinks.ts';
import {type Patience, Troubles} from './troubles.ts';

/** What is passed on at once: a sink of analysis takes large pieces better. */
const most = {reports: 1000, bytes: 8 * 1024 * 1024};
/** Reports among which one is looked for that shows that a sink works. */
const witnesses = 8;
/** Milliseconds that are waited in vain. */
interface Pace extends Patience {
  /** Until it is looked again whether something waits. */
  readonly idle: number;
}

const usualPace: Pace = {idle: 1000, soonest: 1000, latest: 60_000};

const none: ReadonlyMap<number, string> = new Map();
const nobody: ReadonlySet<number> = new Set();

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
  /** Reports that may wait, and that may wait apart. */
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
export function passOnTo(address: SinkAddress, around: Surroundings): Passing {
  const stopping = new AbortController();
  const passage = new Passage(address, around);
  const running = passage.run(stopping.signal);
  return {
    standing: () => passage.standing(),
    stop() {
      stopping.abort();
      return running;
    },
  };
}

class Passage {
  readonly #address: SinkAddress;
  readonly #around: Surroundings;
  readonly #pace: Pace;
  readonly #clock: () => number;
  readonly #troubles: Troubles;
  readonly #erasing: Erasing;
  #queue: Queue | undefined;
  #sink: Sink | undefined;
  /** What is being delivered. */
  #underWay: KindName | undefined;
  #standing: Standing = {waiting: 0, parked: {spartakus: 0, hodometer: 0}, delivered: 0, refused: 0, dropped: 0};
  /** When the sink took a report of a kind last, by the clock. */
  readonly #lastTaken = new Map<KindName, number>();
  /** The time of the process from which on reports are tried again. */
  #notAgainBefore = 0;

  constructor(address: SinkAddress, around: Surroundings) {
    const {say, rest = soon, clock = Date.now, pace = usualPace} = around;
    this.#address = address;
    this.#around = around;
    this.#pace = pace;
    this.#clock = clock;
    this.#troubles = new Troubles(address.name, pace, say);
    this.#erasing = new Erasing(address.name, rest, say);
  }

  standing(): SinkStanding {
    return {...this.#standing, parked: sum(this.#standing.parked), up: !this.#troubles.isAny()};
  }

  /** Goes on until it is stopped. */
  async run(stopped: AbortSignal): Promise<void> {
    const {soonest, latest} = this.#pace;
    let wait = soonest;
    while (!stopped.aborted) {
      try {
        await pause(await this.#step(), stopped);
        wait = soonest;
      } catch (error) {
        if (!(error instanceof SinkTrouble || error instanceof StoreTrouble)) throw error;
        // Of the store's own trouble its thread tells.
        const now = error instanceof SinkTrouble ? this.#troubles.met(error, this.#underWay, wait) : wait;
        this.#underWay = undefined;
        await this.#close();
        await pause(now, stopped);
        if (now > 0) wait = Math.min(latest, 2 * wait);
      }
    }
    await this.#close();
  }

  /** One step; milliseconds to wait after it. */
  async #step(): Promise<number> {
    const {name} = this.#address;
    this.#queue ??= await this.#around.store.queue();
    const queue = this.#queue;
    const now = performance.now();
    const kinds = this.#troubles.triable(now);
    await this.#tryAgain(queue, kinds, now);
    const how = {kinds, dated: keepsDates(this.#address)};
    const {reports, erase} = await queue.next(name, most, this.#around.bound, this.#erasing.resting(now), how);
    this.#standing = await queue.standing(name);
    if (kinds.length === 0 && !erase) return this.#pace.idle;
    const sink = await this.#ready();
    if (reports.length > 0) await this.#deliver(reports, sink, queue);
    // After an erasing that has to rest, at once what comes after it.
    else if (erase) await this.#erasing.attempt(erase, sink, queue);
    else return this.#pace.idle;
    return 0;
  }

  /** Opens the sink, where it is not open. */
  async #ready(): Promise<Sink> {
    if (this.#sink) return this.#sink;
    const {open = openSink, around} = this.#around;
    this.#sink = await open(this.#address, around);
    this.#troubles.opened();
    return this.#sink;
  }

  async #deliver(reports: Next['reports'], sink: Sink, queue: Queue): Promise<void> {
    const {name} = this.#address;
    const {say, mostParked} = this.#around;
    const {kind} = reports[0]!;
    const apart = this.#standing.parked[kind];
    this.#underWay = kind;
    const outcome = await sink.deliver(reports, {
      room: Math.max(0, mostParked - apart),
      further: (behind) => queue.further(name, kind, behind, witnesses),
      wasInTrouble: this.#troubles.isAway(kind),
    });
    const {tried, refused = none, later = none, untried = nobody, took, trouble} = outcome;
    const some = reports.slice(0, tried);
    const delivered = some.length - refused.size - later.size;
    const now = this.#clock();
    if (took ?? delivered > 0) this.#lastTaken.set(kind, now);
    if (trouble && some.length === 0) throw trouble;
    const parked = parkedFirst({later, untried}, now);
    await queue.settle(name, {kind, upTo: some.at(-1)!.number, delivered, refused, parked}, Date.now());
    this.#tellRefused(kind, refused.size, refused);
    // Of more that come while some wait the metrics tell.
    if (later.size > 0 && apart === 0)
      say(
        `The sink ${name} takes others, and not ${later.size} ${nouns[kind]}: ${clean([...later.values()][0]!, 200)}. They wait apart, and are tried again.`,
      );
    this.#troubles.tookSome(kind);
    if (trouble) throw trouble;
    this.#underWay = undefined;
    this.#troubles.tookAll(kind);
  }

  /** Tries what waits apart, and then has what waits otherwise its turn for as long: neither starves the other. */
  async #tryAgain(queue: Queue, kinds: readonly KindName[], begun: number): Promise<void> {
    const {name} = this.#address;
    const {say, mostParked} = this.#around;
    if (sum(this.#standing.parked) === 0 || begun < this.#notAgainBefore) return;
    const reports = await queue.again(name, most, {kinds, due: dueAt(this.#clock())});
    if (reports.length === 0) return;
    const sink = await this.#ready();
    const since = performance.now();
    const {kind} = reports[0]!;
    const outcome = await sink.deliver(reports, {room: reports.length, further: async () => [], isAgain: true});
    const now = this.#clock();
    const isCrowded = this.#standing.parked[kind] > mostParked / 2;
    const lastTaken = this.#lastTaken.get(kind);
    const {givenUp, ...done} = settlingOf(reports, outcome, {now, lastTaken, isCrowded});
    if (done.delivered.length > 0) this.#lastTaken.set(kind, now);
    await queue.settleAgain(name, done, Date.now());
    const [, reason = ''] = [...done.refused].at(-1) ?? [];
    if (givenUp > 0)
      say(
        `The sink ${name} took others, and never ${givenUp} ${nouns[kind]}, which are given up: ${clean(reason, 200)}.`,
      );
    this.#tellRefused(kind, done.refused.size - givenUp, done.refused);
    this.#notAgainBefore = 2 * performance.now() - since;
  }

  #tellRefused(kind: KindName, count: number, refused: ReadonlyMap<number, string>): void {
    if (count > 0)
      this.#around.say(`The sink ${this.#address.name} refused ${count} ${nouns[kind]}: ${[...refused.values()][0]}.`);
  }

  async #close(): Promise<void> {
    const [queue, sink] = [this.#queue, this.#sink];
    [this.#queue, this.#sink] = [undefined, undefined];
    // What is in trouble may refuse to close.
    await queue?.close().catch(unlessTrouble);
    await sink?.close().catch(() => {});
  }
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
