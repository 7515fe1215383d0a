import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {parseExact} from './exact-json.ts';
import {helmSaid} from './failure.ts';
import {requireRoom} from './preflight.ts';
import type {Release} from './record.ts';
import type {FoundRelease} from './releases.ts';
import type {Rehearsal, Upgrade} from './upgrade.ts';
import {checkRecord, recordSize} from './verify.ts';

/**
 * Holds a rehearsal against the plan.
 *
 * @returns the manifest that the change will have; holds Secrets: never shown
 * @throws {UserError} helm, if Helm failed; release, if the result is not as planned or does not fit
 */
export function acceptRehearsal(rehearsal: Rehearsal, {plan, values}: Upgrade, release: FoundRelease): string {
  const {run, usage = [], record: text} = rehearsal;
  if (run.reason !== undefined) throw notAsPlanned([run.reason]);
  if (text === undefined) {
    throw new UserError('helm', `Helm's rehearsal failed; nothing was changed: ${helmSaid(run, plan.stored)}`, {
      suggestions: ['Does helm upgrade of this release work otherwise?'],
    });
  }
  const record = parse(text);
  const problems = checkRecord(record, plan, usage, values);
  if (problems.length > 0) throw notAsPlanned(problems);
  requireRoom(recordSize(text, release), release);
  return record.manifest;
}

function parse(text: string): Release {
  try {
    return parseExact(text) as Release;
  } catch (error) {
    throw new UserError('helm', "Helm's rehearsal did not answer with JSON; nothing was changed.", {
      suggestions: ['Is the program that --helm or PATH names the real Helm?'],
      cause: error,
    });
  }
}

function notAsPlanned(problems: readonly string[]): UserError {
  return new UserError('release', 'The rehearsal did not bring what was planned; nothing was changed.', {
    suggestions: [
      ...problems.slice(0, 12).map((problem) => clean(problem)),
      'The chart renders otherwise here than when it was installed: upgrade it with its own chart first.',
    ],
  });
}
