import {setTimeout as sleep} from 'node:timers/promises';
import type {Connection} from '../cluster/connection/connection.ts';
import {type PlaceNow, readPlace} from '../cluster/core2/place.ts';
import {verdictOf} from '../cluster/core2/verdict.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {type KubectlCommands, statusCommand} from '../helm/user-commands.ts';

/** How long is waited and watched, milliseconds. */
export interface Patience {
  /** For what was set to take effect: pods end within their grace period. */
  readonly settle: number;
  /** For something to bring it back. */
  readonly watch: number;
}

export const usualPatience: Patience = {settle: 60_000, watch: 60_000};

/** Between two looks, milliseconds. */
const pause = 1000;

/**
 * Waits until no pod of Hodometer runs in the namespace and none is wanted, and then watches that it stays so.
 *
 * @param who whether an operator runs that acts on the switch, and what else is known, one sentence each
 * @param kubectl for what is left to do by hand
 * @returns milliseconds for which it stayed off
 * @throws {UserError} cluster, if it did not stop or came back; interrupted
 */
export async function watchOff(
  connection: Connection,
  namespace: string,
  {settle, watch}: Patience,
  who: readonly string[],
  kubectl: KubectlCommands,
  signal: AbortSignal | undefined,
): Promise<number> {
  const stopped = await untilTrue(connection, namespace, settle, isOff, signal);
  if (!stopped.reached) throw notStopped(stopped.place, who, kubectl);
  const began = performance.now();
  const back = await untilTrue(connection, namespace, watch, (place) => !isOff(place), signal);
  if (back.reached) throw cameBack(back.place, performance.now() - began);
  return Math.round(performance.now() - began);
}

/**
 * Waits until something holds of the namespace.
 *
 * @returns whether it did within the time, and the namespace as it was last
 */
export async function untilTrue(
  connection: Connection,
  namespace: string,
  time: number,
  holds: (place: PlaceNow) => boolean,
  signal: AbortSignal | undefined,
): Promise<{reached: boolean; place: PlaceNow}> {
  const deadline = performance.now() + time;
  for (;;) {
    const place = await readPlace(connection, namespace);
    if (holds(place)) return {reached: true, place};
    const left = deadline - performance.now();
    if (left <= 0) return {reached: false, place};
    if (signal?.aborted) throw interruptedAfter(connection, namespace);
    await sleep(Math.min(pause, left), undefined, signal ? {signal} : {}).catch(() => {
      throw interruptedAfter(connection, namespace);
    });
  }
}

/** Nothing runs, nothing is wanted, and all of that could be seen. */
function isOff(place: PlaceNow): boolean {
  const {state, comesBack} = verdictOf(place);
  return state === 'stopped' && !comesBack && place.unreadable.length === 0;
}

function interruptedAfter(connection: Connection, namespace: string): UserError {
  return new UserError('interrupted', 'Interrupted after the change, before it was seen that Hodometer stays off.', {
    suggestions: [`Look at it: ${statusCommand(connection, namespace)}`],
  });
}

function stateText(place: PlaceNow): string[] {
  const {pods, deployments, runtimes} = place;
  return [
    pods === 'unreadable' ? 'pods: not readable' : `pods: ${pods.running} running, ${pods.starting} not yet`,
    ...deployments.map(({name, replicas}) => `Deployment ${name}: wants ${replicas}`),
    ...runtimes.map(
      ({name, disable, replicas}) =>
        `SeldonRuntime ${clean(name)}: disable: ${disable}, replicas: ${replicas ?? 'not set'}`,
    ),
    ...(place.unreadable.length > 0 ? [`not readable: ${place.unreadable.join(', ')}`] : []),
  ];
}

function notStopped(place: PlaceNow, who: readonly string[], kubectl: KubectlCommands): UserError {
  const scale = place.deployments
    .filter(({replicas}) => replicas > 0)
    .map((one) => `By hand: ${kubectl.scaleToNone(one)}`);
  return new UserError('cluster', 'The switch is set, but Hodometer has not stopped: it may go on reporting.', {
    suggestions: [...stateText(place), ...who, ...scale, 'seldon-usage status tells when it has stopped.'],
  });
}

function cameBack(place: PlaceNow, after: number): UserError {
  const managers = place.runtimes.flatMap(({metadata}) => (metadata.managedFields ?? []).map(({manager}) => manager));
  const names = [...new Set(managers)].filter((name) => name !== undefined).map((name) => clean(name, 80));
  return new UserError(
    'cluster',
    `Hodometer was off for ${Math.round(after / 1000)} s and then wanted again: something takes the change back.`,
    {
      suggestions: [
        ...stateText(place),
        ...(names.length > 0 ? [`Who wrote the SeldonRuntime: ${names.slice(0, 8).join(', ')}`] : []),
        'Change it where that comes from: a pipeline, an operator, a repository.',
      ],
    },
  );
}
