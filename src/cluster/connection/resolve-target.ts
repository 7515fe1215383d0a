import {resolve} from 'node:path';
import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {type Surroundings, secret, secretVariables} from '../../settings.ts';
import type {ConnectionOptions} from './connection.ts';
import {inClusterTarget} from './in-cluster.ts';
import {type ClusterEntry, type Kubeconfig, readKubeconfig, type UserEntry} from './kubeconfig.ts';
import {serverOf} from './server-url.ts';
import type {Target} from './target.ts';
import {checkCluster, checkUser} from './target-checks.ts';

/**
 * What kubectl would speak to: the context of the kubeconfig with the flags over it, else the pod's own cluster; rules of
 * DirectClientConfig and DeferredLoadingClientConfig in k8s.io/client-go/tools/clientcmd. Contacts nobody.
 *
 * @throws {UserError} usage, if there is no usable configuration
 */
export function resolveTarget(options: ConnectionOptions, around: Surroundings): Target {
  const all = readKubeconfig(options.kubeconfig, around);
  const name = options.context ?? all.currentContext;
  const context = all.contexts.get(name);
  if (name !== '' && !context) throw noContext(name, all);
  const clusterName = options.cluster ?? context?.cluster ?? '';
  // An entry without a name is what is chosen by no name.
  if (clusterName === '' && !options.server && !all.clusters.has('')) {
    if (context) throw noCluster(name, all);
    // Nothing is chosen: inside a pod its own cluster is.
    const own = options.user === undefined ? inClusterTarget(around) : undefined;
    if (!own) throw all.files.length === 0 ? noConfiguration(all) : noContext(name, all);
    return {
      ...own,
      cluster: withServer(own.cluster, options),
      ...withIdentity(own.userName, own.user, options, around),
    };
  }
  const userName = options.user ?? context?.user ?? '';
  const cluster = all.clusters.get(clusterName) ?? (clusterName === '' ? {} : undefined);
  // A context's user that is absent, but never one that is asked for, is nobody: enough where no credentials are sent.
  const nobody =
    userName === '' || (options.user === undefined && cluster !== undefined && plain(cluster, options, name));
  const entry = all.users.get(userName) ?? (nobody ? {} : undefined);
  if (!cluster || !entry) {
    const missing = cluster ? `user ${clean(userName)}` : `cluster ${clean(clusterName)}`;
    throw new UserError('usage', `No kubeconfig defines the ${missing}.`, {
      suggestions: [filesRead(all), `The context is ${clean(name) || 'none'}; kubectl config get-contexts lists all.`],
    });
  }
  const target: Target = {
    context: name || '(none)',
    namespace: context?.namespace || 'default',
    cluster: withServer(cluster, options),
    ...withIdentity(userName || 'anonymous', entry, options, around),
  };
  checkCluster(target, clusterName);
  checkUser(target.user, userName);
  return target;
}

/** Whether it is a server without TLS, which gets no credentials. */
function plain(cluster: ClusterEntry, options: ConnectionOptions, context: string): boolean {
  const chosen = withServer(cluster, options);
  return Boolean(chosen.server) && !serverOf({cluster: chosen, context}).secure;
}

/** The flags about the server over the cluster's entry; another server has another name in its certificate. */
function withServer(entry: ClusterEntry, options: ConnectionOptions): ClusterEntry {
  const cluster = {...entry};
  if (options.server) {
    cluster.server = options.server;
    delete cluster['tls-server-name'];
  }
  if (options.tlsServerName) cluster['tls-server-name'] = options.tlsServerName;
  if (options.insecureSkipTlsVerify || options.certificateAuthority) {
    cluster['insecure-skip-tls-verify'] = options.insecureSkipTlsVerify ?? false;
    delete cluster['certificate-authority'];
    delete cluster['certificate-authority-data'];
  }
  if (options.certificateAuthority) cluster['certificate-authority'] = resolve(options.certificateAuthority);
  if (options.disableCompression) cluster['disable-compression'] = true;
  return cluster;
}

/** The token and the impersonation that flags and environment give, over the user's entry. */
function withIdentity(
  name: string,
  entry: UserEntry,
  options: ConnectionOptions,
  around: Surroundings,
): Pick<Target, 'user' | 'userName'> {
  const user = {...entry};
  let userName = name;
  const token = secret('token', around);
  if (options.tokenFile) {
    user.tokenFile = resolve(options.tokenFile);
    delete user.token;
    userName = `(token of ${options.tokenFile})`;
  } else if (token) {
    user.token = token;
    delete user.tokenFile;
    userName = `(token of ${secretVariables.token})`;
  }
  for (const [field, path] of [
    ['client-certificate', options.clientCertificate],
    ['client-key', options.clientKey],
  ] as const) {
    if (!path) continue;
    user[field] = resolve(path);
    delete user[`${field}-data`];
  }
  if (options.asUid) user['as-uid'] = options.asUid;
  if (options.asUserExtra?.length) user['as-user-extra'] = extraOf(options.asUserExtra);
  if (options.as) user.as = options.as;
  if (options.asGroup?.length) user['as-groups'] = [...options.asGroup];
  return {user, userName: user.as ? `${userName} as ${user.as}` : userName};
}

/** What has no `=` counts for nothing, as for kubectl. */
function extraOf(pairs: readonly string[]): Record<string, string[]> {
  const extra: Record<string, string[]> = {};
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    if (at < 0) continue;
    const key = pair.slice(0, at);
    extra[key] = [...(extra[key] ?? []), pair.slice(at + 1)];
  }
  return extra;
}

function noCluster(name: string, all: Kubeconfig): UserError {
  return new UserError('usage', `The context ${clean(name)} names no cluster.`, {
    suggestions: [
      "Set the context's cluster in the kubeconfig, name one with --cluster, or choose another context with --context.",
      filesRead(all),
    ],
  });
}

function noContext(name: string, all: Kubeconfig): UserError {
  const names = [...all.contexts.keys()].map((context) => clean(context, 80)).join(', ');
  const message = name === '' ? 'No context is chosen.' : `There is no context ${clean(name)}.`;
  return new UserError('usage', message, {
    suggestions: [
      names ? `The contexts are: ${clean(names, 1000)}.` : 'The kubeconfig defines no context.',
      'Name one with --context, or choose one with: kubectl config use-context NAME',
      filesRead(all),
    ],
  });
}

function noConfiguration({missing}: Kubeconfig): UserError {
  const looked = missing.length > 0 ? ` (${missing.map((path) => clean(path)).join(', ')} does not exist)` : '';
  return new UserError('usage', `There is no kubeconfig${looked}, and this is not a pod of a cluster.`, {
    suggestions: [
      'Name a kubeconfig with --kubeconfig or KUBECONFIG, or put one at ~/.kube/config.',
      'Without a cluster: kubectl get nodes -o json | seldon-usage show --nodes -',
    ],
  });
}

function filesRead({files, missing}: Kubeconfig): string {
  const read = files.length > 0 ? files.map((file) => clean(file)).join(', ') : 'none';
  const absent = missing.length > 0 ? `; missing: ${missing.map((file) => clean(file)).join(', ')}` : '';
  return `Files read: ${read}${absent}.`;
}
