import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import * as assert from 'uvu/assert';
import type {ConnectionOptions} from '../../../src/cluster/connection/connection.ts';
import {type SharedApiserver, sharedApiserver} from '../../rig/apiserver.ts';
import {rigSuite} from '../../rig/available.ts';
import {kubectlFlags, kubectlWhoami, ourWhoami} from './whoami.ts';

interface Content {
  current?: string;
  contexts?: Record<string, [cluster: string, user: string]>;
  clusters?: Record<string, string | object>;
  users?: Record<string, string | object>;
}

/** A kubeconfig of contexts (cluster, user), clusters (URL or fields) and users (token or fields). */
function kubeconfig({current, contexts = {}, clusters = {}, users = {}}: Content): string {
  const list = (kind: string, entries: object) =>
    Object.entries(entries).map(([name, entry]) => ({name, [kind]: entry}));
  const each = <T>(entries: Record<string, T>, fit: (entry: T) => object) =>
    Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, fit(entry)]));
  const {url, ca} = server;
  const cluster = {server: url, 'certificate-authority-data': btoa(ca)};
  return JSON.stringify({
    'current-context': current,
    contexts: list(
      'context',
      each(contexts, ([cluster, user]) => ({cluster, user})),
    ),
    clusters: list(
      'cluster',
      each(clusters, (fields) => ({...cluster, ...(typeof fields === 'string' ? {server: fields} : fields)})),
    ),
    users: list(
      'user',
      each(users, (user) => (typeof user === 'string' ? {token: user} : user)),
    ),
  });
}

let server: SharedApiserver;
const reader = () =>
  kubeconfig({current: 'r', contexts: {r: ['c', 'r']}, clusters: {c: {}}, users: {r: server.tokens.reader}});
const admin = () =>
  kubeconfig({current: 'a', contexts: {a: ['c', 'a']}, clusters: {c: {}}, users: {a: server.tokens.admin}});
/** One context of the cluster and the admin. */
const one = (cluster: string | object) =>
  kubeconfig({current: 'x', contexts: {x: ['c', 'a']}, clusters: {c: cluster}, users: {a: server.tokens.admin}});
const dead = {server: 'https://127.0.0.1:1'};

/** Files by name, KUBECONFIG (paths from the folder), options, and whom the server must see or what we must say. */
type Case = [
  name: string,
  files: () => Record<string, string>,
  list: string | undefined,
  options: ConnectionOptions,
  expected: string | RegExp,
];

const cases: Case[] = [
  ['one file', () => ({a: admin()}), '/a', {}, 'admin'],
  ['~/.kube/config', () => ({'.kube/config': reader()}), undefined, {}, 'reader'],
  ['~/.kube/config, as KUBECONFIG is empty', () => ({'.kube/config': reader()}), '', {}, 'reader'],
  ['--kubeconfig over KUBECONFIG', () => ({a: admin(), r: reader()}), '/a', {kubeconfig: '/r'}, 'reader'],
  [
    '--kubeconfig is one file and no list',
    () => ({a: admin(), r: reader()}),
    undefined,
    {kubeconfig: '/r:/a'},
    /does not exist/,
  ],
  ['--kubeconfig that is missing', () => ({a: admin()}), '/a', {kubeconfig: '/no'}, /\/no does not exist/],
  ['the first current context of a list', () => ({a: admin(), r: reader()}), '/a:/r', {}, 'admin'],
  ['a missing file in a list', () => ({r: reader()}), '/no:/r', {}, 'reader'],
  ['an empty file in a list', () => ({e: '', r: reader()}), '/e:/r', {}, 'reader'],
  ['a file of comments in a list', () => ({e: '# nothing\n---\n', r: reader()}), '/e:/r', {}, 'reader'],
  ['an empty place in a list', () => ({r: reader()}), '::/r:', {}, 'reader'],
  ['the same file twice', () => ({r: reader()}), '/r:/r', {}, 'reader'],
  ['a context of a later file', () => ({a: admin(), r: reader()}), '/a:/r', {context: 'r'}, 'reader'],
  [
    'the first of two equal names',
    () => ({r: reader(), x: kubeconfig({users: {r: server.tokens.admin}, clusters: {c: dead}})}),
    '/r:/x',
    {},
    'reader',
  ],
  [
    'a context, a cluster and a user in three files',
    () => ({
      a: kubeconfig({current: 'x', contexts: {x: ['c', 'u']}}),
      b: kubeconfig({clusters: {c: {}}}),
      c: kubeconfig({users: {u: server.tokens.reader}}),
    }),
    '/a:/b:/c',
    {},
    'reader',
  ],
  [
    'paths relative to their own file',
    () => ({
      'x/a': kubeconfig({current: 'x', contexts: {x: ['c', 'u']}, users: {u: {tokenFile: 'secrets/t'}}}),
      'x/secrets/t': server.tokens.reader,
      'y/b': kubeconfig({clusters: {c: {'certificate-authority-data': undefined, 'certificate-authority': '../ca'}}}),
      ca: server.ca,
    }),
    '/x/a:/y/b',
    {},
    'reader',
  ],
  [
    'a file that is no YAML',
    () => ({a: 'users: [{token: planted', r: reader()}),
    '/a:/r',
    {},
    /\/a is not YAML: see its line 1\./,
  ],
  ['a file that is something else', () => ({a: 'planted secret'}), '/a', {}, /\/a is not a kubeconfig/],
  ['a file of another kind', () => ({a: 'kind: Pod\napiVersion: v1'}), '/a', {}, /is of kind Pod, version v1/],
  ['a folder', () => ({'a/b': ''}), '/a', {}, /can't be read \(EISDIR\)/],
  ['preferences of a wrong type', () => ({a: 'preferences: x'}), '/a', {}, /in preferences a value that has no fields/],
  [
    'two extensions of one name',
    () => ({a: 'users: [{name: u, user: {extensions: [{name: e}, {name: e}]}}]'}),
    '/a',
    {},
    /in the user u in extensions two of one name/,
  ],
  ['a version that is 0', () => ({a: 'apiVersion: 0'}), '/a', {}, /is of kind .*, version 0/],
  ['an item that is a number', () => ({a: 'users: [0]'}), '/a', {}, /among its users one without fields/],
  ['lists that are none', () => ({a: 'users: {}'}), '/a', {}, /its users are not a list/],
  [
    'a name that is a number',
    () => ({a: 'users: [{name: 1}]'}),
    '/a',
    {},
    /a name that is not a string among its users/,
  ],
  ['a name twice in one file', () => ({a: 'users: [{name: u}, {name: u}]'}), '/a', {}, /two users of the name u/],
  [
    'an entry that is a string',
    () => ({a: 'users: [{name: u, user: planted}]'}),
    '/a',
    {},
    /in the user u a value that has no fields/,
  ],
  [
    'an exec entry of wrong types',
    () => ({a: 'users: [{name: u, user: {exec: {args: planted}}}]'}),
    '/a',
    {},
    /in exec the field args, .* a list of strings/,
  ],
  [
    'a boolean for a string',
    () => ({a: 'users: [{name: u, user: {token: yes}}]'}),
    '/a',
    {},
    /the field token, .* a string/,
  ],
  ['a quoted word for a boolean', () => ({a: one({'insecure-skip-tls-verify': 'no'})}), '/a', {}, /a boolean value/],
  ['a list for base64', () => ({a: one({'certificate-authority-data': ['x']})}), '/a', {}, /a base64 value/],
  [
    'an empty list for base64',
    () => ({a: one({'certificate-authority-data': [], 'insecure-skip-tls-verify': true})}),
    '/a',
    {},
    'admin',
  ],
  [
    'a CA without PEM, before a plugin runs',
    () => ({a: withoutPem()}),
    '/a',
    {},
    /certificate-authority .* is not a certificate/,
  ],
  [
    'a user that is none, of a server without TLS',
    () => ({a: kubeconfig({current: 'a', contexts: {a: ['c', 'u']}, clusters: {c: server.url.slice(8)}})}),
    '/a',
    {},
    /speaks HTTPS, and was spoken to by HTTP/,
  ],
  [
    'a file with a slash at its end',
    () => ({a: one({'certificate-authority-data': undefined, 'certificate-authority': 'ca/'}), ca: server.ca}),
    '/a',
    {},
    'admin',
  ],
  ['lists that are null', () => ({a: 'users: null\ncontexts: ~', r: reader()}), '/a:/r', {}, 'reader'],
  ['a repeated key', () => ({r: `${reader().slice(0, -1)}, "current-context": "r"}`}), '/r', {}, 'reader'],
  ['tabs', () => ({r: JSON.stringify(JSON.parse(reader()), null, '\t')}), '/r', {}, 'reader'],
  ['anchors and merge keys', () => ({r: yaml()}), '/r', {}, 'reader'],
  ['several documents, of which the first counts', () => ({r: `${reader()}\n---\n${admin()}`}), '/r', {}, 'reader'],
  ['no context', () => ({a: admin()}), '/a', {context: 'b'}, /There is no context b\.\nThe contexts are: a\./],
  ['a current context that is none', () => ({a: kubeconfig({current: 'b'})}), '/a', {}, /There is no context b/],
  [
    'no current context',
    () => ({a: kubeconfig({contexts: {a: ['c', 'a']}, clusters: {c: dead}})}),
    '/a',
    {},
    /No context is chosen\.\nThe contexts are: a/,
  ],
  [
    'one cluster and no context',
    () => ({a: kubeconfig({clusters: {c: {}}, users: {r: server.tokens.reader}})}),
    '/a',
    {},
    /No context is chosen/,
  ],
  [
    'a context of a cluster that is none',
    () => ({a: kubeconfig({current: 'a', contexts: {a: ['c', 'u']}})}),
    '/a',
    {},
    /No kubeconfig defines the cluster c/,
  ],
  [
    'a context of a user that is none',
    () => ({a: kubeconfig({current: 'a', contexts: {a: ['c', 'u']}, clusters: {c: {}}})}),
    '/a',
    {},
    /No kubeconfig defines the user u/,
  ],
  [
    'no configuration at all',
    () => ({}),
    undefined,
    {},
    /There is no kubeconfig .*\.kube\/config does not exist.*not a pod/,
  ],
  ['a list of missing files', () => ({}), '/x:/y', {}, /\/x, .*\/y does not exist/],
  [
    '--cluster',
    () => ({
      a: kubeconfig({
        current: 'x',
        contexts: {x: ['d', 'a']},
        clusters: {d: dead, c: {}},
        users: {a: server.tokens.admin},
      }),
    }),
    '/a',
    {cluster: 'c'},
    'admin',
  ],
  ['--cluster that is none', () => ({a: admin()}), '/a', {cluster: 'x'}, /No kubeconfig defines the cluster x/],
  ['--user', () => ({a: admin(), r: reader()}), '/a:/r', {user: 'r'}, 'reader'],
  ['--user that is none', () => ({a: admin()}), '/a', {user: 'x'}, /No kubeconfig defines the user x/],
  [
    '--cluster and --user without a context',
    () => ({a: kubeconfig({clusters: {c: {}}, users: {r: server.tokens.reader}})}),
    '/a',
    {cluster: 'c', user: 'r'},
    'reader',
  ],
  [
    '--server',
    () => ({
      a: one(dead),
    }),
    '/a',
    {server: '='},
    'admin',
  ],
  [
    '--server, which clears tls-server-name',
    () => ({
      a: one({'tls-server-name': 'other'}),
    }),
    '/a',
    {server: '='},
    'admin',
  ],
  [
    '--insecure-skip-tls-verify over a CA',
    () => ({
      a: one({'tls-server-name': 'other'}),
    }),
    '/a',
    {insecureSkipTlsVerify: true},
    'admin',
  ],
  [
    'a server without scheme',
    () => ({
      a: one(server.url.slice(8)),
    }),
    '/a',
    {},
    /speaks HTTPS, and was spoken to by HTTP/,
  ],
  ['no server', () => ({a: one('')}), '/a', {}, /The cluster c of the kubeconfig has no server/],
  ['a server that is none', () => ({a: one('ftp://x')}), '/a', {}, /has no usable server: "ftp:\/\/x"/],
];

const withoutPem = () =>
  kubeconfig({
    current: 'a',
    contexts: {a: ['c', 'u']},
    clusters: {c: {'certificate-authority-data': 'eHh4'}},
    users: {u: {exec: {apiVersion: 'client.authentication.k8s.io/v1beta1', command: '/planted'}}},
  });

const yaml = () => `
base: &base {certificate-authority-data: ${btoa(server.ca)}}
current-context: r
contexts: [{name: r, context: {cluster: c, user: r}}]
clusters:
- name: c
  cluster: {<<: *base, server: '${server.url}', insecure-skip-tls-verify: no}
users: [{name: r, user: {token: ${server.tokens.reader}}}]
`;

const test = rigSuite('kubeconfigs, as kubectl reads them', ['apiserver', 'kubectl']);

test.before(async () => {
  server = await sharedApiserver();
});

for (const [name, files, list, options, expected] of cases) {
  test(name, async () => {
    const home = mkdtempSync(join(tmpdir(), 'seldon-usage-kubeconfig-'));
    for (const [file, content] of Object.entries(files())) {
      mkdirSync(dirname(join(home, file)), {recursive: true});
      writeFileSync(join(home, file), content);
    }
    const places = list?.split(':').map((place) => place && join(home, place));
    const env = places ? {KUBECONFIG: places.join(':')} : {};
    const all = {
      ...options,
      ...(options.kubeconfig ? {kubeconfig: join(home, options.kubeconfig)} : {}),
      ...(options.server ? {server: server.url} : {}),
    };
    const [ours, theirs] = await Promise.all([ourWhoami(all, env, home), kubectlWhoami(kubectlFlags(all), env, home)]);
    rmSync(home, {recursive: true});
    if (typeof expected === 'string') {
      assert.equal(ours, theirs);
      assert.is('user' in ours && ours.user, expected);
    } else {
      const error = 'error' in ours ? ours.error : JSON.stringify(ours);
      assert.match(error, expected);
      assert.not.match(error, /planted/);
      assert.ok('error' in theirs, `kubectl succeeds: ${JSON.stringify(theirs)}`);
    }
  });
}

test.run();
