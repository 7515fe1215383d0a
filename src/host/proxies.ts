import {becomesAnother} from './go-url.ts';
import {isLoopbackHost} from './loopback.ts';
import {proxyVariable} from './no-proxy.ts';

/**
 * The variables about proxies as Node's agents take them: a proxy without a scheme is one of http, as for Go and curl.
 * Node passes over what it does not understand and connects directly, which nobody wants who set a proxy. Which variable
 * counts, and NO_PROXY, goes by the rules for cluster connections, and not by Node's.
 *
 * @returns undefined for this machine, which is never asked for by way of a proxy
 * @throws {Error} `ERR_PROXY_INVALID_CONFIG`, if the proxy for this URL is none that Node can use
 */
export function proxiesFor(url: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv | undefined {
  const {protocol, hostname, port} = new URL(url);
  if (isLoopbackHost(hostname)) return undefined;
  const secure = protocol === 'https:';
  const server = {secure, hostname: hostname.replace(/^\[|\]$/g, ''), port: port || (secure ? '443' : '80')};
  const name = proxyVariable(server, env);
  if (name === undefined) return {};
  const value = env[name]!.trim();
  const proxy = value.includes('://') ? value : `http://${value}`;
  if (!['http:', 'https:'].includes(URL.parse(proxy)?.protocol ?? '') || becomesAnother(proxy))
    throw Object.assign(new Error(name), {code: 'ERR_PROXY_INVALID_CONFIG'});
  return {[name]: proxy, NO_PROXY: undefined};
}
