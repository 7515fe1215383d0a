import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import type {ExecEntry, UserEntry} from './kubeconfig.ts';
import type {Target} from './target.ts';

/** Versions of the credential plugins' protocol that kubectl speaks. */
export const execVersions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/**
 * Refuses what kubectl refuses about a cluster; rules of validateClusterInfo in k8s.io/client-go/tools/clientcmd.
 *
 * @throws {UserError} usage
 */
export function checkCluster({cluster, context}: Target, name: string): void {
  const where = name ? `The cluster ${clean(name)} of the kubeconfig` : `The context ${clean(context)}`;
  if (!cluster.server) throw wrong(`${where} has no server.`, 'Set cluster.server: https://HOST:PORT, or --server.');
  both(where, cluster, 'certificate-authority');
  const hasAuthority = cluster['certificate-authority'] || cluster['certificate-authority-data'];
  if (hasAuthority && cluster['insecure-skip-tls-verify'])
    throw wrong(
      `${where} has a certificate-authority and insecure-skip-tls-verify: only one of them can count.`,
      'Remove insecure-skip-tls-verify.',
    );
}

/**
 * Refuses what kubectl refuses about a user; rules of validateAuthInfo in the same place.
 *
 * @throws {UserError} usage
 */
export function checkUser(user: UserEntry, name: string): void {
  const where = `The user ${clean(name) || 'of the flags'}`;
  if (user.token && (user.username || user.password))
    throw wrong(`${where} has a token and a password: only one of them can count.`, 'Remove one of them.');
  if (user['client-certificate'] || user['client-certificate-data']) {
    both(where, user, 'client-certificate');
    both(where, user, 'client-key');
    if (!user['client-key'] && !user['client-key-data'])
      throw wrong(`${where} has a client certificate without its key.`, 'Set client-key or client-key-data.');
  }
  if (!user.as && (user['as-uid'] || user['as-groups']?.length || Object.keys(user['as-user-extra'] ?? {}).length > 0))
    throw wrong(`${where} impersonates groups without a user.`, 'Name the user with --as.');
  if (user.exec && user['auth-provider'])
    throw wrong(`${where} has a credential plugin and an auth-provider: only one can count.`, 'Remove auth-provider.');
  if (user.exec) checkExec(user.exec, where);
}

function checkExec({command, apiVersion = '', interactiveMode, env = []}: ExecEntry, where: string): void {
  const again = 'Have your cloud or login tool write the kubeconfig again, or mend users[].user.exec in it.';
  if (!command) throw wrong(`${where} has a credential plugin without a command.`, again);
  if (!execVersions.includes(apiVersion))
    throw wrong(
      `${where} has a credential plugin of the version ${clean(apiVersion, 80) || '(none)'}, which kubectl no longer speaks.`,
      `Its apiVersion can be ${execVersions.join(' or ')}. ${again}`,
    );
  if (env.some(({name}) => !name)) throw wrong(`${where} has a credential plugin with a variable without name.`, again);
  // Version v1 wants it said; v1beta1 has IfAvailable as its default.
  const mode = interactiveMode || (apiVersion.endsWith('/v1beta1') ? 'IfAvailable' : '');
  if (!['Never', 'IfAvailable', 'Always'].includes(mode))
    throw wrong(
      `${where} has a credential plugin whose interactiveMode is ${clean(mode, 40) || 'not set'}.`,
      'Set it to Never, IfAvailable or Always.',
    );
}

function both<T extends object>(where: string, entry: T, field: keyof T & string): void {
  if (entry[field] && entry[`${field}-data` as keyof T])
    throw wrong(`${where} has both ${field} and ${field}-data.`, 'Remove one of them.');
}

function wrong(message: string, suggestion: string): UserError {
  return new UserError('usage', message, {suggestions: [suggestion]});
}
