import http from 'node:http';
import https from 'node:https';
import type {Socket} from 'node:net';
import type {SecureContext} from 'node:tls';
import {systemCode, UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {dialled, expectedName, lookup} from './dial.ts';
import type {ForwardProxy} from './proxy.ts';
import {bracketed} from './server-url.ts';

/** How far a proxy speaking TLS is trusted: as the API server is. */
export interface ProxyTrust {
  readonly allowPartialTrustChain?: boolean;
  readonly secureContext?: SecureContext;
  readonly rejectUnauthorized?: boolean;
}

/** How long a tunnel is waited for: milliseconds, and a signal for when nobody wants it any more. */
export interface TunnelPatience {
  readonly timeout: number;
  readonly signal: AbortSignal;
}

/**
 * A connection to a host through a proxy, on which TLS can begin. A SOCKS proxy is told the name, not the address, as by
 * kubectl.
 *
 * @param patience how long the proxy is waited for
 * @throws {UserError} cluster, if the proxy can't be reached, refuses or can't reach the host
 */
export async function openTunnel(
  proxy: ForwardProxy,
  host: string,
  port: string,
  trust: ProxyTrust,
  patience: TunnelPatience,
): Promise<Socket> {
  if (!proxy.scheme.startsWith('socks')) return throughHttp(proxy, host, port, trust, patience);
  // Loaded by those who have such a proxy only.
  const {throughSocks} = await import('./socks-tunnel.ts');
  return throughSocks(proxy, host, Number(port), patience.timeout).catch((error) => {
    throw unreachable(proxy, error);
  });
}

/** CONNECT: RFC 9110, 9.3.6. */
function throughHttp(
  proxy: ForwardProxy,
  host: string,
  port: string,
  trust: ProxyTrust,
  patience: TunnelPatience,
): Promise<Socket> {
  const target = `${bracketed(host)}:${port}`;
  const {request} = proxy.scheme === 'https' ? https : http;
  return new Promise((resolve, reject) => {
    const connect = request({
      ...trust,
      method: 'CONNECT',
      host: dialled(proxy.host),
      lookup,
      // The proxy's own: Node.js would take it from the header Host, which names the target.
      ...expectedName(proxy.host, undefined),
      port: proxy.port,
      path: target,
      headers: {Host: target, ...authorization(proxy)},
      agent: false,
      signal: AbortSignal.any([patience.signal, AbortSignal.timeout(patience.timeout)]),
    });
    connect.once('connect', ({statusCode = 0}, socket: Socket, head: Buffer) => {
      if (statusCode === 200 && head.length === 0) resolve(socket);
      else {
        socket.destroy();
        reject(refused(proxy, target, statusCode));
      }
    });
    // Whoever answers CONNECT with an ordinary answer is not a proxy.
    connect.once('response', (response) => {
      response.destroy();
      reject(refused(proxy, target, response.statusCode ?? 0));
    });
    connect.once('error', (error) => reject(unreachable(proxy, error)));
    connect.end();
  });
}

/** The header that a proxy is given its login in; none without one. */
export function authorization({username, password}: ForwardProxy): Record<string, string> {
  if (!username && !password) return {};
  return {'Proxy-Authorization': `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`};
}

function refused(proxy: ForwardProxy, target: string, status: number): UserError {
  if (status === 407)
    return new UserError(
      'cluster',
      `The proxy ${proxy.shown} does not accept this user and password, or asks for some.`,
      {
        suggestions: [`Put them into ${proxy.from}: ${proxy.shown.replace('//', '//USER:PASSWORD@')}`],
      },
    );
  return new UserError('cluster', `The proxy ${proxy.shown} refuses to connect to ${target} (${status}).`, {
    suggestions: [hint(proxy)],
  });
}

/** The library's errors carry the password among their options: they are no cause of ours. */
function unreachable(proxy: ForwardProxy, error: Error): UserError {
  const code = systemCode(error);
  const why = code === 'ABORT_ERR' ? 'no answer in time' : (code ?? clean(error.message, 120));
  return new UserError('cluster', `The proxy ${proxy.shown} can't be used: ${why}.`, {suggestions: [hint(proxy)]});
}

function hint({from}: ForwardProxy): string {
  const except = from.endsWith('_PROXY') || from.endsWith('_proxy') ? '; NO_PROXY excepts servers from it' : '';
  return `It is named by ${from}${except}.`;
}
