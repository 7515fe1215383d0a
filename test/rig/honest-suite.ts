// uvu takes a suite whose `before` hook throws for a success: no test runs, and the exit code is 0. This one fails.
import {type Callback, suite, type Test} from 'uvu';

/** A uvu suite in which every test fails if the suite could not be prepared. */
export function honestSuite<T = object>(name: string): Test<T> {
  const real = suite<T>(name);
  let failure: {error: unknown} | undefined;
  const checked =
    (body: Callback<T>): Callback<T> =>
    (context) => {
      if (failure) throw failure.error;
      return body(context);
    };
  const before = (hook: Callback<T>) =>
    real.before(async (context) => {
      if (failure) return;
      try {
        await hook(context);
      } catch (error) {
        failure = {error};
      }
    });
  // Cleaning up what was never made fails too, and would hide the reason.
  const after = (hook: Callback<T>) =>
    real.after(async (context) => {
      try {
        await hook(context);
      } catch (error) {
        if (!failure) throw error;
      }
    });
  return Object.assign((title: string, body: Callback<T>) => real(title, checked(body)), {
    only: (title: string, body: Callback<T>) => real.only(title, checked(body)),
    skip: real.skip,
    before: Object.assign(before, {each: real.before.each}),
    after: Object.assign(after, {each: real.after.each}),
    run: real.run,
  });
}
