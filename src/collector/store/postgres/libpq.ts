import {isIP} from 'node:net';
import {homedir, userInfo} from 'node:os';
import {join} from 'node:path';
import {UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import type {PostgresAddress} from './address.ts';
import {fromPassfile, present, readService, readText} from './libpq-files.ts';
import {type Method, methodsOf} from './login.ts';
import {fateOf, fates, type Parameter} from './parameters.ts';

/** What is known of where to connect and as whom, by the rules of libpq: the address, the service, the environment. */
export interface Target {
  readonly hosts: readonly Place[];
  readonly database: string;
  readonly user: string;
  /** Milliseconds for one attempt to connect. */
  readonly connectTimeout: number;
  readonly applicationName: string;
  /** Settings of the session, as on a server's command line. */
  readonly options: string | undefined;
  /** Whether a connection that is silent is probed, and after how many milliseconds; 0: the system's own. */
  readonly keepAlive: boolean;
  readonly keepAliveIdle: number;
  /** A server that can be written to is wanted even for reading. */
  readonly isPrimary: boolean;
  /** Another host first each time. */
  readonly isBalanced: boolean;
  readonly ssl: Ssl;
  readonly channelBinding: 'disable' | 'prefer' | 'require';
  /** Ways to log in that the server may ask for; undefined: any. */
  readonly methods: ReadonlySet<Method> | undefined;
  /** The password for a host; undefined if there is none. */
  password(host: string, port: number): string | undefined;
}

/** A server. A host that begins with a slash is the folder of a socket, unless it has an address. */
export interface Place {
  /** By its name: what its certificate must have, and the passwords' file. */
  readonly host: string;
  readonly port: number;
  /** Where it is in the place of what the name leads to. */
  readonly address?: string;
}

export interface Ssl {
  readonly mode: (typeof sslModes)[number];
  /** Paths; `system` for the roots of this machine. */
  readonly root: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
  /** Of the key. */
  readonly password: string | undefined;
  /** A file and a folder of lists of what was revoked. */
  readonly revoked: string | undefined;
  readonly revokedFolder: string | undefined;
  readonly least: (typeof tlsVersions)[number];
  readonly most: (typeof tlsVersions)[number];
  /** TLS begins at once, without being asked for in the clear. */
  readonly isDirect: boolean;
}

const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
const tlsVersions = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'] as const;
const bindings = ['disable', 'prefer', 'require'] as const;

/** What is set: a parameter's value, unset where it is empty. */
type Get = (name: Parameter) => string | undefined;

/**
 * Reads what an address needs. Anew at each connection: a password or a certificate may have been exchanged.
 *
 * @throws {UserError} usage or input, if something of it can't be used
 */
export function targetOf({parameters}: PostgresAddress, env: NodeJS.ProcessEnv): Target {
  const home = env.HOME || homedir();
  const named = parameters.service ?? env.PGSERVICE;
  const service = named ? readService(named, env, home) : {};
  const variable = (name: Parameter) => env[fateOf(name).variable ?? ''];
  const get: Get = (name) => parameters[name] || service[name] || variable(name) || undefined;
  refuseOthers(get);
  const user = get('user') ?? userInfo().username;
  const database = get('dbname') ?? user;
  const attributes = get('target_session_attrs') ?? 'any';
  if (!['any', 'read-write', 'primary'].includes(attributes))
    throw new UserError('usage', 'A store is written to: its target_session_attrs can be read-write, primary or any.');
  const passfile = get('passfile') ?? join(home, '.pgpass');
  const passwordFile = get('passwordfile');
  const hosts = hostsOf(get('host'), get('hostaddr'), get('port') ?? '5432');
  const sockets = hosts.filter(isSocket);
  if (get('requirepeer') !== undefined && sockets.length > 0)
    throw cannot('requirepeer', 'this program is not told whose process listens at a socket');
  // What is asked for first counts, the older name where the newer is not given there.
  const older = (value: string | undefined) => value && (value.startsWith('1') ? 'require' : 'prefer');
  const sslmode =
    parameters.sslmode ||
    older(parameters.requiressl) ||
    service.sslmode ||
    older(service.requiressl) ||
    env.PGSSLMODE ||
    (env.PGREQUIRESSL?.startsWith('1') ? 'require' : undefined);
  return {
    hosts,
    ...{database, user},
    connectTimeout: 1000 * numberOf('connect_timeout', get('connect_timeout') ?? '5', 1, 600),
    applicationName: get('application_name') ?? get('fallback_application_name') ?? 'seldon-usage',
    options: get('options'),
    keepAlive: numberOf('keepalives', get('keepalives') ?? '1', 0, 1) === 1,
    keepAliveIdle: 1000 * numberOf('keepalives_idle', get('keepalives_idle') ?? '0', 0, 100_000),
    isPrimary: attributes !== 'any',
    isBalanced: oneOf(get, 'load_balance_hosts', ['disable', 'random'], 'disable') === 'random',
    ssl: sslOf(get, sslmode, home, hosts),
    channelBinding: oneOf(get, 'channel_binding', bindings, 'prefer'),
    methods: methodsOf(get('require_auth')),
    password: (host, port) =>
      (passwordFile === undefined ? undefined : readText(passwordFile, 'password file').replace(/\r?\n$/, '')) ??
      (get('password') || fromPassfile(passfile, [host, String(port), database, user])),
  };
}

/** @throws {UserError} usage, if something is set that can't be done */
function refuseOthers(get: Get): void {
  for (const name of Object.keys(fates) as Parameter[]) {
    const {refused} = fateOf(name);
    const value = refused && get(name);
    if (refused && value !== undefined && !refused.but?.includes(value)) throw cannot(name, refused.because);
  }
}

function cannot(name: Parameter, because: string): UserError {
  const {variable, refused} = fateOf(name);
  const but = refused?.but ? `, or set it to ${refused.but.join(' or ')}` : '';
  return new UserError('usage', `The store has ${name}, which can't be done: ${because}.`, {
    suggestions: [`Leave it out of the address, the service${variable ? ` and ${variable}` : ''}${but}.`],
  });
}

function sslOf(get: Get, sslmode: string | undefined, home: string, hosts: readonly Place[]): Ssl {
  const own = (name: string) => present(join(home, '.postgresql', name));
  const root = get('sslrootcert') ?? own('root.crt');
  const mode = oneOf(() => sslmode, 'sslmode', sslModes, root === 'system' ? 'verify-full' : 'prefer');
  if (root === 'system' && mode !== 'verify-full')
    throw new UserError('usage', 'The store has sslrootcert=system, which needs sslmode=verify-full.');
  const isVerified = ['verify-ca', 'verify-full'].includes(mode) || (mode === 'require' && root !== undefined);
  const [list, folder] = [get('sslcrl'), get('sslcrldir')];
  const isRevoked = (list ?? folder) !== undefined;
  // What was revoked would be asked of no certificate.
  if (isRevoked && !isVerified && mode !== 'disable' && !hosts.every(isSocket))
    throw new UserError('usage', `The store has ${list ? 'sslcrl' : 'sslcrldir'}, which needs sslmode=verify-full.`);
  if (mode === 'verify-full' && hosts.some(({host, address}) => host === address))
    throw new UserError('usage', 'The store has hostaddr without host: sslmode=verify-full has no name to verify.');
  const isDirect = oneOf(get, 'sslnegotiation', ['postgres', 'direct'], 'postgres') === 'direct';
  if (isDirect && ['disable', 'allow', 'prefer'].includes(mode))
    throw new UserError('usage', 'The store has sslnegotiation=direct, which needs sslmode=require or more.');
  const least = versionOf(get, 'ssl_min_protocol_version', 'TLSv1.2');
  const most = versionOf(get, 'ssl_max_protocol_version', 'TLSv1.3');
  if (tlsVersions.indexOf(least) > tlsVersions.indexOf(most))
    throw new UserError('usage', `The store has TLS versions from ${least} to ${most}: there are none.`);
  const isSent = oneOf(get, 'sslcertmode', ['disable', 'allow'], 'allow') === 'allow';
  const cert = isSent ? (get('sslcert') ?? own('postgresql.crt')) : undefined;
  const key = cert && (get('sslkey') ?? own('postgresql.key'));
  if (cert && !key) throw new UserError('usage', 'The store has sslcert, and no key for it: sslkey=PATH names it.');
  if (isSent && !cert && get('sslkey'))
    throw new UserError('usage', 'The store has sslkey, and no certificate for it: sslcert=PATH names it.');
  return {
    ...{mode, root, cert, key, least, most, isDirect, revokedFolder: folder},
    password: get('sslpassword'),
    revoked: list ?? (isVerified && root !== 'system' ? own('root.crl') : undefined),
  };
}

function versionOf(get: Get, name: Parameter, standard: Ssl['least']): Ssl['least'] {
  const value = tlsVersions.find((one) => one.toLowerCase() === get(name)?.toLowerCase());
  return oneOf((name) => value ?? get(name), name, tlsVersions, standard);
}

function oneOf<T extends string>(get: Get, name: Parameter, all: readonly T[], standard: T): T {
  const value = get(name) ?? standard;
  if ((all as readonly string[]).includes(value)) return value as T;
  throw new UserError(
    'usage',
    `The store's ${name} is ${JSON.stringify(clean(value, 40))}; it can be ${all.join(', ')}.`,
  );
}

/** Whether the server is reached by a socket of this machine: its host is the path of a folder. */
export function isSocket({host, address}: Place): boolean {
  return address === undefined && host.startsWith('/');
}

function hostsOf(host: string | undefined, address: string | undefined, port: string): Place[] {
  const [addresses, ports] = [address?.split(','), port.split(',')];
  const hosts = (host ?? address ?? 'localhost').split(',');
  if (addresses && addresses.length !== hosts.length)
    throw new UserError('usage', `The store has ${hosts.length} hosts and ${addresses.length} of hostaddr.`);
  if (ports.length > 1 && ports.length !== hosts.length)
    throw new UserError('usage', `The store has ${hosts.length} hosts and ${ports.length} ports.`);
  return hosts.map((one, i) => {
    const at = addresses?.[i] || undefined;
    if (at !== undefined && isIP(at) === 0)
      throw new UserError('usage', `The store's hostaddr ${JSON.stringify(clean(at, 60))} is not a network address.`);
    return {
      host: one || at || 'localhost',
      port: numberOf('port', ports[ports.length === 1 ? 0 : i] || '5432', 1, 65_535),
      ...(at === undefined ? {} : {address: at}),
    };
  });
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value >= least && value <= most) return value;
  throw new UserError(
    'usage',
    `The store's ${name} ${JSON.stringify(clean(text, 40))} is not a number from ${least} to ${most}.`,
  );
}
