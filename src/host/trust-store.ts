import {X509Certificate} from 'node:crypto';
import {type Dirent, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {join} from 'node:path';
import tls from 'node:tls';
import {pemBlocks, pemOf} from './pem.ts';

/** Where Linux distributions have their certificates: crypto/x509/root_linux.go of Go. */
const files = [
  '/etc/ssl/certs/ca-certificates.crt',
  '/etc/pki/tls/certs/ca-bundle.crt',
  '/etc/ssl/ca-bundle.pem',
  '/etc/pki/tls/cacert.pem',
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem',
  '/etc/ssl/cert.pem',
];
const folders = ['/etc/ssl/certs', '/etc/pki/tls/certs'];

/**
 * Whom to trust where nothing else is said, for cluster connections and for the collector alike: what this machine
 * trusts, by the rules of kubectl (crypto/x509/root_unix.go of Go): the first file that there is, SSL_CERT_FILE in its
 * place, and all files of the folders, SSL_CERT_DIR (a list) in theirs; what can't be read counts for nothing. Elsewhere
 * than on Linux, and with neither variable, the store of the system itself. NODE_EXTRA_CA_CERTS adds to it. Where there
 * is nothing at all, the roots that Node.js brings.
 *
 * @returns PEM of each certificate
 */
export function systemRoots(env: NodeJS.ProcessEnv): string[] {
  const {SSL_CERT_FILE: file, SSL_CERT_DIR: list} = env;
  const own = file || list || process.platform === 'linux' ? listed(file, list) : tls.getCACertificates('system');
  if (own.length === 0 && !file && !list) return [...tls.getCACertificates('bundled')];
  return [...own, ...tls.getCACertificates('extra')];
}

function listed(file: string | undefined, list: string | undefined): string[] {
  const found = new Set<string>();
  for (const path of file ? [file] : files) {
    const text = read(path);
    if (text === undefined) continue;
    for (const certificate of certificatesOf(text)) found.add(certificate);
    break;
  }
  // Go splits at colons on every Unix.
  for (const folder of list ? list.split(':') : folders)
    for (const name of namesIn(folder))
      for (const certificate of certificatesOf(read(join(folder || '.', name)) ?? '')) found.add(certificate);
  return [...found];
}

/** Links inside of the folder are the hashed names of what is read anyway. */
function namesIn(folder: string): string[] {
  let entries: Dirent[];
  try {
    // An empty name is no folder for Go, too.
    if (folder === '') return [];
    entries = readdirSync(folder, {withFileTypes: true});
  } catch {
    return [];
  }
  return entries
    .filter((entry) => !(entry.isSymbolicLink() && leadsBeside(join(folder, entry.name))))
    .map(({name}) => name);
}

function leadsBeside(link: string): boolean {
  try {
    return !readlinkSync(link).includes('/');
  } catch {
    return false;
  }
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}

/** The certificates of a PEM text that are any, as x509.CertPool.AppendCertsFromPEM of Go takes them: each as PEM. */
export function certificatesOf(text: string): string[] {
  return pemBlocks(text)
    .filter(({type, headers}) => type === 'CERTIFICATE' && Object.keys(headers).length === 0)
    .map(({bytes}) => pemOf('CERTIFICATE', bytes));
}

/** Those of a user's own file: a broken one is passed over, as by Go, for OpenSSL would refuse all of them. */
export function readableCertificates(text: string): string[] {
  return certificatesOf(text).filter((certificate) => {
    try {
      return new X509Certificate(certificate).raw.length > 0;
    } catch {
      return false;
    }
  });
}

/**
 * How a certificate is checked, as Go does it: each certificate that is trusted ends a chain, be it an intermediate or
 * the server's own, and not roots alone.
 */
export const anyAnchor = {allowPartialTrustChain: true} as const;
