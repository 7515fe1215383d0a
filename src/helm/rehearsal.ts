import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {parseExact} from './exact-json.ts';
import {helmSaid, missesFiles} from './failure.ts';
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
export function acceptRehearsal(
  rehearsal: Rehearsal,
  {plan, values, workspace, helm}: Upgrade,
  release: FoundRelease,
): string {
  const {run, usage = [], record: text} = rehearsal;
  if (run.reason !== undefined) throw refusedRendering(run.reason);
  if (text === undefined && missesFiles(run, workspace.folder)) {
    throw new UserError(
      'helm',
      `Helm does not see the files that it was given in ${clean(workspace.folder)}: ${clean(helm.path)} has a temporary directory of its own, as a snap, a wrapper or a container has. Nothing was changed.`,
      {
        suggestions: [
          'Set TMPDIR to a folder that both see, for example one in your home: TMPDIR=~/tmp seldon-usage …',
          'Or name another Helm with --helm: https://helm.sh/docs/intro/install has the program alone.',
          `Helm: ${helmSaid(run, plan.stored)}`,
        ],
      },
    );
  }
  if (run.ended !== undefined) {
    const [what, means] = {
      time: ['does not come to an end', 'may count for ever'],
      memory: ['takes more than a gigabyte of memory', 'may grow without end'],
    }[run.ended] as [string, string];
    throw new UserError('release', `The chart in the release's record ${what} in the rehearsal; nothing was changed.`, {
      suggestions: [
        `Its templates ${means}: no chart of Seldon's takes more than seconds and 300 MB.`,
        'Whoever can write Secrets in the namespace of the release can write its record: find out where this comes from.',
      ],
    });
  }
  if (run.signal === 'SIGKILL') {
    throw new UserError('helm', "Helm's rehearsal was killed; nothing was changed.", {
      suggestions: ['Was it the system, for want of memory?'],
    });
  }
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

/** The post-renderer's reason: a line, with more of them where the usage objects hold what no era of the chart makes. */
function refusedRendering(reason: string): UserError {
  const [first = '', ...lines] = reason.split('\n');
  if (lines.length === 0) return notAsPlanned([first]);
  const image = lines.some((line) => /\bimage is /.test(line));
  return new UserError(
    'release',
    "The chart in the release's record creates usage objects that no version of Seldon Core does; nothing was changed.",
    {
      suggestions: [
        ...lines.slice(0, 12).map((line) => clean(line)),
        ...(lines.length > 12 ? [`and ${lines.length - 12} more`] : []),
        ...(image ? ["A mirror of the chart's image is accepted by name: --accept-image REFERENCE"] : []),
        'Whoever can write Secrets in the namespace of the release can write its record: find out where this comes from.',
      ],
    },
  );
}

function notAsPlanned(problems: readonly string[]): UserError {
  return new UserError('release', 'The rehearsal did not produce what was planned; nothing was changed.', {
    suggestions: [
      ...problems.slice(0, 12).map((problem) => clean(problem)),
      'The chart renders otherwise here than when it was installed: upgrade it with its own chart first.',
    ],
  });
}
