import {becomesAnother} from './go-url.ts';
import {isLoopbackHost} from './loopback.ts';
import {isExcepted} from './no-proxy.ts';

/**
 * The variables about proxies as Node's agents take them: a proxy without a scheme is one of http, as for Go and curl.
 * Node passes over what it does not understand and connects directly, which nobody wants who set a proxy. NO_PROXY counts
 * by the rules that it has for cluster connections, and not by Node's.
 *
 * @returns undefined for this machine, which is never asked for by way of a proxy
 * @throws {Error} `ERR_PROXY_INVALID_CONFIG`, if the proxy for this URL is none that Node can use
 */
export function proxiesFor(url: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv | undefined {
  const {protocol, hostname, port} = new URL(url);
  if (isLoopbackHost(hostname)) return undefined;
  // In the order in which Node looks.
  const names = protocol === 'https:' ? ['https_proxy', 'HTTPS_PROXY'] : ['http_proxy', 'HTTP_PROXY'];
  const name = names.find((each) => env[each]);
  if (name === undefined) return {};
  const host = hostname.replace(/^\[|\]$/g, '');
  const list = env.no_proxy || env.NO_PROXY || '';
  if (isExcepted(host, port || (protocol === 'https:' ? '443' : '80'), list)) return {};
  const value = env[name]!.trim();
  const proxy = value.includes('://') ? value : `http://${value}`;
  if (!['http:', 'https:'].includes(URL.parse(proxy)?.protocol ?? '') || becomesAnother(proxy))
    throw Object.assign(new Error(name), {code: 'ERR_PROXY_INVALID_CONFIG'});
  return {[name]: proxy, NO_PROXY: undefined};
}
