import {UserError} from '../errors.ts';
import type {Surroundings} from '../settings.ts';
import {CopiedID} from './copied-id.ts';
import {contextsOf, type FleetChoice, type Member} from './fleet.ts';
import {type Attempt, attemptOf, Due, endsProcess, failedWith, type PeriodEvent, thatStays, until} from './period.ts';
import {type FleetHooks, sendFleet} from './send-fleet.ts';
import type {SendOptions, Sent} from './sending.ts';

/** A context and when it is due, milliseconds since the epoch. */
interface Turn {
  readonly context: string;
  readonly due: Due;
  next: number;
}

/**
 * Stays and sends the reports of several clusters: all of them now, then each every period at its own phase, sooner after
 * failures. What fails for one, a context that is unknown among it, stops no other. A cluster under two contexts is reported
 * by the first that can. It ends only by being ended, or by what the command line already tells.
 *
 * @param period milliseconds
 * @throws {UserError} consent, usage
 */
export async function sendFleetEvery(
  choice: FleetChoice,
  period: number,
  given: SendOptions,
  around: Surroundings,
  tell: (event: PeriodEvent) => void,
): Promise<never> {
  const options = thatStays(given, tell);
  const contexts = contextsOf(choice, options.collect.connection, around);
  tell({event: 'started', period, contexts});
  const hooks: FleetHooks = {
    warn: (message, context) => tell({event: 'warning', message, ...(context === undefined ? {} : {context})}),
    shared: (message) => tell({event: 'warning', message}),
    onRetry: ({destination}, reason, wait) => tell({event: 'retry', destination, reason, wait: Math.round(wait)}),
  };
  const turns = contexts.map((context): Turn => ({context, due: new Due(period), next: 0}));
  for (;;) {
    await until(Math.min(...turns.map(({next}) => next)));
    const now = turns.filter(({next}) => next <= Date.now());
    await round(now, options, around, hooks, tell);
  }
}

/** Sends the reports that are due. */
async function round(
  turns: readonly Turn[],
  options: SendOptions,
  around: Surroundings,
  hooks: FleetHooks,
  tell: (event: PeriodEvent) => void,
): Promise<void> {
  const members = await once(
    turns.map(({context}) => context),
    options,
    around,
    hooks,
    tell,
  );
  const nexts = new Map<string, number>();
  for (const [at, turn] of turns.entries()) {
    const {context} = turn;
    const member = members[at];
    const say = (event: PeriodEvent) => tell({context, ...event});
    if (member?.sameAs !== undefined) {
      // Due together, so that one stands in for the other.
      turn.next = nexts.get(member.sameAs)!;
      say({event: 'same', as: member.sameAs});
      continue;
    }
    const attempt: Attempt = member ? attemptFor(member, say) : {delivered: false, retryAfter: 0};
    // Due with the other, so that it is seen whose the ID is.
    const rival = member?.error instanceof CopiedID ? nexts.get(member.error.of) : undefined;
    turn.next = rival ?? turn.due.after(attempt);
    nexts.set(context, turn.next);
    say({event: 'next', at: new Date(turn.next).toISOString()});
  }
}

/** One run for these contexts; none where it failed for all of them, which is told. */
async function once(
  contexts: readonly string[],
  options: SendOptions,
  around: Surroundings,
  hooks: FleetHooks,
  tell: (event: PeriodEvent) => void,
): Promise<readonly Member<Sent>[]> {
  try {
    return await sendFleet({contexts, exclude: []}, options, around, hooks);
  } catch (error) {
    if (!(error instanceof UserError) || endsProcess(error)) throw error;
    failedWith(error, tell);
    return [];
  }
}

function attemptFor({result, error}: Member<Sent>, tell: (event: PeriodEvent) => void): Attempt {
  // What was not delivered has its outcome, and an error that sums it up.
  if (result?.outcomes) return attemptOf(result, tell);
  if (!(error instanceof UserError)) throw error;
  return failedWith(error, tell);
}
