import {setTimeout as sleep} from 'node:timers/promises';
import type {PostOptions} from './post.ts';
import {type Verdict, verdictOf, verdictOfSilence} from './verdict.ts';

export interface DeliverOptions extends Omit<PostOptions, 'timeout'> {
  /** Milliseconds for all attempts and the waits between them. */
  readonly timeout: number;
}

/** How a delivery ended. */
export type Delivery = Verdict & {
  readonly attempts: number;
  /** Whether an attempt that got no complete answer may have arrived; where it was delivered, one before. */
  readonly maybeArrived: boolean;
};

/** Told before each wait: why, and how many milliseconds. */
export type OnRetry = (reason: string, wait: number) => void;

type Failure = Exclude<Verdict, {delivered: true}>;

/** Milliseconds of the first wait, doubled each time, and of the longest. */
const firstWait = 500;
const longestWait = 10_000;

/** Milliseconds that must be left for another attempt. */
const leastTime = 500;

/** What posts, with the HTTP client: loaded at its first use. */
const client = () => import('./post.ts');

/** Loads what posts in a moment, when the requests to a cluster are on their way: it is loaded while they are answered. */
export function prepareToDeliver(): void {
  setTimeout(client, 25).unref();
}

/** Posts until it is delivered, another try can't help, or the time is over. Never throws for what the network does. */
export async function deliver(options: DeliverOptions, onRetry: OnRetry = () => {}): Promise<Delivery> {
  const deadline = performance.now() + options.timeout;
  let maybeArrived = false;
  let before: Failure | undefined;
  for (let attempts = 1; ; attempts++) {
    const verdict = await attempt({...options, timeout: deadline - performance.now()});
    if (verdict.delivered) return {...verdict, attempts, maybeArrived};
    maybeArrived ||= verdict.uncertain;
    // An attempt that the end of the time cut off says less than the one before.
    const telling = before && performance.now() >= deadline ? before : verdict;
    before = verdict;
    const end = {...telling, attempts, maybeArrived};
    if (!verdict.retry) return end;
    const wait = Math.max(verdict.retryAfter ?? 0, backoff(attempts));
    // A server that asks for more time than there is gets it: nothing is hammered.
    if (performance.now() + wait + leastTime >= deadline) return end;
    onRetry(verdict.reason, wait);
    await sleep(wait);
  }
}

async function attempt(options: PostOptions): Promise<Verdict> {
  const {NoAnswer, post} = await client();
  try {
    return verdictOf(await post(options));
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error;
    return verdictOfSilence(error);
  }
}

/** Half to all of a wait that doubles, so that those who failed together do not come back together. */
function backoff(attempts: number): number {
  return Math.min(firstWait * 2 ** (attempts - 1), longestWait) * (0.5 + Math.random() / 2);
}
