// Certificates of every kind that clusters have: intermediates, short keys, other algorithms, old signatures.
import type {webcrypto} from 'node:crypto';
import 'reflect-metadata';
import * as x509 from '@peculiar/x509';
import {type Identity, localHosts} from '../../../rig/certificates.ts';

const kinds = {
  ec: {name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256'},
  rsa: rsa(2048, 'SHA-256'),
  rsa1024: rsa(1024, 'SHA-256'),
  sha1: rsa(2048, 'SHA-1'),
  ed25519: {name: 'Ed25519'},
} as const;

function rsa(modulusLength: number, hash: string) {
  return {name: 'RSASSA-PKCS1-v1_5', modulusLength, publicExponent: new Uint8Array([1, 0, 1]), hash};
}

/** A certificate, its key as PKCS #8, and what it takes to sign by it. */
export interface Issued extends Identity {
  readonly name: string;
  readonly keys: webcrypto.CryptoKeyPair;
  readonly algorithm: (typeof kinds)[keyof typeof kinds];
}

export interface IssueOptions {
  kind?: keyof typeof kinds;
  by?: Issued;
  /** Keys of another certificate, for one that is cross-signed. */
  like?: Issued;
  ca?: boolean;
  hosts?: string[];
  groups?: string[];
  /** Days from now at which it ends. */
  ends?: number;
}

const day = 24 * 60 * 60 * 1000;

/** Issues a certificate for a common name; signed by itself where nothing else is said. */
export async function issue(name: string, options: IssueOptions = {}): Promise<Issued> {
  const {kind = 'ec', by, like, ca = false, hosts = localHosts, groups = [], ends = 1} = options;
  const algorithm = like?.algorithm ?? kinds[kind];
  const keys =
    like?.keys ?? ((await crypto.subtle.generateKey(algorithm, true, ['sign', 'verify'])) as webcrypto.CryptoKeyPair);
  const certificate = await x509.X509CertificateGenerator.create({
    subject: new x509.Name([...groups.map((group) => ({O: [group]})), {CN: [name]}]),
    issuer: new x509.Name([{CN: [by?.name ?? name]}]),
    publicKey: keys.publicKey,
    signingKey: (by?.keys ?? keys).privateKey,
    signingAlgorithm: by?.algorithm ?? algorithm,
    serialNumber: `01${Buffer.from(crypto.getRandomValues(new Uint8Array(12))).toString('hex')}`,
    notBefore: new Date(Date.now() - 30 * day),
    notAfter: new Date(Date.now() + ends * day),
    extensions: [
      new x509.BasicConstraintsExtension(ca, undefined, true),
      ...(ca
        ? [new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)]
        : [
            new x509.ExtendedKeyUsageExtension([x509.ExtendedKeyUsage.serverAuth, x509.ExtendedKeyUsage.clientAuth]),
            new x509.SubjectAlternativeNameExtension(
              hosts.map((host) => ({type: /^[\d.]+$|:/.test(host) ? 'ip' : 'dns', value: host})),
            ),
          ]),
    ],
  });
  const key = x509.PemConverter.encode(await crypto.subtle.exportKey('pkcs8', keys.privateKey), 'PRIVATE KEY');
  return {name, keys, algorithm, cert: `${certificate.toString('pem')}\n`, key: `${key}\n`};
}
