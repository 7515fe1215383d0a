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
    } catch {
      // Of whatever was stored something was made before.
      refused.set(report.number, damagedInStore);
      return [];
    }
  });
  return {made, refused};
}
