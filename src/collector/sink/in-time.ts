import {SinkTrouble} from './contract.ts';

/**
 * What a client comes to, within its time: one that has a limit of its own may yet wait for ever, as for an answer of 101, which
 * takes its connection away.
 *
 * @param from whose answer it is
 * @param within milliseconds
 * @throws {SinkTrouble} if there is none in time
 * @throws what the client throws
 */
export async function inTime<T>(work: Promise<T>, from: string, within: number): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => late.reject(new SinkTrouble(`no answer from ${from} within ${within / 1000}s`)),
    within,
  );
  try {
    return await Promise.race([work, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}
