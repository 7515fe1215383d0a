import {BlockList} from 'node:net';
import {ipVersion} from './ip-version.ts';
import {isLoopbackAddress} from './loopback.ts';

/**
 * The variable that names the proxy for a server, unless NO_PROXY excepts it: by Go's rules too, which look for the name in
 * capitals first.
 *
 * @param hostname name or address, without brackets
 */
export function proxyVariable(
  {secure, hostname, port}: {readonly secure: boolean; readonly hostname: string; readonly port: string},
  env: NodeJS.ProcessEnv,
): string | undefined {
  const names = secure ? ['HTTPS_PROXY', 'https_proxy'] : ['HTTP_PROXY', 'http_proxy'];
  const name = names.find((one) => env[one]);
  return isExcepted(hostname, port, env.NO_PROXY || env.no_proxy || '') ? undefined : name;
}

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
  const [, network, prefix] = /^([^/]+)\/(\d+)$/.exec(entry) ?? [];
  if (network && ipVersion(network) && Number(prefix) <= (ipVersion(network) === 4 ? 32 : 128))
    return isIn(host, network, Number(prefix));
  const [name, only] = split(entry);
  if (name === '' || (only && only !== port)) return false;
  const address = unmapped(name);
  if (ipVersion(address)) return isIn(host, address, ipVersion(address) === 4 ? 32 : 128);
  if (ipVersion(host)) return false;
  const below = name.replace(/^\*(?=\.)/, '');
  return below.startsWith('.') ? host.endsWith(below) : host === below || host.endsWith(`.${below}`);
}

/** Host and port; what is no such pair is a host as a whole: net.SplitHostPort of Go. */
function split(entry: string): [name: string, port: string] {
  const [, bracketed, plain = bracketed, port = ''] = /^(?:\[([^[\]]*)\]|([^:[\]]*)):([^:[\]]*)$/.exec(entry) ?? [];
  return plain === undefined ? [entry, ''] : [plain, port];
}

/** An IPv4 address that is written as IPv6 is the same one. */
function unmapped(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/.exec(address)?.[1] ?? address;
}

function isIn(host: string, network: string, prefix: number): boolean {
  const [family, of] = [ipVersion(host), ipVersion(network)];
  if (!family || !of || prefix > (of === 4 ? 32 : 128)) return false;
  const list = new BlockList();
  list.addSubnet(network, prefix, of === 4 ? 'ipv4' : 'ipv6');
  return list.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
