import type {Connection} from '../cluster/connection/connection.ts';
import {named} from '../cluster/connection/named.ts';
import {readPlace} from '../cluster/core2/place.ts';
import {verdictOf} from '../cluster/core2/verdict.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {Core2Changed, Core2Plan} from '../helm/core2-plan.ts';
import {statusCommand} from '../helm/user-commands.ts';
import type {Surroundings} from '../settings.ts';
import type {ChangeOptions, Dialogue} from './changing.ts';
import {prepareLevel} from './core2-level.ts';
import {prepareOlder, stillWantedBy} from './core2-older.ts';
import {operatorState} from './core2-operator.ts';
import {kubectlOf, prepareRuntime} from './core2-runtime.ts';
import {type Core2Subject, chooseCore2} from './core2-subject.ts';
import type {ReadySwitch, SwitchTask} from './core2-task.ts';
import {untilTrue, usualPatience, watchOff} from './core2-watch.ts';
import {requireReportingAllowed} from './reporting-allowed.ts';
import {type Stopwatch, stopwatch} from './stopwatch.ts';
import {declined, untilAborted} from './until-aborted.ts';

/** A change of Hodometer that was looked into. */
export interface RehearsedCore2 {
  /** What it comes to if nobody agrees. */
  readonly result: Core2Changed;
  /** What no other Hodometer of any cluster has: the UID of what decides on it. */
  readonly uid: string | undefined;
  /** Absent: there is nothing to do. */
  readonly ready?: ReadyCore2;
}

/** One that waits for a yes. */
export interface ReadyCore2 {
  readonly plan: Core2Plan;
  /**
   * Makes the change, and watches that an off stays one.
   *
   * @throws {UserError} as `change`
   */
  carryOut(doing: Dialogue['doing']): Promise<Core2Changed>;
  /** Removes the private folder and closes the gate. */
  end(): void;
}

/**
 * Turns Hodometer of Seldon Core 2 on or off, or to another level, by the way of whoever decides on it, and watches that an
 * off stays one.
 *
 * @returns undefined where the first Seldon Core is meant
 * @throws {UserError} as `change`
 */
export async function switchCore2(
  connection: Connection,
  options: ChangeOptions,
  around: Surroundings,
  held: DisposableStack,
  dialogue: Dialogue,
): Promise<Core2Changed | undefined> {
  const {signal, dryRun} = options;
  const rehearsed = await rehearseCore2(connection, options, around, held, dialogue.doing);
  if (!rehearsed?.ready) return rehearsed?.result;
  const {result, ready} = rehearsed;
  dialogue.plan(ready.plan);
  if (dryRun) return result;
  if (!(await untilAborted(dialogue.confirm(questionOf(ready.plan)), signal))) throw declined();
  return ready.carryOut(dialogue.doing);
}

/**
 * Finds out what would change, and rehearses it on the server.
 *
 * @param held given what has to be taken away at the end, whatever comes between
 * @returns undefined where the first Seldon Core is meant
 * @throws {UserError} whatever the change is refused for
 */
export async function rehearseCore2(
  connection: Connection,
  options: ChangeOptions,
  around: Surroundings,
  held: DisposableStack,
  doing: Dialogue['doing'],
): Promise<RehearsedCore2 | undefined> {
  const {signal, level} = options;
  const clock = stopwatch();
  doing('Looking for what reports');
  const chosen = await untilAborted(chooseCore2(connection, options), signal);
  if (!chosen) {
    if (level === undefined) return undefined;
    throw new UserError('usage', '--level goes with Hodometer of Seldon Core 2, and there is none here.');
  }
  // A search of the whole cluster can miss what may be read by its name only: what counts is what stands there.
  const {unreadable, ...place} = await untilAborted(readPlace(connection, chosen.place.namespace), signal);
  const subject = {...chosen, place};
  const verdict = verdictOf(place);
  if (unreadable.length > 0 || verdict.state === 'unknown')
    throw new UserError(
      'cluster',
      `Whether Hodometer runs in ${clean(place.namespace)}, or is wanted, could not be seen; nothing was changed.`,
      {suggestions: [`Ask for the right to get and list these there: ${unreadable.join(', ') || 'pods'}.`]},
    );
  const isOff = verdict.state === 'stopped' && !verdict.comesBack;
  const on = options.to === 'opposite' ? isOff : options.to;
  // More than before, or perhaps more, needs that the cluster allows it.
  const more = level === undefined ? on : options.to !== false;
  if (more) await requireReportingAllowed(connection, place.namespace);
  const operator = await operatorState(connection, place.namespace);
  clock.lap('find');
  const base = baseOf(connection, subject, options, on, clock);
  const uid = uidOf(subject);
  if (level === undefined && isOff === !on && (on ? verdict.state !== 'stopped' : true))
    return {uid, result: {...base, outcome: 'unchanged', warnings: on ? [] : stillWantedBy(subject)}};
  const warnings = operator.runs === true ? [] : [operator.sentence];
  const own = held.use(new DisposableStack());
  const task: SwitchTask = {connection, subject, options, around, held: own, on, warnings};
  doing('Rehearsing the change on the server');
  const ready = await untilAborted(prepare(task), signal);
  clock.lap('rehearsal');
  if (!ready) return {uid, result: {...base, outcome: 'unchanged', warnings}};
  const {plan, revision} = ready;
  const result: Core2Changed = {...base, outcome: 'rehearsed', plan, warnings: []};
  const carryOut = async (tell: Dialogue['doing']): Promise<Core2Changed> => {
    // Somebody may have said no while the question stood.
    if (more) await requireReportingAllowed(connection, place.namespace);
    clock.lap('question');
    tell('Making the change');
    await ready.apply();
    clock.lap('change');
    const seen = await seeResult(task, operator.sentence, tell).catch((error: unknown) => {
      throw afterChange(error, plan);
    });
    clock.lap('watching');
    return {...result, ...seen, outcome: 'changed', ...(revision === undefined ? {} : {revision})};
  };
  return {uid, result, ready: {plan, carryOut, end: () => own.dispose()}};
}

/** Of the SeldonRuntime, or of the record of the release up to 2.5. */
function uidOf({place: {namespace, runtimes}, releases: {releases}}: Core2Subject): string | undefined {
  const uid = runtimes[0]?.metadata.uid ?? releases.find((one) => one.namespace === namespace)?.stored.metadata.uid;
  return typeof uid === 'string' ? uid : undefined;
}

/** What keeps the result from being seen takes nothing of the change back: how to, is said with it. */
function afterChange(error: unknown, {undo, namespace, cluster}: Core2Plan): unknown {
  if (!(error instanceof UserError)) return error;
  return new UserError(error.code, error.message, {
    suggestions: [
      ...error.suggestions,
      `The change itself was made. To undo it: ${undo}`,
      `What runs: ${statusCommand(cluster, namespace)}`,
    ],
    cause: error,
  });
}

function prepare(task: SwitchTask): Promise<ReadySwitch | undefined> {
  if (task.options.level !== undefined) return prepareLevel(task, task.options.level);
  return task.subject.place.runtimes.length > 0 ? prepareRuntime(task) : prepareOlder(task);
}

/** What the world makes of the change. */
async function seeResult(
  task: SwitchTask,
  operator: string,
  doing: Dialogue['doing'],
): Promise<Pick<Core2Changed, 'warnings' | 'watched'>> {
  const {connection, subject, options, on} = task;
  const {place} = subject;
  const {level, signal, watchFor: watch = usualPatience.watch, settleFor: settle = usualPatience.settle} = options;
  const {namespace} = place;
  const patience = {settle, watch};
  if (level === undefined && !on) {
    doing(`Watching for ${Math.round(watch / 1000)} s that it stays off`);
    // Up to 2.5 Helm itself removes the Deployment.
    const who = place.runtimes.length > 0 ? [operator] : [];
    return {watched: await watchOff(connection, namespace, patience, who, kubectlOf(task), signal), warnings: []};
  }
  doing('Looking at the result');
  const wait = Math.min(watch, patience.settle);
  const {reached} = await untilTrue(
    connection,
    namespace,
    wait,
    ({deployments}) =>
      level === undefined
        ? deployments.some(({replicas}) => replicas > 0)
        : deployments.every((one) => one.level === level),
    signal,
  );
  return {
    warnings: reached
      ? []
      : [`The switch is set, and its Deployment does not show it yet. ${operator} seldon-usage status tells more.`],
  };
}

function baseOf(
  {context, server, user}: Connection,
  {place}: Core2Subject,
  {level}: ChangeOptions,
  on: boolean,
  {steps}: Stopwatch,
): Pick<Core2Changed, 'cluster' | 'hodometer' | 'steps'> {
  const to = level === undefined ? (on ? 'on' : 'off') : 'level';
  return {
    cluster: {context, server, user},
    hodometer: {namespace: place.namespace, to, ...(level === undefined ? {} : {level})},
    steps,
  };
}

function questionOf({cluster, namespace, to, fields}: Core2Plan): string {
  const where = `Hodometer of Seldon Core 2 in ${clean(namespace)}, ${named(cluster)}`;
  if (to === 'level') return `Change the level of ${where} to ${fields[0]?.after}?`;
  return to === 'off' ? `Stop ${where}?` : `Start ${where}, which then reports?`;
}
