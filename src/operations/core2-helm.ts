import type {Connection} from '../cluster/connection/connection.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {aftermath} from '../helm/aftermath.ts';
import {resourceFinder} from '../helm/api-resources.ts';
import {keyOf, meaning} from '../helm/documents.ts';
import {findDrift, tryDelete} from '../helm/drift.ts';
import {changedDocument, differsAsWanted, type Edit, switchOf} from '../helm/edit.ts';
import {editRehearsal, editStage} from '../helm/gate/stages.ts';
import {findHelm, type HelmProgram} from '../helm/helm-program.ts';
import {type Observed, observe, requireOneEach, requireOwned} from '../helm/kept.ts';
import {content, differences, locate, nameOf, readLive} from '../helm/objects.ts';
import * as preflight from '../helm/preflight.ts';
import {requireSafeRecord} from '../helm/record-checks.ts';
import * as refusals from '../helm/refusals.ts';
import {acceptRehearsal} from '../helm/rehearsal.ts';
import {type FoundRelease, readRecord, readRevisions} from '../helm/releases.ts';
import {missingRights, rightsForEdit} from '../helm/rights.ts';
import {endUpgrade, prepareUpgrade, rehearse, runUpgrade, type Upgrade} from '../helm/upgrade.ts';
import {type UserCommands, userCommands} from '../helm/user-commands.ts';
import {checkRecord} from '../helm/verify.ts';
import {packageVersion} from '../report/version.ts';
import type {Surroundings} from '../settings.ts';
import type {ChangeOptions} from './changing.ts';
import {interrupted} from './until-aborted.ts';

/** What Helm is to make of a release: other values, by which one document changes, or some go. */
export interface HelmEdit {
  readonly values: Record<string, unknown>;
  /** `hodometer.replicas=0`, for the revision's description. */
  readonly what: string;
  readonly edit: Edit;
}

/** An edit that was rehearsed. */
export interface ReadyEdit {
  readonly connection: Connection;
  readonly release: FoundRelease;
  readonly upgrade: Upgrade;
  readonly commands: UserCommands;
  readonly edit: Edit;
  readonly manifest: string;
  readonly observed: readonly Observed[];
  readonly helm: HelmProgram;
}

/**
 * Rehearses an edit of a release by the same care as the switch of the first chart: rights, whose the objects are, drift, and
 * Helm's own rehearsal on the server through the gate. Nothing is written but into a private folder.
 *
 * @throws {UserError} whatever it is refused for
 */
export async function rehearseEdit(
  connection: Connection,
  release: FoundRelease,
  {values, what, edit}: HelmEdit,
  options: ChangeOptions,
  around: Surroundings,
  held: DisposableStack,
): Promise<ReadyEdit> {
  const {signal, acceptUnmarked = []} = options;
  const helm = await findHelm(options.helm, around);
  const commands = userCommands(release, connection, options.connection.kubeconfig);
  await preflight.requireSettled(connection, release, commands);
  preflight.requireWholeChart(release);
  requireSafeRecord(release);
  const description = `${what} by seldon-usage ${packageVersion}`;
  const upgrade = await prepareUpgrade(release, {on: false, values, description, edit}, helm, connection, around);
  held.defer(() => endUpgrade(upgrade));
  const {stored} = upgrade.plan;
  requireTellable(release, edit, stored);
  const located = await locate(stored, release.namespace, resourceFinder(connection));
  requireOneEach(located);
  const observed = await observe(connection, located);
  const isGone = ({document}: Observed) => edit.removed.includes(keyOf(document));
  const rights = rightsForEdit(
    observed.filter((one) => !isGone(one)),
    observed.filter(isGone),
    release,
  );
  const missing = await missingRights(connection, rights);
  if (missing.length > 0) throw refusals.lacksRights(connection.user, missing);
  requireOwned(observed, release, acceptUnmarked);
  const [drift, rehearsed] = await Promise.allSettled([
    findDrift(connection, observed),
    rehearse(upgrade, editRehearsal(observed), {signal}),
  ]);
  if (signal?.aborted) throw interrupted();
  if (drift.status === 'rejected') throw drift.reason;
  if (rehearsed.status === 'rejected') throw rehearsed.reason;
  preflight.requireNoDrift(drift.value);
  await Promise.all(observed.filter(isGone).map((one) => tryDelete(connection, one)));
  const manifest = acceptRehearsal(rehearsed.value, upgrade, release);
  return {connection, release, upgrade, commands, edit, manifest, observed, helm};
}

function requireTellable(release: FoundRelease, edit: Edit, stored: Upgrade['plan']['stored']): void {
  if (!edit.changed) return;
  const document = changedDocument(stored, edit);
  if (document && switchOf(meaning(document.text)) !== undefined) return;
  throw new UserError(
    'release',
    `The chart of ${clean(`${release.namespace}/${release.name}`)} creates nothing that shows whether Hodometer is switched on.`,
    {suggestions: ['It is not a chart of Seldon Core 2 that is known; seldon-usage status tells what there is.']},
  );
}

/**
 * Has Helm make the edit, and sees that the new revision and the live objects are the planned ones.
 *
 * @throws {UserError} release, where nothing was changed; helm or interrupted, with how to go back
 */
export async function applyEdit(ready: ReadyEdit, signal: AbortSignal | undefined): Promise<void> {
  const {connection, release, upgrade, commands, edit, observed} = ready;
  const [newest] = await readRevisions(connection, release);
  if (newest?.version !== release.record.version || newest.status !== 'deployed')
    throw new UserError('release', 'Somebody else changed the release in the meantime; nothing was changed here.', {
      suggestions: [`See what happened: ${commands.history()}`],
    });
  if (signal?.aborted) throw interrupted();
  const stage = editStage(observed, edit, (record) =>
    checkRecord(record, upgrade.plan, [], upgrade.values, ready.manifest),
  );
  const run = await runUpgrade(upgrade, stage, {signal});
  if (run.code !== 0 || run.refusal !== undefined)
    throw await aftermath(connection, release, [], upgrade, run, commands, signal?.aborted === true);
  const problems = await problemsAfter(ready);
  if (problems.length > 0)
    throw new UserError('helm', 'Helm reports success, but the result is not as planned.', {
      suggestions: [
        ...problems.slice(0, 12),
        `See the revisions: ${commands.history()}`,
        `To go back: ${commands.rollback(release.record.version)}`,
      ],
    });
}

async function problemsAfter({connection, release, upgrade, edit, observed, manifest}: ReadyEdit): Promise<string[]> {
  const expected = release.record.version + 1;
  const [[newest], after] = await Promise.all([
    readRevisions(connection, release),
    readRecord(connection, release, expected),
  ]);
  const live = await Promise.all(observed.map((one) => problemOf(connection, one, edit)));
  return [
    ...(newest?.version === expected && newest.status === 'deployed'
      ? []
      : [`the last revision is ${newest?.version} (${clean(newest?.status)}), not ${expected}`]),
    ...(after
      ? checkRecord(after.record, upgrade.plan, [], upgrade.values, manifest)
      : [`revision ${expected} is not there`]),
    ...live.flat(),
  ];
}

async function problemOf(connection: Connection, one: Observed, {removed, changed}: Edit): Promise<string[]> {
  const {document, namespace, live: before} = one;
  const name = nameOf(document, namespace);
  // What Helm removes may take a moment; that it ends is watched afterwards.
  if (removed.includes(keyOf(document))) return [];
  const after = await readLive(connection, one);
  if (!after || !before) return after === before ? [] : [`${name} is not there`];
  const [was, is] = [content(before), content(after)] as [Record<string, unknown>, Record<string, unknown>];
  if (keyOf(document) === changed?.key)
    return differsAsWanted(was, is, changed.to)
      ? []
      : [`${name} is not as planned: ${differences(was, is).join(', ')}`];
  const fields = differences(was, is);
  return fields.length === 0 ? [] : [`${name} changed: ${fields.join(', ')}`];
}
