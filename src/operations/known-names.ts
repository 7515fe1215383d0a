import {CORE_SCHEMA, load} from 'js-yaml';
import {readKubeconfig} from '../cluster/connection/kubeconfig.ts';
import {parseKubeconfig} from '../cluster/connection/kubeconfig-text.ts';
import {settings, surroundings} from '../settings.ts';

/** What a word of a command line can name. */
export type NameKind = 'context' | 'cluster' | 'user' | 'namespace' | 'release' | 'setting';

/**
 * Namespaces and releases as Seldon's guides name them: no file of a machine lists those that a cluster has, and to ask the
 * cluster takes longer than a person waits for the Tab key.
 */
const usual = {
  namespace: ['seldon-mesh', 'seldon-system'],
  release: ['seldon-core', 'seldon-core-v2', 'seldon-core-v2-runtime', 'seldon-core-v2-setup'],
} as const;

/**
 * Names of a kind that this machine knows, for completion: nothing is asked of a cluster. Without a kubeconfig that can
 * be read there are none of it.
 *
 * @param kubeconfig the file that the command line names, as it stands there: shells replace `~` later
 */
export function knownNames(kind: NameKind, kubeconfig?: string): string[] {
  if (kind === 'setting') return settings.map(({name}) => name);
  if (kind === 'release') return [...usual.release];
  try {
    const around = surroundings();
    const {contexts, clusters, users} = readKubeconfig(
      kubeconfig?.replace(/^~(?=\/)/, () => around.home),
      around,
      quickly,
    );
    if (kind === 'namespace') {
      const named = [...contexts.values()].flatMap(({namespace}) => namespace ?? []);
      return [...new Set([...named, ...usual.namespace])].sort();
    }
    return [...{context: contexts, cluster: clusters, user: users}[kind].keys()].sort();
  } catch {
    return kind === 'namespace' ? [...usual.namespace] : [];
  }
}

/** The names are the same by less care, in a third of the time; what this reader refuses is for the other to judge. */
function quickly(bytes: Buffer): unknown {
  try {
    return load(bytes.toString('utf8'), {schema: CORE_SCHEMA, json: true});
  } catch {
    return parseKubeconfig(bytes);
  }
}
