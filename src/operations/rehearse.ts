import type {Connection} from '../cluster/connection/connection.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {resourceFinder} from '../helm/api-resources.ts';
import {findDrift} from '../helm/drift.ts';
import {rehearsalStage} from '../helm/gate/stages.ts';
import {findHelm} from '../helm/helm-program.ts';
import {type Observed, observe, requireOneEach, requireOwned} from '../helm/kept.ts';
import {type Located, locate} from '../helm/objects.ts';
import {makePlan, type Plan} from '../helm/plan.ts';
import {requireNoService} from '../helm/pod-labels.ts';
import * as preflight from '../helm/preflight.ts';
import {requireSafeRecord} from '../helm/record-checks.ts';
import {acceptRehearsal} from '../helm/rehearsal.ts';
import {releaseStatus} from '../helm/release-status.ts';
import type {FoundRelease} from '../helm/releases.ts';
import {endUpgrade, prepareUpgrade, rehearse as rehearseHelm, renderedUsage, type Upgrade} from '../helm/upgrade.ts';
import {isOperator, isUsageDocument, type UsageValue, usageValue, withUsage} from '../helm/usage.ts';
import {type UserCommands, userCommands} from '../helm/user-commands.ts';
import {packageVersion} from '../report/version.ts';
import type {Surroundings} from '../settings.ts';
import type {Changed, ChangeOptions} from './changing.ts';
import {findRelease} from './find-release.ts';
import {requireReportingAllowed} from './reporting-allowed.ts';
import {type Stopwatch, stopwatch} from './stopwatch.ts';
import {interrupted} from './until-aborted.ts';

/** A change that was rehearsed, and waits for a yes. */
export interface Ready {
  readonly connection: Connection;
  readonly release: FoundRelease;
  readonly on: boolean;
  readonly commands: UserCommands;
  readonly upgrade: Upgrade;
  /** What a person agrees to. */
  readonly plan: Plan;
  /** The usage objects that are made or removed. */
  readonly usage: readonly Located[];
  /** The manifest that the change will have. Holds Secrets: never shown. */
  readonly manifest: string;
  /** The objects of the last revision as they were then, those of the usage metrics too. */
  readonly observed: readonly Observed[];
  /** What it comes to if nobody agrees. */
  readonly result: Changed;
  readonly clock: Stopwatch;
  readonly signal: AbortSignal | undefined;
  /** Removes the private folder and closes the gate. */
  end(): void;
}

/** What would change. */
export interface Rehearsed {
  readonly result: Changed;
  /** What no other release of any cluster has: the UID of its newest record. */
  readonly release: string | undefined;
  /** Absent: there is nothing to do. */
  readonly ready?: Ready;
}

/**
 * Finds out what would change: the release, what stands against a change of it, and what Helm makes of it in a rehearsal on
 * the server. Nothing is written but into a private folder.
 *
 * @param held given what has to be taken away at the end, whatever comes between
 * @throws {UserError} whatever the change is refused for
 */
export async function rehearse(
  connection: Connection,
  options: ChangeOptions,
  around: Surroundings,
  held: DisposableStack,
  doing: (what: string) => void,
): Promise<Rehearsed> {
  const {acceptUnmarked = [], acceptImage, signal} = options;
  const clock = stopwatch();
  // Before anything that may be missing: whoever may not report need not install Helm to learn it.
  if (options.to === true) await requireReportingAllowed(connection);
  const [helm, release] = await Promise.all([findHelm(options.helm, around), findRelease(connection, options)]);
  const value = requireValue(release);
  const on = options.to === 'opposite' ? !value.on : options.to;
  const commands = userCommands(release, connection, options.connection.kubeconfig);
  clock.lap('find');

  if (on) await requireReportingAllowed(connection, release.namespace);
  await preflight.requireSettled(connection, release, commands);
  preflight.requireWholeChart(release);
  const {uid} = release.stored.metadata;
  const which = {release: typeof uid === 'string' ? uid : undefined};
  const result = resultOf(connection, release, value, on, clock);
  if (value.on === on)
    return {...which, result: {...result, warnings: (await releaseStatus(connection, release)).warnings}};

  requireSafeRecord(release);
  const values = withUsage(release.record.config, value, on);
  const description = `${value.path}=${on} by seldon-usage ${packageVersion}`;
  const own = held.use(new DisposableStack());
  try {
    const intent = {on, values, description, image: acceptImage};
    const upgrade = await prepareUpgrade(release, intent, helm, connection, around);
    own.defer(() => endUpgrade(upgrade));
    const observed = await requireOurs(connection, release, upgrade, {value, on, acceptUnmarked});
    clock.lap('preflight');
    doing('Helm rehearses the change on the server');
    const {usage, manifest} = await onServer(connection, release, upgrade, {on, observed, signal});
    clock.lap('rehearsal and drift');
    const plan = makePlan(connection, release, value, on, upgrade, usage, commands);
    const rehearsed: Changed = {...result, outcome: 'rehearsed', plan};
    return {
      ...which,
      result: rehearsed,
      ready: {
        ...{connection, release, on, commands, upgrade, plan, usage, manifest, observed, clock, signal},
        ...{result: rehearsed, end: () => own.dispose()},
      },
    };
  } catch (error) {
    own.dispose();
    throw error;
  }
}

/** What is known before anything is prepared. */
function resultOf(
  {context, server, user}: Connection,
  {name, namespace, record}: FoundRelease,
  {path}: UsageValue,
  on: boolean,
  {steps}: Stopwatch,
): Changed {
  return {
    cluster: {context, server, user},
    release: {name, namespace},
    value: {path, on},
    revision: record.version,
    warnings: [],
    steps,
    outcome: 'unchanged',
  };
}

function requireValue({record}: FoundRelease): UsageValue {
  const value = usageValue(record);
  if (value) return value;
  const {name, version} = record.chart.metadata;
  throw new UserError('release', `The chart ${clean(`${name} ${version}`)} has no usage metrics to change.`, {
    suggestions: ['seldon-usage send --period reports without the chart.'],
  });
}

/**
 * Refuses what is not the user's to change: by its owner, by rights, and by whose the live objects are that Helm would touch.
 *
 * @returns the objects of the last revision, as they are
 * @throws {UserError} release or cluster
 */
async function requireOurs(
  connection: Connection,
  release: FoundRelease,
  {plan: {stored}}: Upgrade,
  {value, on, acceptUnmarked}: {value: UsageValue; on: boolean; acceptUnmarked: readonly string[]},
): Promise<readonly Observed[]> {
  const located = await locate(stored, release.namespace, resourceFinder(connection));
  requireOneEach(located);
  const observed = await observe(connection, located);
  const kept = keptOf(observed);
  const operator = kept.find(({document}) => isOperator(document))?.live;
  await preflight.requireNoOwner(connection, release, {documents: stored, operator, path: value.path, on});
  await preflight.requireRights(connection, release, kept, on);
  // Those of the usage metrics too: without them in the new manifest, Helm deletes what the stored one names.
  requireOwned(observed, release, acceptUnmarked);
  return observed;
}

/**
 * Helm's rehearsal and, at the same time, the search for what Helm would reset.
 *
 * @throws {UserError} release, cluster, helm or interrupted
 */
async function onServer(
  connection: Connection,
  release: FoundRelease,
  upgrade: Upgrade,
  {on, observed, signal}: Pick<Ready, 'on' | 'observed' | 'signal'>,
): Promise<Pick<Ready, 'usage' | 'manifest'>> {
  const stage = rehearsalStage(connection, release.namespace, observed, () => renderedUsage(upgrade));
  // Both come to their end, so that nothing runs on in a folder that is gone; drift is the reason that counts.
  const [drift, helm] = await Promise.allSettled([
    findDrift(connection, keptOf(observed)),
    rehearseHelm(upgrade, stage, {signal}),
  ]);
  if (signal?.aborted) throw interrupted();
  if (drift.status === 'rejected') throw drift.reason;
  if (helm.status === 'rejected') throw helm.reason;
  preflight.requireNoDrift(drift.value);
  const usage = await locate(helm.value.usage ?? [], release.namespace, resourceFinder(connection));
  await Promise.all([
    preflight.requireAdmission(connection, usage, release, on),
    on ? requireNoService(connection, usage) : undefined,
  ]);
  return {usage, manifest: acceptRehearsal(helm.value, upgrade, release)};
}

/** The objects that stay as they are. */
function keptOf(observed: readonly Observed[]): readonly Observed[] {
  return observed.filter(({document}) => !isUsageDocument(document));
}
