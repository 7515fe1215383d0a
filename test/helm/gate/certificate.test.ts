import {X509Certificate} from 'node:crypto';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {ownCertificate} from '../../../src/helm/gate/certificate.ts';

test('a certificate of its own, for one address, without end', () => {
  for (const [address, written] of [
    [[127, 0, 0, 1], '127.0.0.1'],
    [[...Array(15).fill(0), 1], '::1'],
  ] as const) {
    const certificate = new X509Certificate(ownCertificate(Uint8Array.from(address)).cert);
    assert.ok(certificate.verify(certificate.publicKey));
    assert.is(certificate.checkIP(written), written);
    assert.is(certificate.checkIP('127.0.0.2'), undefined);
    assert.is(certificate.checkHost('localhost'), undefined);
    assert.is(certificate.validToDate.getUTCFullYear(), 9999);
    assert.ok(certificate.validFromDate < new Date());
  }
});

test('of any length', () => {
  // The addresses are made longer by a byte each: one of them fills its last line.
  for (let length = 4; length < 60; length++) {
    const {cert} = ownCertificate(new Uint8Array(length).fill(1));
    assert.not.match(cert, /\n\n/, `${length} bytes`);
    assert.type(new X509Certificate(cert).serialNumber, 'string');
  }
});

test('each has a key and a number of its own', () => {
  const made = Array.from({length: 20}, () => ownCertificate(Uint8Array.of(127, 0, 0, 1)));
  assert.is(new Set(made.map(({key}) => key)).size, 20);
  assert.is(new Set(made.map(({cert}) => new X509Certificate(cert).serialNumber)).size, 20);
});

test.run();
