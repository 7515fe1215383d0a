import type {Dispatched} from '../delivery/dispatch.ts';
import {UserError} from '../errors.ts';

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
