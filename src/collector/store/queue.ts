import {createHash} from 'node:crypto';
import type {KindName} from '../kinds.ts';
import {millisecondsADay} from '../periods.ts';

/**
 * What is passed on to sinks: a report waits for a sink from the transaction that stores it, until the sink has it, refuses
 * it, or has let too many wait. A store knows its sinks by name (`Writer.passOn`).
 */

/** The outcome of a report that can't be read any more. */
export const damagedInStore = 'damaged in the store';

/** A report on its way to a sink. */
export interface Passed {
  readonly kind: KindName;
  /** Its place in the order of arrival of its kind; the same report has the same number, however often it is passed on. */
  readonly number: number;
  /**
   * Grows whenever the store is begun to be served, or is found on another server: where numbers are given again after it was put
   * back to an older state, what has a higher one came later. It is the time at which it began, in milliseconds, or one more than before.
   */
  readonly epoch: number;
  /** Milliseconds, as far as the clock was believed. */
  readonly received: number;
  readonly cluster: string;
  /** Its cluster counts, and is told apart by nothing as long as it has reported on one day only. */
  readonly unranked: boolean;
  readonly body: string;
  /** What its sender knows it by; absent where that is nothing. */
  readonly once?: string;
}

/**
 * Of a report that a sink did not take while it took others: it waits apart, so that it holds up none of them, and is tried again
 * when it is due. It still waits: it is in the count of what does, and stays in a store that only passes on.
 */
export interface Parked {
  /** How often it was tried in vain. */
  readonly tries: number;
  /** Milliseconds, by the clock of who passes on. */
  readonly due: number;
  /** Why it was not taken. */
  readonly reason: string;
}

/** A report that waits apart, to be tried again. */
export type Again = Passed & Pick<Parked, 'tries' | 'due'>;

/** What a sink has to do next: reports first that came first; what is to be erased there comes after all that came before. */
export interface Next {
  /** All of one kind. */
  readonly reports: readonly Passed[];
  /** Only where there are no reports. */
  readonly erase?: {readonly number: number; readonly cluster: string} | undefined;
}

/** What became of the erasing of a cluster at a sink. `deleted`: from its tables, and the sink itself keeps what was deleted for
 * some days. `beyond-reach`: the sink is none that erases. */
export type Erasing = 'gone' | 'deleted' | 'beyond-reach';

/** How it stands with a sink. */
export interface Standing {
  /** Reports that wait, at most: numbers that were erased count, and those that wait apart. */
  readonly waiting: number;
  /** Of these, reports of each kind that wait apart. */
  readonly parked: Readonly<Record<KindName, number>>;
  readonly delivered: number;
  /** Reports that the sink will never take. */
  readonly refused: number;
  /** Reports that waited too long or were too many. */
  readonly dropped: number;
}

/** The queue of a store's sinks, for the thread that passes on. All of it throws a StoreTrouble where the store is in trouble. */
export interface Queue {
  /**
   * @param most reports, and bytes beyond the first
   * @param bound reports of a kind that may wait, but for those that wait apart: of more, the oldest are dropped
   * @param resting clusters whose erasing is tried again later: nothing waits for it
   * @param how kinds that are asked for, all unless it is said, and those of which the sink keeps dates: what has one in
   *   doubt waits until that is put right
   */
  next(
    sink: string,
    most: {readonly reports: number; readonly bytes: number},
    bound: number,
    resting?: readonly string[],
    how?: {readonly kinds?: readonly KindName[]; readonly dated?: readonly KindName[]},
  ): Promise<Next>;
  /**
   * All reports of a kind up to a number are done: delivered, but for those that the sink refused, each with its reason, and those
   * that wait apart from now on. What was erased meanwhile waits nowhere.
   */
  settle(
    sink: string,
    done: {
      readonly kind: KindName;
      readonly upTo: number;
      readonly delivered: number;
      readonly refused: ReadonlyMap<number, string>;
      readonly parked?: ReadonlyMap<number, Parked>;
    },
    at: number,
  ): Promise<void>;
  /**
   * Reports of one kind that wait apart and are due, first what is so for the longest time.
   *
   * @param kinds of which one is asked for
   * @param due until when one is due, or so far ahead that the clock must have been put back
   */
  again(
    sink: string,
    most: {readonly reports: number; readonly bytes: number},
    how: {readonly kinds: readonly KindName[]; readonly due: {readonly until: number; readonly from: number}},
  ): Promise<readonly Again[]>;
  /** What `again` gave was tried: some are done, others wait on. */
  settleAgain(
    sink: string,
    done: {
      readonly kind: KindName;
      readonly delivered: readonly number[];
      readonly refused: ReadonlyMap<number, string>;
      readonly parked: ReadonlyMap<number, Parked>;
    },
    at: number,
  ): Promise<void>;
  /** Some reports of a kind that wait behind a number, by chance and none of them large: they stay where they are. */
  further(sink: string, kind: KindName, behind: number, most: number): Promise<readonly Passed[]>;
  /** The erasing that `next` told of is done. */
  erased(
    sink: string,
    erase: {readonly number: number; readonly cluster: string},
    how: Erasing,
    at: number,
  ): Promise<void>;
  standing(sink: string): Promise<Standing>;
  close(): Promise<void>;
}

/** What is known of the erasing of a cluster at a sink. */
export interface Erasure {
  readonly sink: string;
  readonly state: 'waiting' | Erasing;
  /** When that became so, milliseconds; absent while it waits. */
  readonly at?: number;
}

/** Milliseconds for which it is known that a sink has nothing of a cluster of which the store has nothing either. */
export const knownErased = millisecondsADay;

/** That a cluster was erased must be known without its ID. */
export function traceOf(cluster: string): string {
  return createHash('sha256').update(cluster).digest('hex');
}

/** Refused and dropped reports of a sink and kind of which the outcome is kept; the sums are of all. */
export const mostOutcomes = 10_000;

/** Characters of a report that is no large one. */
export const small = 2 * 1024 * 1024;
