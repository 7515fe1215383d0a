/** How long each step took. */
export interface Stopwatch {
  /** Milliseconds of each step that is over. */
  readonly steps: Readonly<Record<string, number>>;
  /** Ends the step of this name, which began when the last one ended. */
  lap(name: string): void;
}

/** A stopwatch that starts now. */
export function stopwatch(): Stopwatch {
  const steps: Record<string, number> = {};
  let last = performance.now();
  return {
    steps,
    lap(name) {
      const now = performance.now();
      steps[name] = Math.round(now - last);
      last = now;
    },
  };
}
