import {ClusterForbids} from '../consent/consent.ts';
import type {Report} from '../report/index.ts';
import type {Surroundings} from '../settings.ts';
import {refuseCopies} from './copied-id.ts';
import {deliver, type Fate} from './deliver.ts';
import {requireDelivered} from './delivered.ts';
import {
  alsoForbidden,
  byID,
  contextsOf,
  type FleetChoice,
  type Member,
  type OnMember,
  overFleet,
  requireOwnIDs,
} from './fleet.ts';
import {prepare, requireNotForbidden} from './prepare.ts';
import {settle} from './send.ts';
import type {Prepared, Preview, SendHooks, SendOptions, Sent} from './sending.ts';
import {withConnections} from './with-connection.ts';

/** The person's side, for several clusters. */
export interface FleetHooks extends Omit<SendHooks, 'agree' | 'progress'> {
  /** Asks once for all of it. */
  readonly agree?: ((previews: readonly Preview[]) => Promise<boolean>) | undefined;
  readonly told?: OnMember<Preview> | undefined;
  /** Told before the question what their clusters forbid to send. */
  readonly forbidden?: ((members: readonly Member<Preview>[]) => void) | undefined;
}

/**
 * Sends a report of each cluster: reads them side by side, says which of them forbid it, asks once for the others, and
 * delivers what was agreed to. What fails for one stops no other.
 *
 * @throws {UserError} usage and consent before any cluster is asked; consent, if the person says no; delivery, if the state
 * directory can't be used. Then nothing was sent
 */
export async function sendFleet(
  choice: FleetChoice,
  options: SendOptions,
  around: Surroundings,
  {agree, told, forbidden, ...hooks}: FleetHooks,
): Promise<readonly Member<Sent>[]> {
  const {to, how, ...agreement} = settle(options, around, agree !== undefined);
  requireOwnIDs(around);
  const contexts = contextsOf(choice, options.collect.connection, around);
  return withConnections(around, async (connections) => {
    const read = await overFleet(
      contexts,
      options.collect.connection,
      connections,
      (connection, how) => {
        const warn = (sentence: string) => hooks.warn?.(sentence, connection.context);
        const collect = {...options.collect, connection: how};
        return prepare(connection, {...options, collect, to}, around, {...hooks, warn});
      },
      {areOne, check: requireNotForbidden, told},
    );
    const members = refuseCopies(alsoForbidden(read, areOne), reportOf, options.stateDir, around);
    forbidden?.(members.filter(({error}) => error instanceof ClusterForbids));
    const ready = members.flatMap(({result}) => result ?? []);
    if (options.dryRun || ready.length === 0) return members.map(unsent);
    const {fates, shared} = await deliver(ready, {...agreement, agree}, how, connections, around, hooks);
    const note = shared === undefined ? {} : {shared};
    return members.map((member) => {
      const at = member.result ? ready.indexOf(member.result) : -1;
      return at < 0 ? unsent(member) : settled(member.context, fates[at]!, note);
    });
  });
}

function reportOf({report}: Prepared): Report {
  return report;
}

const areOne = byID<Prepared>(({collected}) => collected?.clusterID, reportOf);

function unsent({context, result, error, sameAs}: Member<Prepared>): Member<Sent> {
  if (sameAs !== undefined) return {context, sameAs};
  return result ? {context, result: {preview: result}} : {context, error};
}

function settled(context: string, {preview, outcomes, error}: Fate, shared: Pick<Sent, 'shared'>): Member<Sent> {
  if (!outcomes) return {context, error};
  const result = {preview, outcomes, ...shared};
  try {
    requireDelivered(outcomes);
    return {context, result};
  } catch (error) {
    return {context, result, error};
  }
}
