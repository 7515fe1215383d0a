import type {Whose} from '../consent/accepted-once.ts';
import {readAgreed} from '../consent/agreed.ts';
import {type Scope, scopeOf, widerThan} from '../consent/scope.ts';
import {
  buildReport,
  type Extension,
  type FieldPath,
  fieldsNewerThan,
  isOptionalField,
  withoutFields,
} from '../report/index.ts';
import {type Surroundings, stateDirectoryIfAny} from '../settings.ts';
import type {ClusterID} from './cluster-id.ts';
import type {Collected, CollectOptions} from './collected.ts';
import {asUserError, type Gathered} from './gather-nodes.ts';

/** What the report is made of besides the nodes. */
export interface Finishing {
  masterVersion: string;
  extensions: Extension[];
  id: ClusterID | undefined;
  agreed: Scope | undefined;
  rest: Omit<Collected, 'report' | 'clusterID' | 'notSent' | 'scope' | 'wider'>;
}

/** What was last agreed to for a cluster here; undefined where nothing is known of that. */
export function agreedTo(
  id: ClusterID | undefined,
  {stateDir}: CollectOptions,
  around: Surroundings,
): Scope | undefined {
  const folder = id && stateDirectoryIfAny(stateDir, around);
  return folder === undefined ? undefined : readAgreed(folder, id!.value);
}

/** Optional fields that are newer than what was agreed to: nobody has seen them yet. */
function newerFields(
  agreed: Scope | undefined,
  {omit, acceptWider, acceptedOnce}: CollectOptions,
  whose: Whose,
): Set<FieldPath> {
  if (!agreed || (acceptWider && (acceptedOnce?.isOpen(whose) ?? true)) || !/^v?\d/.test(agreed.version))
    return new Set();
  return new Set(fieldsNewerThan(agreed.version).filter((path) => isOptionalField(path) && !omit.has(path)));
}

/** The report without what nobody agreed to yet, and what a person wants to know about it. */
export function finish(
  options: CollectOptions,
  {nodes, guessable, withheld}: Gathered,
  {masterVersion, extensions, id, agreed, rest}: Finishing,
): Collected {
  const {omit, capacity} = options;
  const timestamp = Math.floor(Date.now() / 1000);
  const newer = newerFields(agreed, options, {clusterID: id?.value ?? '', cluster: rest.cluster});
  const report = withoutFields(
    asUserError(() =>
      buildReport({timestamp, clusterID: id?.value ?? 'none', masterVersion, nodes, extensions}, {omit}),
    ),
    newer,
  );
  if (!id) report.clusterID = '';
  const built = scopeOf(report, {omit: [...omit, ...newer], capacity});
  // What is withheld stays so until it is agreed to: the next run must not take this report for the agreement.
  const scope = newer.size > 0 ? {...built, version: agreed!.version} : built;
  const sent = omit.has('nodes') ? 0 : nodes.length;
  return {
    report,
    ...(id ? {clusterID: id} : {}),
    ...rest,
    notSent: {
      hashedNodes: sent,
      guessableNodes: guessable,
      withheld: [...withheld]
        .map(([resource, count]) => ({resource, nodes: count}))
        .sort((a, b) => (a.resource < b.resource ? -1 : 1)),
      omitted: [...omit],
      unknownThen: [...newer],
    },
    scope,
    wider: widerThan(agreed, scope, report),
  };
}
