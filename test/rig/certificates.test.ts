import {X509Certificate} from 'node:crypto';
import {test} from 'uvu';
import * as assert from 'uvu/assert';
import {expired, makeAuthority, makeSelfSigned, notYetValid} from './certificates.ts';

const authority = await makeAuthority();
const read = async (identity: {cert: string} | Promise<{cert: string}>) => new X509Certificate((await identity).cert);

test('an authority signs servers for every local name', async () => {
  const certificate = await read(authority.server());
  assert.ok(certificate.verify((await read(authority)).publicKey));
  assert.ok(certificate.checkHost('localhost'));
  assert.ok(certificate.checkIP('127.0.0.1'));
  assert.ok(certificate.checkIP('::1'));
});

test('a server for another host', async () => {
  const certificate = await read(authority.server({hosts: ['other.example']}));
  assert.not(certificate.checkHost('localhost'));
  assert.ok(certificate.checkHost('other.example'));
});

test('a client carries its user and groups', async () => {
  const certificate = await read(authority.client({user: 'jane', groups: ['developers', 'operators']}));
  assert.is(certificate.subject, 'O=developers\nO=operators\nCN=jane');
});

test('expired and not yet valid', async () => {
  const past = await read(authority.server(expired));
  const future = await read(authority.server(notYetValid));
  assert.ok(past.validToDate < new Date());
  assert.ok(future.validFromDate > new Date());
});

test('a self-signed server is its own issuer', async () => {
  const certificate = await read(makeSelfSigned());
  assert.ok(certificate.verify(certificate.publicKey));
  assert.is(certificate.issuer, certificate.subject);
});

test.run();
