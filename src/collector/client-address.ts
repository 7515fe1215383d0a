import {isIP} from 'node:net';
import ipaddr from 'ipaddr.js';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';

/** Addresses of senders: read, compared and grouped in memory. Nothing here stores or logs one. */

type Ip = ipaddr.IPv4 | ipaddr.IPv6;
/** A block of addresses: its first and the number of leading bits that count. */
type Range = readonly [first: Ip, bits: number];

/** The address of a text; an IPv4 address in IPv6 clothes (`::ffff:192.0.2.1`) is the IPv4 address. */
export function parseIp(text: string): Ip | undefined {
  const bare = text.replace(/%.*$/, '');
  if (isIP(bare) === 4) return ipaddr.IPv4.parse(bare);
  if (isIP(bare) !== 6) return undefined;
  const address = ipaddr.IPv6.parse(bare);
  return address.isIPv4MappedAddress() ? address.toIPv4Address() : address;
}

/**
 * The block of `192.0.2.0/24`, `2001:db8::/32` or of a single address.
 *
 * @throws {UserError} usage, if it is none
 */
export function parseRange(text: string, flag: string): Range {
  const [, address = '', length] = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text) ?? [];
  const ip = address.includes('%') ? undefined : parseIp(address);
  if (ip) {
    // A mapped block has its 96 leading bits in front.
    const written = isIP(address) === 6 ? 128 : 32;
    const most = ip.kind() === 'ipv6' ? 128 : 32;
    const bits = Number(length ?? written) - (written - most);
    if (Number(length ?? written) <= written && bits >= 0) return [ip, bits];
  }
  throw new UserError('usage', `${flag} ${JSON.stringify(clean(text, 80))} is not a block of addresses.`, {
    suggestions: ['Write it as 192.0.2.0/24, 2001:db8::/32, or as a single address.'],
  });
}

/** Which addresses are not the senders' own. */
export interface AddressOptions {
  /** Proxies that say whom they speak for. */
  readonly trustedProxies: readonly string[];
  /** Addresses that many senders share. */
  readonly sharedAddresses: readonly string[];
}

/** Whose share a sender uses. */
export interface Sender {
  /** The address; of IPv6 its first 64 bits, which is what one customer has at least. */
  readonly key: string;
  /** What new clusters are counted by; of IPv6 the first 48 bits, which is what anybody gets for the asking. */
  readonly network: string;
  readonly isShared: boolean;
  readonly isProxy: boolean;
}

/** A sender whose address is not known: its connection is gone already. */
const nobody: Sender = {key: '', network: '', isShared: false, isProxy: false};

/** Senders that are remembered, so that an address is read once; hostile ones only have it forgotten. */
const mostKnown = 4096;
/** Hops of a chain of proxies that are looked at. */
const mostHops = 32;

/** Tells senders apart. */
export interface Senders {
  /** Whose share an address uses. */
  of(address: string | undefined): Sender;
  /**
   * The address that a trusted proxy speaks for: the last in X-Forwarded-For that is no trusted proxy itself. What stands
   * before it was said by somebody who is not trusted. `undefined` if the header names none.
   */
  forwarded(header: string | undefined): string | undefined;
}

/**
 * Reads whom a request is from.
 *
 * @throws {UserError} usage, if an address that was named is no block of addresses
 */
export function senders({trustedProxies, sharedAddresses}: AddressOptions): Senders {
  const proxies = trustedProxies.map((text) => parseRange(text, '--trusted-proxy'));
  const shared = sharedAddresses.map((text) => parseRange(text, '--shared-address'));
  const known = new Map<string, Sender>();
  const read = (address: string): Sender => {
    const ip = parseIp(address);
    if (!ip) return nobody;
    return {
      key: ip.kind() === 'ipv4' ? ip.toString() : prefix(ip, 64),
      network: ip.kind() === 'ipv4' ? ip.toString() : prefix(ip, 48),
      isShared: isIn(ip, shared),
      isProxy: isIn(ip, proxies),
    };
  };
  const of = (address: string | undefined): Sender => {
    if (address === undefined) return nobody;
    let sender = known.get(address);
    if (!sender) {
      if (known.size >= mostKnown) known.clear();
      sender = read(address);
      known.set(address, sender);
    }
    return sender;
  };
  return {
    of,
    forwarded(header) {
      const hops = (header ?? '').split(',').slice(-mostHops).reverse();
      let last: string | undefined;
      for (const hop of hops) {
        const address = addressOfHop(hop.trim());
        // Whoever wrote this was the proxy before it; what it meant is not known, nor what comes before.
        if (address === undefined) return last;
        last = address;
        if (!of(address).isProxy) return address;
      }
      return last;
    },
  };
}

function isIn(ip: Ip, ranges: readonly Range[]): boolean {
  return ranges.some(
    ([first, bits]) => first.kind() === ip.kind() && (ip as ipaddr.IPv4).match(first as ipaddr.IPv4, bits),
  );
}

function prefix(ip: Ip, bits: number): string {
  return `${ip
    .toByteArray()
    .slice(0, bits / 8)
    .map((byte) => byte.toString(16).padStart(2, '0'))
    .join('')}/${bits}`;
}

/** The address of an entry, without the port that some proxies add. */
function addressOfHop(hop: string): string | undefined {
  const address = /^\[([^\]]+)\](?::\d+)?$/.exec(hop)?.[1] ?? /^(\d+(?:\.\d+){3}):\d+$/.exec(hop)?.[1] ?? hop;
  return isIP(address) ? address : undefined;
}
