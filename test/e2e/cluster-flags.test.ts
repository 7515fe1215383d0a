import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {runBuilt} from '../cluster/built-program.ts';
import {temporaryFolder} from '../cluster/connection/connecting.ts';
import {exec, says} from '../cluster/connection/plugins.ts';
import {type KubeconfigOptions, type SharedApiserver, sharedApiserver} from '../rig/apiserver.ts';
import {rigSuite} from '../rig/available.ts';
import {startProxy, startSocksProxy} from '../rig/proxy.ts';

interface World {
  server: SharedApiserver;
  proxy: string;
  socks: string;
}

/** Kubeconfig, flags, environment, and what `id` says: `user` of its JSON, or a line on standard error. */
type Case = [
  name: string,
  settings: (world: World) => {kubeconfig?: KubeconfigOptions; args?: string[]; env?: NodeJS.ProcessEnv},
  expected: string | RegExp,
];

const hosts = {'api.corp.example': '127.0.0.1'};
const named = ({server}: World) => ({
  server: `https://api.corp.example:${server.port}`,
  'tls-server-name': 'localhost',
});

const cases: Case[] = [
  ['the kubeconfig alone', () => ({}), 'admin'],
  ['--user', () => ({args: ['--user', 'admin']}), 'admin'],
  ['--user that is none', () => ({args: ['--user', 'x']}), /^Error: No kubeconfig defines the user x\./],
  ['--cluster that is none', () => ({args: ['--cluster', 'x']}), /^Error: No kubeconfig defines the cluster x\./],
  [
    '--context that is none',
    () => ({args: ['--context', 'x']}),
    /^Error: There is no context x\.\n {2}The contexts are: rig\./,
  ],
  ['--server', ({server}) => ({kubeconfig: {server: 'https://127.0.0.1:1'}, args: ['--server', server.url]}), 'admin'],
  ['--tls-server-name', () => ({args: ['--tls-server-name', 'localhost']}), 'admin'],
  [
    '--tls-server-name of another',
    () => ({args: ['--tls-server-name', 'other']}),
    /^Error: The certificate .* is for another name/,
  ],
  [
    '--insecure-skip-tls-verify',
    () => ({args: ['--insecure-skip-tls-verify']}),
    /^Warning: The certificate of the API server is not checked: .*\n$/,
  ],
  [
    '--as and --as-group',
    () => ({args: ['--as', 'bob', '--as-group', 'a', '--as-group', 'system:masters']}),
    'admin as bob',
  ],
  [
    '--as-group without --as',
    () => ({args: ['--as-group', 'a']}),
    /^Error: The user admin impersonates groups without a user\.\n {2}Name the user with --as\./,
  ],
  [
    '--token',
    () => ({args: ['--token', 'planted']}),
    /^Error: --token: A secret in a flag is seen .*\n {2}Put the token into a file and name it with --token-file/,
  ],
  ['--token-file', ({server}) => ({kubeconfig: {user: 'nobody'}, args: ['--token-file', fileOf(server)]}), /^$/],
  [
    '--token-file that is missing',
    () => ({args: ['--token-file', 'none']}),
    /^Error: The token file .*none can't be read \(ENOENT\)/,
  ],
  [
    'SELDON_USAGE_TOKEN',
    ({server}) => ({kubeconfig: {user: 'nobody'}, env: {SELDON_USAGE_TOKEN: server.tokens.admin}}),
    '(token of SELDON_USAGE_TOKEN)',
  ],
  ['a plugin', ({server}) => ({kubeconfig: {credentials: {exec: exec(says({token: server.tokens.admin}))}}}), 'admin'],
  ['proxy-url', (w) => ({kubeconfig: {cluster: {...named(w), 'proxy-url': w.proxy}}}), 'admin'],
  ['proxy-url socks5', (w) => ({kubeconfig: {cluster: {...named(w), 'proxy-url': w.socks}}}), 'admin'],
  ['HTTPS_PROXY', (w) => ({kubeconfig: {cluster: named(w)}, env: {HTTPS_PROXY: w.proxy}}), 'admin'],
];

function fileOf({tokens}: SharedApiserver): string {
  const path = join(temporaryFolder(), 'token');
  writeFileSync(path, tokens.admin);
  return path;
}

const test = rigSuite<World>('the flags about the cluster');
const proxies = await Promise.all([startProxy({hosts}), startSocksProxy({hosts})]);

test.before(async (world) => {
  world.server = await sharedApiserver();
  [world.proxy, world.socks] = proxies.map(({url}) => url) as [string, string];
});
test.after(async () => {
  await Promise.all(proxies.map(({close}) => close()));
});

for (const [name, settings, expected] of cases) {
  test(name, async (world) => {
    const {kubeconfig = {}, args = [], env = {}} = settings(world);
    const all = ['collect', '--kubeconfig', world.server.kubeconfig(kubeconfig), ...args];
    const {stdout, stderr, status} = await runBuilt(all, env, temporaryFolder());
    if (expected instanceof RegExp) assert.match(stderr, expected);
    const isError = expected instanceof RegExp && expected.source.startsWith('^Error');
    assert.is(status === 0, !isError, stderr);
    if (!isError) assert.match(JSON.parse(stdout).masterVersion, /^v1\./);
    if (isError) return;
    const {stdout: id} = await runBuilt(['id', '--json', ...all.slice(1)], env, temporaryFolder());
    if (typeof expected === 'string') assert.is(JSON.parse(id).cluster.user, expected);
  });
}

test.run();
