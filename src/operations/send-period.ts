import {requireSwitchedOn} from '../consent/consent.ts';
import {UserError} from '../errors.ts';
import type {Surroundings} from '../settings.ts';
import type {FleetChoice} from './fleet.ts';
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
import {type SendHooks, type SendOptions, type Sent, send} from './send.ts';

export type {PeriodEvent} from './period.ts';

/**
 * Stays and sends: now, then every period at the cluster's own phase, sooner after failures. Ends only by being ended, or
 * by what the command line already tells: a switch, wrong usage, no --yes. What the cluster forbids it may allow later, and
 * what is wider than agreed may be agreed to by another run: both are told and asked again each period. A pod that ended for them
 * would be started again at once, and ask the cluster more often than one that stays.
 *
 * @param period milliseconds
 * @param fleet the clusters, where there are several
 * @throws {UserError} consent, usage
 */
export async function sendEvery(
  period: number,
  given: SendOptions,
  around: Surroundings,
  tell: (event: PeriodEvent) => void,
  fleet?: FleetChoice,
): Promise<never> {
  requireSwitchedOn(around.env);
  if (fleet) {
    const {sendFleetEvery} = await import('./send-fleet-period.ts');
    return sendFleetEvery(fleet, period, given, around, tell);
  }
  const options = thatStays(given, tell);
  tell({event: 'started', period});
  const {warn, ...others} = hooksOf(tell);
  // Of one cluster it is not told which.
  const hooks: SendHooks = {...others, warn: (message) => warn(message)};
  const due = new Due(period);
  for (;;) {
    const attempt = await once(options, around, hooks, tell);
    const next = due.after(attempt);
    tell({event: 'next', at: new Date(next).toISOString()});
    await until(next);
  }
}

async function once(
  options: SendOptions,
  around: Surroundings,
  hooks: SendHooks,
  tell: (event: PeriodEvent) => void,
): Promise<Attempt> {
  let sent: Sent;
  try {
    sent = await send(options, around, hooks);
  } catch (error) {
    if (!(error instanceof UserError) || endsProcess(error)) throw error;
    return failedWith(error, tell);
  }
  return attemptOf(sent, tell);
}
