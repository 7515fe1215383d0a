/** Milliseconds of a clock that only goes on: as `performance.now()`, which loads what a request would wait a millisecond for. */
export function monotonic(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
