// Kubeconfig files for tests.
import {writeFileSync} from 'node:fs';

export interface KubeconfigContent {
  server: string;
  ca: string;
  /** The `user` entry: `{token}`, `{exec: …}`, `{'client-certificate': …}`. */
  credentials: Record<string, unknown>;
  userName: string;
  context: string;
  namespace?: string;
  /** More fields of the `cluster` entry: `proxy-url`, `tls-server-name`, … */
  cluster?: Record<string, unknown>;
}

/** Writes a kubeconfig of one cluster, one user and one context, readable by its owner only. JSON is YAML too. */
export function writeKubeconfig(path: string, content: KubeconfigContent): void {
  const {server, ca, credentials, userName, context, namespace, cluster} = content;
  const authority = Buffer.from(ca).toString('base64');
  const value = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{name: 'rig', cluster: {server, 'certificate-authority-data': authority, ...cluster}}],
    users: [{name: userName, user: credentials}],
    contexts: [{name: context, context: {cluster: 'rig', user: userName, namespace}}],
    'current-context': context,
  };
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`, {mode: 0o600});
}
