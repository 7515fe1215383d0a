import type {Connection} from '../cluster/connection/connection.ts';
import {shellWord} from '../foreign.ts';
import type {Owner} from './owner.ts';
import type {FoundRelease} from './releases.ts';

/** Helm's commands as the user would type them for this release. */
export interface UserCommands {
  history(): string;
  rollback(revision: number): string;
}

/** Commands against the same cluster, with the user's own kubeconfig. */
export function userCommands(
  {name, namespace, driver}: Pick<FoundRelease, 'name' | 'namespace' | 'driver'>,
  {context}: Connection,
  kubeconfig: string | undefined,
): UserCommands {
  const cluster = context === 'in-cluster' ? [] : ['--kube-context', context];
  const place = [...(kubeconfig ? ['--kubeconfig', kubeconfig] : []), ...cluster, '--namespace', namespace];
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
