import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {isExcepted} from '../../host/no-proxy.ts';
import type {Surroundings} from '../../settings.ts';

/** A proxy on the way to the API server. */
export interface ForwardProxy {
  readonly url: URL;
  /** Name or address, without brackets. */
  readonly host: string;
  readonly port: number;
  /** Empty where there are none. */
  readonly username: string;
  readonly password: string;
  /** Without credentials, for messages. */
  readonly shown: string;
  /** Who names it: `proxy-url` or a variable. */
  readonly from: string;
}

/**
 * The proxy that kubectl would use: the cluster's own proxy-url for everything, else the one of HTTPS_PROXY (HTTP_PROXY
 * for a server without TLS) unless NO_PROXY excepts the server.
 *
 * @throws {UserError} usage, if it is no URL of a proxy
 */
export function proxyFor(server: URL, proxyUrl: string | undefined, {env}: Surroundings): ForwardProxy | undefined {
  if (proxyUrl) return parsed(proxyUrl, 'proxy-url of the kubeconfig', ['http:', 'https:', 'socks5:']);
  const names = server.protocol === 'https:' ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  const name = names.find((name) => env[name]);
  if (!name) return undefined;
  const host = server.hostname.replace(/^\[|\]$/g, '');
  const port = server.port || (server.protocol === 'https:' ? '443' : '80');
  if (isExcepted(host, port, env.NO_PROXY || env.no_proxy || '')) return undefined;
  const value = env[name]!;
  const hasHost = URL.parse(value)?.host;
  return parsed(hasHost ? value : `http://${value}`, name, ['http:', 'https:', 'socks5:', 'socks5h:']);
}

function parsed(text: string, from: string, protocols: string[]): ForwardProxy {
  const url = URL.parse(text);
  if (!url?.hostname || !protocols.includes(url.protocol))
    throw new UserError('usage', `${from} names no proxy that can be used: ${clean(withoutUser(text), 120)}`, {
      suggestions: [`Write it as a URL; it can begin with ${protocols.map((name) => `${name}//`).join(', ')}.`],
    });
  return {
    url,
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || defaultPorts[url.protocol] || 1080),
    username: decoded(url.username),
    password: decoded(url.password),
    shown: `${url.protocol}//${url.host}`,
    from,
  };
}

const defaultPorts: Record<string, number> = {'http:': 80, 'https:': 443};

/** A password may hold a percent sign that encodes nothing. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The text without what may be a user and a password, whether or not it is a URL. */
function withoutUser(text: string): string {
  return text.replace(/^([^@]*\/\/)?[^@]*@/, '$1');
}
