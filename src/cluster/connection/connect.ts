import type {IncomingMessage} from 'node:http';
import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {sweepRunFolders} from '../../host/run-folder.ts';
import {builderVersion} from '../../report/version.ts';
import type {Surroundings} from '../../settings.ts';
import type {Connection, ConnectionOptions, RequestOptions} from './connection.ts';
import {credentials, material, type Presented} from './credentials.ts';
import {noAnswer} from './failures.ts';
import {proxyFor} from './proxy.ts';
import {resolveTarget} from './resolve-target.ts';
import type {Target} from './target.ts';
import {transport} from './transport.ts';

/**
 * The one way to a cluster: resolves what kubectl would resolve, and speaks as kubectl would. Contacts nobody yet. What a
 * killed run has left of its private folder is removed first.
 *
 * @throws {UserError} usage, if there is no usable configuration
 */
export async function connect(options: ConnectionOptions, around: Surroundings): Promise<Connection> {
  if (options.insecureSkipTlsVerify)
    options.warn?.('The certificate of the API server is not checked: whoever is on the way can read and change all.');
  await sweepRunFolders();
  return open(resolveTarget(options, around), options, around);
}

/** A connection to a target that is known already. */
export function open(target: Target, options: ConnectionOptions, around: Surroundings): Connection {
  const url = serverOf(target);
  const server = url.href.replace(/\/$/, '');
  const where = {server, context: target.context};
  const {terminal = {input: false, output: false}, requestTimeout = 0} = options;
  const authority = material(target.cluster, 'certificate-authority');
  const proxy = proxyFor(url, target.cluster['proxy-url'], around);
  const way = transport(url, target.cluster, authority, proxy, requestTimeout);
  const known = credentials(target, {server, authority, env: around.env, terminal, requestTimeout});

  async function request(path: string, {method = 'GET', headers, body}: RequestOptions = {}): Promise<IncomingMessage> {
    const sending = {
      method,
      headers: {
        'User-Agent': `seldon-usage/${builderVersion}`,
        Accept: 'application/json',
        ...headers,
        ...(body === undefined ? {} : {'Content-Length': Buffer.byteLength(body)}),
      },
      body,
    };
    const send = (presented: Presented) =>
      way.send(path, sending, presented).catch((error) => {
        throw noAnswer(error, where);
      });
    const presented = await known.present();
    const response = await send(presented);
    if (response.statusCode !== 401) return response;
    const others = await known.renew(presented);
    if (!others) return response;
    response.resume();
    return send(others);
  }

  return {
    ...where,
    user: target.userName,
    namespace: target.namespace,
    ca: authority,
    request,
    close: way.close,
  };
}

/** The server as kubectl reads it: without a scheme it is http, whatever the port. */
function serverOf({cluster: {server = ''}, context}: Target): URL {
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(server) ? server : `http://${server}`);
  if (!url?.hostname || !/^https?:$/.test(url.protocol)) {
    const shown = JSON.stringify(clean(server));
    throw new UserError('usage', `The context ${clean(context)} has no usable server: ${shown}.`, {
      suggestions: ['Set cluster.server in the kubeconfig: https://HOST:PORT, or --server.'],
    });
  }
  url.username = '';
  url.password = '';
  url.search = '';
  url.hash = '';
  return url;
}
