// One line for every suite that needs the rig: `const test = rigSuite('the name')`.
import type {Test} from 'uvu';
import {honestSuite} from './honest-suite.ts';
import {type Program, whyUnavailable} from './toolchain.ts';

/**
 * A uvu suite that needs the rig's programs. Where one cannot be had, the suite is skipped with a visible reason on a
 * person's machine and fails where CI is set: a check that silently did not run is worse than none.
 */
export function rigSuite<T = object>(name: string, programs: Program[] = ['apiserver']): Test<T> {
  const real = honestSuite<T>(name);
  const reason = programs.map(whyUnavailable).find((why) => why !== undefined);
  if (reason === undefined) return real;
  if (process.env.CI) {
    real('the rig is available', () => {
      throw new Error(`CI is set, and ${programs.join(', ')} cannot be built: ${reason}`);
    });
  } else {
    console.error(`SKIPPED ${name}: ${reason}`);
  }
  const hook = Object.assign(() => {}, {each: () => {}});
  const skip = () => real.skip();
  return Object.assign(skip, {only: skip, skip, before: hook, after: hook, run: real.run});
}
