import * as Flags from '@oclif/core/flags';
import {UserError} from '../errors.ts';
import type {CollectOptions} from '../operations/collect.ts';
import {type FieldPath, isOptionalField, optionalFields} from '../report/index.ts';
import {type Surroundings, setting} from '../settings.ts';
import {clusterFlags, connectionOptions} from './cluster-flags.ts';

const report = {helpGroup: 'REPORT'};
const offline = {helpGroup: 'OFFLINE'};

/** The flags of every command that builds a report. */
export const reportFlags = {
  'cluster-id': Flags.string({
    ...report,
    helpValue: '<uuid>',
    description: 'UUID of the cluster, instead of the one it keeps',
  }),
  capacity: Flags.option({options: ['known', 'all'] as const})({
    ...report,
    description: 'which resources of the nodes to report: those with well-known names, or all (default: known)',
  }),
  omit: Flags.string({
    ...report,
    multiple: true,
    multipleNonGreedy: true,
    helpValue: '<field>',
    description: 'leave out an optional field, for example nodes.osImage; repeatable',
  }),
  extensions: Flags.string({...report, helpValue: '<file|folder>', description: 'add string pairs from JSON files'}),
  nodes: Flags.string({
    ...offline,
    helpValue: '<file|->',
    description: 'read the nodes from what kubectl get nodes -o json printed; no cluster is contacted',
  }),
  'server-version': Flags.string({...offline, helpValue: '<version>', description: 'Kubernetes version to report'}),
  'seldon-version': Flags.string({...offline, helpValue: '<version>', description: 'Seldon Core version to report'}),
  'state-dir': Flags.string({
    ...report,
    helpValue: '<folder>',
    description: 'folder of local cluster IDs, outbox and ledger, instead of the XDG state directory',
  }),
  ...clusterFlags,
};

type Parsed = {
  'cluster-id'?: string | undefined;
  capacity?: string | undefined;
  omit?: string[] | undefined;
  extensions?: string | undefined;
  nodes?: string | undefined;
  'server-version'?: string | undefined;
  'seldon-version'?: string | undefined;
  'state-dir'?: string | undefined;
  namespace?: string | undefined;
} & Parameters<typeof connectionOptions>[0];

/**
 * The parsed flags as the options of `collect`.
 *
 * @throws {UserError} usage, if a field of --omit is none or is required
 */
export function collectOptions(flags: Parsed, around: Surroundings): CollectOptions {
  return {
    connection: connectionOptions(flags),
    namespace: flags.namespace,
    clusterID: flags['cluster-id'],
    capacity: capacityOf(setting('capacity', flags.capacity, around)!.value),
    omit: new Set((flags.omit ?? []).map(omittable)),
    extensions: flags.extensions,
    nodes: flags.nodes,
    serverVersion: flags['server-version'],
    seldonVersion: flags['seldon-version'],
    stateDir: flags['state-dir'],
  };
}

function capacityOf(value: string): 'known' | 'all' {
  if (value === 'known' || value === 'all') return value;
  throw new UserError('usage', `The setting capacity is ${JSON.stringify(value)}; it can be known or all.`);
}

function omittable(path: string): FieldPath {
  if (isOptionalField(path)) return path;
  throw new UserError('usage', `--omit ${path}: no field that a report can do without.`, {
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
  const allowed = ['state-dir'];
  const given = Object.keys(reportFlags).filter(
    (name) => flags[name] !== undefined && !defaults(name) && !allowed.includes(name),
  );
  if (given.length === 0) return;
  throw new UserError('usage', `--${given[0]} says how a report is built; a report of a file is shown as it is.`, {
    suggestions: ['Leave out the file, or the flag.'],
  });
}
