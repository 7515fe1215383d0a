import type {Target} from './target.ts';

/**
 * A kubeconfig that holds the target and nothing else, with all that flags and variables changed about it, for programs
 * such as Helm. JSON, which is YAML too; paths in it are absolute.
 */
export function ownKubeconfig({context, namespace, cluster, user}: Target, server: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    contexts: [{name: context, context: {cluster: 'cluster', user: 'user', namespace}}],
    clusters: [{name: 'cluster', cluster: {...cluster, server}}],
    users: [{name: 'user', user}],
  });
}
