import type {Plan} from '../helm/plan.ts';
import {sideBySide} from '../host/side-by-side.ts';
import type {Surroundings} from '../settings.ts';
import {carryOut} from './carry-out.ts';
import type {Changed, ChangeOptions} from './changing.ts';
import {requireFirstCore} from './core2-subject.ts';
import {alsoForbidden, contextsOf, type FleetChoice, type Member, type OnMember, overFleet} from './fleet.ts';
import {type Ready, type Rehearsed, rehearse} from './rehearse.ts';
import {declined, interrupted, untilAborted} from './until-aborted.ts';
import {withConnections} from './with-connection.ts';

/** How the operation speaks with the person about several clusters. */
export interface FleetDialogue {
  /** Told of each context when it was rehearsed, and again when it was changed. */
  readonly told: OnMember<Changed>;
  /** Shows all that is about to happen. */
  plans(plans: readonly Plan[]): void;
  /** Asks once for all of it. */
  confirm(plans: readonly Plan[]): Promise<boolean>;
}

/** Clusters that are rehearsed or changed at the same time: each has a Helm of its own, of up to some 300 MB. */
const most = 4;

/**
 * Turns the usage metrics of the releases of several clusters on or off: rehearses all of them, asks once, and carries out
 * what was agreed to. What fails for one stops no other.
 *
 * @throws {UserError} usage, before any cluster is asked, or if the person says no; interrupted before the yes. Then nothing
 * was changed
 */
export async function changeFleet(
  choice: FleetChoice,
  options: ChangeOptions,
  around: Surroundings,
  {told, plans, confirm}: FleetDialogue,
): Promise<readonly Member<Changed>[]> {
  const {connection, dryRun, signal} = options;
  const contexts = contextsOf(choice, connection, around);
  const held = new DisposableStack();
  try {
    return await withConnections(around, async (connections) => {
      const rehearsals = overFleet<Rehearsed>(
        contexts,
        connection,
        connections,
        async (each, how) => {
          await requireFirstCore(each, options);
          return rehearse(each, {...options, connection: how}, around, held, () => {});
        },
        // Who would copy that of a release has to read its record first.
        ({result: one}, {result: other}) =>
          one!.release === undefined || other!.release === undefined ? undefined : one!.release === other!.release,
        (member) => told(outcomeOf(member)),
        most,
      );
      const members = alsoForbidden(await untilAborted(rehearsals, signal));
      const ready = members.flatMap(({result}) => result?.ready ?? []);
      if (ready.length > 0) {
        const shown = ready.map(({plan}) => plan);
        plans(shown);
        if (!dryRun && !(await untilAborted(confirm(shown), signal))) throw declined();
      }
      if (dryRun) return members.map(outcomeOf);
      return sideBySide(members, most, async (member): Promise<Member<Changed>> => {
        const one = member.result?.ready;
        if (!one) return outcomeOf(member);
        const changed = await attempt(member.context, one);
        told(changed);
        return changed;
      });
    });
  } finally {
    held.dispose();
  }
}

/** What is known of a context before anything is changed. */
function outcomeOf({result, ...rest}: Member<Rehearsed>): Member<Changed> {
  const {context, error, sameAs} = rest;
  return {
    context,
    ...(error === undefined ? {} : {error}),
    ...(sameAs === undefined ? {} : {sameAs}),
    ...(result ? {result: result.result} : {}),
  };
}

async function attempt(context: string, ready: Ready): Promise<Member<Changed>> {
  try {
    if (ready.signal?.aborted) throw interrupted();
    return {context, result: await carryOut(ready, () => {})};
  } catch (error) {
    return {context, error};
  } finally {
    ready.end();
  }
}
