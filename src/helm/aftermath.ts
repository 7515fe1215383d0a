import type {Connection} from '../cluster/connection/connection.ts';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {helmSaid} from './failure.ts';
import {refusedError} from './gate/refused-error.ts';
import {type Located, nameOf, readLive} from './objects.ts';
import {type FoundRelease, readRevisions} from './releases.ts';
import type {Upgrade, UpgradeRun} from './upgrade.ts';
import type {UserCommands} from './user-commands.ts';

/**
 * What to say after a change that failed or was interrupted: Helm's error, what is live now, the revision left behind,
 * and how to go back. Nothing is rolled back by itself.
 */
export async function aftermath(
  connection: Connection,
  release: FoundRelease,
  usage: readonly Located[],
  {plan}: Upgrade,
  run: UpgradeRun,
  commands: UserCommands,
  interrupted: boolean,
): Promise<UserError> {
  const before = release.record.version;
  const suggestions: string[] = [];
  try {
    const [revisions, live] = await Promise.all([readRevisions(connection, release), liveUsage(connection, usage)]);
    const left = revisions.filter(({version}) => version > before);
    suggestions.push(
      plan.edit
        ? 'What runs of Hodometer now: seldon-usage status'
        : live.length === 0
          ? 'No usage object is live: usage metrics are off.'
          : `Live now, so that usage metrics may be on: ${live.join(', ')}`,
      left.length === 0
        ? `The release is unchanged at revision ${before}.`
        : `Left behind: ${left.map(({version, status}) => `revision ${version} (${clean(status)})`).join(', ')}`,
    );
    const [newest] = left;
    // Going back further than that would undo it too.
    const theirs = left.find(({status}) => status === 'deployed' || status === 'superseded');
    if (newest?.status === 'deployed') suggestions.push(`Somebody else changed the release: ${commands.history()}`);
    else if (newest?.status.startsWith('pending') && run.code !== null && run.refusal === undefined && !interrupted)
      suggestions.push(`Somebody else may be changing the release now: ${commands.history()}`);
    else if (theirs)
      suggestions.push(
        `Revision ${theirs.version} is somebody else's. To go back to it: ${commands.rollback(theirs.version)}`,
      );
    else if (newest) suggestions.push(`To go back: ${commands.rollback(before)}`);
  } catch (error) {
    suggestions.push(
      `What is live now could not be read: ${clean((error as Error).message)}`,
      `See what is left: ${commands.history()}`,
      `If revision ${before + 1} is there and failed or pending, go back: ${commands.rollback(before)}`,
    );
  }
  const said = helmSaid(run, [...plan.stored, ...usage.map(({document}) => document)]);
  if (run.refusal !== undefined && !interrupted) return refusedError(run.refusal, suggestions);
  return interrupted
    ? new UserError('interrupted', `Interrupted while Helm was at work. Helm: ${said}`, {suggestions})
    : new UserError('helm', `Helm failed: ${said}`, {suggestions});
}

/** Names of the usage objects that are live. */
export async function liveUsage(connection: Connection, usage: readonly Located[]): Promise<string[]> {
  const found = await Promise.all(
    usage.map(async (one) => ((await readLive(connection, one)) ? [nameOf(one.document, one.namespace)] : [])),
  );
  return found.flat();
}
