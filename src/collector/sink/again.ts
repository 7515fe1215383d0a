import type {KindName} from '../kinds.ts';
import type {Again, Parked} from '../store/queue.ts';
import type {Delivered} from './contract.ts';

/*
 * When a report is tried again that a sink did not take while it took others, and when it is given up. Times are of the clock, since
 * they outlive the process.
 */

/** Milliseconds until a report is tried again: after the first time, twice as many after each other one, and at most. */
const [soonest, latest] = [60_000, 4 * 3_600_000];
/** How often one is tried: over a day and more; where more than half of those that may wait apart do so, over a quarter of an hour. */
const [mostTries, whereCrowded] = [14, 5];
/** Of the reports that may wait this part may wait apart, and so many. */
const [share, many] = [0.1, 10_000];

/** How many reports may wait apart for a sink, of so many that may wait. */
export function mostParked(mostWaiting: number): number {
  return Math.min(many, Math.max(1, Math.floor(share * mostWaiting)));
}

/** Milliseconds until a report is tried again that was tried so often. */
export function waitAfter(tries: number): number {
  return Math.min(latest, soonest * 2 ** Math.max(0, tries - 1));
}

/** Until when one is due now, and from when on it is since the clock was put back. */
export function dueAt(now: number): {readonly until: number; readonly from: number} {
  return {until: now, from: now + latest + soonest};
}

/** Those that a sink did not take for the first time; trouble of its own is no try. */
export function parkedFirst(
  {later = new Map(), untried = new Set()}: Pick<Delivered, 'later' | 'untried'>,
  now: number,
): Map<number, Parked> {
  const due = now + waitAfter(1);
  return new Map([...later].map(([number, reason]) => [number, {tries: untried.has(number) ? 0 : 1, due, reason}]));
}

/** What becomes of reports that were tried again. */
export interface Settling {
  readonly kind: KindName;
  readonly delivered: readonly number[];
  readonly refused: ReadonlyMap<number, string>;
  readonly parked: ReadonlyMap<number, Parked>;
  /** Those of the refused that are given up. */
  readonly givenUp: number;
}

/**
 * One that is still not taken waits twice as long; one that was tried often enough is given up. A try counts where the sink took another
 * report after the one before: what it takes nothing of is no matter of this report, nor is trouble of its own.
 *
 * @param lastTaken when it took a report of the kind last, as far as is known
 */
export function settlingOf(
  reports: readonly Again[],
  {tried = reports.length, refused = new Map(), later = new Map(), untried = new Set()}: Delivered,
  {
    now,
    lastTaken = Number.NEGATIVE_INFINITY,
    isCrowded,
  }: {now: number; lastTaken?: number | undefined; isCrowded: boolean},
): Settling {
  const some = reports.slice(0, tried);
  const delivered = some.map(({number}) => number).filter((number) => !refused.has(number) && !later.has(number));
  const never = new Map(refused);
  const parked = new Map<number, Parked>();
  const most = isCrowded ? whereCrowded : mostTries;
  for (const {number, tries, due} of some) {
    const reason = later.get(number);
    if (reason === undefined) continue;
    // Where that is ahead of now the clock was put back, and when it was is not known.
    const tookAnother = delivered.length > 0 || (lastTaken > due - waitAfter(tries) && lastTaken <= now);
    const counts = tookAnother && !untried.has(number);
    const all = tries + (counts ? 1 : 0);
    if (counts && all >= most) never.set(number, `${reason}, ${all} times`);
    else parked.set(number, {tries: all, due: now + waitAfter(all), reason});
  }
  const {kind} = reports[0]!;
  return {kind, delivered, refused: never, parked, givenUp: never.size - refused.size};
}
