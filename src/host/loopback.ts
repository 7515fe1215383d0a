import {BlockList} from 'node:net';
import {ipVersion} from './ip-version.ts';

/** Whether an address (without brackets) is one of this machine alone: 127.0.0.0/8, `::1`, or the first written as IPv6. */
export function isLoopbackAddress(address: string): boolean {
  const family = ipVersion(address);
  return family !== 0 && addresses().check(address, family === 4 ? 'ipv4' : 'ipv6');
}

/**
 * Whether the host of a URL can only be this machine, whatever the DNS says: a loopback address, in brackets or not, or
 * `localhost` and the names below it (RFC 6761, 6.3).
 */
export function isLoopbackHost(host: string): boolean {
  return isLoopbackAddress(host.replace(/^\[|\]$/g, '')) || /^(.+\.)?localhost$/i.test(host);
}

let list: BlockList | undefined;

/** Made at the first use: most commands ask for no address. */
function addresses(): BlockList {
  if (list) return list;
  list = new BlockList();
  list.addSubnet('127.0.0.0', 8, 'ipv4');
  list.addAddress('::1', 'ipv6');
  return list;
}
