// Certificates for the servers and clients of tests. Elliptic keys, because an RSA key costs a tenth of a second each.
// The polyfill comes first: @peculiar/x509 looks for it while it loads.
import type {webcrypto} from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';

const algorithm = {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'};
const day = 24 * 60 * 60 * 1000;

/** A certificate and its private key, both PEM. */
export interface Identity {
  cert: string;
  key: string;
}

export interface Validity {
  notBefore?: Date;
  notAfter?: Date;
}

export interface ServerOptions extends Validity {
  /** Names and addresses that the certificate is good for. */
  hosts?: string[];
}

export interface ClientOptions extends Validity {
  /** Kubernetes reads the user from the common name and the groups from the organizations. */
  user: string;
  groups?: string[];
}

export interface Authority extends Identity {
  server(options?: ServerOptions): Promise<Identity>;
  client(options: ClientOptions): Promise<Identity>;
  /** The list of these certificates, which it does not vouch for any more, as PEM. */
  revoked(...certs: string[]): Promise<string>;
}

/** Every name by which a server of this machine is called. */
export const localHosts = ['localhost', '127.0.0.1', '::1'];

/** A validity that ended yesterday: `authority.server(expired)`. */
export const expired: Validity = {notBefore: new Date(Date.now() - 30 * day), notAfter: new Date(Date.now() - day)};

/** A validity that begins tomorrow, as seen by a clock that is a day slow. */
export const notYetValid: Validity = {notBefore: new Date(Date.now() + day), notAfter: new Date(Date.now() + 30 * day)};

/** A new certificate authority, trusted by nobody. */
export async function makeAuthority(name = 'rig authority'): Promise<Authority> {
  const keys = await newKeys();
  const subject = [{CN: [name]}];
  const certificate = await x509.X509CertificateGenerator.createSelfSigned({
    name: subject,
    keys,
    signingAlgorithm: algorithm,
    serialNumber: newSerial(),
    ...validity({}),
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.cRLSign, true),
      await x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const sign = (leaf: Leaf) => issue(leaf, {issuer: certificate.subjectName, signingKey: keys.privateKey});
  return {
    cert: certificate.toString('pem'),
    key: await privateKeyPem(keys),
    server: (options = {}) => sign(serverLeaf(options)),
    client: (options) => sign(clientLeaf(options)),
    async revoked(...certs) {
      const list = await x509.X509CrlGenerator.create({
        ...{issuer: certificate.subjectName, signingKey: keys.privateKey, signingAlgorithm: algorithm},
        ...{thisUpdate: new Date(Date.now() - day / 24), nextUpdate: new Date(Date.now() + day)},
        entries: certs.map((cert) => ({serialNumber: new x509.X509Certificate(cert).serialNumber})),
      });
      // As OpenSSL calls it; the library has a name of its own.
      return x509.PemConverter.encode(list.rawData, 'X509 CRL');
    },
  };
}

/** A server certificate that vouches for itself. */
export function makeSelfSigned(options: ServerOptions = {}): Promise<Identity> {
  return issue(serverLeaf(options));
}

interface Leaf extends Validity {
  subject: x509.JsonNameParams;
  purpose: x509.ExtendedKeyUsage;
  hosts: string[];
}

interface Issuer {
  issuer: x509.Name;
  signingKey: webcrypto.CryptoKey;
}

function serverLeaf({hosts = localHosts, ...rest}: ServerOptions): Leaf {
  return {subject: [{CN: [hosts[0] ?? 'localhost']}], purpose: x509.ExtendedKeyUsage.serverAuth, hosts, ...rest};
}

function clientLeaf({user, groups = [], ...rest}: ClientOptions): Leaf {
  const organizations = groups.map((group) => ({O: [group]}));
  return {subject: [...organizations, {CN: [user]}], purpose: x509.ExtendedKeyUsage.clientAuth, hosts: [], ...rest};
}

async function issue({subject, purpose, hosts, ...dates}: Leaf, by?: Issuer): Promise<Identity> {
  const keys = await newKeys();
  const name = new x509.Name(subject);
  const names = hosts.map((host) => ({type: isAddress(host) ? 'ip' : 'dns', value: host}) as const);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: name,
    issuer: by?.issuer ?? name,
    publicKey: keys.publicKey,
    signingKey: by?.signingKey ?? keys.privateKey,
    signingAlgorithm: algorithm,
    serialNumber: newSerial(),
    ...validity(dates),
    extensions: [
      new x509.BasicConstraintsExtension(false, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
      new x509.ExtendedKeyUsageExtension([purpose]),
      ...(names.length > 0 ? [new x509.SubjectAlternativeNameExtension(names)] : []),
    ],
  });
  return {cert: certificate.toString('pem'), key: await privateKeyPem(keys)};
}

function isAddress(host: string): boolean {
  return host.includes(':') || /^[\d.]+$/.test(host);
}

// An hour back, so that clocks of containers that differ a little do not matter.
function validity({notBefore = new Date(Date.now() - day / 24), notAfter = new Date(Date.now() + day)}: Validity) {
  return {notBefore, notAfter};
}

// Random: clients refuse two certificates of one issuer with the same number. Its first bit stays 0, it is signed.
function newSerial(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  return `01${Buffer.from(bytes).toString('hex')}`;
}

function newKeys(): Promise<webcrypto.CryptoKeyPair> {
  return crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
}

async function privateKeyPem(keys: webcrypto.CryptoKeyPair): Promise<string> {
  return x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
}
