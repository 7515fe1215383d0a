import type {Connection} from '../cluster/connection/connection.ts';
import {clean, shellWord} from '../foreign.ts';
import {type Document, meaning} from './documents.ts';
import {type Located, nameOf} from './objects.ts';
import type {FoundRelease} from './releases.ts';
import type {Upgrade} from './upgrade.ts';
import {eraOf, type Scalar, type UsageValue} from './usage.ts';
import {checkUsage, type Grants, grantsOf, type UsageRules} from './usage-objects.ts';
import type {UserCommands} from './user-commands.ts';

/** What is about to happen, for a person to agree to. Holds no value but the one that changes. */
export interface Plan {
  readonly cluster: Pick<Connection, 'context' | 'server' | 'user'>;
  readonly release: {
    readonly name: string;
    readonly namespace: string;
    readonly chart: string;
    readonly revision: number;
  };
  readonly helm: {readonly path: string; readonly version: string};
  readonly value: {
    readonly path: string;
    /** What the user set so far; absent: the chart's default counts. */
    readonly before?: Scalar;
    readonly default?: Scalar;
    readonly after: boolean;
  };
  readonly added: readonly string[];
  readonly removed: readonly string[];
  /** What the added objects give to whom; absent where they are removed. */
  readonly grants?: Grants;
  /** Objects of the release that stay as they are. */
  readonly kept: number;
  /** Hooks that are not run. */
  readonly hooks: number;
  /** The exact command, for a shell; its files are in a private folder, gone afterwards. */
  readonly command: string;
  /** How to undo it. */
  readonly undo: string;
  /** What the person should know before saying yes. */
  readonly warnings: readonly string[];
}

/** Puts the plan together. */
export function makePlan(
  {context, server, user}: Connection,
  release: FoundRelease,
  value: UsageValue,
  on: boolean,
  upgrade: Upgrade,
  usage: readonly Located[],
  commands: UserCommands,
): Plan {
  const {record} = release;
  const objects = usage.map(({document, namespace}) => nameOf(document, namespace));
  const {metadata} = record.chart;
  const usageKeys = new Set(usage.map(({document}: {document: Document}) => document.text));
  return {
    cluster: {context, server, user},
    release: {
      name: release.name,
      namespace: release.namespace,
      chart: `${metadata.name} ${metadata.version}`,
      revision: record.version,
    },
    helm: {path: upgrade.helm.path, version: upgrade.helm.version},
    value: {
      path: value.path,
      ...(value.user === undefined ? {} : {before: value.user}),
      ...(value.default === undefined ? {} : {default: value.default}),
      after: on,
    },
    added: on ? objects : [],
    removed: on ? [] : objects,
    ...(on ? {grants: grantsOfDocuments(usage, upgrade.plan.rules)} : {}),
    kept: upgrade.plan.stored.filter(({text}) => !usageKeys.has(text)).length,
    hooks: upgrade.plan.hooks.length,
    command: [
      ...Object.entries(upgrade.variables).map(([name, value]) => `${name}=${shellWord(value)}`),
      ...[upgrade.helm.path, ...upgrade.args].map(shellWord),
    ].join(' '),
    undo: commands.rollback(record.version),
    warnings: warningsOf(release, value, on),
  };
}

function grantsOfDocuments(usage: readonly Located[], rules: UsageRules): Grants {
  const renderings = usage.map(({document}) => ({head: document, object: meaning(document.text)}));
  return grantsOf(checkUsage(renderings, rules));
}

function warningsOf({record, namespace, name}: FoundRelease, {path}: UsageValue, on: boolean): string[] {
  const {broken, sends} = eraOf(record.chart);
  return [
    ...(on
      ? [
          `The volunteer of this chart will not report: ${broken.join('; ')}. What does report: seldon-usage send --period 24h`,
          'What runs that in the cluster is printed by: seldon-usage manifests send --help',
          `Where it does run: ${sends.join('; ')}.`,
        ]
      : []),
    `The next upgrade of ${clean(`${namespace}/${name}`)} from a pipeline, or with a values file of someone's own, must carry ${path}: ${on} too, or it takes this back.`,
  ];
}
