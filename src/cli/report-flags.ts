import type {Interfaces} from '@oclif/core';
import * as Flags from '@oclif/core/flags';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {CollectOptions} from '../operations/collect.ts';
import {type FieldPath, isOptionalField, optionalFields} from '../report/index.ts';
import {type Origin, type Surroundings, setting, settingValues} from '../settings.ts';
import {clusterFlags, clusterOptions} from './cluster-flags.ts';
import {fleetFlags} from './fleet-flags.ts';
import {landed, settingHelp} from './landing.ts';

const report = {helpGroup: 'REPORT'};
const offline = {helpGroup: 'OFFLINE'};

/** Where this user keeps what is known of clusters, and of what was sent. */
export const stateFlag = {
  'state-dir': Flags.string({
    ...report,
    helpValue: '<folder>',
    description: settingHelp('state-dir'),
  }),
};

/** Which ID, and where those of clusters are kept. */
export const keptFlags = {
  'cluster-id': Flags.string({
    ...report,
    helpValue: '<uuid>',
    description: settingHelp('cluster-id'),
  }),
  ...stateFlag,
};

/** Those that land as they are. */
const plain = {
  ...keptFlags,
  'accept-wider': Flags.boolean({
    ...report,
    description: 'agree, this once, that the report holds more than the last one that was agreed to for this cluster',
  }),
  extensions: Flags.string({...report, helpValue: '<file|folder>', description: 'add string pairs from JSON files'}),
  nodes: Flags.string({
    ...offline,
    helpValue: '<file|->',
    description: 'read the nodes from what kubectl get nodes -o json printed; no cluster is contacted',
  }),
  'server-version': Flags.string({...offline, helpValue: '<version>', description: 'Kubernetes version to report'}),
  'seldon-version': Flags.string({...offline, helpValue: '<version>', description: 'Seldon Core version to report'}),
};

/** Those that are judged together with their settings. */
const judged = {
  capacity: Flags.option({options: ['known', 'all'] as const})({
    ...report,
    description: settingHelp('capacity'),
  }),
  omit: Flags.string({
    ...report,
    multiple: true,
    multipleNonGreedy: true,
    helpValue: '<field>',
    description: settingHelp('omit'),
  }),
  'no-omit': Flags.string({
    ...report,
    multiple: true,
    multipleNonGreedy: true,
    helpValue: '<field>',
    description: 'do not leave out a field that the setting omit leaves out; repeatable',
  }),
};

/** The flags of every command that builds a report. */
export const reportFlags = {...plain, ...judged, ...clusterFlags, ...fleetFlags};

/** The flags that say how a report is built. */
export const ofReport = [
  ...['nodes', 'server-version', 'seldon-version', 'extensions', 'capacity', 'omit', 'no-omit'],
  ...['cluster-id', 'accept-wider'],
];

type Parsed = Interfaces.InferredFlags<typeof plain & typeof judged> & Parameters<typeof clusterOptions>[0];

/**
 * The parsed flags as the options of `collect`.
 *
 * @throws {UserError} usage, if a field of --omit is none or is required
 */
export function collectOptions(flags: Parsed, around: Surroundings): CollectOptions {
  return {
    ...landed<CollectOptions>()(flags, plain),
    ...clusterOptions(flags),
    capacity: capacityOf(setting('capacity', flags.capacity, around)!.value),
    omit: omitted(flags, around),
  };
}

/** What flag, variable and the user's file leave out together, without what is taken back. */
function omitted({omit = [], 'no-omit': back = []}: Parsed, around: Surroundings): Set<FieldPath> {
  const all = new Set(settingValues('omit', omit, around).map(({value, origin}) => omittable(value, origin)));
  for (const path of back) all.delete(omittable(path, 'flag', '--no-omit'));
  return all;
}

function capacityOf(value: string): 'known' | 'all' {
  if (value === 'known' || value === 'all') return value;
  throw new UserError('usage', `The setting capacity is ${JSON.stringify(value)}; it can be known or all.`);
}

function omittable(path: string, origin: Origin, flag = '--omit'): FieldPath {
  if (isOptionalField(path)) return path;
  const name = origin === 'flag' ? flag : `The setting omit (${origin})`;
  throw new UserError('usage', `${name} ${clean(path, 80)}: not a field that a report can do without.`, {
    suggestions: [`The fields that can be left out: ${optionalFields.join(', ')}`],
  });
}

/**
 * A report of a file is shown as it is: flags that say how to build one would be ignored silently.
 *
 * @param defaults which flags only have their default
 * @throws {UserError} usage, if one of them is given
 */
export function refuseBuilding(flags: Record<string, unknown>, defaults: (flag: string) => boolean): void {
  const allowed = ['state-dir', 'accept-wider'];
  const given = Object.keys(reportFlags).filter(
    (name) => flags[name] !== undefined && !defaults(name) && !allowed.includes(name),
  );
  if (given.length === 0) return;
  throw new UserError('usage', `--${given[0]} says how a report is built; a report of a file is shown as it is.`, {
    suggestions: ['Leave out the file, or the flag.'],
  });
}
