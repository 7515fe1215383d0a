import dns from 'node:dns';
import {isIP, type LookupFunction} from 'node:net';
import tls from 'node:tls';
import {isOldAddress} from '../../host/go-url.ts';

/** The host as the socket takes it: Go dials an IPv4 address that is written as IPv6 as what it is, and no host as this one. */
export function dialled(hostname: string): string {
  return withoutMapping(hostname) || 'localhost';
}

function withoutMapping(address: string): string {
  return /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
}

/**
 * Resolves names as Node.js does, except those that a C library would take for an address of an old form: `010.0.0.1` is
 * a name that nobody has, and not 8.0.0.1.
 */
export const lookup: LookupFunction = (hostname, options, callback) => {
  if (!isOldAddress(hostname)) return void dns.lookup(hostname, options, callback);
  const error = Object.assign(new Error(`${hostname} is not a name`), {code: 'ENOTFOUND'});
  process.nextTick(callback, error, '', 0);
};

/**
 * The name that the certificate must have, and that the server is asked for (SNI), which can be no address.
 *
 * @param instead tls-server-name of the kubeconfig
 */
export function expectedName(hostname: string, instead: string | undefined): tls.ConnectionOptions {
  const name = withoutMapping((instead || hostname).replace(/\.$/, ''));
  const address = isIP(name.replace(/%.*/, '')) !== 0;
  return {
    servername: address ? '' : name,
    checkServerIdentity: (_, certificate) => {
      // With a zone it is no address that a certificate could name.
      if (name !== '' && !name.includes('%')) return tls.checkServerIdentity(name, certificate);
      return Object.assign(new Error('no certificate can name this host'), {code: 'ERR_TLS_CERT_ALTNAME_INVALID'});
    },
  };
}
