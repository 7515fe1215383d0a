import * as Flags from '@oclif/core/flags';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {Changed, ChangeOptions, Dialogue} from '../operations/change.ts';
import {renderChanged, renderPlan} from '../render/plan.ts';
import {colours, width} from '../render/terminal.ts';
import {clusterFlags, connectionOptions} from './cluster-flags.ts';
import {canAsk, confirm} from './confirm.ts';
import {takeSignals} from './interrupt.ts';
import {printJson, say} from './print.ts';

const helm = {helpGroup: 'HELM'};

/** Flags of every command that looks for a Helm release. */
export const releaseFlags = {
  release: Flags.string({...helm, helpValue: '<name>', description: 'name of the release, where there are several'}),
  ...clusterFlags,
};

/** Flags of every command that changes a Helm release. */
export const changeFlags = {
  helm: Flags.string({...helm, helpValue: '<program>', description: 'Helm 3 or 4 to use instead of the one in PATH'}),
  'accept-unmarked': Flags.string({
    ...helm,
    multiple: true,
    helpValue: '<kind/name>',
    description: "take a live object without Helm's marks, made before Helm 3.2, for the release's; repeatable",
  }),
  'dry-run': Flags.boolean({description: 'stop after the rehearsal on the server; nothing is written'}),
  ...releaseFlags,
};

/** For commands that may turn the usage metrics on. */
export const imageFlags = {
  'accept-image': Flags.string({
    ...helm,
    helpValue: '<reference>',
    description: "accept this image of the volunteer, a mirror, besides the chart's own; the whole reference",
  }),
};

type Parsed = {
  release?: string | undefined;
  namespace?: string | undefined;
  helm?: string | undefined;
  'dry-run': boolean;
  'accept-unmarked'?: string[] | undefined;
  'accept-image'?: string | undefined;
  yes?: boolean;
} & Parameters<typeof connectionOptions>[0];

/**
 * The parsed flags as the options of `change`.
 *
 * @throws {UserError} usage, if there is a question to ask and nobody to answer it
 */
export function changeOptions(flags: Parsed): Omit<ChangeOptions, 'to' | 'signal'> {
  if (!flags.yes && !flags['dry-run'] && !canAsk()) {
    throw new UserError('usage', 'There is no terminal to ask on, and nothing is changed without a yes.', {
      suggestions: [
        'yes' in flags
          ? '--yes answers the question; --dry-run shows what would happen.'
          : 'seldon-usage enable --yes and seldon-usage disable --yes say which; --dry-run shows what would happen.',
      ],
    });
  }
  const {namespace, release, helm, 'dry-run': dryRun, 'accept-image': acceptImage} = flags;
  const acceptUnmarked = (flags['accept-unmarked'] ?? []).map(objectName);
  return {connection: connectionOptions(flags), namespace, release, helm, dryRun, acceptUnmarked, acceptImage};
}

function objectName(text: string): string {
  if (/^[A-Za-z]+(?:\/[^/\s]+){1,2}$/.test(text)) return text;
  throw new UserError('usage', `--accept-unmarked ${clean(text)}: no object.`, {
    suggestions: ['Name it as it is proposed: Deployment/seldon-controller-manager.'],
  });
}

/**
 * Makes a change as the flags say, in a dialogue with the person, and prints what came of it.
 *
 * @throws {UserError} usage, if there is nobody to ask; what `change` throws
 */
export async function carryOut(
  flags: Parsed & {json?: boolean | undefined},
  change: (options: Omit<ChangeOptions, 'to'>, person: Dialogue) => Promise<Changed>,
): Promise<void> {
  const options = changeOptions(flags);
  const {signal, done} = takeSignals();
  const person = dialogue(flags, signal);
  const changed = await change({...options, signal}, person).finally(() => {
    done();
    person.done();
  });
  if (flags.json) printJson(changed);
  else say(renderChanged(changed));
}

/**
 * The plan goes to standard error, as everything that is not the result; with --json it is part of that. What is being
 * done is a line on a terminal that the next one replaces.
 *
 * @returns the dialogue, and a function that removes the line
 */
export function dialogue(
  {yes, json}: {yes?: boolean; json?: boolean | undefined},
  signal: AbortSignal,
  stream: NodeJS.WriteStream = process.stderr,
): Dialogue & {done(): void} {
  const line = (text: string) => {
    if (stream.isTTY && !json) stream.write(`\r\u001b[K${text}`);
  };
  const done = () => line('');
  return {
    doing: (what) => line(`${what}…`),
    plan(plan) {
      done();
      if (!json) stream.write(renderPlan(plan, width(stream), colours(stream)));
    },
    confirm: async (question) => yes === true || confirm(question, signal),
    done,
  };
}
