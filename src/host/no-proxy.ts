import {BlockList, isIP} from 'node:net';
import {isLoopbackAddress} from './loopback.ts';

/**
 * Whether NO_PROXY excepts a server from the proxy: rules of golang.org/x/net/http/httpproxy, by which kubectl goes.
 * A name counts with all below it, `.name` and `*.name` only what is below; addresses and networks (CIDR) count for
 * addresses; a port narrows; `*` excepts everything. This machine itself never needs a proxy.
 *
 * @param host name or address, without brackets
 */
export function isExcepted(host: string, port: string, list: string): boolean {
  const name = host.toLowerCase();
  if (name === 'localhost' || isLoopbackAddress(name)) return true;
  return list.split(',').some((entry) => matches(name, port, entry.trim().toLowerCase()));
}

function matches(host: string, port: string, entry: string): boolean {
  if (entry === '*') return true;
  const [network, prefix] = entry.split('/');
  if (prefix !== undefined) return /^\d+$/.test(prefix) && isIn(host, network!, Number(prefix));
  const [, name = entry, only = ''] = /^(.*?):(\d+)$/.exec(isIP(entry) ? '' : entry) ?? [];
  if (name === '' || (only && only !== port)) return false;
  const address = only ? name.replace(/^\[|\]$/g, '') : name;
  if (isIP(address)) return isIn(host, address, isIP(address) === 4 ? 32 : 128);
  if (isIP(host)) return false;
  const below = name.replace(/^\*(?=\.)/, '');
  return below.startsWith('.') ? host.endsWith(below) : host === below || host.endsWith(`.${below}`);
}

function isIn(host: string, network: string, prefix: number): boolean {
  const [family, of] = [isIP(host), isIP(network)];
  if (!family || !of || prefix > (of === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, of === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
