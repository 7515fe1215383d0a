import type {Connection} from '../cluster/connection/connection.ts';
import {shellWord} from '../foreign.ts';
import type {Owner} from './owner.ts';
import type {FoundRelease} from './releases.ts';

/** Helm's commands as the user would type them for this release. */
export interface UserCommands {
  history(): string;
  rollback(revision: number): string;
}

/** kubectl's commands about Hodometer, as the user would type them. */
export interface KubectlCommands {
  scaleToNone(deployment: Place): string;
  remove(deployment: Place): string;
  patchRuntime(runtime: Place, patch: unknown): string;
  /** Up to 2.5, where the level stands in the Deployment. */
  setLevel(namespace: string, level: string): string;
}

interface Place {
  readonly name: string;
  readonly namespace: string;
}

/** Flags that name the same cluster, with the user's own kubeconfig. */
function clusterFlags(
  flag: '--context' | '--kube-context',
  {context}: Pick<Connection, 'context'>,
  kubeconfig?: string,
) {
  return [...(kubeconfig ? ['--kubeconfig', kubeconfig] : []), ...(context === 'in-cluster' ? [] : [flag, context])];
}

/** Commands of kubectl against the same cluster: whoever pastes them may have another context by then. */
export function kubectlCommands(
  connection: Pick<Connection, 'context'>,
  kubeconfig: string | undefined,
): KubectlCommands {
  const cluster = clusterFlags('--context', connection, kubeconfig);
  const line = (words: string[], namespace: string, rest: string[] = []) =>
    ['kubectl', ...words, ...cluster, '--namespace', namespace, ...rest].map(shellWord).join(' ');
  return {
    scaleToNone: ({name, namespace}) => line(['scale', 'deployment', name], namespace, ['--replicas', '0']),
    remove: ({name, namespace}) => line(['delete', 'deployment', name], namespace),
    patchRuntime: ({name, namespace}, patch) =>
      line(['patch', 'seldonruntime', name], namespace, ['--type', 'json', '--patch', JSON.stringify(patch)]),
    setLevel: (namespace, level) =>
      line(['set', 'env', 'deployment/seldon-hodometer', `METRICS_LEVEL=${level.toUpperCase()}`], namespace),
  };
}

/** What shows how it is, of the cluster that was changed. */
export function statusCommand(connection: Pick<Connection, 'context'>, namespace: string): string {
  const words = [...clusterFlags('--context', connection), '--namespace', namespace];
  return ['seldon-usage status', ...words.map(shellWord)].join(' ');
}

/** Helm's command to set values of a release, from the repository that its chart came from, which no record tells. */
export function upgradeFromRepository(
  {name, namespace, chart, version}: Place & {readonly chart: string; readonly version: string},
  set: string,
  connection: Pick<Connection, 'context'>,
  kubeconfig: string | undefined,
): string {
  const known = /^v?[0-9][-+.0-9A-Za-z]{0,60}$/.test(version) ? ['--version', version] : [];
  const cluster = clusterFlags('--kube-context', connection, kubeconfig);
  const rest = [...cluster, '--namespace', namespace, '--reuse-values', '--set', set];
  return ['helm', 'upgrade', name, `REPOSITORY/${chart}`, ...known, ...rest].map(shellWord).join(' ');
}

/** Commands against the same cluster, with the user's own kubeconfig. */
export function userCommands(
  {name, namespace, driver}: Pick<FoundRelease, 'name' | 'namespace' | 'driver'>,
  connection: Pick<Connection, 'context'>,
  kubeconfig: string | undefined,
): UserCommands {
  const place = [...clusterFlags('--kube-context', connection, kubeconfig), '--namespace', namespace];
  const line = (words: string[]) =>
    `${driver === 'configmap' ? 'HELM_DRIVER=configmap ' : ''}${[...words, ...place].map(shellWord).join(' ')}`;
  return {
    history: () => line(['helm', 'history', name]),
    rollback: (revision) => line(['helm', 'rollback', name, String(revision), '--no-hooks', '--history-max', '0']),
  };
}

/** The edit with the value in its place. */
export function ownerEdit({edit}: Owner, on: boolean): string[] {
  return edit.map((line) => line.replace(/\bVALUE\b/, String(on)));
}
