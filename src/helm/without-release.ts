import type {Connection} from '../cluster/connection/connection.ts';
import {HttpError} from '../cluster/connection/request.ts';
import type {Operator} from '../cluster/seldon.ts';
import {findLive, type LiveObject} from './objects.ts';
import {findOwner, type Owner} from './owner.ts';
import type {FoundRelease} from './releases.ts';

/** An operator that no release was found for. */
export interface LooseOperator {
  readonly namespace: string;
  readonly name: string;
  readonly version?: string;
  /** How it was installed, as far as its traces tell. */
  readonly installedBy: 'Helm' | 'Argo CD' | 'OLM' | 'kubectl or kustomize' | 'unknown';
  /** The release that its annotations name, if it was installed by Helm: its record could not be read. */
  readonly release?: string;
  readonly owner?: Owner;
}

/**
 * The operators that none of the releases has, and who installed them. An operator that Helm annotated has a release,
 * even if its record can't be read.
 */
export async function looseOperators(
  connection: Connection,
  operators: readonly Operator[],
  releases: readonly FoundRelease[],
): Promise<LooseOperator[]> {
  const loose = operators.filter(({namespace}) => !releases.some((release) => release.namespace === namespace));
  return Promise.all(
    loose.map(async ({namespace, name, resource, version}) => {
      const live = await readWorkload(connection, `/apis/apps/v1/namespaces/${namespace}/${resource}/${name}`);
      const {annotations = {}, labels = {}} = live?.metadata ?? {};
      const owner = await findOwner(connection, {documents: [], operator: live, path: 'usageMetrics.enabled'});
      const release = annotations['meta.helm.sh/release-name'];
      const base = {namespace, name, ...(version ? {version} : {})};
      if (owner)
        return {...base, installedBy: owner.kind === 'Argo CD' ? ('Argo CD' as const) : ('Helm' as const), owner};
      if (release)
        return {
          ...base,
          installedBy: 'Helm' as const,
          release: `${annotations['meta.helm.sh/release-namespace'] ?? namespace}/${release}`,
        };
      if (labels['olm.owner']) return {...base, installedBy: 'OLM' as const};
      return {...base, installedBy: live ? ('kubectl or kustomize' as const) : ('unknown' as const)};
    }),
  );
}

async function readWorkload(connection: Connection, path: string): Promise<LiveObject | undefined> {
  try {
    return await findLive(connection, path);
  } catch (error) {
    if (error instanceof HttpError && error.status === 403) return undefined;
    throw error;
  }
}
