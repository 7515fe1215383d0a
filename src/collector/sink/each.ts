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
  const {room, isAgain = false} = apart;
  const round = new Round(reports, pass, apart);
  for (;;) {
    await round.go();
    const bad = round.firstBad();
    if (bad && !round.isShownToWork() && !isAgain && !(room > 0 && (await round.lookFurther()))) throw bad;
    if (round.isEnough() || round.tried === reports.length) break;
  }
  await round.askAgain();
  return round.outcome();
}

class Round {
  /** How many of the reports were tried, the first ones. */
  tried = 0;
  readonly #reports: readonly Passed[];
  readonly #pass: (report: Passed) => Promise<Outcome>;
  readonly #apart: Apart;
  readonly #refused = new Map<number, string>();
  readonly #own = new Map<number, SinkTrouble>();
  /** Of these, what is most often the sink's. */
  readonly #doubtful = new Set<Passed>();
  readonly #end = performance.now() + longEnough;
  #taken = 0;
  /** The sink took one of those further on. */
  #works = false;
  /** How many doubtful ones are no sign that the sink is in trouble, beyond as many as were taken. */
  #credit = 0;
  #trouble: unknown;

  constructor(reports: readonly Passed[], pass: (report: Passed) => Promise<Outcome>, apart: Apart) {
    this.#reports = reports;
    this.#pass = pass;
    this.#apart = apart;
  }

  /** Tries one after the other until it is enough. @throws what is trouble of the sink, but of those that wait apart already */
  async go(): Promise<void> {
    // All are waited for: none is on its way any more when they come again.
    await Promise.all(Array.from({length: atOnce}, () => this.#work()));
    if (this.#trouble !== undefined && !this.#isTold(this.#trouble)) throw this.#trouble;
  }

  async #work(): Promise<void> {
    while (this.tried < this.#reports.length && !this.isEnough()) {
      const report = this.#reports[this.tried++]!;
      try {
        const outcome = await this.#pass(report);
        this.#note(report, outcome);
        if (outcome.own && outcome.isDoubtful) this.#doubtful.add(report);
      } catch (error) {
        this.#trouble ??= error;
        if (this.#isTold(error)) this.#own.set(report.number, error);
      }
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

  /** Of those that wait apart already it is told that they were not taken, whatever the reason. */
  #isTold(error: unknown): error is SinkTrouble {
    return this.#apart.isAgain === true && error instanceof SinkTrouble;
  }

  isEnough(): boolean {
    const {room, isAgain = false} = this.#apart;
    return (
      this.#trouble !== undefined ||
      performance.now() > this.#end ||
      (!isAgain && this.#own.size > room) ||
      (this.#own.size >= atOnce && !this.isShownToWork())
    );
  }

  /** Whether it works for others than those that it did not take. */
  isShownToWork(): boolean {
    const works = this.#works || this.#taken > 0 || this.#apart.isAgain === true;
    return works && this.#doubtful.size <= this.#taken + this.#credit;
  }

  /** The trouble of the first one that was not taken. */
  firstBad(): SinkTrouble | undefined {
    const first = this.#reports.find(({number}) => this.#own.has(number));
    return first && this.#own.get(first.number);
  }

  /** Whether the sink takes some of those that wait further on; by chance, so that nobody can see to it which these are. */
  async lookFurther(): Promise<boolean> {
    for (let i = 0; i < rounds && (i === 0 || performance.now() < this.#end); i++) {
      const others = await this.#apart.further(this.#reports[this.tried - 1]!.number);
      if (others.length === 0) return false;
      const answers = await Promise.allSettled(others.slice(0, atOnce).map(this.#pass));
      for (const answer of answers) if (answer.status === 'rejected') throw answer.reason;
      const outcomes = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
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
    const work = async () => {
      for (const report of this.#doubtful) {
        this.#doubtful.delete(report);
        try {
          for (let i = 0; i < asksAgain && this.#own.has(report.number); i++)
            this.#note(report, await this.#pass(report));
        } catch (error) {
          if (!this.#isTold(error)) throw error;
        }
      }
    };
    if (this.isShownToWork()) await Promise.all(Array.from({length: atOnce}, work));
  }

  outcome(): Delivered {
    const {room, isAgain = false} = this.#apart;
    const isBeyond = !isAgain && this.#own.size > room;
    const tried = isBeyond ? upToRoom(this.#reports, this.#own, room) : this.tried;
    const numbers = new Set(this.#reports.slice(0, tried).map(({number}) => number));
    const ofThese = <T>(all: ReadonlyMap<number, T>) => [...all].filter(([number]) => numbers.has(number));
    return {
      tried,
      refused: new Map(ofThese(this.#refused)),
      later: new Map(ofThese(this.#own).map(([number, {message}]) => [number, message])),
    };
  }
}

function isTaken({refused, own}: Outcome): boolean {
  return refused === undefined && own === undefined;
}

/** How many come before the first one for which there is no room. @throws {SinkTrouble} if that is the very first */
function upToRoom(reports: readonly Passed[], own: ReadonlyMap<number, SinkTrouble>, room: number): number {
  const [beyond] = reports.filter(({number}) => own.has(number)).slice(room);
  const count = reports.indexOf(beyond!);
  if (count === 0) throw own.get(beyond!.number);
  return count;
}
