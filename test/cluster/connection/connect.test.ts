import {writeFileSync} from 'node:fs';
import {createServer} from 'node:https';
import {createServer as createRawServer} from 'node:net';
import {join} from 'node:path';
import type {Duplex} from 'node:stream';
import {createServer as createTlsServer, type TLSSocket} from 'node:tls';
import * as assert from 'uvu/assert';
import type {ConnectionOptions} from '../../../src/cluster/connection/connection.ts';
import {type SharedApiserver, sharedApiserver} from '../../rig/apiserver.ts';
import {rigSuite} from '../../rig/available.ts';
import {
  expired,
  type Identity,
  localHosts,
  makeAuthority,
  makeSelfSigned,
  notYetValid,
} from '../../rig/certificates.ts';
import {type Proxy as ForwardProxy, startProxy} from '../../rig/proxy.ts';
import {type Canned, listenOnLoopback, type Route, startScripted, startSilent} from '../../rig/scripted.ts';
import {reviewOf} from './reviews.ts';
import {kubectlFlags, kubectlWhoami, ourWhoami, ourWhoamiApart, userOf} from './whoami.ts';

/** The servers of this file, all with certificates of the cluster's own CA where nothing else is said. */
interface World {
  server: SharedApiserver;
  /** Another CA, whose certificate is in this file. */
  foreign: {cert: string; file: string};
  urls: Record<string, string>;
  proxy: ForwardProxy;
}

interface Settings {
  cluster?: Record<string, unknown>;
  env?: NodeJS.ProcessEnv;
  options?: ConnectionOptions;
}

type Case = [title: string, settings: (world: World) => Settings, expected: string | RegExp];

const noCA = {'certificate-authority-data': ''};
const url =
  (name: string, more: object = {}) =>
  ({urls}: World): Settings => ({cluster: {server: urls[name], ...more}});

const cases: Case[] = [
  ['a trailing slash', ({server}) => ({cluster: {server: `${server.url}/`}}), 'admin'],
  ['a server by name', ({server}) => ({cluster: {server: `https://localhost:${server.port}`}}), 'admin'],
  ['an upper-case scheme', ({server}) => ({cluster: {server: server.url.replace('https', 'HTTPS')}}), 'admin'],
  [
    'a path, as Rancher has it',
    ({urls}) => ({cluster: {server: `${urls.seen}/k8s/clusters/c-m-1`}}),
    'at /k8s/clusters/c-m-1, name none',
  ],
  ['an IPv6 server', url('v6'), 'at , name none'],
  [
    'an IPv6 server behind a proxy',
    ({urls, proxy}) => ({cluster: {server: urls.v6, 'proxy-url': proxy.url}}),
    'at , name none',
  ],
  [
    'the name that is asked for (SNI)',
    ({urls}) => ({cluster: {server: urls.seen?.replace('127.0.0.1', 'localhost')}}),
    'at , name localhost',
  ],
  ['tls-server-name', url('seen', {'tls-server-name': 'localhost'}), 'at , name localhost'],
  [
    'tls-server-name that is an address',
    ({server}) => ({cluster: {server: `https://localhost:${server.port}`, 'tls-server-name': '127.0.0.1'}}),
    'admin',
  ],
  [
    'tls-server-name of another',
    url('seen', {'tls-server-name': 'other.example'}),
    /is for another name.*tls-server-name/s,
  ],
  ['tls-server-name of another address', url('seen', {'tls-server-name': '127.9.9.9'}), /is for another name/],
  [
    '--tls-server-name',
    (w) => ({...url('other')(w), options: {tlsServerName: 'other.example'}}),
    'at , name other.example',
  ],
  ['a certificate for another name', url('other'), /is for another name/],
  [
    'a certificate for another name that is not checked',
    url('other', {...noCA, 'insecure-skip-tls-verify': true}),
    'at , name none',
  ],
  ['a CA as a file', ({server}) => ({cluster: {...noCA, 'certificate-authority': server.caFile}}), 'admin'],
  ['a CA as a relative file', () => ({cluster: {...noCA, 'certificate-authority': 'ca.crt'}}), 'admin'],
  [
    'a CA both ways',
    ({server}) => ({cluster: {'certificate-authority': server.caFile}}),
    /both certificate-authority and/,
  ],
  [
    'a CA that is missing',
    () => ({cluster: {...noCA, 'certificate-authority': 'no.crt'}}),
    /no.crt can't be read \(ENOENT\)/,
  ],
  [
    'a CA that is none',
    () => ({cluster: {'certificate-authority-data': btoa('planted')}}),
    /certificate-authority of the kubeconfig is not a certificate/,
  ],
  [
    'several CAs',
    ({server, foreign}) => ({cluster: {'certificate-authority-data': btoa(`${foreign.cert}\n${server.ca}`)}}),
    'admin',
  ],
  [
    'the CA of another cluster',
    ({foreign}) => ({cluster: {'certificate-authority-data': btoa(foreign.cert)}}),
    /not signed by a CA that is trusted here/,
  ],
  [
    'a CA and no check',
    () => ({cluster: {'insecure-skip-tls-verify': true}}),
    /a certificate-authority and insecure-skip-tls-verify/,
  ],
  ['no CA', () => ({cluster: noCA}), /not signed by a CA that is trusted here/],
  ['no CA, and no check', () => ({cluster: {...noCA, 'insecure-skip-tls-verify': true}}), 'admin'],
  ["no CA, and the system's", ({server}) => ({cluster: noCA, env: {SSL_CERT_FILE: server.caFile}}), 'admin'],
  [
    "a CA, and not the system's besides",
    ({server, foreign}) => ({
      cluster: {'certificate-authority-data': btoa(foreign.cert)},
      env: {SSL_CERT_FILE: server.caFile},
    }),
    /not signed by a CA/,
  ],
  ['a certificate that vouches for itself', url('selfSigned', noCA), /not signed by a CA/],
  ['a certificate that has expired', url('expired'), /has expired; it is \d{4}-.* UTC by this machine's clock/],
  ['a certificate that is not valid yet', url('notYetValid'), /is not valid yet; it is .* clock.*time zone/s],
  ['HTTP where HTTPS is expected', url('plain'), /does not speak TLS.*http:/s],
  [
    'HTTPS where HTTP is expected',
    ({server}) => ({cluster: {server: server.url.replace('https', 'http')}}),
    /speaks HTTPS, and was spoken to by HTTP.*https:/s,
  ],
  ['something else than HTTP', url('garbage'), /does not speak TLS/],
  [
    'something else than HTTP in TLS',
    url('garbageInside'),
    /can't be talked to: what answers there does not speak HTTP/,
  ],
  ['a login page', url('page'), /a web page, not as a Kubernetes API server.*VPN/s],
  ['a login page as an error', url('pageError'), /a web page, not as a Kubernetes API server/],
  ['a redirect to a login page', url('redirect'), /a web page, not as/],
  ['a redirect to elsewhere', url('elsewhere'), /leads elsewhere \(307\)/],
  ['a server that breaks off', url('broken'), /closed the connection in the middle/],
  ['a server that breaks off while it begins', url('dead'), /refuses connections/],
  [
    'a server that is silent',
    (w) => ({...url('silent')(w), options: {requestTimeout: 1_000}}),
    /does not answer.*--request-timeout/s,
  ],
  [
    'a proxy that is silent',
    ({urls}) => ({cluster: {'proxy-url': urls.silentProxy}, options: {requestTimeout: 1_000}}),
    /The proxy .* can't be used: no answer in time/,
  ],
  [
    'an unknown name',
    () => ({cluster: {server: 'https://no-such-host.invalid'}}),
    /The name of the API server .* is unknown|can't be resolved/,
  ],
];

const html = (more: Canned): Canned => ({headers: {'content-type': 'text/html'}, body: '<form>planted', ...more});
const routes: Record<string, Route> = {
  page: html({}),
  pageError: html({status: 503}),
  redirect: html({status: 302, headers: {location: '/login', 'content-type': 'text/html'}}),
  elsewhere: {status: 307, headers: {location: 'https://127.0.0.1:1/'}},
  broken: {destroyAfter: 0},
};

/** Servers that speak no HTTP, or nothing at all. */
async function speechless(urls: Record<string, string>, identity: Identity): Promise<void> {
  const greet = (socket: Duplex) => void socket.on('error', () => {}).end('SSH-2.0-OpenSSH_9.9\r\n');
  const listening = [
    await listenOnLoopback(createRawServer(greet), '127.0.0.1'),
    await listenOnLoopback(createTlsServer(identity, greet), '127.0.0.1'),
    await startSilent(),
  ];
  const [garbage, garbageInside, silent] = listening.map(({port}) => `https://127.0.0.1:${port}`);
  Object.assign(urls, {garbage, garbageInside, silent, silentProxy: silent?.replace('https', 'http')});
  closers.push(...listening.map(({close}) => close));
}

const test = rigSuite<World>('networks, as kubectl meets them', ['apiserver', 'kubectl']);
const closers: (() => Promise<void>)[] = [];

test.before(async (world) => {
  const server = await sharedApiserver();
  const {authority} = server;
  const foreign = await makeAuthority('another authority');
  const file = join(server.directory, 'foreign.crt');
  writeFileSync(file, foreign.cert);
  const listen = async (identity: Identity | undefined, address: '127.0.0.1' | '::1' = '127.0.0.1') => {
    const see = reviewOf(
      ({url = '', socket}) => `at ${url.replace(/\/apis\/.*/, '')}, name ${(socket as TLSSocket).servername || 'none'}`,
    );
    const {port, close} = await listenOnLoopback(createServer({...identity}, see), address);
    closers.push(close);
    return `https://${address === '::1' ? '[::1]' : address}:${port}`;
  };
  const urls: Record<string, string> = {
    seen: await listen(await authority.server()),
    v6: await listen(await authority.server(), '::1'),
    other: await listen(await authority.server({hosts: ['other.example']})),
    selfSigned: await listen(await makeSelfSigned({hosts: localHosts})),
    expired: await listen(await authority.server(expired)),
    notYetValid: await listen(await authority.server(notYetValid)),
    dead: 'https://127.0.0.1:1',
  };
  for (const [name, route] of Object.entries(routes)) {
    const scripted = await startScripted({routes: {'*': route}, tls: await authority.server()});
    closers.push(scripted.close);
    urls[name] = scripted.url;
  }
  Object.assign(world, {server, urls, foreign: {cert: foreign.cert, file}, proxy: await startProxy()});
  closers.push(world.proxy.close);
  const plain = await startScripted({routes: {}, tls: false});
  closers.push(plain.close);
  urls.plain = plain.url.replace('http', 'https');
  await speechless(urls, await authority.server());
});
test.after(async () => {
  await Promise.all(closers.map((close) => close()));
});

for (const [title, settings, expected] of cases) {
  test(title, async (world) => {
    const {cluster = {}, env = {}, options} = settings(world);
    const all = {...options, kubeconfig: world.server.kubeconfig({cluster})};
    const ask = env.SSL_CERT_FILE ? ourWhoamiApart : ourWhoami;
    const timeout = options?.requestTimeout ? [`--request-timeout=${options.requestTimeout}ms`] : [];
    const [ours, theirs] = await Promise.all([ask(all, env), kubectlWhoami([...kubectlFlags(all), ...timeout], env)]);
    if (typeof expected === 'string') {
      assert.equal(ours, theirs);
      assert.is(userOf(ours), expected);
    } else {
      const told = 'error' in ours ? ours.error : JSON.stringify(ours);
      assert.match(told, expected, told);
      assert.not.match(JSON.stringify(ours), /planted|BUG/);
      assert.ok('error' in theirs, `kubectl succeeds: ${JSON.stringify(theirs)}`);
    }
  });
}

test.run();
