import type {Passed} from '../store/queue.ts';
import {type Apart, type Delivered, SinkTrouble} from './contract.ts';

/** Reports that are on their way at once. */
export const atOnce = 8;
/** Milliseconds after which no more are begun, so that what is done is settled; those on their way are waited for. */
const longEnough = 20_000;
/** How often others are looked for, so many at once, of which one shows that the sink works. */
const rounds = 3;

/** Reports after which it is looked again whether the sink works, where it stumbles over most of these. */
const oneTurn = 64;
/** How often one is asked for again at once whose trouble is most often the sink's. */
const asksAgain = 2;

/** What became of a report: neither, it was taken. `own`: it was not, and that may be its own fault. */
export interface Outcome {
  readonly refused?: string;
  readonly own?: SinkTrouble;
  /** Most often that is trouble of the sink all the same: it is the report's only where it comes again and again, and seldom. */
  readonly isDoubtful?: boolean;
}

/** Nothing may wait apart. */
const nowhere: Apart = {room: 0, further: async () => []};

/**
 * Passes reports on each by itself, several at once. One that is not taken waits apart only if the sink took another one meanwhile:
 * of these, or of those that wait further on. Else that one's trouble is the sink's. What is doubtful has to come each time that
 * the report is tried, and of fewer reports than are taken: a sink that has too much to do answers so to any, a server that
 * stumbles over a text to that one alone.
 *
 * @param pass throws what is trouble of the sink, whatever the report
 * @throws {SinkTrouble} as `Sink.deliver`
 */
export async function deliverEach(
  reports: readonly Passed[],
  pass: (report: Passed) => Promise<Outcome>,
  apart: Apart = nowhere,
): Promise<Delivered> {
  const round = new Round(reports, pass, apart);
  if (apart.wasInTrouble) await round.go(1);
  if (!round.isInDoubt()) await round.go(reports.length);
  while ((round.isShownToWork() || (await round.lookFurther())) && !round.isEnough()) await round.go(reports.length);
  await round.askAgain();
  return round.outcome();
}

class Round {
  readonly #reports: readonly Passed[];
  readonly #pass: (report: Passed) => Promise<Outcome>;
  readonly #apart: Apart;
  readonly #refused = new Map<number, string>();
  readonly #own = new Map<number, SinkTrouble>();
  /** Of these, what is most often the sink's. */
  readonly #doubtful = new Set<Passed>();
  /** What met trouble of the sink, whatever the report. */
  readonly #untried = new Set<number>();
  /** What was not taken as if the sink were in trouble, and it was before that came again. */
  readonly #unproven = new Set<number>();
  readonly #end = performance.now() + longEnough;
  /** How many of the reports were tried, the first ones. */
  #tried = 0;
  #taken = 0;
  /** The sink took one of those further on. */
  #works = false;
  /** How many doubtful ones are no sign that the sink is in trouble, beyond as many as were taken. */
  #credit = 0;
  #trouble: SinkTrouble | undefined;

  constructor(reports: readonly Passed[], pass: (report: Passed) => Promise<Outcome>, apart: Apart) {
    this.#reports = reports;
    this.#pass = pass;
    this.#apart = apart;
  }

  /** Tries the first ones that were not tried, until it is enough. */
  async go(upTo: number): Promise<void> {
    const work = async () => {
      while (this.#tried < upTo && !this.isEnough()) {
        const report = this.#reports[this.#tried++]!;
        const outcome = await this.#try(report);
        if (outcome?.own && outcome.isDoubtful) this.#doubtful.add(report);
      }
    };
    // All are waited for: none is on its way any more when they come again.
    await Promise.all(Array.from({length: atOnce}, work));
  }

  async #try(report: Passed): Promise<Outcome | undefined> {
    try {
      const outcome = await this.#pass(report);
      this.#note(report, outcome);
      return outcome;
    } catch (error) {
      if (!(error instanceof SinkTrouble)) throw error;
      this.#trouble ??= error;
      this.#untried.add(report.number);
      // Of those that wait apart already it is told that they were not taken, whatever the reason.
      if (this.#apart.isAgain && !this.#own.has(report.number)) this.#own.set(report.number, error);
      return undefined;
    }
  }

  #note({number}: Passed, {own, refused}: Outcome): void {
    if (own) {
      this.#own.set(number, own);
      return;
    }
    this.#own.delete(number);
    if (refused === undefined) this.#taken++;
    else this.#refused.set(number, refused);
  }

  isEnough(): boolean {
    const {room, isAgain = false} = this.#apart;
    return (
      this.#tried === this.#reports.length ||
      this.#trouble !== undefined ||
      performance.now() > this.#end ||
      (!isAgain && this.#own.size > room) ||
      (this.#own.size >= atOnce && !this.isShownToWork())
    );
  }

  /** Whether those that it did not take, if there are any, tell of nothing but themselves. */
  isShownToWork(): boolean {
    return (this.#own.size === 0 || this.#apart.isAgain || this.#tookOne()) && this.#isSeldom();
  }

  /** One was not taken as if the sink were in trouble. */
  isInDoubt(): boolean {
    return this.#doubtful.size > 0;
  }

  #tookOne(): boolean {
    return this.#works || this.#taken > 0;
  }

  #isSeldom(): boolean {
    return this.#doubtful.size <= this.#taken + this.#credit;
  }

  /** Whether the sink takes some of those that wait further on; by chance, so that nobody can see to it which these are. */
  async lookFurther(): Promise<boolean> {
    if (this.#trouble) return false;
    for (let i = 0; i < rounds && (i === 0 || performance.now() < this.#end); i++) {
      const others = await this.#apart.further(this.#reports[this.#tried - 1]!.number);
      if (others.length === 0) return false;
      const outcomes: Outcome[] = [];
      for (const answer of await Promise.allSettled(others.slice(0, atOnce).map(this.#pass))) {
        if (answer.status === 'fulfilled') outcomes.push(answer.value);
        else if (answer.reason instanceof SinkTrouble) this.#trouble ??= answer.reason;
        else throw answer.reason;
      }
      if (this.#trouble) return false;
      this.#works ||= outcomes.some(isTaken);
      const doubtful = outcomes.filter(({isDoubtful}) => isDoubtful).length;
      // As many as these, and one turn of those at hand: then it is looked again.
      if (doubtful <= outcomes.length / 4) this.#credit = this.#doubtful.size + oneTurn;
      if (this.isShownToWork()) return true;
    }
    return false;
  }

  /** Those in doubt, now that others were taken. */
  async askAgain(): Promise<void> {
    const open = new Set([...this.#doubtful].map(({number}) => number));
    const work = async () => {
      for (const report of this.#doubtful) {
        this.#doubtful.delete(report);
        let asks = 0;
        for (; asks < asksAgain && this.#own.has(report.number) && !this.#trouble; asks++) await this.#try(report);
        if (asks === asksAgain) open.delete(report.number);
      }
    };
    if (this.isShownToWork()) await Promise.all(Array.from({length: atOnce}, work));
    if (this.#trouble) for (const number of open) this.#unproven.add(number);
  }

  /** @throws {SinkTrouble} if none of the first ones is done, nor another one taken */
  outcome(): Delivered {
    // What came before the trouble is done: a sink that takes less at a time than there is would else get the same for ever.
    const open = this.#apart.isAgain ? undefined : this.#firstOpen();
    const tried = open ? this.#reports.indexOf(open) : this.#tried;
    if (open) this.#trouble ??= this.#own.get(open.number)!;
    const took = this.#tookOne() && this.#isSeldom();
    // Where it takes others, those that wait apart are to hear of it: else nothing would ever make room.
    if (tried === 0 && !took) throw this.#trouble;
    const numbers = new Set(this.#reports.slice(0, tried).map(({number}) => number));
    const ofThese = <T>(all: ReadonlyMap<number, T>) => [...all].filter(([number]) => numbers.has(number));
    return {
      tried,
      refused: new Map(ofThese(this.#refused)),
      later: new Map(ofThese(this.#own).map(([number, {message}]) => [number, message])),
      untried: this.#untried.union(this.#unproven),
      ...(this.#apart.isAgain ? {} : {took, ...(this.#trouble ? {trouble: this.#trouble} : {})}),
    };
  }

  /** The first one that is not done: it met trouble of the sink, or has to wait apart and there is no room for it. */
  #firstOpen(): Passed | undefined {
    const room = this.isShownToWork() ? this.#apart.room : 0;
    let apart = 0;
    return this.#reports
      .slice(0, this.#tried)
      .find(({number}) => this.#untried.has(number) || (this.#own.has(number) && ++apart > room));
  }
}

function isTaken({refused, own}: Outcome): boolean {
  return refused === undefined && own === undefined;
}
