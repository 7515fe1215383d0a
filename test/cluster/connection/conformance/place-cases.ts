// Where to: hosts as they are dialled, paths, and the texts of kubeconfigs.

import type {Case} from './trust-cases.ts';
import {base64, configOf, type World} from './world.ts';

/** Servers that are never reached: the proxy is asked for them, and which address it is asked for is what is compared. */
const hosts = [
  'https://master.01:6443',
  'https://k8s.node.1',
  'https://1.2.3',
  'https://010.0.0.1',
  'https://0x10:1',
  'https://2130706433',
  'https://0x7f.1',
  'https://127.0.0.1.:6443',
  'https://api.example.',
  'https://API.Example:6443',
  'https://a_b.example',
  'https://-a.example',
  'https://a..b',
  'https://[fe80::1%25eth0]:6443',
  'https://[fe80::1%25eth0]',
  'https://[::ffff:127.0.0.1]',
  'https://[::FFFF:7f00:1]:6443',
  'https://[::]:1',
  'https://[2001:DB8::1]',
  'https://[1.2.3.4]',
  'https://[::1',
  'https://::1',
  'https://fe80::1',
  'https://[::1]x',
  'https://[fe80::1%eth0]',
  'https://bücher.example',
  'https://b%C3%BCcher.example',
  'https://%41.example',
  'https://１２７.1',
  'https://a%20b',
  'https://a b',
  'https://a"b',
  'https://a^b',
  'https://host:',
  'https://host:0443',
  'https://host:65535',
  'https://host:x',
  'https://host:1:2',
  'https://:6443',
  'https://',
  'https:host',
  'https:/host',
  'https://host//',
  'https://host/a/../b/',
  'https://host?x=y',
  'https://host/a?x=y#z',
  'https://host#x',
  'https://host/%zz',
  'https://host/a b',
  'https://user@host',
  'https://u:p@h@host',
  'https://a\\b',
  '//host:6443',
  '///host',
  'HTTPS://host',
  'ftp://host',
  'htt ps://host',
  ' https://host',
  'https://host ',
  'https://host\t',
  'unix:///x',
];

const made =
  (change: (config: Record<string, unknown>, world: World) => unknown): Case[1] =>
  (world) => {
    const config = JSON.parse(configOf(world, {})) as Record<string, unknown>;
    return {text: JSON.stringify(change(config, world) ?? config)};
  };
const bytes =
  (make: (text: string) => string | Buffer): Case[1] =>
  (world) => ({text: make(configOf(world, {}))});
const lines = (world: World) => JSON.stringify(JSON.parse(configOf(world, {})), null, 1);
const utf16be = (text: string) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16();
const yaml =
  (make: (world: World) => {head?: string; kind?: string; user?: string; cluster?: string; rest?: string}): Case[1] =>
  (world) => {
    const {
      head = '',
      kind = 'apiVersion: v1\nkind: Config',
      user = `{token: ${world.server.tokens.reader}}`,
      rest = '',
      cluster,
    } = make(world);
    const {url, ca} = world.server;
    return {
      text: `${head}${kind}
current-context: x
contexts: [{name: x, context: {cluster: c, user: u}}]
clusters: [{name: c, cluster: ${cluster ?? `{server: "${url}", certificate-authority-data: ${base64(ca)}}`}}]
users: [{name: u, user: ${user}}]
${rest}`,
    };
  };
const path =
  (suffix: string): Case[1] =>
  ({urls, certs}) => ({
    cluster: {server: urls.pinned + suffix, 'certificate-authority-data': base64(certs.pinned.cert)},
  });

export const dialCases: readonly Case[] = hosts.flatMap((server) => [
  [
    `dials ${JSON.stringify(server)}`,
    () => ({
      cluster: {
        server,
        'proxy-url': 'http://PROXY',
        'certificate-authority-data': '',
        'insecure-skip-tls-verify': true,
      },
    }),
    'refused',
  ] as const,
]);

export const placeCases: readonly Case[] = [
  ...[
    '/',
    '//',
    '/k8s/clusters/c-1',
    '/a/',
    '/a//b',
    '/a/../b',
    '/a/./b',
    '/a%20b',
    '/a%2Fb',
    '/ü',
    "/!'()*",
    '?x=y',
    '/a?x=y',
    '#z',
    '/a;b=c,d',
  ].map((suffix) => [`a server with ${suffix}`, path(suffix)] as const),
  ['a mapped IPv4 address', ({server}) => ({cluster: {server: `https://[::ffff:127.0.0.1]:${server.port}`}})],
  [
    'an address with a zero in front',
    ({server}) => ({cluster: {server: `https://127.0.0.01:${server.port}`}}),
    'refused',
  ],
  [
    'an address as one number',
    ({server}) => ({
      cluster: {
        server: `https://2130706433:${server.port}`,
        'certificate-authority-data': '',
        'insecure-skip-tls-verify': true,
      },
    }),
    'refused',
  ],
  [
    'an address in hexadecimal',
    ({server}) => ({
      cluster: {
        server: `https://0x7f.1:${server.port}`,
        'certificate-authority-data': '',
        'insecure-skip-tls-verify': true,
      },
    }),
    'refused',
  ],
  [
    'a short address',
    ({server}) => ({
      cluster: {
        server: `https://127.1:${server.port}`,
        'certificate-authority-data': '',
        'insecure-skip-tls-verify': true,
      },
    }),
    'refused',
  ],
  [
    'no host, unchecked',
    ({server}) => ({
      cluster: {
        server: `https://:${server.port}`,
        'certificate-authority-data': '',
        'insecure-skip-tls-verify': true,
        'tls-server-name': 'localhost',
      },
    }),
  ],

  ['UTF-16, little-endian', bytes((text) => Buffer.from(`\ufeff${text}`, 'utf16le'))],
  ['UTF-16, big-endian', bytes(utf16be)],
  ['UTF-16 YAML', (w) => ({text: Buffer.from(`\ufeff# x\r\n${lines(w).replaceAll('\n', '\r\n')}`, 'utf16le')})],
  ['UTF-16 YAML, big-endian', (w) => ({text: utf16be(`# x\n${lines(w)}`)})],
  ['UTF-16 without a mark', bytes((text) => Buffer.from(text, 'utf16le')), 'refused'],
  ['UTF-8 with a mark', bytes((text) => `\ufeff${text}`)],
  ['lone CR', (w) => ({text: `# x\r${lines(w).replaceAll('\n', '\r')}`})],
  ['CRLF', (w) => ({text: lines(w).replaceAll('\n', '\r\n')})],
  ['lone CR in UTF-16', (w) => ({text: Buffer.from(`\ufeff# x\r${lines(w).replaceAll('\n', '\r')}`, 'utf16le')})],
  ['!!binary', yaml(({server}) => ({user: `{token: !!binary ${base64(server.tokens.reader)}}`}))],
  [
    '!!binary over lines',
    yaml(({server}) => ({user: `{token: !!binary "${base64(server.tokens.reader).replace(/.{20}/g, '$&\\n')}"}`})),
  ],
  [
    '!!binary of a CA',
    yaml(({server}) => ({
      cluster: `{server: "${server.url}", certificate-authority-data: !!binary ${base64(base64(server.ca))}}`,
    })),
  ],
  ['!!binary that is none', yaml(() => ({user: '{token: !!binary "%%%"}'})), 'refused'],
  ['!!str', yaml(({server}) => ({user: `{token: !!str ${server.tokens.reader}}`}))],
  ['kind and version empty', yaml(() => ({kind: 'apiVersion: ""\nkind: ""'}))],
  ['kind and version null', yaml(() => ({kind: 'apiVersion: ~\nkind:'}))],
  ['no kind', yaml(() => ({kind: 'apiVersion: v1'}))],
  ['no version', yaml(() => ({kind: 'kind: Config'}))],
  ['another version', yaml(() => ({kind: 'apiVersion: v2\nkind: Config'})), 'refused'],
  ['another kind', yaml(() => ({kind: 'apiVersion: v1\nkind: Pod'})), 'refused'],
  ['null fields', made((config) => ({...config, preferences: null, extensions: null, users: config.users}))],
  [
    'null among arguments',
    (w) => ({
      user: {
        exec: {
          apiVersion: 'client.authentication.k8s.io/v1',
          interactiveMode: 'Never',
          command: '/bin/sh',
          args: [
            '-c',
            `printf '{"kind":"ExecCredential","apiVersion":"client.authentication.k8s.io/v1","status":{"token":"%s%s"}}' ${w.server.tokens.reader} "$0"`,
            null,
          ],
          env: null,
        },
      },
    }),
  ],
  ['null among groups', (w) => ({user: {token: w.server.tokens.admin, as: 'jane', 'as-groups': ['a', null]}})],
  [
    'null among more',
    (w) => ({user: {token: w.server.tokens.admin, as: 'jane', 'as-user-extra': {a: null, b: ['x']}}}),
  ],
  ['a null user in the list', made((config) => ({...config, users: [...(config.users as []), null]}))],
  [
    'a nameless cluster and user without contexts',
    ({server}) => ({
      text: JSON.stringify({
        clusters: [{cluster: {server: server.url, 'certificate-authority-data': base64(server.ca)}}],
        users: [{user: {token: server.tokens.reader}}],
      }),
    }),
  ],
  [
    'a nameless cluster, and a user by flag',
    ({server}) => ({
      text: JSON.stringify({
        clusters: [{name: '', cluster: {server: server.url, 'certificate-authority-data': base64(server.ca)}}],
        users: [{name: 'u', user: {token: server.tokens.reader}}],
      }),
      options: {user: 'u'},
    }),
  ],
  [
    'a context with an empty cluster',
    made((config) => ({...config, contexts: [{name: 'x', context: {cluster: '', user: 'u'}}]})),
    'refused',
  ],
  [
    'a context without a cluster',
    made((config) => ({...config, contexts: [{name: 'x', context: {user: 'u'}}]})),
    'refused',
  ],
  ['a context that is null', made((config) => ({...config, contexts: [{name: 'x', context: null}]})), 'refused'],
  [
    'a context without a cluster, and --cluster',
    (w) => ({
      ...made((config) => ({...config, contexts: [{name: 'x', context: {user: 'u'}}]}))(w),
      options: {cluster: 'c'},
    }),
  ],
  [
    'a context without a user',
    made((config) => ({...config, contexts: [{name: 'x', context: {cluster: 'c'}}]})),
    'refused',
  ],
  [
    'a context of an unknown cluster',
    made((config) => ({...config, contexts: [{name: 'x', context: {cluster: 'd', user: 'u'}}]})),
    'refused',
  ],
  ['a token that is a number', yaml(() => ({user: '{token: 12345}'})), 'refused'],
  ['an empty file', () => ({text: ''}), 'refused'],
];
