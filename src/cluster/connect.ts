import {readFileSync} from 'node:fs';
import type {ClientRequest, IncomingMessage} from 'node:http';
import http from 'node:http';
import https from 'node:https';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {builderVersion} from '../report/version.ts';
import type {Surroundings} from '../settings.ts';
import type {Connection, ConnectionOptions, RequestOptions} from './connection.ts';
import {credentials} from './credentials.ts';
import {noAnswer} from './failures.ts';
import {inClusterTarget} from './in-cluster.ts';
import {readTarget, type Target} from './kubeconfig.ts';

/** Milliseconds without a byte after which a request ends. */
const silence = 60_000;

/**
 * The one way to a cluster: resolves what kubectl would resolve, and speaks as kubectl would. Contacts nobody yet.
 *
 * @throws {UserError} usage, if there is no usable configuration
 */
export async function connect(options: ConnectionOptions, around: Surroundings): Promise<Connection> {
  const target = readTarget(options, around) ?? inClusterTarget(around);
  if (!target) throw noConfiguration();
  const server = serverOf(target);
  const present = await credentials(target);
  const secure = server.protocol === 'https:';
  // With `proxyEnv` Node's own agents honour HTTPS_PROXY and NO_PROXY.
  const agent = new (secure ? https : http).Agent({keepAlive: true, proxyEnv: around.env});
  const where = {server: server.href.replace(/\/$/, ''), context: target.context};

  async function request(path: string, {method = 'GET', headers, body}: RequestOptions = {}): Promise<IncomingMessage> {
    const {agent: own, tls, headers: identity} = await present();
    return new Promise<IncomingMessage>((resolve, reject) => {
      const sent = (secure ? https : http).request(server.href.replace(/\/$/, '') + path, {
        method,
        agent: own ?? agent,
        ...tls,
        headers: {
          'User-Agent': `seldon-usage/${builderVersion}`,
          Accept: 'application/json',
          ...headers,
          ...identity,
          ...(body === undefined ? {} : {'Content-Length': Buffer.byteLength(body)}),
        },
      });
      limit(sent, options.requestTimeout ?? 0);
      sent.once('response', resolve);
      sent.once('error', (error) => reject(noAnswer(error, where)));
      sent.end(body);
    });
  }

  return {
    ...where,
    user: target.userName,
    namespace: target.namespace,
    ca: authority(target),
    kubeconfig: () => ownKubeconfig(target),
    request,
    close: () => agent.destroy(),
  };
}

/** Ends the request after 60 s without a byte, or as a whole after `timeout` milliseconds. */
function limit(request: ClientRequest, timeout: number): void {
  const end = (what: string) => {
    request.destroy(Object.assign(new Error(what), {code: 'ETIMEDOUT'}));
  };
  request.setTimeout(timeout > 0 ? Math.min(timeout, silence) : silence, () => end('no byte'));
  if (timeout === 0) return;
  const timer = setTimeout(() => end('timeout'), timeout);
  request.once('close', () => clearTimeout(timer));
}

function serverOf({cluster: {server = ''}, context}: Target): URL {
  let url: URL | undefined;
  try {
    url = new URL(/^https?:\/\//.test(server) ? server : `https://${server}`);
  } catch {
    // Said below.
  }
  if (!url || server === '') {
    throw new UserError(
      'usage',
      `The context ${clean(context)} has no usable server: ${JSON.stringify(clean(server))}.`,
      {
        suggestions: ['Set cluster.server in the kubeconfig: https://HOST:PORT'],
      },
    );
  }
  url.username = '';
  url.password = '';
  return url;
}

function authority({cluster}: Target): string {
  const {'certificate-authority-data': data, 'certificate-authority': file} = cluster;
  if (data) return Buffer.from(data, 'base64').toString('utf8');
  return file ? readFileSync(file, 'utf8') : '';
}

/** A kubeconfig that holds the target and nothing else, as JSON, which is YAML too. */
function ownKubeconfig({context, namespace, cluster, user}: Target): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': context,
    contexts: [{name: context, context: {cluster: 'cluster', user: 'user', namespace}}],
    clusters: [{name: 'cluster', cluster}],
    users: [{name: 'user', user}],
  });
}

function noConfiguration(): UserError {
  return new UserError('usage', 'There is no kubeconfig, and this is not a pod of a cluster.', {
    suggestions: [
      'Name a kubeconfig with --kubeconfig or KUBECONFIG, or put one at ~/.kube/config.',
      'Without a cluster: kubectl get nodes -o json | seldon-usage show --nodes -',
    ],
  });
}
