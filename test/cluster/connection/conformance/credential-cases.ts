// As whom: rows of the table about credentials and flags.
import {createPrivateKey} from 'node:crypto';
import type {Case} from './trust-cases.ts';
import {base64, type World} from './world.ts';

type Pair = {cert: string; key: string};

const certificate =
  (make: (world: World) => Pair): Case[1] =>
  (world) => {
    const {cert, key} = make(world);
    return {user: {'client-certificate-data': base64(cert), 'client-key-data': base64(key)}};
  };
/** By a server that takes every certificate and tells whose it was. */
const anyClient =
  (make: (world: World) => Pair): Case[1] =>
  (world) => {
    const {cert, key} = make(world);
    return {
      cluster: {server: world.urls.pinned, 'certificate-authority-data': base64(world.certs.pinned.cert)},
      user: {'client-certificate-data': base64(cert), 'client-key-data': base64(key)},
    };
  };
const user =
  (make: (world: World) => Record<string, unknown>, files: Record<string, string> = {}): Case[1] =>
  (world) => ({user: make(world), files});
const token =
  (make: (token: string) => string): Case[1] =>
  ({server}) => ({user: {token: make(server.tokens.reader)}});
const tokenFile =
  (make: (token: string) => string): Case[1] =>
  ({server}) => ({user: {tokenFile: 't'}, files: {t: make(server.tokens.reader)}});
const as = (pem: string, type: 'pkcs1' | 'sec1') => createPrivateKey(pem).export({type, format: 'pem'}) as string;
const encrypted = (pem: string) =>
  createPrivateKey(pem).export({type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'planted'}) as string;
const legacy = (pem: string) =>
  createPrivateKey(pem).export({type: 'sec1', format: 'pem', cipher: 'aes-128-cbc', passphrase: 'planted'}) as string;
const plugin =
  (status: (world: World) => object): Case[1] =>
  (world) => ({
    cluster: {server: world.urls.pinned, 'certificate-authority-data': base64(world.certs.pinned.cert)},
    user: {
      exec: {
        apiVersion: 'client.authentication.k8s.io/v1',
        interactiveMode: 'Never',
        command: '/bin/cat',
        args: ['HOME/answer'],
      },
    },
    files: {
      answer: JSON.stringify({
        kind: 'ExecCredential',
        apiVersion: 'client.authentication.k8s.io/v1',
        status: status(world),
      }),
    },
  });

export const credentialCases: readonly Case[] = [
  ['an EC certificate', certificate(({clients}) => clients.ec)],
  ['an RSA certificate', anyClient(({clients}) => clients.rsa)],
  ['an Ed25519 certificate', anyClient(({certs}) => certs.edClient)],
  ['an RSA certificate of 1024 bits', anyClient(({certs}) => certs.short1024Client)],
  [
    'a certificate of EC with a key of RSA',
    certificate(({clients}) => ({cert: clients.ec.cert, key: clients.rsa.key})),
    'refused',
  ],
  [
    'a certificate of RSA with a key of EC',
    anyClient(({clients}) => ({cert: clients.rsa.cert, key: clients.ec.key})),
    'refused',
  ],
  [
    'a certificate of EC with a key of Ed25519',
    certificate(({clients, certs}) => ({cert: clients.ec.cert, key: certs.edClient.key})),
    'refused',
  ],
  [
    'a certificate of Ed25519 with a key of EC',
    anyClient(({clients, certs}) => ({cert: certs.edClient.cert, key: clients.ec.key})),
    'refused',
  ],
  [
    'a certificate with another key of its type',
    certificate(({clients}) => ({cert: clients.ec.cert, key: clients.other.key})),
    'refused',
  ],
  [
    'a key before its certificate in one text',
    certificate(({clients: {ec}}) => ({cert: `${ec.key}\n${ec.cert}`, key: `${ec.key}\n${ec.cert}`})),
  ],
  ['a key as EC PRIVATE KEY', certificate(({clients: {ec}}) => ({...ec, key: as(ec.key, 'sec1')}))],
  ['a key as RSA PRIVATE KEY', anyClient(({clients: {rsa}}) => ({...rsa, key: as(rsa.key, 'pkcs1')}))],
  [
    'PKCS #8 with the label EC PRIVATE KEY',
    certificate(({clients: {ec}}) => ({...ec, key: ec.key.replaceAll(' PRIVATE', ' EC PRIVATE')})),
  ],
  [
    'PKCS #1 with the label PRIVATE KEY',
    anyClient(({clients: {rsa}}) => ({...rsa, key: as(rsa.key, 'pkcs1').replaceAll('RSA ', '')})),
  ],
  [
    'EC PARAMETERS before the key',
    certificate(({clients: {ec}}) => ({
      ...ec,
      key: `-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n${ec.key}`,
    })),
  ],
  ['an encrypted key', certificate(({clients: {ec}}) => ({...ec, key: encrypted(ec.key)})), 'refused'],
  ['an encrypted key of old form', certificate(({clients: {ec}}) => ({...ec, key: legacy(ec.key)})), 'refused'],
  [
    'an encrypted key before a plain one',
    certificate(({clients: {ec}}) => ({...ec, key: encrypted(ec.key) + ec.key})),
    'refused',
  ],
  ['a public key', certificate(({clients: {ec}}) => ({...ec, key: ec.cert})), 'refused'],
  ['a key with blank lines', certificate(({clients: {ec}}) => ({...ec, key: ec.key.replaceAll('\n', '\n\n')}))],
  [
    'a certificate with text around it',
    certificate(({clients: {ec}}) => ({...ec, cert: `Bag Attributes\n${ec.cert}\nx`})),
  ],
  [
    'a broken client certificate before a good one',
    certificate(({clients: {ec}}) => ({
      ...ec,
      cert: `-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n${ec.cert}`,
    })),
    'refused',
  ],
  ['an empty certificate', user(() => ({'client-certificate': 'c', 'client-key': 'k'}), {c: '', k: ''}), 'refused'],
  ['a key alone', user(({clients}) => ({'client-key-data': base64(clients.ec.key)})), 'refused'],
  [
    'a plugin with certificate and key',
    plugin(({clients: {ec}}) => ({clientCertificateData: ec.cert, clientKeyData: ec.key})),
  ],
  [
    'a plugin with different types',
    plugin(({clients: {ec, rsa}}) => ({clientCertificateData: ec.cert, clientKeyData: rsa.key})),
    'refused',
  ],
  [
    'a plugin with an encrypted key',
    plugin(({clients: {ec}}) => ({clientCertificateData: ec.cert, clientKeyData: encrypted(ec.key)})),
    'refused',
  ],
  [
    'a plugin with a key of 1024 bits',
    plugin(({certs}) => ({
      clientCertificateData: certs.short1024Client.cert,
      clientKeyData: certs.short1024Client.key,
    })),
  ],
  ['a plugin with a token', plugin(() => ({token: 'abc'}))],

  ['no user fields', user(() => ({})), 'refused'],
  ['user and password', user(() => ({username: 'u', password: 'p'})), 'refused'],
  ['a user name alone', user(() => ({username: 'u'})), 'refused'],
  ['a token', token((t) => t)],
  ['a token that ends in a space', token((t) => `${t} `)],
  ['a token that ends in a tab', token((t) => `${t}\t`)],
  ['a token that begins with a space', token((t) => ` ${t}`), 'refused'],
  ['a token with a word behind it', token((t) => `${t} more`)],
  ['a token that ends in a line end', token((t) => `${t}\n`), 'refused'],
  ['a token with a control character', token((t) => `${t}\u0001`), 'refused'],
  ['a token with a letter that is no ASCII', token((t) => `${t}ü`), 'refused'],
  ['a token of white space', token(() => ' '), 'refused'],
  ['an empty token', token(() => ''), 'refused'],
  ['a token file with white space around', tokenFile((t) => `\n\t ${t} \r\n`)],
  ['a token file of white space', tokenFile(() => ' \n'), 'refused'],
  ['a token file with two lines', tokenFile((t) => `${t}\nmore\n`), 'refused'],
  ['impersonation', (w) => ({user: {token: w.server.tokens.admin}, options: {as: 'jane', asGroup: ['a']}})],
  ['impersonation by UID', (w) => ({user: {token: w.server.tokens.admin}, options: {as: 'jane', asUid: '7'}})],
  [
    'impersonation with more',
    (w) => ({
      user: {token: w.server.tokens.admin},
      options: {as: 'jane', asUserExtra: ['scopes=a', 'scopes=b=c', 'none']},
    }),
  ],
  ['a UID without a user', (w) => ({user: {token: w.server.tokens.admin}, options: {asUid: '7'}}), 'refused'],
  ['more without a user', (w) => ({user: {token: w.server.tokens.admin}, options: {asUserExtra: ['a=b']}}), 'refused'],
  [
    '--client-certificate and --client-key',
    ({clients: {ec}}) => ({
      user: {},
      files: {c: ec.cert, k: ec.key},
      options: {clientCertificate: 'HOME/c', clientKey: 'HOME/k'},
    }),
  ],
  [
    '--client-certificate and --client-key over data',
    ({clients: {ec, other}}) => ({
      user: {'client-certificate-data': base64(other.cert), 'client-key-data': base64(other.key)},
      files: {c: ec.cert, k: ec.key},
      options: {clientCertificate: 'HOME/c', clientKey: 'HOME/k'},
    }),
  ],
  [
    '--client-certificate without a key',
    ({clients: {ec}}) => ({user: {}, files: {c: ec.cert}, options: {clientCertificate: 'HOME/c'}}),
    'refused',
  ],
  [
    '--client-key of another',
    ({clients: {ec, other}}) => ({
      user: {'client-certificate-data': base64(ec.cert), 'client-key-data': base64(ec.key)},
      files: {k: other.key},
      options: {clientKey: 'HOME/k'},
    }),
    'refused',
  ],
  [
    'user info in the URL',
    ({urls, certs}) => ({
      cluster: {
        server: urls.pinned?.replace('//', '//jane:p%40ss@'),
        'certificate-authority-data': base64(certs.pinned.cert),
      },
    }),
  ],
  [
    'a user in the URL',
    ({urls, certs}) => ({
      cluster: {server: urls.pinned?.replace('//', '//jane@'), 'certificate-authority-data': base64(certs.pinned.cert)},
    }),
  ],
];
