import {createPrivateKey, type KeyObject, X509Certificate} from 'node:crypto';
import {UserError} from '../../errors.ts';
import {clean} from '../../foreign.ts';
import {pemBlocks, pemOf} from '../../host/pem.ts';

/** PEM of a certificate (and those between it and its CA) and of its key, in a form that every TLS library reads. */
export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

/** Bits that an RSA key must have for kubectl; Go's crypto/rsa. */
const fewestBits = 1024;

/**
 * A client certificate and its key as kubectl reads them: X509KeyPair of Go's crypto/tls. OpenSSL would take two of
 * different types, and then present neither.
 *
 * @param of whose they are, for messages: `the user jane`
 * @throws {UserError} usage, if they can't be used
 */
export function clientCertificate(cert: string, key: string, of: string): ClientCertificate {
  const chain = pemBlocks(cert).filter(({type}) => type === 'CERTIFICATE');
  const leaf = chain[0] && parsed(chain[0].bytes);
  if (!leaf) throw wrong(`The client certificate and its key can't be used: ${of} has no certificate in PEM.`);
  const privateKey = keyOf(key, of);
  const bits = privateKey.asymmetricKeyDetails?.modulusLength ?? fewestBits;
  if (bits < fewestBits)
    throw wrong(`The client key of ${of} is an RSA key of ${bits} bits; kubectl takes none below ${fewestBits}.`);
  const types = [leaf.publicKey.asymmetricKeyType, privateKey.asymmetricKeyType];
  if (types[0] !== types[1])
    throw wrong(
      `The client certificate and its key do not belong together: ${of} has a certificate for a key of type ${shown(types[0])}, and a key of type ${shown(types[1])}.`,
    );
  if (!leaf.checkPrivateKey(privateKey))
    throw wrong(`The client certificate and its key do not belong together: those of ${of}.`);
  return {
    cert: chain.map(({bytes}) => pemOf('CERTIFICATE', bytes)).join(''),
    key: privateKey.export({type: 'pkcs8', format: 'pem'}) as string,
  };
}

function shown(type: string | undefined): string {
  return {rsa: 'RSA', ec: 'EC', ed25519: 'Ed25519'}[type ?? ''] ?? clean(type, 20);
}

function parsed(bytes: Buffer): X509Certificate | undefined {
  try {
    return new X509Certificate(bytes);
  } catch {
    return undefined;
  }
}

/** The first private key of the text, whatever its label says: parsePrivateKey of Go's crypto/tls. */
function keyOf(text: string, of: string): KeyObject {
  const block = pemBlocks(text).find(({type}) => type === 'PRIVATE KEY' || type.endsWith(' PRIVATE KEY'));
  if (!block) throw wrong(`The client certificate and its key can't be used: ${of} has no private key in PEM.`);
  if (block.type === 'ENCRYPTED PRIVATE KEY' || /ENCRYPTED/.test(block.headers['Proc-Type'] ?? ''))
    throw new UserError('usage', `The client key of ${of} is encrypted, and nobody here knows its passphrase.`, {
      suggestions: [
        'kubectl takes no encrypted key either. Decrypt it: openssl pkey -in KEY -out DECRYPTED, and name that as client-key.',
      ],
    });
  for (const type of ['pkcs1', 'pkcs8', 'sec1'] as const) {
    try {
      return createPrivateKey({key: block.bytes, format: 'der', type});
    } catch {
      // Of another type, then.
    }
  }
  throw wrong(`The client certificate and its key can't be used: the ${clean(block.type, 40)} of ${of} can’t be read.`);
}

function wrong(message: string): UserError {
  return new UserError('usage', message, {
    suggestions: ['Both are PEM; have your cluster or login tool write the kubeconfig again.'],
  });
}
