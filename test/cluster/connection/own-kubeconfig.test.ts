import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import * as assert from 'uvu/assert';
import {connect} from '../../../src/cluster/connection/connect.ts';
import type {ConnectionOptions} from '../../../src/cluster/connection/connection.ts';
import {type SharedApiserver, sharedApiserver} from '../../rig/apiserver.ts';
import {rigSuite} from '../../rig/available.ts';
import {type Proxy as ForwardProxy, startProxy} from '../../rig/proxy.ts';
import {temporaryFolder} from './connecting.ts';
import {exec, plugin, says, v1beta1} from './plugins.ts';
import {kubectlWhoami, userOf} from './whoami.ts';

interface World {
  server: SharedApiserver;
  proxy: ForwardProxy;
}

/** What is connected to, and whom the server must see when another program is given that connection. */
type Case = [
  name: string,
  settings: (world: World) => {
    credentials?: Record<string, unknown>;
    cluster?: Record<string, unknown>;
    options?: ConnectionOptions;
    env?: NodeJS.ProcessEnv;
  },
  expected: string,
];

const noCA = {'certificate-authority-data': ''};

const cases: Case[] = [
  ['a token', ({server}) => ({credentials: {token: server.tokens.reader}}), 'reader'],
  ['relative files', () => ({credentials: {'client-certificate': 'admin.crt', 'client-key': 'admin.key'}}), 'admin'],
  ['a relative CA', () => ({cluster: {...noCA, 'certificate-authority': 'ca.crt'}}), 'admin'],
  ['a relative token file', ({server}) => ({credentials: {tokenFile: file(server, 'own-token')}}), 'reader'],
  ['a plugin of v1', ({server}) => ({credentials: {exec: exec(says({token: server.tokens.reader}))}}), 'reader'],
  ['a relative plugin of v1beta1', ({server}) => ({credentials: {exec: relative(server)}}), 'reader'],
  ['--user', () => ({options: {user: 'admin'}}), 'admin'],
  [
    '--server and --tls-server-name',
    ({server}) => ({
      cluster: {server: 'https://127.0.0.1:1'},
      options: {server: server.url, tlsServerName: 'localhost'},
    }),
    'admin',
  ],
  [
    '--insecure-skip-tls-verify',
    () => ({cluster: {'tls-server-name': 'other'}, options: {insecureSkipTlsVerify: true}}),
    'admin',
  ],
  ['--as and --as-group', () => ({options: {as: 'bob', asGroups: ['ops']}}), 'bob'],
  [
    '--token-file',
    ({server}) => ({options: {tokenFile: join(server.directory, file(server, 'given-token'))}}),
    'reader',
  ],
  ['SELDON_USAGE_TOKEN', ({server}) => ({env: {SELDON_USAGE_TOKEN: server.tokens.reader}}), 'reader'],
  [
    'a variable over a token file',
    ({server}) => ({credentials: {tokenFile: 'none'}, env: {SELDON_USAGE_TOKEN: server.tokens.reader}}),
    'reader',
  ],
  [
    'proxy-url',
    ({server, proxy}) => ({
      cluster: {
        server: `https://api.corp.example:${server.port}`,
        'tls-server-name': 'localhost',
        'proxy-url': proxy.url,
      },
    }),
    'admin',
  ],
];

function file({directory, tokens}: SharedApiserver, name: string): string {
  writeFileSync(join(directory, name), tokens.reader);
  return name;
}

function relative({directory, tokens}: SharedApiserver) {
  plugin(says({token: tokens.reader}, v1beta1), join(directory, 'own-plugin'));
  return {apiVersion: v1beta1, command: './own-plugin'};
}

const test = rigSuite<World>('the kubeconfig that other programs are given', ['apiserver', 'kubectl']);

test.before(async (world) => {
  world.server = await sharedApiserver();
  world.proxy = await startProxy({hosts: {'api.corp.example': '127.0.0.1'}});
});
test.after(({proxy}) => proxy.close());

for (const [name, settings, expected] of cases) {
  test(name, async (world) => {
    const {options, env = {}, ...rest} = settings(world);
    const all = {...options, kubeconfig: world.server.kubeconfig(rest)};
    const connection = await connect(all, {env: {PATH: process.env.PATH, ...env}, home: '/nonexistent'});
    const own = join(temporaryFolder(), 'kubeconfig');
    writeFileSync(own, connection.kubeconfig(), {mode: 0o600});
    connection.close();
    const seen = await kubectlWhoami(['--kubeconfig', own], {});
    assert.is(userOf(seen), expected, JSON.stringify(seen));
  });
}

test.run();
