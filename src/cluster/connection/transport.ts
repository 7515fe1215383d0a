import type {ClientRequest, IncomingMessage} from 'node:http';
import http from 'node:http';
import https from 'node:https';
import type {Socket} from 'node:net';
import tls, {type SecureContext} from 'node:tls';
import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {monotonic} from '../../host/monotonic.ts';
import {anyAnchor, readableCertificates, systemRoots} from '../../host/trust-store.ts';
import type {Patience} from './allowance.ts';
import type {Presented} from './credentials.ts';
import {dialled, expectedName, lookup} from './dial.ts';
import {type Pace, tooSlow, type Where} from './failures.ts';
import type {ClusterEntry} from './kubeconfig.ts';
import type {ForwardProxy} from './proxy.ts';
import type {Server} from './server-url.ts';
import {authorization, openTunnel, type ProxyTrust, type TunnelPatience} from './tunnel.ts';
import {Turns} from './turns.ts';

/** Milliseconds without a byte after which a request ends. */
const silence = 60_000;

/** What an answer that goes on has to bring at least: who sends a byte now and then is as good as silent. */
const leastPace: Pace = {bytes: 16 * 1024, window: 60_000};

/**
 * Milliseconds after which a socket that nobody uses is let go: while a question stands, what is between may forget it
 * without a word, and the next request would wait on it in vain.
 */
const longestIdle = 3000;

/** Sends requests to one server; paths are whole. */
export interface Transport {
  send(path: string, options: Sending, presented: Presented): Promise<IncomingMessage>;
  close(): void;
}

/** One request as it goes out. */
export interface Sending {
  readonly method: string;
  readonly headers: http.OutgoingHttpHeaders;
  readonly body?: string | undefined;
  readonly sent?: (() => void) | undefined;
}

/** A way for one client certificate: sessions and connections must not be shared between two. */
interface Way {
  readonly cert: string | undefined;
  readonly agent: http.Agent;
}

/** What a way to a server depends on besides the server. */
export interface TransportOptions {
  /** PEM of the only CAs to trust; empty: those of the system. */
  readonly authority: string;
  readonly proxy: ForwardProxy | undefined;
  /** Milliseconds a request may take; 0: no limit but that of silence. */
  readonly timeout: number;
  /** Where SSL_CERT_FILE and SSL_CERT_DIR are. */
  readonly env: NodeJS.ProcessEnv;
  /** What errors name. */
  readonly where: Where;
  /** What may wait for the server, and how long. */
  readonly patience: Patience;
  readonly pace?: Pace | undefined;
  /** Sockets at the same time; absent: as many as there are requests. */
  readonly sockets?: number | undefined;
}

/**
 * The way to a server: its trust, its name, its proxy. Contacts nobody yet.
 *
 * @throws {UserError} usage, if the authority holds no certificate
 */
export function transport(
  server: Server,
  cluster: ClusterEntry,
  {authority, proxy, timeout, env, sockets = Number.POSITIVE_INFINITY, ...others}: TransportOptions,
): Transport {
  const {secure, hostname, port} = server;
  const agents: http.Agent[] = [];
  // At once: a credential plugin must not be run for a server that can't be trusted.
  const given = secure && authority ? authorities(authority) : undefined;
  const closing = new AbortController();
  // Not the agent's own queue: from when on something waits for the server is not to be seen from outside of that.
  const turns = new Turns(sockets);
  const patience = {timeout: timeout > 0 ? Math.min(timeout, silence) : silence, signal: closing.signal};
  const tunnelled = proxy !== undefined && (secure || proxy.scheme.startsWith('socks'));
  // A proxy is spoken to in its own way by who wants no TLS.
  const forwarded = tunnelled ? undefined : proxy;
  let current: Way | undefined;

  function way({cert, key}: Presented): Way {
    if (current && current.cert === cert) return current;
    if (!secure) {
      const agent = plainAgent(server, proxy, patience);
      return remember({cert, agent});
    }
    const rejectUnauthorized = !cluster['insecure-skip-tls-verify'];
    const ca = given ?? (rejectUnauthorized ? systemRoots(env) : undefined);
    const trust = {rejectUnauthorized, ...anyAnchor, secureContext: secureContext({ca})};
    const own = cert ? {...trust, secureContext: secureContext({ca, cert, key})} : trust;
    // The agent's, not each request's: Node.js uses no socket again whose name was checked for one request alone.
    const checked = {...own, ...expectedName(hostname, cluster['tls-server-name'])};
    const agent = new https.Agent({...checked, keepAlive: true, timeout: longestIdle});
    if (proxy) proxied(agent, server, proxy, trust, patience);
    return remember({cert, agent});
  }

  function remember(way: Way): Way {
    current = way;
    agents.push(way.agent);
    return way;
  }

  return {
    async send(path, {method, headers, body, sent: left}, presented) {
      const over = await turns.begin();
      return new Promise<IncomingMessage>((resolve, reject) => {
        closing.signal.throwIfAborted();
        others.patience.require();
        const sent = (secure ? https : http).request({
          // Never as a URL: Node.js would read the host as browsers do.
          ...(forwarded
            ? {host: dialled(forwarded.host), port: forwarded.port}
            : {host: dialled(hostname), port: Number(port)}),
          lookup,
          path: forwarded ? `http://${server.authority}${path}` : path,
          method,
          agent: way(presented).agent,
          headers: {
            ...headers,
            ...(forwarded ? authorization(forwarded) : {}),
            ...presented.headers,
            // A user in the URL goes before all others, as for kubectl.
            ...(server.basic ? {Authorization: server.basic} : {}),
          },
        });
        sent.once('close', over);
        limit(sent, timeout, tunnelled, others);
        if (left) sent.once('finish', left);
        sent.once('response', resolve);
        sent.on('error', reject);
        // A 101 that nobody asked for ends the request without a word.
        sent.once('close', () => reject(Object.assign(new Error('closed'), {code: 'ECONNRESET'})));
        // As bytes: with a text body Node.js would write the headers as UTF-8 instead of byte by byte.
        sent.end(body === undefined ? undefined : Buffer.from(body));
      }).catch((error) => {
        over();
        throw error;
      });
    },
    close() {
      closing.abort();
      for (const agent of agents) agent.destroy();
    },
  };
}

/**
 * Ends the request after 60 s without a byte, or with hardly any, as a whole after `timeout` milliseconds, and when the server has
 * had its time.
 */
function limit(
  request: ClientRequest,
  timeout: number,
  tunnelled: boolean,
  {where, patience, pace = leastPace}: Pick<TransportOptions, 'where' | 'patience' | 'pace'>,
): void {
  let response: IncomingMessage | undefined;
  const destroy = (error: Error) => {
    // An answer that has begun would else end as if the server had closed the connection.
    response?.destroy(error);
    request.destroy(error);
  };
  const end = (what: string) => {
    // A tunnel that is not there yet has the same limit, and more to say.
    if (tunnelled && !request.socket) return;
    destroy(Object.assign(new Error(what), {code: 'ETIMEDOUT'}));
  };
  const received = counter(request);
  const done = patience.begin({end: destroy, received});
  let look: NodeJS.Timeout | undefined;
  // The request's own timeout begins only once it is connected, which may never be.
  const first = setTimeout(() => end('no answer'), silence);
  const whole = timeout > 0 ? setTimeout(() => end('timeout'), timeout) : undefined;
  request.once('response', (arrived) => {
    response = arrived;
    clearTimeout(first);
    request.setTimeout(silence, () => end('no byte'));
    look = keepPace(received, pace, () => destroy(tooSlow(where, pace)));
  });
  request.once('close', () => {
    clearTimeout(first);
    clearTimeout(whole);
    clearInterval(look);
    done();
  });
}

/** Bytes that came over its socket since the request has it. */
function counter(request: ClientRequest): () => number {
  let socket: Socket | undefined;
  let before = 0;
  request.once('socket', (given) => {
    socket = given;
    before = given.bytesRead;
  });
  return () => (socket ? socket.bytesRead - before : 0);
}

/** Ends what brings too little in a window; one that this process itself stood still in does not count. */
function keepPace(received: () => number, {bytes, window}: Pace, end: () => void): NodeJS.Timeout {
  let before = received();
  let began = monotonic();
  return setInterval(() => {
    const [now, at] = [received(), monotonic()];
    const isLate = at - began > window * 1.05;
    if (!isLate && now - before < bytes) end();
    [before, began] = [now, at];
  }, window);
}

/** For a server without TLS: an HTTP proxy is asked for the whole URL, through SOCKS it is a tunnel. */
function plainAgent(server: Server, proxy: ForwardProxy | undefined, patience: TunnelPatience): http.Agent {
  const agent = new http.Agent({keepAlive: true, timeout: longestIdle});
  if (proxy?.scheme === 'https')
    agent.createConnection = (options) =>
      tls.connect({...(options as tls.ConnectionOptions), ...expectedName(proxy.host, undefined)});
  if (!proxy?.scheme.startsWith('socks')) return agent;
  agent.createConnection = (_, callback) => {
    tunnelTo(server, proxy, {}, patience).then(
      (socket) => callback?.(null, socket),
      (error) => callback?.(error, undefined as unknown as Socket),
    );
    return undefined;
  };
  return agent;
}

/** Makes the agent's connections begin with a tunnel through the proxy. */
function proxied(
  agent: https.Agent,
  server: Server,
  proxy: ForwardProxy,
  trust: ProxyTrust,
  patience: TunnelPatience,
): void {
  agent.createConnection = (options, callback) => {
    tunnelTo(server, proxy, trust, patience).then(
      (socket) => callback?.(null, tls.connect({...(options as tls.ConnectionOptions), socket})),
      (error) => callback?.(error, undefined as unknown as Socket),
    );
    return undefined;
  };
}

function tunnelTo(
  {hostname, port}: Server,
  proxy: ForwardProxy,
  trust: ProxyTrust,
  patience: TunnelPatience,
): Promise<Socket> {
  return openTunnel(proxy, hostname, port, trust, patience);
}

/**
 * Go has no levels of security: RSA keys count from 1024 bits, signatures by SHA-1 never. That is OpenSSL's level 1, while
 * Node.js has 2, which old clusters do not reach.
 *
 * @throws {UserError} usage, if certificate or key can't be used
 */
function secureContext(options: tls.SecureContextOptions): SecureContext {
  try {
    return tls.createSecureContext({...options, ...anyAnchor, ciphers: `${tls.DEFAULT_CIPHERS}:@SECLEVEL=1`});
  } catch (error) {
    const code = clean((error as NodeJS.ErrnoException).code ?? '', 60);
    throw new UserError('usage', `The client certificate and its key can't be used (${code}).`, {
      suggestions: ['They are PEM; have your cluster or login tool write the kubeconfig again.'],
    });
  }
}

/**
 * The certificates of the kubeconfig's authority. Node.js passes over a CA that it can't read, and then trusts nobody.
 *
 * @throws {UserError} usage, if the text holds none
 */
function authorities(text: string): string[] {
  const found = readableCertificates(text);
  if (found.length > 0) return found;
  throw new UserError('usage', 'The certificate-authority of the kubeconfig is not a certificate.', {
    suggestions: ['It is PEM; have your cluster or login tool write the kubeconfig again.'],
  });
}
