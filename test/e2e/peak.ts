// How much memory this process has taken at its peak.
import {readFileSync, writeFileSync} from 'node:fs';
import {setFlagsFromString} from 'node:v8';
import {runInNewContext} from 'node:vm';

let highest = 0;

/** Peak of the resident memory, kilobytes. What getrusage says is no less than what the parent had at the fork. */
export function peak(): number {
  try {
    return Math.max(highest, Number(/^VmHWM:\s*(\d+) kB$/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1]));
  } catch {
    return process.resourceUsage().maxRSS;
  }
}

/** Gives back what nobody uses any more: what is measured from here on begins without it. The peak until here counts. */
export function tidy(): void {
  highest = peak();
  setFlagsFromString('--expose-gc');
  runInNewContext('gc')();
  try {
    writeFileSync('/proc/self/clear_refs', '5');
  } catch {
    // Elsewhere than on Linux it is the peak of all in any case.
  }
}
