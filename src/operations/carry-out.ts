import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {aftermath} from '../helm/aftermath.ts';
import {changeStage} from '../helm/gate/stages.ts';
import type {Release} from '../helm/record.ts';
import {readRecord, readRevisions} from '../helm/releases.ts';
import {runUpgrade} from '../helm/upgrade.ts';
import {isUsageDocument} from '../helm/usage.ts';
import {checkLive, checkRecord} from '../helm/verify.ts';
import type {Changed} from './changing.ts';
import type {Ready} from './rehearse.ts';
import {requireReportingAllowed} from './reporting-allowed.ts';
import {interrupted} from './until-aborted.ts';

/**
 * Makes the change that was rehearsed and agreed to, if things are still as they were then, and sees in the live cluster
 * that it is the planned one and the only one.
 *
 * @throws {UserError} consent or release, where nothing was changed; helm or interrupted, with what is live and how to go back
 */
export async function carryOut(ready: Ready, doing: (what: string) => void): Promise<Changed> {
  const {connection, release, on, result, clock} = ready;
  // Somebody may have said no while the question stood.
  if (on) await requireReportingAllowed(connection, release.namespace);
  clock.lap('question');
  doing('Helm changes the release');
  await requireUntouched(ready);
  await upgrade(ready);
  clock.lap('change');
  doing('Looking at the result');
  const warnings = await verify(ready);
  clock.lap('verification');
  return {...result, outcome: 'changed', revision: result.revision + 1, warnings};
}

async function requireUntouched({connection, release, commands, signal}: Ready): Promise<void> {
  const [newest] = await readRevisions(connection, release);
  if (newest?.version !== release.record.version || newest.status !== 'deployed') {
    throw new UserError('release', 'Somebody else changed the release in the meantime; nothing was changed here.', {
      suggestions: [`See what happened: ${commands.history()}`],
    });
  }
  if (signal?.aborted) throw interrupted();
}

/** Has Helm do it, as far as the gate admits it. */
async function upgrade(ready: Ready): Promise<void> {
  const {connection, release, on, upgrade, commands, usage, observed, signal} = ready;
  const run = await runUpgrade(
    upgrade,
    changeStage(on, observed, usage, (record) => problemsOf(ready, record)),
    {signal},
  );
  if (run.code !== 0 || run.refusal !== undefined)
    throw await aftermath(connection, release, usage, upgrade, run, commands, signal?.aborted === true);
}

/**
 * @returns what something in the cluster made otherwise than planned, where it gives nobody more
 * @throws {UserError} helm, with what is not as planned
 */
async function verify(ready: Ready): Promise<readonly string[]> {
  const {connection, release, on, usage, observed} = ready;
  const expected = release.record.version + 1;
  const others = observed.filter(({document}) => !isUsageDocument(document));
  const [[newest], after, live] = await Promise.all([
    readRevisions(connection, release),
    readRecord(connection, release, expected),
    checkLive(connection, release, {on, usage, others}),
  ]);
  const isNewest = newest?.version === expected;
  const problems = [
    ...(isNewest && newest.status === 'deployed'
      ? []
      : [`the last revision is ${newest?.version} (${clean(newest?.status)}), not ${expected}`]),
    ...(after ? problemsOf(ready, after.record) : [`revision ${expected} is not there`]),
    ...live.problems,
  ];
  if (problems.length > 0) throw notAsPlanned(ready, problems, isNewest);
  return live.notes.map((note) => `Something in the cluster made it otherwise than the chart: ${note}`);
}

/** What a new record has otherwise than planned. */
function problemsOf({upgrade: {plan, values}, usage, manifest}: Ready, record: Release): string[] {
  const documents = usage.map(({document}) => document);
  return checkRecord(record, plan, documents, values, manifest);
}

/** @param alone whether the newest revision is the only new one: else going back would undo what somebody else did too */
function notAsPlanned({release, commands}: Ready, problems: readonly string[], alone: boolean): UserError {
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
