import * as assert from 'uvu/assert';
import type {ConnectionOptions} from '../../../src/cluster/connection/connection.ts';
import {type SharedApiserver, sharedApiserver} from '../../rig/apiserver.ts';
import {rigSuite} from '../../rig/available.ts';
import {makeAuthority} from '../../rig/certificates.ts';
import {type Proxy as ForwardProxy, startProxy, startSocksProxy} from '../../rig/proxy.ts';
import {type Scripted, startScripted} from '../../rig/scripted.ts';
import {reviewOf} from './reviews.ts';
import {kubectlFlags, kubectlWhoami, ourWhoami, userOf} from './whoami.ts';

/** A name that only the proxies know. */
const name = 'api.corp.example';
const auth = {username: 'jane', password: 'planted-p@ss'};
const encoded = 'jane:planted-p%40ss';

interface World {
  server: SharedApiserver;
  /** Answers without TLS whether credentials came with the request. */
  plain: Scripted;
  proxies: Record<
    'http' | 'tls' | 'foreign' | 'socks' | 'auth' | 'socksAuth' | 'refusing' | 'socksRefusing',
    ForwardProxy
  >;
}

/**
 * The `cluster` entry and the environment, whom the server must see or what we must say, and what the proxy was asked
 * for: `name:` stands for the name and the server's port.
 */
type Case = [
  title: string,
  settings: (world: World) => {
    cluster?: Record<string, unknown> | undefined;
    env?: NodeJS.ProcessEnv;
    options?: ConnectionOptions;
  },
  expected: string | RegExp,
  asked: [keyof World['proxies'], host: string] | undefined,
];

const named = ({server}: World) => ({server: `https://${name}:${server.port}`, 'tls-server-name': 'localhost'});
const withUser = ({url}: ForwardProxy, user = encoded) => url.replace('//', `//${user}@`);

const cases: Case[] = [
  ['proxy-url http', ({proxies}) => ({cluster: {'proxy-url': proxies.http.url}}), 'admin', ['http', '127.0.0.1']],
  [
    'proxy-url http, by name',
    (w) => ({cluster: {...named(w), 'proxy-url': w.proxies.http.url}}),
    'admin',
    ['http', name],
  ],
  [
    'proxy-url with a path',
    ({proxies}) => ({cluster: {'proxy-url': `${proxies.http.url}/`}}),
    'admin',
    ['http', '127.0.0.1'],
  ],
  ['proxy-url https', ({proxies}) => ({cluster: {'proxy-url': proxies.tls.url}}), 'admin', ['tls', '127.0.0.1']],
  [
    'proxy-url https that is not trusted',
    ({proxies}) => ({cluster: {'proxy-url': proxies.foreign.url}}),
    /The proxy https:\/\/127.0.0.1:\d+ can't be used: .*(SIGNATURE|ISSUER|SIGNED)/,
    undefined,
  ],
  ['proxy-url socks5', ({proxies}) => ({cluster: {'proxy-url': proxies.socks.url}}), 'admin', ['socks', '127.0.0.1']],
  [
    'proxy-url socks5, by name',
    (w) => ({cluster: {...named(w), 'proxy-url': w.proxies.socks.url}}),
    'admin',
    ['socks', name],
  ],
  [
    'proxy-url with a user',
    ({proxies}) => ({cluster: {'proxy-url': withUser(proxies.auth)}}),
    'admin',
    ['auth', '127.0.0.1'],
  ],
  [
    'proxy-url socks5 with a user',
    ({proxies}) => ({cluster: {'proxy-url': withUser(proxies.socksAuth)}}),
    'admin',
    ['socksAuth', '127.0.0.1'],
  ],
  [
    'a proxy that wants a user',
    ({proxies}) => ({cluster: {'proxy-url': proxies.auth.url}}),
    /does not accept this user and password, or asks for some.*\nPut them into proxy-url of the kubeconfig: http:\/\/USER:PASSWORD@/,
    ['auth', '127.0.0.1'],
  ],
  [
    'a proxy that knows another user',
    ({proxies}) => ({cluster: {'proxy-url': withUser(proxies.auth, 'jane:planted')}}),
    /does not accept this user/,
    ['auth', '127.0.0.1'],
  ],
  [
    'a SOCKS proxy that knows another user',
    ({proxies}) => ({cluster: {'proxy-url': withUser(proxies.socksAuth, 'jane:planted')}}),
    /The proxy socks5:\/\/127.0.0.1:\d+ can't be used: .*[Aa]uthentication/,
    ['socksAuth', ''],
  ],
  [
    'a proxy that refuses',
    ({proxies}) => ({cluster: {'proxy-url': proxies.refusing.url}}),
    /refuses to connect to 127.0.0.1:\d+ \(403\)/,
    ['refusing', '127.0.0.1'],
  ],
  [
    'a SOCKS proxy that refuses',
    ({proxies}) => ({cluster: {'proxy-url': proxies.socksRefusing.url}}),
    /can't be used: .*NotAllowed/,
    ['socksRefusing', '127.0.0.1'],
  ],
  [
    'a proxy that is not there',
    () => ({cluster: {'proxy-url': 'http://planted:planted@127.0.0.1:1'}}),
    /The proxy http:\/\/127.0.0.1:1 can't be used: ECONNREFUSED.*\nIt is named by proxy-url/,
    undefined,
  ],
  [
    'a SOCKS proxy that is not there',
    () => ({cluster: {'proxy-url': 'socks5://planted:planted@127.0.0.1:1'}}),
    /The proxy socks5:\/\/127.0.0.1:1 can't be used/,
    undefined,
  ],
  [
    'a proxy that is an API server',
    ({server}) => ({cluster: {'proxy-url': server.url}}),
    /refuses to connect|can't be used/,
    undefined,
  ],
  [
    'proxy-url without scheme',
    () => ({cluster: {'proxy-url': 'planted:planted@proxy.example:3128'}}),
    /proxy-url of the kubeconfig does not name a usable proxy: .*proxy.example:3128/,
    undefined,
  ],
  ['proxy-url ftp', () => ({cluster: {'proxy-url': 'ftp://proxy.example'}}), /does not name a usable proxy/, undefined],
  [
    'proxy-url whatever NO_PROXY says',
    ({proxies}) => ({cluster: {'proxy-url': proxies.http.url}, env: {NO_PROXY: '*'}}),
    'admin',
    ['http', '127.0.0.1'],
  ],
  [
    'proxy-url over HTTPS_PROXY',
    (w) => ({cluster: {...named(w), 'proxy-url': w.proxies.http.url}, env: {HTTPS_PROXY: w.proxies.refusing.url}}),
    'admin',
    ['http', name],
  ],
  [
    'proxy-url and --insecure-skip-tls-verify',
    (w) => ({cluster: {...named(w), 'proxy-url': w.proxies.foreign.url}, options: {insecureSkipTlsVerify: true}}),
    'admin',
    ['foreign', name],
  ],
  ['HTTPS_PROXY', (w) => ({cluster: named(w), env: {HTTPS_PROXY: w.proxies.http.url}}), 'admin', ['http', name]],
  ['https_proxy', (w) => ({cluster: named(w), env: {https_proxy: w.proxies.http.url}}), 'admin', ['http', name]],
  [
    'HTTPS_PROXY before https_proxy',
    (w) => ({cluster: named(w), env: {HTTPS_PROXY: w.proxies.http.url, https_proxy: w.proxies.refusing.url}}),
    'admin',
    ['http', name],
  ],
  [
    'HTTPS_PROXY without scheme',
    (w) => ({cluster: named(w), env: {HTTPS_PROXY: w.proxies.http.url.slice(7)}}),
    'admin',
    ['http', name],
  ],
  [
    'HTTPS_PROXY socks5',
    (w) => ({cluster: named(w), env: {HTTPS_PROXY: w.proxies.socks.url}}),
    'admin',
    ['socks', name],
  ],
  [
    'HTTPS_PROXY https',
    (w) => ({cluster: named(w), env: {HTTPS_PROXY: w.proxies.tls.url.replace('127.0.0.1', 'localhost')}}),
    'admin',
    ['tls', name],
  ],
  ['HTTPS_PROXY and this machine itself', (w) => ({env: {HTTPS_PROXY: w.proxies.refusing.url}}), 'admin', undefined],
  [
    'HTTPS_PROXY that refuses',
    (w) => ({cluster: named(w), env: {HTTPS_PROXY: w.proxies.refusing.url}}),
    /refuses to connect.*\nIt is named by HTTPS_PROXY; NO_PROXY excepts servers from it/,
    ['refusing', name],
  ],
  [
    'HTTP_PROXY for a server with TLS',
    (w) => ({cluster: named(w), env: {HTTP_PROXY: w.proxies.http.url}}),
    /The name of the API server .* is unknown|can't be resolved/,
    undefined,
  ],
  [
    'NO_PROXY that excepts the server',
    (w) => ({cluster: named(w), env: {HTTPS_PROXY: w.proxies.http.url, NO_PROXY: 'corp.example'}}),
    /The name of the API server .* is unknown|can't be resolved/,
    undefined,
  ],
  [
    'NO_PROXY that excepts another',
    (w) => ({cluster: named(w), env: {HTTPS_PROXY: w.proxies.http.url, NO_PROXY: '.other.example,10.0.0.0/8'}}),
    'admin',
    ['http', name],
  ],
  [
    'HTTP_PROXY for a server without TLS',
    ({plain, proxies}) => ({cluster: bare(`http://${name}:${plain.port}`), env: {HTTP_PROXY: proxies.http.url}}),
    'without credentials',
    ['http', name],
  ],
  [
    'proxy-url socks5 for a server without TLS',
    ({plain, proxies}) => ({cluster: {...bare(`http://${name}:${plain.port}`), 'proxy-url': proxies.socks.url}}),
    'without credentials',
    ['socks', name],
  ],
];

/** A cluster without TLS has no CA. */
const bare = (server: string) => ({server, 'certificate-authority-data': ''});

const test = rigSuite<World>('proxies, as kubectl uses them', ['apiserver', 'kubectl']);

test.before(async (world) => {
  world.server = await sharedApiserver();
  const {authority} = world.server;
  world.plain = await startScripted({
    tls: false,
    routes: {'*': reviewOf(({headers}) => (headers.authorization ? 'with credentials' : 'without credentials'))},
  });
  const hosts = {[name]: '127.0.0.1'};
  const foreign = await makeAuthority();
  world.proxies = {
    http: await startProxy({hosts}),
    tls: await startProxy({hosts, tls: await authority.server()}),
    foreign: await startProxy({hosts, tls: await foreign.server()}),
    socks: await startSocksProxy({hosts}),
    auth: await startProxy({hosts, auth}),
    socksAuth: await startSocksProxy({hosts, auth}),
    refusing: await startProxy({refuse: 403}),
    socksRefusing: await startSocksProxy({refuse: 2}),
  };
});
test.after(async ({plain, proxies}) => {
  await Promise.all([plain, ...Object.values(proxies)].map((each) => each.close()));
});

for (const [title, settings, expected, asked] of cases) {
  test(title, async (world) => {
    const {cluster = {}, env = {}, options} = settings(world);
    const all = {...options, kubeconfig: world.server.kubeconfig({cluster})};
    const requests = () => Object.values(world.proxies).flatMap((proxy) => proxy.requests);
    for (const proxy of Object.values(world.proxies)) proxy.requests.length = 0;
    const ours = await ourWhoami(all, env);
    const targets = requests().map(({target}) => target);
    const theirs = await kubectlWhoami(kubectlFlags(all), env);
    const [wanted] = asked ? world.proxies[asked[0]].requests : [];
    assert.is(targets.length > 0, asked !== undefined, `asked of proxies: ${targets}; ${JSON.stringify(ours)}`);
    if (asked && typeof expected === 'string') {
      assert.ok(wanted?.target.includes(asked[1]));
      assert.ok(targets.every((target) => target === wanted?.target || target.includes(asked[1])));
    }
    if (typeof expected === 'string') {
      assert.equal(ours, theirs);
      assert.is(userOf(ours), expected);
    } else {
      const told = JSON.stringify(ours).replaceAll('\\n', '\n');
      assert.match(told, expected);
      assert.not.match(told, /planted|BUG/);
      assert.ok('error' in theirs, `kubectl succeeds: ${JSON.stringify(theirs)}`);
    }
  });
}

test.run();
