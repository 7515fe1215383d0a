/** Work in line, each owner's in its own: they take turns, so that who has much to do does not hold up who has little. */
export interface FairQueue<Owner> {
  /** Runs it now if there is room in this turn of the event loop, else when it is its owner's turn. */
  add(owner: Owner, cost: number, run: () => void): void;
}

interface Line {
  readonly jobs: {readonly cost: number; readonly run: () => void}[];
  /** What its owner has saved up in turns that were too small for its next job. */
  credit: number;
}

/** What each owner may have done in a turn, in the unit of `cost`: bytes. */
const quantum = 64 * 1024;
/** Milliseconds of rest at most. */
const longestRest = 1000;

/**
 * Deficit round robin (Shreedhar and Varghese, 1995) over the owners that have work.
 *
 * @param slice milliseconds of work in a turn of the event loop; 0: one job a turn, and none at once
 * @param rests whether it then leaves the event loop alone for as long as it has worked: a request takes several turns,
 *   and would else wait for a job in each of them
 */
export function fairQueue<Owner>(slice: number, rests: boolean): FairQueue<Owner> {
  const lines = new Map<Owner, Line>();
  let spent = 0;
  let isScheduled = false;

  const work = (run: () => void) => {
    const before = performance.now();
    run();
    spent += performance.now() - before;
  };

  const schedule = () => {
    if (isScheduled) return;
    isScheduled = true;
    if (rests && spent > 0) setTimeout(turn, Math.min(spent, longestRest));
    else setImmediate(turn);
  };

  const turn = () => {
    isScheduled = false;
    spent = 0;
    do {
      const run = next(lines);
      if (!run) break;
      work(run);
    } while (spent < slice);
    if (spent > 0) schedule();
  };

  return {
    add(owner, cost, run) {
      if (lines.size === 0 && spent < slice) {
        work(run);
      } else {
        const line = lines.get(owner);
        if (line) line.jobs.push({cost, run});
        else lines.set(owner, {jobs: [{cost, run}], credit: 0});
      }
      schedule();
    },
  };
}

/** The next job of the next owner that can afford its own. */
function next<Owner>(lines: Map<Owner, Line>): (() => void) | undefined {
  for (const [owner, line] of lines) {
    lines.delete(owner);
    const job = line.jobs[0]!;
    line.credit += quantum;
    if (line.credit >= job.cost) {
      line.credit -= job.cost;
      line.jobs.shift();
      if (line.jobs.length > 0) lines.set(owner, line);
      return job.run;
    }
    // A map is gone through to its end, with what was added meanwhile.
    lines.set(owner, line);
  }
  return undefined;
}
