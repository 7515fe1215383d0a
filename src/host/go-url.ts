import {isIPv6} from 'node:net';
import {domainToASCII} from 'node:url';
import {ipVersion} from './ip-version.ts';
import {isLoopbackAddress} from './loopback.ts';

/**
 * A URL as Go's net/url reads it, and with it kubectl. Node.js' URL follows browsers: `010.0.0.1`, `0x10` and
 * `2130706433` become other addresses there, and `master.01` is refused.
 */
export interface GoUrl {
  /** In lower case, without colon; empty where there is none. */
  readonly scheme: string;
  /** Undefined where there is no user info. */
  readonly username: string | undefined;
  readonly password: string;
  /** Host and port as they are written, decoded; IPv6 in brackets. */
  readonly host: string;
  /** Name or address without brackets, in ASCII; an IPv6 zone stays. */
  readonly hostname: string;
  /** Empty where there is none. */
  readonly port: string;
  /** Decoded, byte by byte. */
  readonly path: string;
}

/**
 * Parses by the rules of net/url.Parse, as far as a server or a proxy is concerned: fragment and query are cut off.
 *
 * @returns undefined where Go refuses it
 */
export function parseGoUrl(text: string): GoUrl | undefined {
  const bytes = Buffer.from(text, 'utf8').toString('latin1');
  const [whole, fragment] = cut(bytes, '#');
  if (/[\x00-\x1f\x7f]/.test(whole) || unescaped(fragment) === undefined) return undefined;
  const [, scheme = ''] = /^([A-Za-z][A-Za-z0-9+.-]*):/.exec(whole) ?? [];
  if (scheme === '' && whole.startsWith(':')) return undefined;
  const [rest] = cut(scheme ? whole.slice(scheme.length + 1) : whole, '?');
  const plain = {scheme: scheme.toLowerCase(), username: undefined, password: '', host: '', hostname: '', port: ''};
  if (!rest.startsWith('/')) {
    if (scheme) return {...plain, path: ''};
    if (cut(rest, '/')[0].includes(':')) return undefined;
  }
  const hasAuthority = rest.startsWith('//') && (scheme !== '' || !rest.startsWith('///'));
  const [authority] = hasAuthority ? cut(rest.slice(2), '/') : [''];
  const path = unescaped(hasAuthority ? rest.slice(2 + authority.length) : rest);
  const user = userOf(authority);
  const host = hostOf(authority.slice(authority.lastIndexOf('@') + 1));
  if (path === undefined || !user || host === undefined) return undefined;
  const [, name = host, port = ''] = /^(.*):(\d*)$/s.exec(host) ?? [];
  const hostname = asciiOf(utf8(name.replace(/^\[(.*)\]$/s, '$1')));
  return hostname === undefined ? undefined : {...plain, ...user, host: utf8(host), hostname, port, path};
}

function cut(text: string, at: string): [string, string] {
  const index = text.indexOf(at);
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + at.length)];
}

function userOf(authority: string): Pick<GoUrl, 'username' | 'password'> | undefined {
  const at = authority.lastIndexOf('@');
  if (at < 0) return {username: undefined, password: ''};
  const info = authority.slice(0, at);
  if (!/^[A-Za-z0-9\-._:~!$&'()*+,;=%@]*$/.test(info)) return undefined;
  const [username, password] = cut(info, ':').map((part) => unescaped(part));
  return username === undefined || password === undefined
    ? undefined
    : {username: utf8(username), password: utf8(password)};
}

/** Host and port, decoded; undefined where there can be no such host. */
function hostOf(text: string): string | undefined {
  const bracket = text.lastIndexOf('[');
  if (bracket > 0) return undefined;
  if (bracket < 0) {
    const colon = text.indexOf(':');
    return colon >= 0 && !/^:\d*$/.test(text.slice(colon)) ? undefined : unescaped(text, 'host');
  }
  const [, inside = '', port = ''] = /^\[(.*)\](:\d*)?$/s.exec(text) ?? [];
  const [address, zone] = cut(inside, '%25');
  const decoded = zone ? unescaped(zone, 'zone') : '';
  if (!isIPv6(address) || address.includes('%') || decoded === undefined || (zone === '' && inside !== address))
    return undefined;
  return `[${address}${decoded ? `%${decoded}` : ''}]${port}`;
}

/** Decodes %XX; undefined where it is no encoding, or none of what may stand there: table of net/url. */
function unescaped(text: string, where: 'host' | 'zone' | 'path' = 'path'): string | undefined {
  if (/%(?![0-9A-Fa-f]{2})/.test(text)) return undefined;
  if (where !== 'path' && /[^A-Za-z0-9!"$&'()*+,\-.:;<=>[\]_~%\x80-\xff]/.test(text)) return undefined;
  // In a host only what is no ASCII may be encoded, and the percent sign itself.
  if (where === 'host' && /%(?!25)[0-7]/.test(text)) return undefined;
  return text.replace(/%(..)/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** Text whose characters are bytes, as the text that they encode. */
function utf8(bytes: string): string {
  return Buffer.from(bytes, 'latin1').toString('utf8');
}

/** A name of other letters as DNS knows it. What is appended keeps digits of other scripts from becoming an address. */
function asciiOf(name: string): string | undefined {
  if (/^[\x20-\x7e]*$/.test(name)) return name;
  if (/[\x00-\x2c/:-@[-`{-\x7f]/.test(name)) return undefined;
  return domainToASCII(`${name}.a`).replace(/\.a$/, '') || undefined;
}

/** A path (its characters are bytes) as Go writes it into a request. */
export function escapeGoPath(path: string): string {
  return path.replace(
    /[^A-Za-z0-9$&+,\-./:;=@_~]/g,
    (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  );
}

/**
 * Whether Node.js would speak to another host than the one that is written: an address of an old form becomes another
 * there, or digits of another script.
 */
export function becomesAnother(text: string): boolean {
  const read = URL.parse(text)?.hostname.replace(/^\[|\]$/g, '');
  // This machine by any name is this machine.
  if (read === undefined || ipVersion(read) !== 4 || isLoopbackAddress(read)) return false;
  return parseGoUrl(text)?.hostname !== read;
}

/**
 * Whether the resolvers of C libraries take a name for an IPv4 address in a form of old, octal, hexadecimal or with
 * fewer than four parts (inet_aton), which Go takes for a name.
 */
export function isOldAddress(host: string): boolean {
  return ipVersion(host) === 0 && /^(0x[0-9a-f]*|\d+)(\.(0x[0-9a-f]*|\d+)){0,3}$/i.test(host);
}
