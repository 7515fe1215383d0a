// What the conformance table is run against: a real API server, servers of every certificate, and a proxy that tells
// which address it was asked for.
import {mkdirSync, mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {createServer, type Server as HttpsServer} from 'node:https';
import {type AddressInfo, createServer as createRawServer, type Server} from 'node:net';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import type {ConnectionOptions} from '../../../../src/cluster/connection/connection.ts';
import {type SharedApiserver, sharedApiserver} from '../../../rig/apiserver.ts';
import {reviewOf} from '../reviews.ts';
import {kubectlFlags, kubectlWhoami, ourWhoami, type Seen} from '../whoami.ts';
import {type Issued, issue} from './chains.ts';

export interface World {
  readonly server: SharedApiserver;
  /** Signed by the API server's client CA. */
  readonly clients: Record<'rsa' | 'ec' | 'other', {cert: string; key: string}>;
  readonly certs: Record<CertName, Issued>;
  /** Servers by what they present. */
  readonly urls: Record<string, string>;
  readonly close: () => unknown;
}

const certNames = [
  'root',
  'high',
  'low',
  'leaf',
  'short',
  'shortRoot',
  'underShort',
  'sha1Root',
  'underSha1',
  'ed',
  'rsa',
  'pinned',
  'otherName',
  'rootB',
  'lowByB',
  'expiredLow',
  'underExpired',
  'expiredLeaf',
  'short1024Client',
  'edClient',
  'rsaClient',
] as const;
export type CertName = (typeof certNames)[number];

/** What differs from a kubeconfig that works: fields of the cluster and the user, or the whole text, files and variables. */
export interface Setting {
  cluster?: Record<string, unknown>;
  user?: Record<string, unknown>;
  /** In place of the kubeconfig that is made of the two. */
  text?: string | Buffer;
  /** More files, by their names beside the kubeconfig. */
  files?: Record<string, string | Buffer>;
  /** Variables; `=` at the beginning of a value (or after a colon) stands for the kubeconfig's folder. */
  env?: Record<string, string>;
  options?: ConnectionOptions;
}

/** What somebody saw, and which addresses the recording proxy was asked for. */
export interface Outcome {
  readonly seen: Seen;
  readonly dialled: readonly string[];
}

export const base64 = (text: string) => Buffer.from(text).toString('base64');

export async function makeWorld(): Promise<World> {
  const server = await sharedApiserver();
  const root = await issue('root', {ca: true});
  const rootB = await issue('root b', {ca: true});
  const high = await issue('high', {ca: true, by: root});
  const low = await issue('low', {ca: true, by: high});
  const shortRoot = await issue('short root', {ca: true, kind: 'rsa1024'});
  const sha1Root = await issue('sha1 root', {ca: true, kind: 'sha1'});
  const expiredLow = await issue('expired', {ca: true, by: root, ends: -1});
  const certs: Record<CertName, Issued> = {
    root,
    rootB,
    high,
    low,
    shortRoot,
    sha1Root,
    expiredLow,
    leaf: await issue('leaf', {by: low}),
    lowByB: await issue('low', {ca: true, by: rootB, like: low}),
    short: await issue('short', {kind: 'rsa1024'}),
    underShort: await issue('under short', {by: shortRoot, kind: 'rsa'}),
    underSha1: await issue('under sha1', {by: sha1Root, kind: 'rsa'}),
    ed: await issue('ed', {kind: 'ed25519'}),
    rsa: await issue('rsa', {kind: 'rsa'}),
    pinned: await issue('pinned'),
    otherName: await issue('other name', {hosts: ['other.example']}),
    underExpired: await issue('under expired', {by: expiredLow}),
    expiredLeaf: await issue('expired leaf', {ends: -1}),
    short1024Client: await issue('short client', {kind: 'rsa1024'}),
    edClient: await issue('ed client', {kind: 'ed25519'}),
    rsaClient: await issue('rsa client', {kind: 'rsa'}),
  };
  const ec = await server.authority.client({user: 'jane', groups: ['devs']});
  const clients = {ec, rsa: certs.rsaClient, other: await server.authority.client({user: 'joe'})};
  const servers: Record<string, string> = {
    chain: certs.leaf.cert + low.cert + high.cert,
    lone: certs.leaf.cert,
    cross: certs.leaf.cert + low.cert + certs.lowByB.cert,
    underExpired: certs.underExpired.cert + expiredLow.cert,
  };
  const keys: Record<string, Issued> = {chain: certs.leaf, lone: certs.leaf, cross: certs.leaf};
  for (const name of certNames) if (!certs[name].name.includes('client')) servers[name] ??= certs[name].cert;
  const urls: Record<string, string> = {};
  const open: (Server | HttpsServer)[] = [];
  for (const [name, cert] of Object.entries(servers)) {
    const {key} = keys[name] ?? certs[name as CertName];
    const listener = createServer(
      {cert, key, requestCert: true, rejectUnauthorized: false, ciphers: 'DEFAULT@SECLEVEL=0'},
      reviewOf((request) => {
        const peer = (request.socket as import('node:tls').TLSSocket).getPeerCertificate();
        const {authorization = 'none'} = request.headers;
        return `${name} ${request.url?.replace(/\/apis.*/, '')} ${authorization} ${peer?.subject?.CN ?? 'nobody'}`;
      }),
    );
    await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
    urls[name] = `https://127.0.0.1:${(listener.address() as AddressInfo).port}`;
    open.push(listener);
  }
  return {server, clients, certs, urls, close: () => open.map((each) => each.close())};
}

/** Runs one setting by the program and by kubectl, each with a proxy of its own that refuses and tells what it was asked. */
export async function both(world: World, setting: Setting): Promise<{ours: Outcome; theirs: Outcome}> {
  const [ours, theirs] = await Promise.all([outcome(world, setting, false), outcome(world, setting, true)]);
  return {ours, theirs};
}

async function outcome(world: World, setting: Setting, byKubectl: boolean): Promise<Outcome> {
  const home = mkdtempSync(join(tmpdir(), 'seldon-usage-conformance-'));
  const dialled: string[] = [];
  const proxy = createRawServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', (data) => {
      const [, , target = ''] = /^(\S+) (\S+)/.exec(data.toString('latin1')) ?? [];
      dialled.push(target);
      socket.end('HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\nConnection: close\r\n\r\n');
    });
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const port = (proxy.address() as AddressInfo).port;
  const fit = (text: string) => text.replaceAll('PROXY', `127.0.0.1:${port}`).replaceAll('HOME', home);
  const write = (name: string, content: string | Buffer) => {
    mkdirSync(dirname(join(home, name)), {recursive: true});
    writeFileSync(join(home, name), content, {mode: 0o600});
  };
  try {
    for (const [name, content] of Object.entries(setting.files ?? {})) write(name, content);
    const text = setting.text ?? configOf(world, setting);
    write('config', typeof text === 'string' ? fit(text) : text);
    const env = Object.fromEntries(Object.entries(setting.env ?? {}).map(([name, value]) => [name, fit(value)]));
    const options = JSON.parse(
      fit(JSON.stringify({kubeconfig: join(home, 'config'), ...setting.options})),
    ) as ConnectionOptions;
    const seen = await (byKubectl ? kubectlWhoami(kubectlFlags(options), env, home) : ourWhoami(options, env, home));
    return {seen, dialled: [...new Set(dialled)]};
  } finally {
    proxy.close();
    rmSync(home, {recursive: true, force: true});
  }
}

/** One context, cluster and user, as JSON, which is YAML too. */
export function configOf({server}: World, {cluster = {}, user}: Setting): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'x',
    contexts: [{name: 'x', context: {cluster: 'c', user: 'u'}}],
    clusters: [{name: 'c', cluster: {server: server.url, 'certificate-authority-data': base64(server.ca), ...cluster}}],
    users: [{name: 'u', user: user ?? {token: server.tokens.reader}}],
  });
}
