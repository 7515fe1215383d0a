import type {Connection} from '../cluster/connection/connection.ts';
import type {Core2Changed, Core2Plan} from '../helm/core2-plan.ts';
import type {Plan} from '../helm/plan.ts';
import {sideBySide} from '../host/side-by-side.ts';
import type {Surroundings} from '../settings.ts';
import {carryOut} from './carry-out.ts';
import type {Changed, ChangeOptions} from './changing.ts';
import {rehearseCore2} from './core2-switch.ts';
import {contextsOf, countedOnce, type FleetChoice, type Member, type OnMember, overFleet} from './fleet.ts';
import {alongWith, heedNos} from './heed-nos.ts';
import {requireNoneSaysNo} from './keep-id.ts';
import type {Subject} from './one-cluster.ts';
import {rehearse} from './rehearse.ts';
import {requireReportingAllowed} from './reporting-allowed.ts';
import {declined, interrupted, untilAborted} from './until-aborted.ts';
import {withConnections} from './with-connection.ts';

/** What is about to happen in one of several clusters, to the one Seldon Core or the other. */
export type AnyPlan = Plan | Core2Plan;
/** What came of it. */
export type AnyChanged = Changed | Core2Changed;

/** How the operation speaks with the person about several clusters. */
export interface FleetDialogue {
  /** Told of each context when it was rehearsed, and again when it was changed. */
  readonly told: OnMember<AnyChanged>;
  /** Shows all that is about to happen. */
  plans(plans: readonly AnyPlan[]): void;
  /** Asks once for all of it. */
  confirm(plans: readonly AnyPlan[]): Promise<boolean>;
}

/** What was rehearsed in one of them. */
interface Rehearsed {
  readonly result: AnyChanged;
  readonly subject: Subject | undefined;
  readonly ready?: Ready;
}

interface Ready {
  readonly plan: AnyPlan;
  carryOut(): Promise<AnyChanged>;
  end(): void;
}

/** Clusters that are rehearsed or changed at the same time: each has a Helm of its own, of up to some 300 MB. */
const most = 4;

/**
 * Turns the usage metrics of the releases of several clusters on or off, or Hodometer where a cluster has that: rehearses all of them, asks once, and carries out
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
): Promise<readonly Member<AnyChanged>[]> {
  const {connection, dryRun, signal} = options;
  const contexts = contextsOf(choice, connection, around);
  const held = new DisposableStack();
  try {
    return await withConnections(around, async (connections) => {
      const rehearsals = overFleet<Rehearsed>(
        contexts,
        connection,
        connections,
        async (each, how, heard) => {
          // Before what may fail: a no is told first, and counts for other contexts of the cluster.
          if (options.to === true) await requireReportingAllowed(each, undefined, heard);
          return rehearseAny(each, {...options, connection: how}, around, held);
        },
        {tells: ({subject}) => ({subject}), told: (member) => told(outcomeOf(member)), most},
      );
      const heeded = await untilAborted(
        rehearsals.then((all) => heedNos(all, [], nothing)),
        signal,
      );
      const members = countedOnce(heeded);
      const ready = members.flatMap(({result}) => result?.ready ?? []);
      if (ready.length > 0) {
        const shown = ready.map(({plan}) => plan);
        plans(shown);
        if (!dryRun && !(await untilAborted(confirm(shown), signal))) throw declined();
      }
      if (dryRun) return members.map(outcomeOf);
      return sideBySide(members, most, async (member): Promise<Member<AnyChanged>> => {
        const {reached} = member;
        const one = member.result?.ready;
        if (!one || !reached) return outcomeOf(member);
        const along = alongWith(member, heeded);
        const look = () => requireNoneSaysNo(along, reached.connection, connections, nothing);
        // What is changed is not cut off in the middle.
        reached.connection.lift?.();
        const changed = await attempt(member.context, one, look, signal);
        told(changed);
        return changed;
      });
    });
  } finally {
    held.dispose();
  }
}

const nothing = 'Nothing was changed';

async function rehearseAny(
  connection: Connection,
  options: ChangeOptions,
  around: Surroundings,
  held: DisposableStack,
): Promise<Rehearsed> {
  const core2 = await rehearseCore2(connection, options, around, held, () => {});
  if (core2) {
    const {ready, result, uid} = core2;
    // That of a SeldonRuntime many may read.
    const subject = uid === undefined ? undefined : {uid, known: true};
    return {result, subject, ...(ready ? {ready: {...ready, carryOut: () => ready.carryOut(() => {})}} : {})};
  }
  const {result, release, ready} = await rehearse(connection, options, around, held, () => {});
  // Who would copy the UID of a release has to read its record first.
  const subject = release === undefined ? undefined : {uid: release, known: false};
  if (!ready) return {result, subject};
  const {plan, end} = ready;
  return {result, subject, ready: {plan, end, carryOut: () => carryOut(ready, () => {})}};
}

/** What is known of a context before anything is changed. */
function outcomeOf({result, ...rest}: Member<Rehearsed>): Member<AnyChanged> {
  const {context, error, sameAs} = rest;
  return {
    context,
    ...(error === undefined ? {} : {error}),
    ...(sameAs === undefined ? {} : {sameAs}),
    ...(result ? {result: result.result} : {}),
  };
}

/** @param look throws if others see a no of the cluster by now */
async function attempt(
  context: string,
  ready: Ready,
  look: () => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<Member<AnyChanged>> {
  try {
    await look();
    if (signal?.aborted) throw interrupted();
    return {context, result: await ready.carryOut()};
  } catch (error) {
    return {context, error};
  } finally {
    ready.end();
  }
}
