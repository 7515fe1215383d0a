import {existsSync, readFileSync, statSync} from 'node:fs';
import {isIPv6} from 'node:net';
import {join} from 'node:path';
import type {Surroundings} from '../../settings.ts';
import type {Target} from './target.ts';

/** Where Kubernetes mounts a pod's service account. */
const serviceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

/**
 * The API server and the service account of the pod that this runs in; undefined outside a pod. Rules of InClusterConfig
 * in k8s.io/client-go/rest.
 */
export function inClusterTarget({env}: Surroundings, folder = serviceAccount): Target | undefined {
  const {KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port} = env;
  const tokenFile = join(folder, 'token');
  if (!host || !port || !statSync(tokenFile, {throwIfNoEntry: false})?.isFile()) return undefined;
  const authority = join(folder, 'ca.crt');
  return {
    context: 'in-cluster',
    namespace: env.POD_NAMESPACE || read(join(folder, 'namespace')) || 'default',
    cluster: {
      server: `https://${isIPv6(host) ? `[${host}]` : host}:${port}`,
      ...(existsSync(authority) ? {'certificate-authority': authority} : {}),
    },
    userName: subject(read(tokenFile)) ?? 'service account',
    user: {tokenFile},
  };
}

function read(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return '';
  }
}

/** Whom a service account's token names, which is no secret: `system:serviceaccount:NAMESPACE:NAME`. */
function subject(token: string): string | undefined {
  try {
    const {sub} = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8')) as {sub?: unknown};
    return typeof sub === 'string' && /^system:serviceaccount:[\w.-]+:[\w.-]+$/.test(sub) ? sub : undefined;
  } catch {
    return undefined;
  }
}
