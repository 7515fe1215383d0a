import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {type GoUrl, parseGoUrl} from '../../host/go-url.ts';
import {proxyVariable} from '../../host/no-proxy.ts';
import type {Surroundings} from '../../settings.ts';
import {bracketed, type Server} from './server-url.ts';

/** A proxy on the way to the API server. */
export interface ForwardProxy {
  readonly scheme: string;
  /** Name or address, without brackets: the very one that is written. */
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
 * @throws {UserError} usage, if it is not a URL of a proxy
 */
export function proxyFor(server: Server, proxyUrl: string | undefined, {env}: Surroundings): ForwardProxy | undefined {
  if (proxyUrl)
    return parsed(parseGoUrl(proxyUrl), proxyUrl, 'proxy-url of the kubeconfig', ['http', 'https', 'socks5']);
  const name = proxyVariable(server, env);
  if (name === undefined) return undefined;
  const value = env[name]!;
  const url = parseGoUrl(value);
  const isWhole = url?.scheme && url.host;
  return parsed(isWhole ? url : parseGoUrl(`http://${value}`), value, name, ['http', 'https', 'socks5', 'socks5h']);
}

function parsed(url: GoUrl | undefined, text: string, from: string, schemes: string[]): ForwardProxy {
  if (!url?.host || !schemes.includes(url.scheme) || Number(url.port) > 65535)
    throw new UserError('usage', `${from} does not name a usable proxy: ${clean(withoutUser(text), 120)}`, {
      suggestions: [`Write it as a URL; it can begin with ${schemes.map((name) => `${name}://`).join(', ')}.`],
    });
  const {scheme, hostname, port, username = '', password} = url;
  return {
    scheme,
    host: hostname,
    port: Number(port || defaultPorts[scheme] || 1080),
    username,
    password,
    shown: `${scheme}://${bracketed(hostname)}${port ? `:${port}` : ''}`,
    from,
  };
}

const defaultPorts: Record<string, number> = {http: 80, https: 443};

/** The text without what may be a user and a password, whether or not it is a URL. */
function withoutUser(text: string): string {
  return text.replace(/^([^@]*\/\/)?[^@]*@/, '$1');
}
