import type {Interfaces} from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import {UserError} from '../errors.ts';
import type {FleetChoice} from '../operations/fleet.ts';

const group = {helpGroup: 'CLUSTER', helpValue: '<name>', multiple: true, multipleNonGreedy: true} as const;

/** Which clusters, for commands that can do their work for several. */
export const fleetFlags = {
  context: Flags.string({...group, description: 'context of the kubeconfig; repeatable: each is a cluster'}),
  'all-contexts': Flags.boolean({
    helpGroup: 'CLUSTER',
    description: 'every context of the kubeconfig',
    exclusive: ['context'],
  }),
  exclude: Flags.string({...group, description: 'with --all-contexts: all but this one; repeatable'}),
};

/** Of a command for one cluster that refuses several in words, where the last of them would count otherwise. */
export const oneContext = Flags.string({...group, description: 'context of the kubeconfig'});

export type FleetParsed = Interfaces.InferredFlags<typeof fleetFlags>;

/** What says something of one cluster, and can't be true of several. */
const ofOne = ['nodes', 'cluster', 'server', 'tls-server-name', 'cluster-id'];

/** Why, and what to do instead, where a flag does not tell by itself. */
const because: Readonly<Record<string, string>> = {
  output: 'Of several each report is a line on standard output, with its context.',
  pretty: 'Of several each report is one line, with its context.',
  hodometer:
    'The event is written as Hodometer posts it, which names no context. seldon-usage show tells that of each.',
};

/** The flags as a command for one cluster has them. */
export function ofOneCluster<T extends FleetParsed>(flags: T): Omit<T, 'context'> & {context: string | undefined} {
  return {...flags, context: flags.context?.at(-1)};
}

/**
 * The clusters, if they may be several; undefined: one, as without these flags.
 *
 * @param only more flags that go with one cluster only
 * @throws {UserError} usage, if another flag is of one cluster
 */
export function fleetOf(
  {context = [], 'all-contexts': all, exclude = [], ...others}: FleetParsed & Record<string, unknown>,
  only: readonly string[] = [],
): FleetChoice | undefined {
  const contexts = [...new Set(context)];
  if (exclude.length > 0 && !all) throw new UserError('usage', '--exclude goes with --all-contexts.');
  if (!all && contexts.length < 2) return undefined;
  const odd = [...ofOne, ...only].find((name) => others[name]);
  if (odd === undefined) return {contexts: all ? undefined : contexts, exclude};
  throw new UserError(
    'usage',
    `--${odd} goes with one cluster, and ${all ? '--all-contexts' : '--context'} names several.`,
    {suggestions: because[odd] === undefined ? [] : [because[odd]]},
  );
}
