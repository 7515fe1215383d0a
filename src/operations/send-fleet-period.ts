import {UserError} from '../errors.ts';
import type {Surroundings} from '../settings.ts';
import {CopiedID} from './copied-id.ts';
import {contextsOf, type FleetChoice, type Member, type Placed} from './fleet.ts';
import {FleetMemory} from './fleet-memory.ts';
import {
  type Attempt,
  attemptOf,
  Due,
  endsProcess,
  failedWith,
  hooksOf,
  type PeriodEvent,
  thatStays,
  until,
} from './period.ts';
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
  const hooks = hooksOf(tell);
  const turns = contexts.map((context): Turn => ({context, due: new Due(period), next: 0}));
  const memory = new FleetMemory();
  for (;;) {
    await until(Math.min(...turns.map(({next}) => next)));
    const now = Date.now();
    const due = turns.filter(({next}) => next <= now).map(({context}) => context);
    const members = await once(due, options, around, hooks, memory, tell);
    settle(turns, due, members, tell);
  }
}

/** Tells what became of those that were due, and when they are next. */
function settle(
  turns: readonly Turn[],
  due: readonly string[],
  members: readonly Placed<Sent>[],
  tell: (event: PeriodEvent) => void,
): void {
  const now = turns.filter(({context}) => due.includes(context));
  const memberOf = ({context}: Turn) => members.find((member) => member.context === context);
  const attempts = new Map(now.map((turn) => [turn, attemptOfMember(turn, memberOf(turn), tell)]));
  const settled = new Set<Turn>();
  const own = (turn: Turn) => {
    turn.next = turn.due.after(attempts.get(turn)!);
    settled.add(turn);
  };
  const leadOf = (turn: Turn) => leaderOf(memberOf(turn));
  for (const turn of now) if (leadOf(turn) === undefined) own(turn);
  for (const turn of now) {
    if (settled.has(turn)) continue;
    // Due with the other: one stands in for the other, and what one sees of their cluster counts for both.
    const lead = turns.find(({context}) => context === leadOf(turn));
    if (!lead || (now.includes(lead) && !settled.has(lead))) own(turn);
    else turn.next = lead.next;
    settled.add(turn);
  }
  for (const turn of now) {
    const {context, next} = turn;
    if (memberOf(turn)?.sameAs === undefined) tell({context, event: 'next', at: new Date(next).toISOString()});
  }
}

/** The context with which this one has to be due. */
function leaderOf(member: Placed<Sent> | undefined): string | undefined {
  return member?.sameAs ?? member?.forbiddenBy ?? (member?.error instanceof CopiedID ? member.error.of : undefined);
}

function attemptOfMember(
  {context}: Turn,
  member: Placed<Sent> | undefined,
  tell: (event: PeriodEvent) => void,
): Attempt {
  const say = (event: PeriodEvent) => tell({context, ...event});
  if (!member) return {delivered: false, retryAfter: 0};
  if (member.sameAs === undefined) return attemptFor(member, say);
  say({event: 'same', as: member.sameAs});
  return {delivered: false, retryAfter: 0};
}

/** One run for these contexts; none where it failed for all of them, which is told. */
async function once(
  contexts: readonly string[],
  options: SendOptions,
  around: Surroundings,
  hooks: FleetHooks,
  memory: FleetMemory,
  tell: (event: PeriodEvent) => void,
): Promise<readonly Placed<Sent>[]> {
  try {
    return await sendFleet({contexts, exclude: []}, options, around, hooks, memory);
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
