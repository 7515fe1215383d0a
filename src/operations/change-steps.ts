import type {Connection} from '../cluster/connection/connection.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {aftermath} from '../helm/aftermath.ts';
import {resourceFinder} from '../helm/api-resources.ts';
import {findDrift} from '../helm/drift.ts';
import {changeStage, rehearsalStage} from '../helm/gate/stages.ts';
import {type Observed, observe, requireOneEach, requireOwned} from '../helm/kept.ts';
import {type Located, locate} from '../helm/objects.ts';
import {findOwner} from '../helm/owner.ts';
import {requireNoService} from '../helm/pod-labels.ts';
import * as preflight from '../helm/preflight.ts';
import {acceptRehearsal} from '../helm/rehearsal.ts';
import {type FoundRelease, readRecord, readRevisions} from '../helm/releases.ts';
import {rehearse, renderedUsage, runUpgrade, type Upgrade} from '../helm/upgrade.ts';
import {isOperator, isUsageDocument, type UsageValue} from '../helm/usage.ts';
import type {UserCommands} from '../helm/user-commands.ts';
import {checkLive, checkRecord} from '../helm/verify.ts';

/** Everything that is known of the change once its release is chosen. */
export interface Subject {
  readonly connection: Connection;
  readonly release: FoundRelease;
  readonly value: UsageValue;
  readonly on: boolean;
  readonly commands: UserCommands;
  readonly upgrade: Upgrade;
  /** Live objects without Helm's marks that are accepted as the release's: `Deployment/seldon-controller-manager`. */
  readonly acceptUnmarked: readonly string[];
  readonly signal: AbortSignal | undefined;
}

/** What the rehearsal brought, and how the cluster was then. */
export interface Rehearsed {
  readonly usage: readonly Located[];
  /** The manifest that the change will have. Holds Secrets: never shown. */
  readonly manifest: string;
  /** The objects of the last revision, those of the usage metrics too. */
  readonly observed: readonly Observed[];
}

/**
 * Owner, rights, and whose the live objects are that Helm would touch; answers all of the last revision.
 *
 * @throws {UserError} release or cluster
 */
export async function checkBefore(subject: Subject): Promise<Observed[]> {
  const {connection, release, value, on, acceptUnmarked, upgrade} = subject;
  const {stored} = upgrade.plan;
  const located = await locate(stored, release.namespace, resourceFinder(connection));
  requireOneEach(located);
  const observed = await observe(connection, located);
  const kept = observed.filter(({document}) => !isUsageDocument(document));
  const operator = kept.find(({document}) => isOperator(document))?.live;
  const owner = await findOwner(connection, {release, documents: stored, operator, path: value.path});
  if (owner) preflight.refuseOwner(owner, release, on);
  await preflight.requireRights(connection, release, kept, on);
  // Those of the usage metrics too: without them in the new manifest, Helm deletes what the stored one names.
  requireOwned(observed, release, acceptUnmarked);
  return observed;
}

/** Helm's rehearsal and, at the same time, the search for what Helm would reset. */
export async function rehearsal(subject: Subject, observed: readonly Observed[]): Promise<Rehearsed> {
  const {connection, release, on, upgrade, signal} = subject;
  // Both come to their end, so that nothing runs on in a folder that is gone; drift is the reason that counts.
  const kept = observed.filter(({document}) => !isUsageDocument(document));
  const stage = rehearsalStage(connection, release.namespace, observed, () => renderedUsage(upgrade));
  const [drift, rehearsed] = await Promise.allSettled([
    findDrift(connection, kept),
    rehearse(upgrade, stage, {signal}),
  ]);
  if (signal?.aborted) throw new UserError('interrupted', 'Interrupted. Nothing was changed.');
  if (drift.status === 'rejected') throw drift.reason;
  if (rehearsed.status === 'rejected') throw rehearsed.reason;
  preflight.requireNoDrift(drift.value);
  const usage = await locate(rehearsed.value.usage ?? [], release.namespace, resourceFinder(connection));
  await Promise.all([
    preflight.requireAdmission(connection, usage, release, on),
    on ? requireNoService(connection, usage) : undefined,
  ]);
  const manifest = acceptRehearsal(rehearsed.value, upgrade, release);
  return {usage, manifest, observed};
}

/** The change itself, if the release is still what it was. */
export async function apply(subject: Subject, {usage, manifest, observed}: Rehearsed): Promise<void> {
  const {connection, release, on, upgrade, commands, signal} = subject;
  const [newest] = await readRevisions(connection, release);
  if (newest?.version !== release.record.version || newest.status !== 'deployed') {
    throw new UserError('release', 'Somebody else changed the release in the meantime; nothing was changed here.', {
      suggestions: [`See what happened: ${commands.history()}`],
    });
  }
  if (signal?.aborted) throw new UserError('interrupted', 'Interrupted. Nothing was changed.');
  const documents = usage.map(({document}) => document);
  const stage = changeStage(on, observed, usage, (record) =>
    checkRecord(record, upgrade.plan, documents, upgrade.values, manifest),
  );
  const run = await runUpgrade(upgrade, stage, {signal});
  if (run.code !== 0 || run.refusal !== undefined)
    throw await aftermath(connection, release, usage, upgrade, run, commands, signal?.aborted === true);
}

/**
 * Sees in the live cluster that the change is the planned one and the only one.
 *
 * @returns what something in the cluster made otherwise than planned, where it gives nobody more
 * @throws {UserError} helm, with what is not as planned
 */
export async function verify(subject: Subject, {usage, manifest, observed}: Rehearsed): Promise<readonly string[]> {
  const {connection, release, on, upgrade} = subject;
  const before = release.record.version;
  const [revisions, after, live] = await Promise.all([
    readRevisions(connection, release),
    readRecord(connection, release, before + 1),
    checkLive(connection, release, {on, usage, others: observed.filter(({document}) => !isUsageDocument(document))}),
  ]);
  const documents = usage.map(({document}) => document);
  const [newest] = revisions;
  const problems = [
    ...(newest?.version === before + 1 && newest.status === 'deployed'
      ? []
      : [`the last revision is ${newest?.version} (${clean(newest?.status)}), not ${before + 1}`]),
    ...(after
      ? checkRecord(after.record, upgrade.plan, documents, upgrade.values, manifest)
      : [`revision ${before + 1} is not there`]),
    ...live.problems,
  ];
  if (problems.length > 0) throw unverified(subject, problems, newest?.version === before + 1);
  return live.notes.map((note) => `Something in the cluster made it otherwise than the chart: ${note}`);
}

/** @param alone whether the newest revision is the only new one: else going back would undo what somebody else did too */
function unverified({release, commands}: Subject, problems: readonly string[], alone: boolean): UserError {
  return new UserError('helm', 'Helm reports success, but the result is not as planned.', {
    suggestions: [
      ...problems.slice(0, 12),
      `See the revisions: ${commands.history()}`,
      alone
        ? `To go back: ${commands.rollback(release.record.version)}`
        : 'Somebody else changed the release at the same moment: see with them which revision is to stay.',
    ],
  });
}
