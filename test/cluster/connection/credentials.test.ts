import {mkdirSync, writeFileSync} from 'node:fs';
import {basename, join} from 'node:path';
import * as assert from 'uvu/assert';
import type {ConnectionOptions} from '../../../src/cluster/connection/connection.ts';
import {type SharedApiserver, sharedApiserver} from '../../rig/apiserver.ts';
import {rigSuite} from '../../rig/available.ts';
import {kubectlFlags, kubectlWhoami, ourWhoami} from './whoami.ts';

type Server = SharedApiserver & {file(name: string, content: string, mode?: number): string};

/** The `user` entry, whom the server must see (or what our sentence says), and more options. */
type Case = [
  name: string,
  credentials: (server: Server) => Record<string, unknown>,
  expected: string | RegExp,
  options?: ConnectionOptions,
];

const base64 = (text: string) => Buffer.from(text).toString('base64');

const cases: Case[] = [
  ['a token', ({tokens}) => ({token: tokens.reader}), 'reader'],
  ['a wrong token', () => ({token: 'planted-wrong'}), /does not accept the credentials of the user .*401/],
  ['no credentials at all', () => ({}), /may not|forbids|401/],
  ['a token of another type', () => ({token: 12345}), /the field token, which is not what it should be: a string/],
  ['a token with a line break', ({tokens}) => ({token: `${tokens.reader}\n`}), /characters that no token can have/],
  ['a token file', ({tokens, file}) => ({tokenFile: file('token', `${tokens.reader}\n`)}), 'reader'],
  ['a relative token file', ({tokens, file}) => ({tokenFile: basename(file('beside', tokens.reader))}), 'reader'],
  ['a missing token file', () => ({tokenFile: 'no-such-token'}), /token file .*no-such-token can't be read \(ENOENT\)/],
  ['an empty token file', ({file}) => ({tokenFile: file('empty-token', '')}), /token file .* is empty/],
  ['a token and a token file', (s) => ({token: s.tokens.nobody, tokenFile: s.file('t2', s.tokens.reader)}), 'reader'],
  ['a token and a missing file', (s) => ({token: s.tokens.reader, tokenFile: '/nonexistent/t'}), 'reader'],
  ['a certificate by files', (s) => ({'client-certificate': s.adminCertFile, 'client-key': s.adminKeyFile}), 'admin'],
  [
    'a certificate by relative files',
    () => ({'client-certificate': 'admin.crt', 'client-key': './admin.key'}),
    'admin',
  ],
  [
    'an inline certificate',
    (s) => ({'client-certificate-data': base64(s.adminCert), 'client-key-data': base64(s.adminKey)}),
    'admin',
  ],
  [
    'an inline certificate and a key file',
    (s) => ({'client-certificate-data': base64(s.adminCert), 'client-key': s.adminKeyFile}),
    'admin',
  ],
  [
    'a certificate both ways',
    (s) => ({
      'client-certificate-data': base64(s.adminCert),
      'client-certificate': s.adminCertFile,
      'client-key': s.adminKeyFile,
    }),
    /both client-certificate and client-certificate-data/,
  ],
  ['a certificate without its key', (s) => ({'client-certificate': s.adminCertFile}), /without its key/],
  [
    'a missing certificate',
    (s) => ({'client-certificate': 'none.crt', 'client-key': s.adminKeyFile}),
    /client-certificate .*none\.crt can't be read \(ENOENT\)/,
  ],
  [
    'a certificate that is none',
    (s) => ({'client-certificate': s.file('rubbish.crt', 'planted rubbish'), 'client-key': s.adminKeyFile}),
    /client certificate and its key can't be used/,
  ],
  [
    'data that is no base64',
    (s) => ({'client-certificate-data': '%%%', 'client-key': s.adminKeyFile}),
    /client-certificate-data, which is not what it should be: a base64 value/,
  ],
  ['a password that nobody has', () => ({username: 'jane', password: 'planted'}), /may not|forbids|401/],
  ['a token and a password', (s) => ({token: s.tokens.reader, username: 'j', password: 'p'}), /a token and a password/],
  [
    'a token and a certificate',
    (s) => ({token: s.tokens.reader, 'client-certificate': s.adminCertFile, 'client-key': s.adminKeyFile}),
    'admin',
  ],
  [
    'impersonation by the kubeconfig',
    (s) => ({token: s.tokens.admin, as: 'jane', 'as-groups': ['a', 'b']}),
    'jane: a, b, system:authenticated',
  ],
  [
    'impersonation of more',
    (s) => ({token: s.tokens.admin, as: 'jäne', 'as-uid': '7', 'as-user-extra': {'example.org/Scope%': ['x', 'y']}}),
    'jäne: system:authenticated',
  ],
  [
    'impersonation by flags',
    (s) => ({token: s.tokens.admin}),
    'bob: ops, system:authenticated',
    {as: 'bob', asGroup: ['ops']},
  ],
  ['impersonation that is forbidden', (s) => ({token: s.tokens.reader}), /forbids|may not/, {as: 'bob'}],
  [
    'groups without a user',
    (s) => ({token: s.tokens.admin, 'as-groups': ['ops']}),
    /impersonates groups without a user/,
  ],
  [
    'the auth-provider gcp',
    () => ({'auth-provider': {name: 'gcp', config: {'access-token': 'planted'}}}),
    /gke-gcloud-auth-plugin/,
  ],
  ['the auth-provider azure', () => ({'auth-provider': {name: 'azure'}}), /kubelogin/],
  [
    'an unknown auth-provider',
    () => ({'auth-provider': {name: 'other'}}),
    /auth-provider other, which kubectl 1.26 removed/,
  ],
  ['a field that is null', ({tokens}) => ({token: tokens.reader, exec: null, username: null}), 'reader'],
];

const test = rigSuite<{server: Server}>('credentials, as kubectl has them', ['apiserver', 'kubectl']);

test.before(async (context) => {
  const server = await sharedApiserver();
  const file = (name: string, content: string, mode = 0o600) => {
    const path = join(server.directory, name);
    mkdirSync(join(path, '..'), {recursive: true});
    writeFileSync(path, content, {mode});
    return path;
  };
  context.server = {...server, file};
});

for (const [name, credentials, expected, options = {}] of cases) {
  test(name, async ({server}) => {
    const all = {...options, kubeconfig: server.kubeconfig({user: 'admin', credentials: credentials(server)})};
    const [ours, theirs] = await Promise.all([ourWhoami(all, {}), kubectlWhoami(kubectlFlags(all), {})]);
    if (expected instanceof RegExp) {
      assert.match('error' in ours ? ours.error : JSON.stringify(ours), expected);
      assert.ok('error' in theirs, `kubectl succeeds: ${JSON.stringify(theirs)}`);
    } else {
      assert.equal(ours, theirs);
      assert.is(
        'user' in ours && (expected.includes(':') ? `${ours.user}: ${ours.groups.join(', ')}` : ours.user),
        expected,
      );
    }
  });
}

test.run();
