import type {Report} from '../report/index.ts';
import type {Surroundings} from '../settings.ts';
import {traitsOf} from './collect-fleet.ts';
import {refuseCopies} from './copied-id.ts';
import {deliver, type Fate} from './deliver.ts';
import {requireDelivered} from './delivered.ts';
import {
  contextsOf,
  countedOnce,
  type FleetChoice,
  type Member,
  type OnMember,
  overFleet,
  type Placed,
  requireOwnIDs,
} from './fleet.ts';
import {FleetMemory} from './fleet-memory.ts';
import {alongWith, heedNos} from './heed-nos.ts';
import {prepare} from './prepare.ts';
import {settle} from './send.ts';
import type {Prepared, Preview, SendHooks, SendOptions, Sent} from './sending.ts';
import {withConnections} from './with-connection.ts';

/** The person's side, for several clusters. */
export interface FleetHooks extends Omit<SendHooks, 'agree' | 'progress'> {
  /** Asks once for all of it. */
  readonly agree?: ((previews: readonly Preview[]) => Promise<boolean>) | undefined;
  readonly told?: OnMember<Preview> | undefined;
  /** Told before the question whose clusters forbid to send, and what else failed. */
  readonly failed?: ((members: readonly Member<Preview>[]) => void) | undefined;
}

/**
 * Sends a report of each cluster: reads them side by side, says which of them forbid it, asks once for the others, and
 * delivers what was agreed to. What fails for one stops no other.
 *
 * @param memory what earlier rounds of this process have learned
 * @throws {UserError} usage and consent before any cluster is asked; consent, if the person says no; delivery, if the state
 * directory can't be used. Then nothing was sent
 */
export async function sendFleet(
  choice: FleetChoice,
  options: SendOptions,
  around: Surroundings,
  {agree, told, failed, ...hooks}: FleetHooks,
  memory = new FleetMemory(),
): Promise<readonly Placed<Sent>[]> {
  const {to, how, ...agreement} = await settle(options, around, agree !== undefined);
  requireOwnIDs(around);
  const contexts = contextsOf(choice, options.collect.connection, around);
  return withConnections(around, async (connections) => {
    const read = await overFleet<Prepared>(
      contexts,
      options.collect.connection,
      connections,
      (connection, how, heard) => {
        const warn = (sentence: string) => hooks.warn?.(sentence, connection.context);
        const collect = {...options.collect, connection: how, heard};
        return prepare(connection, {...options, collect, to}, around, {...hooks, warn});
      },
      {tells: ({collected}) => (collected ? traitsOf(collected) : {}), told},
    );
    // Before one stands for another: a no may be seen by the one that does not.
    const heeded = await heedNos(read, memory.past(read));
    const counted = countedOnce(heeded, memory.counted(contexts));
    const members: readonly Placed<Prepared>[] = refuseCopies(
      counted,
      reportOf,
      options.stateDir,
      around,
      memory.all(),
    );
    memory.learn(read, members);
    failed?.(members.filter(({error}) => error !== undefined));
    const ready = members.flatMap((member) => {
      const {context, result} = member;
      return result ? [{context, preview: {...result, along: alongWith(member, heeded)}}] : [];
    });
    if (options.dryRun || ready.length === 0) return members.map(unsent);
    const previews = ready.map(({preview}) => preview);
    const agreed = {...agreement, several: contexts.length > 1, agree};
    const {fates, shared} = await deliver(previews, agreed, how, connections, around, hooks);
    const note = shared === undefined ? {} : {shared};
    return members.map((member) => {
      const at = ready.findIndex(({context}) => context === member.context);
      return at < 0 ? unsent(member) : settled(member.context, fates[at]!, note);
    });
  });
}

function reportOf({report}: Prepared): Report {
  return report;
}

function unsent({context, result, error, sameAs, forbiddenBy}: Placed<Prepared>): Placed<Sent> {
  if (sameAs !== undefined) return {context, sameAs};
  if (result) return {context, result: {preview: result}};
  return {context, error, ...(forbiddenBy === undefined ? {} : {forbiddenBy})};
}

function settled(
  context: string,
  {preview, outcomes, error, sameAs}: Fate,
  shared: Pick<Sent, 'shared'>,
): Member<Sent> {
  if (sameAs !== undefined) return {context, sameAs};
  if (!outcomes) return {context, error};
  const result = {preview, outcomes, ...shared};
  try {
    requireDelivered(outcomes);
    return {context, result};
  } catch (error) {
    return {context, result, error};
  }
}
