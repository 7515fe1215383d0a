import {X509Certificate} from 'node:crypto';
import type {ClientRequest, IncomingMessage} from 'node:http';
import http from 'node:http';
import https from 'node:https';
import type {Socket} from 'node:net';
import {isIP} from 'node:net';
import tls, {type SecureContext} from 'node:tls';
import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import type {Presented} from './credentials.ts';
import type {ClusterEntry} from './kubeconfig.ts';
import type {ForwardProxy} from './proxy.ts';
import {openTunnel, type Patience, type ProxyTrust} from './tunnel.ts';

/** Milliseconds without a byte after which a request ends. */
export const silence = 60_000;

/** Sends requests to one server. */
export interface Transport {
  send(path: string, options: Sending, presented: Presented): Promise<IncomingMessage>;
  close(): void;
}

/** One request as it goes out. */
export interface Sending {
  readonly method: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body?: string | undefined;
}

/** A way for one client certificate: sessions and connections must not be shared between two. */
interface Way {
  readonly cert: string | undefined;
  readonly agent: http.Agent;
  readonly tls: https.RequestOptions;
}

/**
 * The way to a server: its trust, its name, its proxy. Contacts nobody yet.
 *
 * @param authority PEM of the only CA to trust; empty: those of the system
 * @param timeout milliseconds a request may take; 0: no limit but that of silence
 */
export function transport(
  server: URL,
  cluster: ClusterEntry,
  authority: string,
  proxy: ForwardProxy | undefined,
  timeout: number,
): Transport {
  const base = server.href.replace(/\/$/, '');
  const secure = server.protocol === 'https:';
  const agents: http.Agent[] = [];
  const closing = new AbortController();
  const patience = {timeout: timeout > 0 ? Math.min(timeout, silence) : silence, signal: closing.signal};
  const tunnelled = proxy !== undefined && (secure || proxy.url.protocol.startsWith('socks'));
  let current: Way | undefined;

  function way({cert, key}: Presented): Way {
    if (current && current.cert === cert) return current;
    if (!secure) return remember({cert, agent: plainAgent(proxy, patience), tls: {}});
    const rejectUnauthorized = !cluster['insecure-skip-tls-verify'];
    requireCertificate(authority);
    const ca = authority || (rejectUnauthorized ? systemRoots() : undefined);
    const trust = {rejectUnauthorized, secureContext: secureContext({ca})};
    const own = cert ? {...trust, secureContext: secureContext({ca, cert, key})} : trust;
    const agent = new https.Agent({keepAlive: true});
    if (proxy) proxied(agent, proxy, trust, patience);
    return remember({cert, agent, tls: {...own, ...serverName(cluster['tls-server-name'])}});
  }

  function remember(way: Way): Way {
    current = way;
    agents.push(way.agent);
    return way;
  }

  return {
    async send(path, {method, headers, body}, presented) {
      const {agent, tls} = way(presented);
      return new Promise<IncomingMessage>((resolve, reject) => {
        const sent = (secure ? https : http).request(base + path, {
          method,
          agent,
          ...tls,
          headers: {...headers, ...presented.headers},
        });
        limit(sent, timeout, tunnelled);
        sent.once('response', resolve);
        sent.on('error', reject);
        // As bytes: with a text body Node.js would write the headers as UTF-8 instead of byte by byte.
        sent.end(body === undefined ? undefined : Buffer.from(body));
      });
    },
    close() {
      closing.abort();
      for (const agent of agents) agent.destroy();
    },
  };
}

/** Ends the request after 60 s without a byte, or as a whole after `timeout` milliseconds. */
function limit(request: ClientRequest, timeout: number, tunnelled: boolean): void {
  let response: IncomingMessage | undefined;
  const end = (what: string) => {
    // A tunnel that is not there yet has the same limit, and more to say.
    if (tunnelled && !request.socket) return;
    const error = Object.assign(new Error(what), {code: 'ETIMEDOUT'});
    // An answer that has begun would else end as if the server had closed the connection.
    response?.destroy(error);
    request.destroy(error);
  };
  // The request's own timeout begins only once it is connected, which may never be.
  const first = setTimeout(() => end('no answer'), silence);
  const whole = timeout > 0 ? setTimeout(() => end('timeout'), timeout) : undefined;
  request.once('response', (arrived) => {
    response = arrived;
    clearTimeout(first);
    request.setTimeout(silence, () => end('no byte'));
  });
  request.once('close', () => {
    clearTimeout(first);
    clearTimeout(whole);
  });
}

/** For a server without TLS a proxy is spoken to in its own way, which Node.js knows; through SOCKS it is a tunnel. */
function plainAgent(proxy: ForwardProxy | undefined, patience: Patience): http.Agent {
  if (!proxy) return new http.Agent({keepAlive: true});
  if (!proxy.url.protocol.startsWith('socks'))
    return new http.Agent({keepAlive: true, proxyEnv: {HTTP_PROXY: proxy.url.href}});
  const agent = new http.Agent({keepAlive: true});
  agent.createConnection = (options, callback) => {
    tunnelTo(options, proxy, {}, patience).then(
      (socket) => callback?.(null, socket),
      (error) => callback?.(error, undefined as unknown as Socket),
    );
    return undefined;
  };
  return agent;
}

/** Makes the agent's connections begin with a tunnel through the proxy. */
function proxied(agent: https.Agent, proxy: ForwardProxy, trust: ProxyTrust, patience: Patience): void {
  agent.createConnection = (options, callback) => {
    tunnelTo(options, proxy, trust, patience).then(
      (socket) => callback?.(null, tls.connect({...(options as tls.ConnectionOptions), socket})),
      (error) => callback?.(error, undefined as unknown as Socket),
    );
    return undefined;
  };
}

function tunnelTo(
  options: http.ClientRequestArgs,
  proxy: ForwardProxy,
  trust: ProxyTrust,
  patience: Patience,
): Promise<Socket> {
  return openTunnel(proxy, options.host ?? '', Number(options.port), trust, patience);
}

/**
 * @throws {UserError} usage, if certificate or key can't be used
 */
function secureContext(options: tls.SecureContextOptions): SecureContext {
  try {
    return tls.createSecureContext(options);
  } catch (error) {
    const {code = ''} = error as NodeJS.ErrnoException;
    const why = /MISMATCH/.test(code) ? 'do not belong together' : `can't be used (${clean(code, 60)})`;
    throw new UserError('usage', `The client certificate and its key ${why}.`, {
      suggestions: ['They are PEM; have your cluster or login tool write the kubeconfig again.'],
    });
  }
}

/**
 * Node.js passes over a CA that it can't read, and then trusts nobody.
 *
 * @throws {UserError} usage, if the text holds no certificate
 */
function requireCertificate(authority: string): void {
  if (!authority) return;
  try {
    new X509Certificate(authority);
  } catch {
    throw new UserError('usage', 'The certificate-authority of the kubeconfig is no certificate.', {
      suggestions: ['It is PEM; have your cluster or login tool write the kubeconfig again.'],
    });
  }
}

/** What this machine trusts, as kubectl does; where it has no certificates at all, those that Node.js brings. */
function systemRoots(): string[] | undefined {
  const system = tls.getCACertificates('system');
  return system.length > 0 ? [...system, ...tls.getCACertificates('extra')] : undefined;
}

/** The name that the certificate must have, and that the server is asked for (SNI), which can be no address. */
function serverName(name: string | undefined): tls.ConnectionOptions {
  if (!name) return {};
  if (!isIP(name)) return {servername: name};
  return {servername: '', checkServerIdentity: (_, certificate) => tls.checkServerIdentity(name, certificate)};
}
