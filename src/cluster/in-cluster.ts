import {existsSync, readFileSync} from 'node:fs';
import {isIPv6} from 'node:net';
import {join} from 'node:path';
import type {Surroundings} from '../settings.ts';
import type {Target} from './kubeconfig.ts';

/** Where Kubernetes mounts a pod's service account. */
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/** The API server and the service account of the pod that this runs in; undefined outside a pod. */
export function inClusterTarget({env}: Surroundings, folder = serviceAccount): Target | undefined {
  const {KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port} = env;
  const tokenFile = join(folder, 'token');
  if (!host || !port || !existsSync(tokenFile)) return undefined;
  return {
    context: 'in-cluster',
    namespace: readNamespace(join(folder, 'namespace')),
    clusterName: 'in-cluster',
    cluster: {
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      'certificate-authority': join(folder, 'ca.crt'),
    },
    userName: 'service account',
    user: {tokenFile},
  };
}

function readNamespace(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || 'default';
  } catch {
    return 'default';
  }
}
