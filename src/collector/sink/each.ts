import type {Passed} from '../store/queue.ts';
import {type Apart, type Delivered, SinkTrouble} from './contract.ts';

/** Reports that are on their way at once. */
export const atOnce = 8;
/** Milliseconds after which no more are begun, so that what is done is settled; those on their way are waited for. */
const longEnough = 20_000;
/** How often others are looked for, so many at once, of which one shows that the sink works. */
const rounds = 3;

/** What became of a report: neither, it was taken. `own`: it was not, and that may be its own fault. */
export interface Outcome {
  readonly refused?: string;
  readonly own?: SinkTrouble;
}

/** Nothing may wait apart. */
const nowhere: Apart = {room: 0, further: async () => []};

/**
 * Passes reports on each by itself, several at once. One that is not taken waits apart only if the sink took another one meanwhile:
 * of these, or of those that wait further on. Else that one's trouble is the sink's.
 *
 * @param pass throws what is trouble of the sink, whatever the report
 * @throws {SinkTrouble} as `Sink.deliver`
 */
export async function deliverEach(
  reports: readonly Passed[],
  pass: (report: Passed) => Promise<Outcome>,
  {room, further, isAgain = false, wasInTrouble = false}: Apart = nowhere,
): Promise<Delivered> {
  const refused = new Map<number, string>();
  const own = new Map<number, SinkTrouble>();
  /** What met trouble of the sink. */
  const untried = new Set<number>();
  const end = performance.now() + longEnough;
  let [tried, taken] = [0, 0];
  let works = isAgain;
  let trouble: SinkTrouble | undefined;

  const isEnough = () =>
    trouble !== undefined ||
    performance.now() > end ||
    (!isAgain && own.size > room) ||
    (!works && taken === 0 && own.size >= atOnce);
  const work = async (upTo = reports.length) => {
    while (tried < upTo && !isEnough()) {
      const report = reports[tried++]!;
      try {
        const outcome = await pass(report);
        if (outcome.own) own.set(report.number, outcome.own);
        else if (outcome.refused === undefined) taken++;
        else refused.set(report.number, outcome.refused);
      } catch (error) {
        if (!(error instanceof SinkTrouble)) throw error;
        trouble ??= error;
        untried.add(report.number);
        if (isAgain) own.set(report.number, error);
      }
    }
  };
  /** Whether the sink takes one of those that wait further on; by chance, so that nobody can see to it which these are. */
  const takesAnother = async (): Promise<boolean> => {
    for (let i = 0; i < rounds && (i === 0 || performance.now() < end); i++) {
      const others = await further(reports[tried - 1]!.number);
      if (others.length === 0) return false;
      const answers = await Promise.allSettled(others.slice(0, atOnce).map(pass));
      for (const answer of answers) {
        if (answer.status === 'fulfilled') continue;
        if (!(answer.reason instanceof SinkTrouble)) throw answer.reason;
        trouble ??= answer.reason;
      }
      if (trouble) return false;
      if (answers.some((one) => one.status === 'fulfilled' && isTaken(one.value))) return true;
    }
    return false;
  };

  if (wasInTrouble) await work(1);
  for (;;) {
    // All are waited for: none is on its way any more when they come again.
    await Promise.all(Array.from({length: atOnce}, () => work()));
    works ||= taken > 0;
    if (!trouble && own.size > 0 && !works) works = await takesAnother();
    if ((own.size > 0 && !works) || isEnough() || tried === reports.length) break;
  }
  if (!isAgain) {
    // What came before the trouble is done: a sink that takes less at a time than there is would else get the same for ever.
    const open = firstOpen(reports.slice(0, tried), untried, own, works ? room : 0);
    if (open) {
      trouble ??= own.get(open.number)!;
      tried = reports.indexOf(open);
      // Where it takes others, those that wait apart are to hear of it: else nothing would ever make room.
      if (tried === 0 && !works) throw trouble;
    }
  }
  const numbers = new Set(reports.slice(0, tried).map(({number}) => number));
  const ofThese = <T>(all: ReadonlyMap<number, T>) => [...all].filter(([number]) => numbers.has(number));
  return {
    tried,
    refused: new Map(ofThese(refused)),
    later: new Map(ofThese(own).map(([number, {message}]) => [number, message])),
    ...(isAgain ? {untried} : {took: works, ...(trouble ? {trouble} : {})}),
  };
}

function isTaken({refused, own}: Outcome): boolean {
  return refused === undefined && own === undefined;
}

/** The first one that is not done: it met trouble of the sink, or has to wait apart and there is no room for it. */
function firstOpen(
  reports: readonly Passed[],
  untried: ReadonlySet<number>,
  own: ReadonlyMap<number, unknown>,
  room: number,
): Passed | undefined {
  let apart = 0;
  return reports.find(({number}) => untried.has(number) || (own.has(number) && ++apart > room));
}
