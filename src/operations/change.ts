import {connect} from '../cluster/connect.ts';
import type {Connection, ConnectionOptions} from '../cluster/connection.ts';
import {named} from '../cluster/named.ts';
import {findSeldon, usualNamespace} from '../cluster/seldon.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {aftermath} from '../helm/aftermath.ts';
import {resourceFinder} from '../helm/api-resources.ts';
import {chooseRelease} from '../helm/choose.ts';
import {findDrift, type Observed} from '../helm/drift.ts';
import {findHelm} from '../helm/helm-program.ts';
import {type Located, locate, readLive} from '../helm/objects.ts';
import {findOwner} from '../helm/owner.ts';
import {makePlan, type Plan} from '../helm/plan.ts';
import * as preflight from '../helm/preflight.ts';
import {acceptRehearsal} from '../helm/rehearsal.ts';
import {releaseStatus} from '../helm/release-status.ts';
import {type FoundRelease, findReleases, readRecord, readRevisions} from '../helm/releases.ts';
import {prepareUpgrade, rehearse, runUpgrade, type Upgrade} from '../helm/upgrade.ts';
import {isOperator, isUsageDocument, type UsageValue, usageValue, withUsage} from '../helm/usage.ts';
import {checkLive, checkRecord} from '../helm/verify.ts';
import {packageVersion} from '../report/version.ts';
import type {Surroundings} from '../settings.ts';

/** What is to be changed, and how far to go. */
export interface ChangeOptions {
  readonly connection: ConnectionOptions;
  readonly namespace?: string | undefined;
  readonly release?: string | undefined;
  /** Helm's program; absent: the one in PATH. */
  readonly helm?: string | undefined;
  /** `opposite`: of what is found. */
  readonly to: boolean | 'opposite';
  /** Stop after the rehearsal; nothing is written. */
  readonly dryRun?: boolean;
  /** Aborted by the signals that end the program; the reason is the signal's name. Helm gets it too. */
  readonly signal?: AbortSignal;
}

/** How the operation speaks with the person. */
export interface Dialogue {
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
  /** Where nothing was to be done: what is odd about it all the same. */
  readonly warnings: readonly string[];
  /** Milliseconds that each step took. */
  readonly steps: Readonly<Record<string, number>>;
}

/** Everything that is known of the change once its release is chosen. */
interface Subject {
  readonly connection: Connection;
  readonly release: FoundRelease;
  readonly value: UsageValue;
  readonly on: boolean;
  readonly commands: preflight.UserCommands;
  readonly signal: AbortSignal | undefined;
}

/**
 * Turns the usage metrics of an installed release on or off, and changes nothing else.
 *
 * @throws {UserError} release, cluster or helm: with what is live and how to go back, where something was changed
 */
export async function change(options: ChangeOptions, around: Surroundings, dialogue: Dialogue): Promise<Changed> {
  const connection = await connect(options.connection, around);
  const clock = stopwatch();
  let upgrade: Upgrade | undefined;
  try {
    const [helm, release] = await Promise.all([findHelm(options.helm, around), findOne(connection, options)]);
    const value = requireValue(release);
    const on = options.to === 'opposite' ? !value.on : options.to;
    const commands = preflight.userCommands(release, connection, options.connection.kubeconfig);
    const subject: Subject = {connection, release, value, on, commands, signal: options.signal};
    const {context, server, user} = connection;
    const result = {
      cluster: {context, server, user},
      release: {name: release.name, namespace: release.namespace},
      value: {path: value.path, on},
      steps: clock.steps,
    };
    clock.lap('find');
    preflight.requireChangeable(release, commands, Date.now());
    if (value.on === on) {
      const {warnings} = await releaseStatus(connection, release);
      return {...result, outcome: 'unchanged', revision: release.record.version, warnings};
    }

    const values = withUsage(release.record.config, value, on);
    const description = `${value.path}=${on} by seldon-usage ${packageVersion}`;
    upgrade = await prepareUpgrade(release, {on, values, description}, helm, connection, around);
    const kept = await checkBefore(subject, upgrade);
    clock.lap('preflight');
    const [{usage, manifest}, observed] = await rehearsal(subject, upgrade, kept);
    clock.lap('rehearsal and drift');
    const plan = makePlan(connection, release, value, on, upgrade, usage, commands);
    dialogue.plan(plan);
    if (options.dryRun) return {...result, outcome: 'rehearsed', revision: release.record.version, plan, warnings: []};
    if (!(await dialogue.confirm(`${on ? 'Enable' : 'Disable'} usage metrics of ${named(connection)}?`)))
      throw new UserError('usage', 'Nothing was changed.', {suggestions: ['--yes answers the question.']});
    clock.lap('question');
    await apply(subject, upgrade, usage);
    clock.lap('change');
    const problems = await verify(subject, upgrade, manifest, usage, observed);
    clock.lap('verification');
    if (problems.length > 0) throw unverified(subject, problems);
    return {...result, outcome: 'changed', revision: release.record.version + 1, plan, warnings: []};
  } finally {
    upgrade?.workspace.remove();
    connection.close();
  }
}

/** Milliseconds of the steps since the last one. */
function stopwatch(): {steps: Record<string, number>; lap(name: string): void} {
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
  const found = await findReleases(connection, {namespace, release, likely: [connection.namespace, usualNamespace]});
  const operators = found.releases.length === 0 ? (await findSeldon(connection, namespace)).operators : [];
  return chooseRelease(
    found,
    {namespace, release},
    operators.map((operator) => operator.namespace),
  );
}

function requireValue({record}: FoundRelease): UsageValue {
  const value = usageValue(record);
  if (value) return value;
  const {name, version} = record.chart.metadata;
  throw new UserError('release', `The chart ${clean(`${name} ${version}`)} has no usage metrics to change.`, {
    suggestions: ['seldon-usage send --period reports without the chart.'],
  });
}

/** Owner and rights; answers where the objects are that must stay as they are. */
async function checkBefore({connection, release, value, on}: Subject, {plan}: Upgrade): Promise<Located[]> {
  const kept = await locate(
    plan.stored.filter((document) => !isUsageDocument(document)),
    release.namespace,
    resourceFinder(connection),
  );
  const workload = kept.find(({document}) => isOperator(document));
  const operator = workload && (await readLive(connection, workload));
  const owner = await findOwner(connection, {release, documents: plan.stored, operator, path: value.path});
  if (owner) preflight.refuseOwner(owner, release, on);
  await preflight.requireRights(connection, release, kept, on);
  return kept;
}

/** Helm's rehearsal and, at the same time, the search for what Helm would reset. */
async function rehearsal(subject: Subject, upgrade: Upgrade, kept: readonly Located[]) {
  const {connection, release, on, signal} = subject;
  // Both come to their end, so that nothing runs on in a folder that is gone; drift is the reason that counts.
  const [drift, rehearsed] = await Promise.allSettled([findDrift(connection, kept), rehearse(upgrade, {signal})]);
  if (signal?.aborted) throw new UserError('interrupted', 'Interrupted. Nothing was changed.');
  if (drift.status === 'rejected') throw drift.reason;
  if (rehearsed.status === 'rejected') throw rehearsed.reason;
  preflight.requireNoDrift(drift.value.drift);
  const usage = await locate(rehearsed.value.usage ?? [], release.namespace, resourceFinder(connection));
  await preflight.requireAdmission(connection, usage, release, on);
  const manifest = acceptRehearsal(rehearsed.value, upgrade, release);
  return [{usage, manifest}, drift.value.observed] as const;
}

/** The change itself, if the release is still what it was. */
async function apply(subject: Subject, upgrade: Upgrade, usage: readonly Located[]): Promise<void> {
  const {connection, release, commands, signal} = subject;
  const [newest] = await readRevisions(connection, release);
  if (newest?.version !== release.record.version || newest.status !== 'deployed') {
    throw new UserError('release', 'Somebody else changed the release in the meantime; nothing was changed here.', {
      suggestions: [`See what happened: ${commands.history()}`],
    });
  }
  if (signal?.aborted) throw new UserError('interrupted', 'Interrupted. Nothing was changed.');
  const run = await runUpgrade(upgrade, {signal});
  if (run.code !== 0)
    throw await aftermath(connection, release, usage, upgrade, run, commands, signal?.aborted === true);
}

/** What is not as planned after the change; one sentence each. */
async function verify(
  {connection, release, on}: Subject,
  {plan, values}: Upgrade,
  manifest: string,
  usage: readonly Located[],
  observed: readonly Observed[],
): Promise<string[]> {
  const before = release.record.version;
  const [revisions, after, live] = await Promise.all([
    readRevisions(connection, release),
    readRecord(connection, release, before + 1),
    checkLive(connection, on, usage, observed),
  ]);
  const documents = usage.map(({document}) => document);
  const [newest] = revisions;
  return [
    ...(newest?.version === before + 1 && newest.status === 'deployed'
      ? []
      : [`the last revision is ${newest?.version} (${clean(newest?.status)}), not ${before + 1}`]),
    ...(after ? checkRecord(after.record, plan, documents, values, manifest) : [`revision ${before + 1} is not there`]),
    ...live,
  ];
}

function unverified({release, commands}: Subject, problems: readonly string[]): UserError {
  return new UserError('helm', 'Helm reports success, but the result is not as planned.', {
    suggestions: [
      ...problems.slice(0, 12),
      `See the revisions: ${commands.history()}`,
      `To go back: ${commands.rollback(release.record.version)}`,
    ],
  });
}
