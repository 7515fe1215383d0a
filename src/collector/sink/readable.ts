import {damagedInStore, type Passed} from '../store/queue.ts';

/**
 * What is made of each report. One whose text is damaged in the store is refused: nothing could ever be made of it, and what comes
 * after it would wait for good.
 */
export function madeOf<Made>(
  reports: readonly Passed[],
  make: (report: Passed) => Made,
): {readonly made: readonly Made[]; readonly refused: Map<number, string>} {
  const refused = new Map<number, string>();
  const made = reports.flatMap((report) => {
    try {
      return [make(report)];
    } catch (error) {
      // Whatever was stored was JSON; anything else that goes wrong is a bug.
      if (!(error instanceof SyntaxError)) throw error;
      refused.set(report.number, damagedInStore);
      return [];
    }
  });
  return {made, refused};
}
