import {readFileSync} from 'node:fs';
import type {Agent, RequestOptions} from 'node:https';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import type {Target} from './kubeconfig.ts';

/** What goes with a request so that the server knows who asks. */
interface Presented {
  /** An agent of the library's own, where the cluster has a proxy-url. */
  readonly agent?: Agent;
  readonly tls: Pick<RequestOptions, 'ca' | 'cert' | 'key' | 'servername' | 'rejectUnauthorized' | 'auth'>;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * The credentials of a target, to be asked for at each request: tokens expire and rotate. Everything that kubeconfig
 * credentials need beyond client-node has its place here.
 */
export async function credentials(target: Target): Promise<() => Promise<Presented>> {
  // Imported by its file: the package's index loads every API of Kubernetes, ten times the memory.
  const {KubeConfig} = await import('@kubernetes/client-node/dist/config.js');
  const config = new KubeConfig();
  const {cluster, user} = target;
  config.loadFromString(
    JSON.stringify({
      'current-context': 'context',
      contexts: [{name: 'context', context: {cluster: 'cluster', user: 'user'}}],
      clusters: [{name: 'cluster', cluster}],
      users: [{name: 'user', user: {...user, tokenFile: undefined}}],
    }),
  );
  return async () => {
    const options: RequestOptions = {};
    try {
      await config.applyToHTTPSOptions(options);
    } catch (error) {
      throw new UserError(
        'cluster',
        `The credentials of the user ${clean(target.userName)} can't be had: ${clean((error as Error).message)}`,
        {
          suggestions: [`The context is ${clean(target.context)}; does kubectl work with it?`],
          cause: error,
        },
      );
    }
    const headers = {...(options.headers as Record<string, string>), ...fromFile(user.tokenFile)};
    const {ca, cert, key, servername, rejectUnauthorized, auth} = options;
    const tls = Object.fromEntries(
      Object.entries({ca, cert, key, servername, rejectUnauthorized, auth}).filter(([, value]) => value !== undefined),
    );
    return {...(cluster['proxy-url'] && options.agent ? {agent: options.agent as Agent} : {}), tls, headers};
  };
}

/** The bearer token of a file, read anew each time: service account tokens rotate. */
function fromFile(path: string | undefined): Record<string, string> {
  if (!path) return {};
  try {
    return {Authorization: `Bearer ${readFileSync(path, 'utf8').trim()}`};
  } catch (error) {
    throw new UserError(
      'cluster',
      `The token file ${clean(path)} can't be read (${(error as NodeJS.ErrnoException).code}).`,
      {cause: error},
    );
  }
}
