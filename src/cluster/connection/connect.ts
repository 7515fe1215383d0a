import type {IncomingMessage} from 'node:http';
import {setTimeout as sleep} from 'node:timers/promises';
import {sweepRunFolders} from '../../host/run-folder.ts';
import {builderVersion} from '../../report/version.ts';
import type {Surroundings} from '../../settings.ts';
import {Patience} from './allowance.ts';
import type {Connection, ConnectionOptions, RequestOptions} from './connection.ts';
import {credentials, material, type Presented} from './credentials.ts';
import {noAnswer, tooLong} from './failures.ts';
import {proxyFor} from './proxy.ts';
import {mostRedirects, redirection} from './redirect.ts';
import {resolveTarget} from './resolve-target.ts';
import {serverOf} from './server-url.ts';
import type {Target} from './target.ts';
import {transport} from './transport.ts';

/** Bytes of an answer that nobody wants which are read, so that its connection can be used again. */
const mostDiscarded = 64 * 1024;

/**
 * The one way to a cluster: resolves what kubectl would resolve, and speaks as kubectl would. Contacts nobody yet. What a
 * killed run has left of its private folder is removed first.
 *
 * @throws {UserError} usage, if there is no usable configuration
 */
export async function connect(options: ConnectionOptions, around: Surroundings): Promise<Connection> {
  return connections(around).to(options);
}

/** The connections of one run; each begins at its first use, and all end together. */
export interface Connections {
  /**
   * What `connect` would give. What kubectl's rules lead to the same server by the same credentials is one connection, so
   * that a credential plugin, which a person may have to answer, is run once; what they have meanwhile changed is another.
   *
   * @throws {UserError} usage, if there is no usable configuration
   */
  to(options: ConnectionOptions): Promise<Connection>;
  close(): void;
}

/** The connections of one run, each made at its first use. */
export function connections(around: Surroundings): Connections {
  const known = new Map<string, Connection>();
  let swept: Promise<unknown> | undefined;
  return {
    async to(options) {
      swept ??= sweepRunFolders();
      await swept;
      const target = resolveTarget(options, around);
      const key = JSON.stringify([target, options.requestTimeout, options.terminal, options.allowance]);
      const before = known.get(key);
      if (before) return before;
      if (options.insecureSkipTlsVerify)
        options.warn?.(
          'The certificate of the API server is not checked: whoever is on the way can read and change all.',
        );
      const connection = open(target, options, around);
      known.set(key, connection);
      return connection;
    },
    close() {
      for (const connection of known.values()) connection.close();
    },
  };
}

/** A connection to a target that is known already. `given`: how long its server may take, absent: as the options say. */
export function open(
  target: Target,
  options: ConnectionOptions,
  around: Surroundings,
  given?: Patience | undefined,
): Connection {
  const api = serverOf(target);
  const server = api.href;
  const where = {server, context: target.context};
  const {terminal = {input: false, output: false}, requestTimeout = 0, sockets, waiting, allowance} = options;
  const authority = material(target.cluster, 'certificate-authority');
  const proxy = proxyFor(api, target.cluster['proxy-url'], around);
  const patience = given ?? new Patience(allowance, () => tooLong(where));
  const how = {authority, proxy, timeout: requestTimeout, env: around.env, sockets, where, patience};
  const way = transport(api, target.cluster, how);
  // What still runs when the connection ends, because something else of the same work failed, is not tried again.
  const closing = new AbortController();
  const known = credentials(target, {server, authority, env: around.env, terminal, requestTimeout, waiting});

  async function request(
    path: string,
    {method = 'GET', headers, body, sent}: RequestOptions = {},
  ): Promise<IncomingMessage> {
    const sending = {
      method,
      headers: {
        'User-Agent': `seldon-usage/${builderVersion}`,
        Accept: 'application/json',
        ...headers,
        Host: api.authority,
        ...(body === undefined ? {} : {'Content-Length': Buffer.byteLength(body)}),
      },
      body,
      sent,
    };
    const send = async (presented: Presented) => {
      let whole = api.path + path;
      for (let followed = 0; ; followed++) {
        const response = await way.send(whole, sending, presented).catch((error) => {
          throw noAnswer(error, where);
        });
        const to = method === 'GET' && followed < mostRedirects ? redirection(api, whole, response) : undefined;
        if (to === undefined) return response;
        response.resume();
        whole = to;
      }
    };
    closing.signal.throwIfAborted();
    patience.require();
    const presented = await known.present();
    const response = await send(presented);
    if (response.statusCode !== 401) return response;
    const renew = known.renew(presented);
    if (!renew) return response;
    // Before somebody is asked to log in: nothing waits for the server meanwhile.
    await discarded(response);
    patience.require();
    return send(await renew());
  }

  return {
    ...where,
    user: target.userName,
    namespace: target.namespace,
    ca: authority,
    way: wayOf(target.cluster),
    request,
    wait: (milliseconds) => pause(milliseconds, closing.signal, patience),
    lift: () => patience.lift(),
    close() {
      closing.abort();
      way.close();
    },
  };
}

/** Reads an answer that nobody wants to its end, or ends it. */
function discarded(response: IncomingMessage): Promise<void> {
  return new Promise((resolve) => {
    let left = mostDiscarded;
    response.once('close', resolve).on('error', () => {});
    response.on('data', (chunk: Buffer) => {
      left -= chunk.length;
      if (left < 0) response.destroy();
    });
  });
}

/** A wait between attempts, which is the server's time too. */
async function pause(milliseconds: number, closing: AbortSignal, patience: Patience): Promise<void> {
  const over = new AbortController();
  const done = patience.begin({end: (error) => over.abort(error), received: () => 0});
  try {
    await sleep(milliseconds, undefined, {signal: AbortSignal.any([closing, over.signal])});
  } catch (error) {
    throw over.signal.aborted ? over.signal.reason : error;
  } finally {
    done();
  }
}

function wayOf({'proxy-url': proxy, 'tls-server-name': name}: Target['cluster']): string {
  return [...(proxy ? [`by ${proxy}`] : []), ...(name ? [`as ${name}`] : [])].join(' ');
}
