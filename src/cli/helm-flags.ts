import type {Interfaces} from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {ChangeOptions} from '../operations/changing.ts';
import {levels} from '../report/hodometer/properties.ts';
import {clusterFlags, clusterOptions} from './cluster-flags.ts';
import {duration} from './flags.ts';
import {landed} from './landing.ts';

const helm = {helpGroup: 'HELM'};
const core2 = {helpGroup: 'SELDON CORE 2'};

/** Of every command that looks for a Helm release. */
const looking = {
  helm: Flags.string({...helm, helpValue: '<program>', description: 'Helm 3 or 4 to use instead of the one in PATH'}),
  release: Flags.string({...helm, helpValue: '<name>', description: 'name of the release, where there are several'}),
};

/** Flags of every command that looks for a Helm release. */
export const releaseFlags = {...looking, ...clusterFlags};

/** Of every command that changes a Helm release. */
const changing = {
  'accept-unmarked': Flags.string({
    ...helm,
    multiple: true,
    parse: async (text) => objectName(text),
    helpValue: '<kind/name>',
    description: "take a live object without Helm's marks, made before Helm 3.2, for the release's; repeatable",
  }),
  'watch-for': duration({
    ...core2,
    description: 'how long it is watched that no pod of Hodometer comes back',
    default: 60_000,
  }),
  'dry-run': Flags.boolean({description: 'stop after the rehearsal on the server; nothing is written'}),
};

/** Flags of every command that changes a Helm release. */
export const changeFlags = {...changing, ...releaseFlags};

/** For commands that say what Hodometer is to collect. */
export const levelFlags = {
  level: Flags.option({options: levels})({
    ...core2,
    description: "what Hodometer collects, in place of whether it runs; the others' properties are sent as 0",
  }),
};

/** For commands that may turn the usage metrics on. */
export const imageFlags = {
  'accept-image': Flags.string({
    ...helm,
    helpValue: '<reference>',
    description: "accept this image of the volunteer, a mirror, besides the chart's own; the whole reference",
  }),
};

function objectName(text: string): string {
  if (/^[A-Za-z]+(?:\/[^/\s]+){1,2}$/.test(text)) return text;
  throw new UserError('usage', `${clean(text)} does not name an object.`, {
    suggestions: ['Name it as it is proposed: Deployment/seldon-controller-manager.'],
  });
}

type Looking = Interfaces.InferredFlags<typeof looking> & Parameters<typeof clusterOptions>[0];

/** The parsed flags as what says which release. */
export function releaseOptions(flags: Looking) {
  return {...clusterOptions(flags), ...landed<Pick<ChangeOptions, 'helm' | 'release'>>()(flags, looking)};
}

/** What the flags of a change hold once they are parsed; not every command has each. */
export type Changing = Looking &
  Interfaces.InferredFlags<typeof changing> &
  Partial<Interfaces.InferredFlags<typeof imageFlags & typeof levelFlags>>;

/** The parsed flags as the options of `change`. */
export function changeOptions(flags: Changing): Omit<ChangeOptions, 'to' | 'signal'> {
  return {
    ...releaseOptions(flags),
    ...landed<ChangeOptions>()(flags, {...changing, ...imageFlags, ...levelFlags}),
  };
}
