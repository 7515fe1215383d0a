import {generateKeyPairSync, randomBytes, sign} from 'node:crypto';

/** A certificate that vouches for itself, and its private key, both PEM. */
export interface OwnCertificate {
  readonly cert: string;
  readonly key: string;
}

/** One value in DER (X.690): its tag, its length, its bytes. */
function der(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts);
  const {length} = content;
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...size]), content]);
}

const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const objectId = (hex: string) => der(0x06, Buffer.from(hex, 'hex'));
const text = (tag: number, value: string) => der(tag, Buffer.from(value, 'latin1'));

/** ecdsa-with-SHA256, RFC 5758. */
const algorithm = sequence(objectId('2a8648ce3d040302'));
/** commonName, RFC 5280 A.1. */
const name = sequence(der(0x31, sequence(objectId('550403'), text(0x0c, 'seldon-usage'))));
/** From 2000 to the time that stands for no end (RFC 5280, 4.1.2.5): the clock of this machine may be wrong. */
const validity = sequence(text(0x17, '000101000000Z'), text(0x18, '99991231235959Z'));

/**
 * A new certificate for an address of this machine, on a new key: whoever has it for its only CA speaks with the holder of
 * that key and with nobody else, even after the port has gone to another program. (RFC 5280, 4.1: as little of X.509 as
 * Go asks for. The library of the tests takes longer to load than all of this gate's work.)
 *
 * @param address bytes of an IP address
 */
export function ownCertificate(address: Uint8Array): OwnCertificate {
  const {publicKey, privateKey} = generateKeyPairSync('ec', {namedCurve: 'prime256v1'});
  const serial = randomBytes(16);
  // Positive, and without leading zeros.
  serial[0] = (serial[0]! & 0x7f) | 0x40;
  const alternativeName = sequence(objectId('551d11'), der(0x04, sequence(der(0x87, address))));
  const body = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    algorithm,
    name,
    validity,
    name,
    publicKey.export({type: 'spki', format: 'der'}),
    der(0xa3, sequence(alternativeName)),
  );
  const signature = der(0x03, Buffer.from([0]), sign('sha256', body, privateKey));
  // RFC 7468, 2: lines of 64; an empty one is refused.
  const lines =
    sequence(body, algorithm, signature)
      .toString('base64')
      .match(/.{1,64}/g) ?? [];
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({type: 'pkcs8', format: 'pem'}) as string,
  };
}
