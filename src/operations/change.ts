import {connect} from '../cluster/connection/connect.ts';
import type {Connection, ConnectionOptions} from '../cluster/connection/connection.ts';
import {named} from '../cluster/connection/named.ts';
import {findSeldon, usualNamespace} from '../cluster/seldon.ts';
import {readStored} from '../cluster/stored-id.ts';
import {requireNoVeto} from '../consent/consent.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {candidates, chooseRelease} from '../helm/choose.ts';
import {findHelm} from '../helm/helm-program.ts';
import {idleOperator} from '../helm/operator.ts';
import {makePlan, type Plan} from '../helm/plan.ts';
import * as preflight from '../helm/preflight.ts';
import {requireSafeRecord} from '../helm/record-checks.ts';
import {releaseStatus} from '../helm/release-status.ts';
import {type FoundRelease, findReleases, lastDeployed, readRecord} from '../helm/releases.ts';
import {endUpgrade, prepareUpgrade, type Upgrade} from '../helm/upgrade.ts';
import {type UsageValue, usageValue, withUsage} from '../helm/usage.ts';
import {userCommands} from '../helm/user-commands.ts';
import {packageVersion} from '../report/version.ts';
import type {Surroundings} from '../settings.ts';
import {apply, checkBefore, rehearsal, type Subject, verify} from './change-steps.ts';
import {findChosenSeldon} from './find-seldon.ts';

/** What is to be changed, and how far to go. */
export interface ChangeOptions {
  readonly connection: ConnectionOptions;
  readonly namespace?: string | undefined;
  readonly release?: string | undefined;
  /** Helm's program; absent: the one in PATH. */
  readonly helm?: string | undefined;
  /** Live objects without Helm's marks that are accepted as the release's: `Deployment/seldon-controller-manager`. */
  readonly acceptUnmarked?: readonly string[] | undefined;
  /** Image of the volunteer that is accepted besides the chart's own, by the very reference. */
  readonly acceptImage?: string | undefined;
  /** `opposite`: of what is found. */
  readonly to: boolean | 'opposite';
  /** Stop after the rehearsal; nothing is written. */
  readonly dryRun?: boolean;
  /** Aborted by the signals that end the program; the reason is the signal's name. Helm gets it too. */
  readonly signal?: AbortSignal;
}

/** How the operation speaks with the person. */
export interface Dialogue {
  /** Told what is being done, whenever it may take a second or more. */
  doing(what: string): void;
  /** Shows what is about to happen. */
  plan(plan: Plan): void;
  /** Asks for a yes. */
  confirm(question: string): Promise<boolean>;
}

export interface Changed {
  /** `unchanged`: there was nothing to do. `rehearsed`: a dry run. */
  readonly outcome: 'unchanged' | 'rehearsed' | 'changed';
  readonly cluster: Pick<Connection, 'context' | 'server' | 'user'>;
  readonly release: {readonly name: string; readonly namespace: string};
  readonly value: {readonly path: string; readonly on: boolean};
  /** The last revision afterwards. */
  readonly revision: number;
  readonly plan?: Plan;
  /** What is odd about the release where nothing was to be done, or about the result. */
  readonly warnings: readonly string[];
  /** Milliseconds that each step took. */
  readonly steps: Readonly<Record<string, number>>;
}

/**
 * Turns the usage metrics of an installed release on or off, and changes nothing else.
 *
 * @throws {UserError} release, cluster or helm: with what is live and how to go back, where something was changed
 */
export async function change(options: ChangeOptions, around: Surroundings, dialogue: Dialogue): Promise<Changed> {
  const {signal} = options;
  const connection = await connect(options.connection, around);
  const clock = stopwatch();
  const made: {upgrade?: Upgrade} = {};
  try {
    dialogue.doing('Looking for the release');
    const ready = await untilAborted(prepare(options, around, connection, made, clock, dialogue), signal);
    if ('outcome' in ready) return ready;
    const {subject, plan, result, rehearsed} = ready;
    dialogue.plan(plan);
    if (options.dryRun) return {...result, outcome: 'rehearsed', plan};
    if (!(await untilAborted(dialogue.confirm(questionOf(plan)), signal)))
      throw new UserError('usage', 'Nothing was changed.', {suggestions: ['--yes answers the question.']});
    // Somebody may have said no while the question stood.
    if (subject.on) await requireReportingAllowed(connection, subject.release.namespace);
    clock.lap('question');
    dialogue.doing('Helm changes the release');
    await apply(subject, rehearsed);
    clock.lap('change');
    dialogue.doing('Looking at the result');
    const warnings = await verify(subject, rehearsed);
    clock.lap('verification');
    return {...result, outcome: 'changed', revision: result.revision + 1, plan, warnings};
  } finally {
    if (made.upgrade) endUpgrade(made.upgrade);
    connection.close();
  }
}

/**
 * Who turns the metrics on makes the cluster report: its own no counts here too.
 *
 * @throws {UserError} consent
 */
async function requireReportingAllowed(connection: Connection, namespace?: string): Promise<void> {
  // Not the chosen namespace's operators alone: what those of others say counts too.
  const seldon = await findSeldon(connection);
  requireNoVeto(await readStored(connection, seldon, namespace), 'Nothing was changed');
}

/** Everything before the question: nothing is written but into a private folder. */
async function prepare(
  options: ChangeOptions,
  around: Surroundings,
  connection: Connection,
  made: {upgrade?: Upgrade},
  clock: Stopwatch,
  dialogue: Dialogue,
) {
  // Before anything that may be missing: whoever may not report need not install Helm to learn it.
  if (options.to === true) await requireReportingAllowed(connection);
  const [helm, release] = await Promise.all([findHelm(options.helm, around), findOne(connection, options)]);
  const value = requireValue(release);
  const on = options.to === 'opposite' ? !value.on : options.to;
  const commands = userCommands(release, connection, options.connection.kubeconfig);
  clock.lap('find');
  if (on) await requireReportingAllowed(connection, release.namespace);
  if (!preflight.isDeployed(release))
    preflight.refuseUnsettled(release, commands, await lastDeployed(connection, release), Date.now());
  preflight.requireWholeChart(release);
  const {context, server, user} = connection;
  const result = {
    cluster: {context, server, user},
    release: {name: release.name, namespace: release.namespace},
    value: {path: value.path, on},
    revision: release.record.version,
    warnings: [],
    steps: clock.steps,
  };
  if (value.on === on)
    return {...result, outcome: 'unchanged' as const, warnings: (await releaseStatus(connection, release)).warnings};

  requireSafeRecord(release);
  const values = withUsage(release.record.config, value, on);
  const description = `${value.path}=${on} by seldon-usage ${packageVersion}`;
  const upgrade = await prepareUpgrade(
    release,
    {on, values, description, image: options.acceptImage},
    helm,
    connection,
    around,
  );
  made.upgrade = upgrade;
  const {signal, acceptUnmarked = []} = options;
  const subject: Subject = {connection, release, value, on, commands, upgrade, acceptUnmarked, signal};
  const observed = await checkBefore(subject);
  clock.lap('preflight');
  dialogue.doing('Helm rehearses the change on the server');
  const rehearsed = await rehearsal(subject, observed);
  clock.lap('rehearsal and drift');
  const plan = makePlan(connection, release, value, on, upgrade, rehearsed.usage, commands);
  return {subject, plan, result, rehearsed};
}

/** The result of the work, unless the person interrupts it first. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (!signal) return work;
  let interrupt = () => {};
  const interrupted = new Promise<never>((_, reject) => {
    interrupt = () => reject(new UserError('interrupted', 'Interrupted. Nothing was changed.'));
  });
  signal.addEventListener('abort', interrupt);
  if (signal.aborted) interrupt();
  try {
    return await Promise.race([interrupted, work]);
  } finally {
    signal.removeEventListener('abort', interrupt);
  }
}

function questionOf({cluster, value}: Plan): string {
  return `${value.after ? 'Enable' : 'Disable'} usage metrics of ${named(cluster)}?`;
}

/** Milliseconds of each step. */
interface Stopwatch {
  readonly steps: Record<string, number>;
  lap(name: string): void;
}

/** Milliseconds of the steps since the last one. */
function stopwatch(): Stopwatch {
  const steps: Record<string, number> = {};
  let last = performance.now();
  return {
    steps,
    lap(name) {
      const now = performance.now();
      steps[name] = Math.round(now - last);
      last = now;
    },
  };
}

async function findOne(connection: Connection, {namespace, release}: ChangeOptions): Promise<FoundRelease> {
  const likely = [connection.namespace, usualNamespace];
  const found = await findReleases(connection, {namespace, release, likely});
  const possible = candidates(found);
  const isNamed = namespace !== undefined || release !== undefined;
  const [operators, elsewhere, idle] = await Promise.all([
    possible.length === 0 ? findChosenSeldon(connection, namespace).then((seldon) => seldon.operators) : [],
    possible.length === 0 && isNamed ? findReleases(connection, {likely}).then(({releases}) => releases) : [],
    possible.length > 1 ? Promise.all(possible.map((one) => idleOperator(connection, one))) : [],
  ]);
  const chosen = chooseRelease(
    found,
    {namespace, release},
    operators.map((operator) => operator.namespace),
    idle,
    elsewhere,
  );
  if (!chosen.outline) return chosen;
  // What was left out of it while there were others.
  const whole = await readRecord(connection, chosen, chosen.record.version);
  if (!whole) throw new UserError('release', 'Somebody else removed the release in the meantime.');
  const {outline: _, ...rest} = chosen;
  return {...rest, ...whole};
}

function requireValue({record}: FoundRelease): UsageValue {
  const value = usageValue(record);
  if (value) return value;
  const {name, version} = record.chart.metadata;
  throw new UserError('release', `The chart ${clean(`${name} ${version}`)} has no usage metrics to change.`, {
    suggestions: ['seldon-usage send --period reports without the chart.'],
  });
}
