// A real kube-apiserver with a private etcd on a free loopback port. No controllers run: a Node or a Deployment stays
// as it was written, and a deleted namespace stays in Terminating.
import {randomBytes} from 'node:crypto';
import {mkdirSync, mkdtempSync, readFileSync, writeFileSync} from 'node:fs';
import {rm} from 'node:fs/promises';
import {Agent} from 'node:https';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {identityFlags} from './apiserver-flags.ts';
import {type Authority, makeAuthority} from './certificates.ts';
import {freeze, thaw} from './freeze.ts';
import {writeKubeconfig} from './kubeconfig.ts';
import {freePort} from './ports.ts';
import {allowInCluster, type PolicyRule} from './rbac.ts';
import {type Answer, requestJson} from './request.ts';
import {type ServerProcess, startProcess} from './server-process.ts';
import {kubeApiserver} from './toolchain.ts';
import {startWatchdog} from './watchdog.ts';

export interface ApiserverOptions {
  /** Users with a token besides admin, reader and nobody, and their groups. */
  users?: Record<string, string[]>;
  /** The loopback address to listen on. */
  address?: '127.0.0.1' | '::1';
  /** More flags of kube-apiserver. */
  flags?: string[];
}

export interface RequestOptions {
  /** The admin's if none is given; the empty string for none at all. */
  token?: string;
  headers?: Record<string, string>;
}

export interface KubeconfigOptions {
  /** A user with a token, or `certificate` for the admin's client certificate. */
  user?: string;
  /** The `user` entry itself, in place of those of the user. */
  credentials?: Record<string, unknown>;
  context?: string;
  namespace?: string;
  server?: string;
  /** More fields of the `cluster` entry. */
  cluster?: Record<string, unknown>;
}

export interface SharedApiserver {
  url: string;
  port: number;
  /** A private directory that is gone when the server is. */
  directory: string;
  ca: string;
  caFile: string;
  /** Signs more clients, whom the server then knows: `authority.client({user: 'jane', groups: ['devs']})`. */
  authority: Authority;
  /** admin: system:masters. reader: may list nodes. nobody: may do nothing. And those of the options. */
  tokens: Record<'admin' | 'reader' | 'nobody', string> & Record<string, string>;
  /** The admin's client certificate, as PEM and as files. */
  adminCert: string;
  adminKey: string;
  adminCertFile: string;
  adminKeyFile: string;
  /** Writes a kubeconfig and answers its path. */
  kubeconfig(options?: KubeconfigOptions): string;
  /** One request, answered whatever its status. */
  request(method: string, path: string, body?: unknown, options?: RequestOptions): Promise<Answer>;
  /** Grants rules to a user, in the whole cluster or in one namespace, and resolves when they are in force. */
  allow(user: string, rules: PolicyRule[], namespace?: string): Promise<void>;
  /** What the server has logged. */
  log(): string;
}

export interface Apiserver extends SharedApiserver {
  /** Ends the server with a signal and resolves when it is gone; its data stays for `restart`. */
  kill(signal?: NodeJS.Signals): Promise<void>;
  /** Starts it again after `kill`: same port, data and tokens. */
  restart(): Promise<void>;
  /** Freezes the server and resolves when it stands: connections open, nothing answered. */
  stop(): Promise<void>;
  cont(): void;
  /** Ends the server and removes its directory. */
  close(): Promise<void>;
}

const startTimeout = 120_000;

let shared: Promise<Apiserver> | undefined;

/** The one server of this process, for suites that neither end nor freeze it. It ends with the process. */
export function sharedApiserver(): Promise<SharedApiserver> {
  shared ??= startApiserver();
  return shared;
}

/** Starts a server of one's own and resolves when it is ready. */
export async function startApiserver(options: ApiserverOptions = {}): Promise<Apiserver> {
  const programs = await kubeApiserver();
  const address = options.address ?? '127.0.0.1';
  const directory = mkdtempSync(join(tmpdir(), 'seldon-usage-rig-'));
  const watchdog = startWatchdog(directory);
  const file = (name: string, content: string) => {
    const path = join(directory, name);
    writeFileSync(path, content, {mode: 0o600});
    return path;
  };

  const authority = await makeAuthority();
  const caFile = file('ca.crt', authority.cert);
  const admin = await authority.client({user: 'admin', groups: ['system:masters']});
  const adminCertFile = file('admin.crt', admin.cert);
  const adminKeyFile = file('admin.key', admin.key);
  const users: Record<string, string[]> = {admin: ['system:masters'], reader: [], nobody: [], ...options.users};
  const tokens = Object.fromEntries(Object.keys(users).map((user) => [user, randomBytes(24).toString('hex')]));
  const flags = [
    `--cert-dir=${directory}`,
    ...(await identityFlags(file, authority, users, tokens)),
    ...(options.flags ?? []),
  ];

  const logFile = file('apiserver.log', '');
  const etcdLog = file('etcd.log', '');
  const etcdDirectory = join(directory, 'etcd');
  mkdirSync(etcdDirectory, {mode: 0o700});
  const agent = new Agent({ca: authority.cert, keepAlive: true});
  let port = 0;
  let url = '';
  let server: ServerProcess | undefined;
  let etcd: ServerProcess | undefined;
  let etcdUrl = '';

  const request: Apiserver['request'] = (method, path, body, {token = tokens.admin, headers} = {}) =>
    requestJson(
      url + path,
      agent,
      {method, headers: {...(token && {authorization: `Bearer ${token}`}), ...headers}},
      body,
    );

  const watch = () => watchdog.watch([server, etcd].flatMap((each) => (each?.running() ? [each.pid] : [])));

  async function launch(): Promise<void> {
    if (programs.etcd && !etcd?.running()) {
      [etcd, etcdUrl] = await startEtcd(programs.etcd, etcdDirectory, etcdLog);
      watch();
    }
    const store = programs.etcd ? [`--etcd-servers=${etcdUrl}`] : [etcdDirectory];
    const place = [`--secure-port=${port}`, `--bind-address=${address}`, `--advertise-address=${address}`];
    const network = `--service-cluster-ip-range=${address === '::1' ? 'fd00::/112' : '10.96.0.0/16'}`;
    server = await startProcess(programs.kubeApiserver, [...store, ...place, network, ...flags], directory, logFile);
    watch();
    await ready(server);
  }

  // The system's namespaces are made after /readyz says yes.
  async function ready(process: ServerProcess): Promise<void> {
    const deadline = Date.now() + startTimeout;
    for (const path of ['/readyz', '/api/v1/namespaces/kube-system', '/api/v1/namespaces/default']) {
      while ((await request('GET', path).catch(() => undefined))?.status !== 200) {
        if (!process.running()) throw new Error(`kube-apiserver ended while it started:\n${lastLines(logFile)}`);
        if (Date.now() > deadline) throw new Error(`kube-apiserver is not ready in time:\n${lastLines(logFile)}`);
        await sleep(25);
      }
    }
  }

  async function close(): Promise<void> {
    agent.destroy();
    await server?.kill();
    await etcd?.kill();
    watchdog.dismiss();
    await rm(directory, {recursive: true, force: true, maxRetries: 3});
  }

  // Another process can take the port between our asking for a free one and the server's listening on it.
  async function launchOnFreePort(attempts: number): Promise<void> {
    port = await freePort(address);
    url = `https://${address.includes(':') ? `[${address}]` : address}:${port}`;
    try {
      await launch();
    } catch (error) {
      if (attempts <= 1 || !/address already in use/.test(lastLines(logFile))) throw error;
      await launchOnFreePort(attempts - 1);
    }
  }

  let written = 0;
  const kubeconfig: Apiserver['kubeconfig'] = ({user = 'admin', credentials, ...rest} = {}) => {
    const known =
      user === 'certificate'
        ? {'client-certificate': adminCertFile, 'client-key': adminKeyFile}
        : {token: tokens[user] ?? missing(`user ${user} has no token`)};
    const path = join(directory, `kubeconfig-${++written}`);
    const content = {
      server: url,
      ca: authority.cert,
      credentials: credentials ?? known,
      userName: user,
      context: 'rig',
    };
    writeKubeconfig(path, {...content, ...withoutUndefined(rest)});
    return path;
  };

  const allow: Apiserver['allow'] = (...grant) => allowInCluster(request, ...grant);

  try {
    await launchOnFreePort(3);
    await allow('reader', [{apiGroups: [''], resources: ['nodes'], verbs: ['list']}]);
  } catch (error) {
    await close();
    throw error;
  }
  return {
    url,
    port,
    directory,
    ca: authority.cert,
    caFile,
    authority,
    tokens: tokens as Apiserver['tokens'],
    adminCert: admin.cert,
    adminKey: admin.key,
    adminCertFile,
    adminKeyFile,
    kubeconfig,
    request,
    allow,
    log: () => readFileSync(logFile, 'utf8'),
    async kill(signal) {
      await server?.kill(signal);
      watch();
    },
    restart: launch,
    stop: async () => server && freeze(server.pid),
    cont: () => server && thaw(server.pid),
    close,
  };
}

async function startEtcd(program: string, directory: string, log: string): Promise<[ServerProcess, string]> {
  const url = `http://127.0.0.1:${await freePort()}`;
  const args = [
    `--data-dir=${join(directory, 'data')}`,
    `--listen-client-urls=${url}`,
    `--advertise-client-urls=${url}`,
    '--listen-peer-urls=http://127.0.0.1:0',
    '--unsafe-no-fsync',
    '--log-level=error',
  ];
  return [await startProcess(program, args, directory, log), url];
}

function lastLines(logFile: string): string {
  return readFileSync(logFile, 'utf8').split('\n').slice(-30).join('\n');
}

function missing(what: string): never {
  throw new Error(what);
}

function withoutUndefined<T extends object>(value: T): T {
  return Object.fromEntries(Object.entries(value).filter(([, each]) => each !== undefined)) as T;
}
