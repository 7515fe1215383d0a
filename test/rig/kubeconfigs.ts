// Kubeconfigs as clouds and distributions write them, and what can happen to one: for property tests.
import * as fc from 'fast-check';
import {stringify} from 'yaml';

/** A kubeconfig before it is written: whatever a mutation makes of it. */
type Config = Record<string, unknown>;

/** A kubeconfig as it stands in a file. */
export interface Written {
  /** The shape, and what was done to it. */
  readonly what: readonly string[];
  readonly text: string;
  readonly encoding: string;
}

/** The bytes of the file. */
export function bytesOf({text, encoding}: Written): Buffer {
  return encodings[encoding]!(text);
}

const v1beta1 = 'client.authentication.k8s.io/v1beta1';
const v1 = 'client.authentication.k8s.io/v1';

function config(name: string, cluster: object, user: object, more: {context?: object; user?: string} = {}): Config {
  const userName = more.user ?? name;
  return {
    apiVersion: 'v1',
    kind: 'Config',
    preferences: {},
    clusters: [{name, cluster}],
    contexts: [{name, context: {cluster: name, user: userName, ...more.context}}],
    'current-context': name,
    users: [{name: userName, user}],
  };
}

/** The shapes, with certificates and keys that both sides can read. */
function shapes({ca, cert, key}: Material): [name: string, config: () => Config][] {
  const authority = {'certificate-authority-data': ca};
  const pair = {'client-certificate-data': cert, 'client-key-data': key};
  return [
    [
      'GKE',
      () =>
        config(
          'gke_example-project_europe-west1_example',
          {...authority, server: 'https://203.0.113.7'},
          {
            exec: {
              apiVersion: v1beta1,
              command: 'gke-gcloud-auth-plugin',
              installHint: 'Install gke-gcloud-auth-plugin',
              provideClusterInfo: true,
            },
          },
        ),
    ],
    [
      'EKS',
      () =>
        config(
          'arn:aws:eks:eu-west-1:111122223333:cluster/example',
          {...authority, server: 'https://0123456789ABCDEF.gr7.eu-west-1.eks.amazonaws.com'},
          {
            exec: {
              apiVersion: v1beta1,
              args: ['--region', 'eu-west-1', 'eks', 'get-token', '--cluster-name', 'example', '--output', 'json'],
              command: 'aws',
              env: [{name: 'AWS_PROFILE', value: 'example'}],
            },
          },
        ),
    ],
    [
      'AKS with kubelogin',
      () =>
        config(
          'example',
          {...authority, server: 'https://example-dns-1a2b3c4d.hcp.westeurope.azmk8s.io:443'},
          {
            exec: {
              apiVersion: v1beta1,
              args: ['get-token'],
              command: 'kubelogin',
              env: null,
              provideClusterInfo: false,
            },
          },
          {user: 'clusterUser_group_example'},
        ),
    ],
    [
      'AKS without it',
      () =>
        config(
          'example',
          {...authority, server: 'https://example.azmk8s.io:443'},
          {...pair, token: 'abcdef0123456789'},
        ),
    ],
    [
      'OpenShift',
      () =>
        config(
          'api-ocp-example-com:6443',
          {server: 'https://api.ocp.example.com:6443', 'insecure-skip-tls-verify': true},
          {token: 'sha256~abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG'},
          {user: 'kube:admin/api-ocp-example-com:6443', context: {namespace: 'default'}},
        ),
    ],
    [
      'Rancher',
      () =>
        config(
          'local',
          {server: 'https://rancher.example.com/k8s/clusters/c-m-abcdefgh'},
          {token: 'kubeconfig-user-abcde:0123'},
        ),
    ],
    [
      'Teleport',
      () =>
        config(
          'teleport.example.com-prod',
          {
            ...authority,
            server: 'https://teleport.example.com:443',
            'tls-server-name': 'kube-teleport-proxy-alpn.example.com',
          },
          {
            exec: {
              apiVersion: v1beta1,
              args: ['kube', 'credentials', '--kube-cluster=prod', '--proxy=teleport.example.com:443'],
              command: '/usr/local/bin/tsh',
              env: null,
              provideClusterInfo: false,
            },
          },
          {context: {extensions: [{name: 'teleport.kube.name', extension: 'prod'}]}},
        ),
    ],
    [
      'Pinniped',
      () =>
        config(
          'pinniped',
          {...authority, server: 'https://10.0.0.1:6443'},
          {
            exec: {
              apiVersion: v1,
              args: ['login', 'oidc', '--enable-concierge', '--issuer=https://issuer.example.com'],
              command: '/usr/local/bin/pinniped',
              env: [],
              installHint: 'Install the pinniped CLI',
              provideClusterInfo: true,
              interactiveMode: 'IfAvailable',
            },
          },
        ),
    ],
    ['k3s', () => config('default', {...authority, server: 'https://127.0.0.1:6443'}, pair)],
    ['kind', () => config('kind-kind', {...authority, server: 'https://127.0.0.1:41735'}, pair)],
    [
      'minikube',
      () =>
        config(
          'minikube',
          {
            ...authority,
            server: 'https://192.168.49.2:8443',
            extensions: [{name: 'cluster_info', extension: {provider: 'minikube.sigs.k8s.io', version: 'v1.36.0'}}],
          },
          pair,
          {context: {namespace: 'default', extensions: [{name: 'context_info', extension: {version: 'v1.36.0'}}]}},
        ),
    ],
    [
      'docker-desktop',
      () => config('docker-desktop', {...authority, server: 'https://kubernetes.docker.internal:6443'}, pair),
    ],
    [
      'impersonation',
      () =>
        config(
          'as',
          {...authority, server: 'https://k8s.example.com:6443'},
          {token: 'x', as: 'jane', 'as-uid': '7', 'as-groups': ['a', 'b'], 'as-user-extra': {reason: ['b', 'c']}},
        ),
    ],
    [
      'a password by way of a proxy',
      () =>
        config(
          'proxied',
          {...authority, server: 'https://k8s.example.com:6443', 'proxy-url': 'http://proxy.example.com:3128'},
          {username: 'jane', password: 'x'},
        ),
    ],
    [
      'OIDC by an auth-provider',
      () =>
        config(
          'oidc',
          {...authority, server: 'https://k8s.example.com:6443'},
          {
            'auth-provider': {
              name: 'oidc',
              config: {'client-id': 'kubernetes', 'idp-issuer-url': 'https://issuer.example.com', 'id-token': 'x'},
            },
          },
        ),
    ],
  ];
}

/** Base64 of PEM. */
export interface Material {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** Every place of a kubeconfig that is a field of an object or an item of a list. */
function places(value: unknown, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.keys(value).flatMap((key) => {
    const step = Array.isArray(value) ? Number(key) : key;
    return [[...path, step], ...places((value as Record<string, unknown>)[key], [...path, step])];
  });
}

function parentOf(root: Config, path: readonly (string | number)[]): Record<string | number, unknown> {
  return path
    .slice(0, -1)
    .reduce<unknown>((at, step) => (at as Record<string | number, unknown>)[step], root) as Record<
    string | number,
    unknown
  >;
}

/** What a value can become, copied before it is put in: a later change may be in it. Undefined takes the field away. */
const values: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(undefined, null, '', ' ', 0, 1, -1, 1.5, true, false, [], {}, [null], [''], {a: 'b'}, [
    'a',
    'b',
  ]),
  fc.constantFrom(
    'yes',
    'no',
    'on',
    'true',
    'null',
    '~',
    '1',
    '0x10',
    '1e3',
    '2026-11-26',
    'Config',
    'v1',
    'v2',
    '!!str x',
  ),
  fc.constantFrom(
    'https://[::1]:6443',
    'http://localhost:8080',
    'localhost:6443',
    'https://a.b/c/',
    'https://h/?q=1#f',
    'ftp://h',
  ),
  fc.constantFrom(
    'https://master.01:6443',
    'https://k8s.node.1',
    'https://010.0.0.1',
    'https://2130706433',
    'https://h:0',
    'https://h:99999',
  ),
  fc.constantFrom(
    'https://user:pass@h',
    'https://h//',
    '//h',
    'https://',
    'https:///x',
    'HTTPS://H',
    'https://h:',
    'unix:///x',
    'https://h ost',
  ),
  fc.constantFrom(
    'https://[fe80::1%25eth0]:6443',
    'https://[::ffff:127.0.0.1]',
    'https://ümlaut.example',
    'https://h%41',
    'https://h/%zz',
  ),
  fc.constantFrom(
    '../ca.crt',
    'ca.crt',
    '/no/such/file',
    'a b',
    'ä',
    '\ttab',
    'two\nlines',
    'x'.repeat(300),
    '0123456789',
  ),
  fc.string({maxLength: 12}),
);

const words = [
  'name',
  'server',
  'token',
  'tokenFile',
  'username',
  'password',
  'as',
  'as-uid',
  'as-groups',
  'as-user-extra',
];
const fields = [
  ...words,
  ...[
    'namespace',
    'cluster',
    'user',
    'exec',
    'auth-provider',
    'command',
    'args',
    'env',
    'apiVersion',
    'interactiveMode',
  ],
  ...[
    'certificate-authority',
    'certificate-authority-data',
    'insecure-skip-tls-verify',
    'tls-server-name',
    'proxy-url',
  ],
  ...[
    'client-certificate',
    'client-certificate-data',
    'client-key',
    'client-key-data',
    'disable-compression',
    'extensions',
  ],
  ...[
    'kind',
    'current-context',
    'contexts',
    'clusters',
    'users',
    'preferences',
    'Server',
    'TOKEN',
    'provideClusterInfo',
  ],
];

type Change = readonly [what: string, change: (config: Config) => void];

const onPlace = (
  what: string,
  change: (parent: Record<string | number, unknown>, key: string | number, value: unknown) => void,
) =>
  fc.tuple(fc.nat(), values).map(([at, value]): Change => {
    return [
      `${what} ${at} ${JSON.stringify(value)}`,
      (root) => {
        const all = places(root);
        const path = all[at % Math.max(all.length, 1)];
        if (path) change(parentOf(root, path), path.at(-1)!, structuredClone(value));
      },
    ];
  });

const changes: fc.Arbitrary<Change> = fc.oneof(
  {
    weight: 4,
    arbitrary: onPlace('set', (parent, key, value) => {
      if (value === undefined) delete parent[key];
      else parent[key] = value;
    }),
  },
  {
    weight: 1,
    arbitrary: onPlace('remove', (parent, key) => {
      if (Array.isArray(parent)) parent.splice(Number(key), 1);
      else delete parent[key];
    }),
  },
  {
    weight: 1,
    arbitrary: onPlace('repeat', (parent, key) => {
      if (Array.isArray(parent)) parent.push(structuredClone(parent[Number(key)]));
    }),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(), fc.constantFrom(...fields), values).map(([at, field, value]): Change => {
      return [
        `add ${field} ${at} ${JSON.stringify(value)}`,
        (root) => {
          const objects = [root, ...places(root).map((path) => parentOf(root, path)[path.at(-1)!])].filter(
            (each) => typeof each === 'object' && each !== null && !Array.isArray(each),
          ) as Record<string, unknown>[];
          if (value !== undefined) objects[at % objects.length]![field] = structuredClone(value);
        },
      ];
    }),
  },
);

/** How a kubeconfig is written. Each is a way that some tool or editor has. */
const writers: Record<string, (config: Config) => string> = {
  yaml: (config) => stringify(config, {aliasDuplicateObjects: false}),
  'yaml 1.1': (config) => stringify(config, {version: '1.1', aliasDuplicateObjects: false}),
  'flow yaml': (config) => stringify(config, {collectionStyle: 'flow', aliasDuplicateObjects: false}),
  'quoted yaml': (config) => stringify(config, {defaultStringType: 'QUOTE_SINGLE', aliasDuplicateObjects: false}),
  json: (config) => JSON.stringify(config),
  'indented json': (config) => JSON.stringify(config, null, '\t'),
  'a document start and end': (config) => `---\n${stringify(config, {aliasDuplicateObjects: false})}...\n`,
  'a second document': (config) => `${stringify(config, {aliasDuplicateObjects: false})}---\nkind: Other\n`,
  comments: (config) =>
    `# written by hand\n${stringify(config, {aliasDuplicateObjects: false}).replace(/$/gm, ' # x')}`,
  crlf: (config) => stringify(config, {aliasDuplicateObjects: false}).replaceAll('\n', '\r\n'),
  'lone cr': (config) => stringify(config, {aliasDuplicateObjects: false}).replaceAll('\n', '\r'),
  'wide folds': (config) => stringify(config, {lineWidth: 20, aliasDuplicateObjects: false}),
};

const encodings: Record<string, (text: string) => Buffer> = {
  utf8: (text) => Buffer.from(text),
  'utf8 with a mark': (text) => Buffer.from(`\ufeff${text}`),
  utf16le: (text) => Buffer.from(`\ufeff${text}`, 'utf16le'),
  utf16be: (text) => Buffer.from(`\ufeff${text}`, 'utf16le').swap16(),
};

/** Kubeconfigs of real shapes with up to three changes, written in all ways. */
export function kubeconfigs(material: Material): fc.Arbitrary<Written> {
  return fc
    .record({
      shape: fc.constantFrom(...shapes(material)),
      changed: fc.array(changes, {maxLength: 3}),
      writer: fc.constantFrom(...Object.keys(writers)),
      encoding: fc.oneof(
        {weight: 6, arbitrary: fc.constant('utf8')},
        {weight: 1, arbitrary: fc.constantFrom(...Object.keys(encodings))},
      ),
    })
    .map(({shape: [name, make], changed, writer, encoding}) => {
      const root = make();
      for (const [, change] of changed) change(root);
      return {what: [name, ...changed.map(([what]) => what), writer], text: writers[writer]!(root), encoding};
    });
}
