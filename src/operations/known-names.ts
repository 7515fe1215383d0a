import {readKubeconfig} from '../cluster/connection/kubeconfig.ts';
import {settings, surroundings} from '../settings.ts';

/** What a word of a command line can name. */
export type NameKind = 'context' | 'cluster' | 'user' | 'namespace' | 'setting';

/**
 * Names of a kind that this machine knows, for completion: nothing is asked of a cluster. Without a kubeconfig that can
 * be read there are none.
 *
 * @param kubeconfig the file that the command line names
 */
export function knownNames(kind: NameKind, kubeconfig?: string): string[] {
  if (kind === 'setting') return settings.map(({name}) => name);
  try {
    const {contexts, clusters, users} = readKubeconfig(kubeconfig, surroundings());
    if (kind === 'namespace') {
      const named = [...contexts.values()].flatMap(({namespace}) => namespace ?? []);
      return [...new Set([...named, 'seldon-system'])].sort();
    }
    return [...{context: contexts, cluster: clusters, user: users}[kind].keys()].sort();
  } catch {
    return [];
  }
}
