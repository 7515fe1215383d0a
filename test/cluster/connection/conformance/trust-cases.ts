// Whom to trust: rows of the table. A case that is marked `refused` has to fail for both, any other to succeed for both.
import {base64, type CertName, type Setting, type World} from './world.ts';

export type Case = readonly [title: string, setting: (world: World) => Setting, refused?: 'refused'];

/** A server, by what it presents, and the certificates that are trusted. */
const trusting =
  (at: string, ...anchors: CertName[]): Case[1] =>
  ({urls, certs}) => ({
    cluster: {server: urls[at], 'certificate-authority-data': base64(anchors.map((name) => certs[name].cert).join(''))},
  });
const text =
  (make: (world: World) => string): Case[1] =>
  (world) => ({
    cluster: {server: world.urls.pinned, 'certificate-authority-data': base64(make(world))},
  });
const noCA = {'certificate-authority-data': ''};
const bySystem =
  (at: string, env: Record<string, string>, files: (world: World) => Record<string, string>): Case[1] =>
  (world) => ({
    cluster: {...noCA, server: world.urls[at]},
    env,
    files: files(world),
  });
const pinned = ({certs}: World) => certs.pinned.cert;
const lines = (pem: string) => pem.trim().split('\n');

export const trustCases: readonly Case[] = [
  ['the root', trusting('chain', 'root')],
  ['a higher intermediate', trusting('chain', 'high')],
  ['the last intermediate', trusting('chain', 'low')],
  ['the last intermediate, of a server that presents itself alone', trusting('lone', 'low')],
  ['the root, of a server that presents itself alone', trusting('lone', 'root'), 'refused'],
  ['the leaf of a chain', trusting('chain', 'leaf')],
  ['the leaf alone', trusting('lone', 'leaf')],
  ['a leaf that signs itself', trusting('pinned', 'pinned')],
  ['another leaf', trusting('pinned', 'leaf'), 'refused'],
  ['a leaf for another name', trusting('otherName', 'otherName'), 'refused'],
  ['a leaf of Ed25519', trusting('ed', 'ed')],
  ['a leaf of RSA', trusting('rsa', 'rsa')],
  ['another root', trusting('chain', 'rootB'), 'refused'],
  ['a cross-signed intermediate, the one root', trusting('cross', 'root'), 'refused'],
  ['a cross-signed intermediate as the anchor', trusting('chain', 'lowByB')],
  ['several, of which one fits', trusting('chain', 'rootB', 'high', 'pinned')],
  ['an intermediate that has expired, by its root', trusting('underExpired', 'root'), 'refused'],
  ['an intermediate that has expired', trusting('underExpired', 'expiredLow'), 'refused'],
  ['a leaf that has expired', trusting('expiredLeaf', 'expiredLeaf'), 'refused'],
  ['an RSA key of 1024 bits, pinned', trusting('short', 'short')],
  ['a CA of 1024 bits', trusting('underShort', 'shortRoot')],
  ['a signature by SHA-1', trusting('underSha1', 'sha1Root'), 'refused'],
  [
    '--certificate-authority',
    ({urls, certs}) => ({
      cluster: {server: urls.chain},
      files: {ca: certs.high.cert},
      options: {certificateAuthority: 'HOME/ca'},
    }),
  ],
  [
    '--certificate-authority over insecure',
    ({urls}) => ({
      cluster: {...noCA, server: urls.pinned, 'insecure-skip-tls-verify': true},
      files: {ca: ''},
      options: {certificateAuthority: 'HOME/ca'},
    }),
    'refused',
  ],
  ['--certificate-authority that is missing', () => ({options: {certificateAuthority: 'HOME/ca'}}), 'refused'],
  [
    'certificate-authority, a relative file',
    ({urls, certs}) => ({
      cluster: {...noCA, server: urls.chain, 'certificate-authority': 'x/ca'},
      files: {'x/ca': certs.low.cert},
    }),
  ],
  ['nobody is trusted by default', ({urls}) => ({cluster: {...noCA, server: urls.pinned}}), 'refused'],

  ['PEM with a blank line at its beginning', text((w) => pinned(w).replace('-----\n', '-----\n\n'))],
  ['PEM with blank lines inside', text((w) => lines(pinned(w)).join('\n\n'))],
  ['PEM with a blank line before END', text((w) => pinned(w).replace('-----END', '\n-----END'))],
  ['PEM with CRLF', text((w) => pinned(w).replaceAll('\n', '\r\n'))],
  ['PEM with spaces at line ends', text((w) => pinned(w).replaceAll('\n', '  \n'))],
  ['PEM with indented base64', text((w) => pinned(w).replaceAll('\nM', '\n  M'))],
  [
    'PEM in one line',
    text((w) => [lines(pinned(w))[0], lines(pinned(w)).slice(1, -1).join(''), lines(pinned(w)).at(-1)].join('\n')),
  ],
  ['PEM without a last line end', text((w) => pinned(w).trim())],
  ['PEM after text', text((w) => `subject=planted\nissuer: x\n${pinned(w)}`)],
  ['PEM after text in its first line', text((w) => `text ${pinned(w)}`), 'refused'],
  ['PEM with text behind END', text((w) => `${pinned(w).trim()} x\n`), 'refused'],
  [
    'a broken certificate before a good one',
    text((w) => `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${pinned(w)}`),
  ],
  [
    'a certificate that is no base64 before a good one',
    text((w) => `-----BEGIN CERTIFICATE-----\n%%%\n-----END CERTIFICATE-----\n${pinned(w)}`),
  ],
  ['a certificate without END before a good one', text((w) => `-----BEGIN CERTIFICATE-----\nAAAA\n${pinned(w)}`)],
  [
    'a broken certificate after a good one',
    text((w) => `${pinned(w)}-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n`),
  ],
  [
    'a broken certificate alone',
    text(() => '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
    'refused',
  ],
  ['a key before a certificate', text((w) => w.certs.leaf.key + pinned(w))],
  ['a TRUSTED CERTIFICATE', text((w) => pinned(w).replaceAll(' CERTIFICATE', ' TRUSTED CERTIFICATE')), 'refused'],
  ['an X509 CERTIFICATE', text((w) => pinned(w).replaceAll(' CERTIFICATE', ' X509 CERTIFICATE')), 'refused'],
  ['a certificate with headers', text((w) => pinned(w).replace('-----\n', '-----\nName: x\n\n')), 'refused'],

  ['SSL_CERT_FILE', bySystem('chain', {SSL_CERT_FILE: 'HOME/ca'}, (w) => ({ca: w.certs.root.cert}))],
  [
    'SSL_CERT_FILE with an intermediate',
    bySystem('chain', {SSL_CERT_FILE: 'HOME/ca'}, (w) => ({ca: w.certs.low.cert})),
  ],
  ['SSL_CERT_FILE that is missing', bySystem('chain', {SSL_CERT_FILE: 'HOME/ca'}, () => ({})), 'refused'],
  ['SSL_CERT_FILE of something else', bySystem('chain', {SSL_CERT_FILE: 'HOME/ca'}, () => ({ca: 'x'})), 'refused'],
  ['SSL_CERT_DIR', bySystem('chain', {SSL_CERT_DIR: 'HOME/a'}, (w) => ({'a/any.name': w.certs.root.cert}))],
  [
    'SSL_CERT_DIR, several folders',
    bySystem('chain', {SSL_CERT_DIR: 'HOME/a:HOME/b'}, (w) => ({'a/x': 'x', 'b/y': w.certs.root.cert})),
  ],
  [
    'SSL_CERT_DIR, a missing folder',
    bySystem('chain', {SSL_CERT_DIR: 'HOME/no:HOME/b'}, (w) => ({'b/y': w.certs.root.cert})),
  ],
  [
    'SSL_CERT_DIR, an empty folder',
    bySystem('chain', {SSL_CERT_DIR: 'HOME/a/b:HOME/b'}, (w) => ({'a/b/c/d': '', 'b/y': w.certs.root.cert})),
  ],
  ['SSL_CERT_DIR, an empty place', bySystem('chain', {SSL_CERT_DIR: ':HOME/b:'}, (w) => ({'b/y': w.certs.root.cert}))],
  [
    'SSL_CERT_DIR, missing folders alone',
    bySystem('chain', {SSL_CERT_DIR: 'HOME/no:HOME/none'}, () => ({})),
    'refused',
  ],
  ['SSL_CERT_DIR, a file', bySystem('chain', {SSL_CERT_DIR: 'HOME/ca'}, (w) => ({ca: w.certs.root.cert})), 'refused'],
  [
    'SSL_CERT_DIR, no subfolders',
    bySystem('chain', {SSL_CERT_DIR: 'HOME'}, (w) => ({'a/ca': w.certs.root.cert})),
    'refused',
  ],
  [
    'SSL_CERT_FILE and SSL_CERT_DIR',
    bySystem('pinned', {SSL_CERT_FILE: 'HOME/ca', SSL_CERT_DIR: 'HOME/a'}, (w) => ({
      ca: w.certs.root.cert,
      'a/x': pinned(w),
    })),
  ],
  [
    'SSL_CERT_FILE, which a CA of the kubeconfig makes void',
    ({urls, certs}) => ({cluster: {server: urls.chain}, files: {ca: certs.root.cert}, env: {SSL_CERT_FILE: 'HOME/ca'}}),
    'refused',
  ],
  [
    'empty SSL_CERT_FILE and SSL_CERT_DIR',
    bySystem('pinned', {SSL_CERT_FILE: '', SSL_CERT_DIR: ''}, () => ({})),
    'refused',
  ],
];
