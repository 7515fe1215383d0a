import type {Dispatched} from '../delivery/dispatch.ts';
import {UserError} from '../errors.ts';
import type {Held} from './ask-clusters.ts';

/**
 * Any destination that was not delivered to is a failure of the whole.
 *
 * @throws {UserError} delivery, that says of each why, and what becomes of the report
 */
export function requireDelivered(outcomes: readonly Dispatched[]): void {
  const sentences: string[] = [];
  const suggestions = new Set<string>();
  let anyWaits = false;
  for (const {waiting, delivery, recorded, refused} of outcomes) {
    if (delivery.delivered) continue;
    const times = delivery.attempts <= 1 ? '' : ` (${delivery.attempts} attempts)`;
    const doubt = delivery.maybeArrived ? ' No complete answer came, so it may have arrived.' : '';
    const unrecorded = recorded ? '' : ' The ledger could not be written.';
    const fate = refused
      ? `The report ${waiting.id} does not wait: it would be refused again.`
      : `The report waits as ${waiting.id}.`;
    anyWaits ||= !refused;
    sentences.push(`Not delivered: ${waiting.destination} ${delivery.reason}${times}.${doubt} ${fate}${unrecorded}`);
    suggestions.add(delivery.suggestion);
  }
  if (sentences.length === 0) return;
  if (anyWaits) suggestions.add('seldon-usage send --pending sends what waits as it is; the next send supersedes it.');
  throw new UserError('delivery', sentences.join('\n'), {suggestions: [...suggestions]});
}

/** Why reports may not be sent now: each reason once, with the reports that wait on for it. */
export function whyHeld(held: readonly Held[]): UserError[] {
  const groups = Map.groupBy(held, ({error: {code, message}}) => `${code} ${message}`);
  return [...groups.values()].map((group) => {
    const ids = group.map(({waiting: {id}}) => id);
    const {code, message, suggestions} = group[0]!.error;
    const which = ids.length === 1 ? `The report ${ids[0]} waits on.` : `The reports ${ids.join(', ')} wait on.`;
    return new UserError(code, `${which} ${message}`, {suggestions, cause: group[0]!.error});
  });
}

/** Several errors as one, by the code of the first; one as it is. */
export function together([first, ...others]: readonly [UserError, ...UserError[]]): UserError {
  if (others.length === 0) return first;
  const all = [first, ...others];
  const suggestions = [...new Set(all.flatMap((one) => one.suggestions))];
  return new UserError(first.code, all.map(({message}) => message).join('\n'), {suggestions, cause: first});
}

/**
 * That all of what waited was sent.
 *
 * @throws {UserError} delivery, if something was not delivered, else why it was not sent; all of it is told
 */
export function requireAllSent(outcomes: readonly Dispatched[], held: readonly Held[]): void {
  const why = whyHeld(held);
  let undelivered: UserError | undefined;
  try {
    requireDelivered(outcomes);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    undelivered = error;
  }
  const [first, ...others] = undelivered ? [undelivered, ...why] : why;
  if (first) throw together([first, ...others]);
}
