import {readFileSync, statSync} from 'node:fs';
import {homedir, userInfo} from 'node:os';
import {join} from 'node:path';
import {systemCode, UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import type {Parameter, PostgresAddress} from './address.ts';

/** What is known of where to connect and as whom, by the rules of libpq: the address, the service, the environment. */
export interface Target {
  readonly hosts: readonly {readonly host: string; readonly port: number}[];
  readonly database: string;
  readonly user: string;
  /** Milliseconds for one attempt to connect. */
  readonly connectTimeout: number;
  readonly applicationName: string;
  readonly ssl: Ssl;
  readonly channelBinding: 'disable' | 'prefer' | 'require';
  /** The password for a host; undefined if there is none. */
  password(host: string, port: number): string | undefined;
}

export interface Ssl {
  readonly mode: (typeof sslModes)[number];
  /** Paths; `system` for the roots of this machine. */
  readonly root: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

const sslModes = ['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'] as const;
const bindings = ['disable', 'prefer', 'require'] as const;

/** Variables of libpq (32.15 of its manual) for what an address and a service leave open. */
const variables: Readonly<Partial<Record<Parameter, string>>> = {
  host: 'PGHOST',
  port: 'PGPORT',
  user: 'PGUSER',
  dbname: 'PGDATABASE',
  passfile: 'PGPASSFILE',
  service: 'PGSERVICE',
  sslmode: 'PGSSLMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  application_name: 'PGAPPNAME',
  channel_binding: 'PGCHANNELBINDING',
};

/**
 * Reads what an address needs. Anew at each connection: a password or a certificate may have been exchanged.
 *
 * @throws {UserError} usage or input, if something of it can't be used
 */
export function targetOf({parameters}: PostgresAddress, env: NodeJS.ProcessEnv): Target {
  const home = env.HOME || homedir();
  const named = parameters.service ?? env.PGSERVICE;
  const service: Readonly<Record<string, string>> = named ? readService(named, env, home) : {};
  const get = (name: Parameter): string | undefined =>
    parameters[name] || service[name] || (variables[name] && env[variables[name]]) || undefined;
  const oneOf = <T extends string>(name: Parameter, all: readonly T[], standard: T): T => {
    const value = get(name) ?? standard;
    if ((all as readonly string[]).includes(value)) return value as T;
    throw new UserError(
      'usage',
      `The store's ${name} is ${JSON.stringify(clean(value, 40))}; it can be ${all.join(', ')}.`,
    );
  };
  const user = get('user') ?? userInfo().username;
  const database = get('dbname') ?? user;
  const root = get('sslrootcert') ?? present(join(home, '.postgresql', 'root.crt'));
  const mode = oneOf('sslmode', sslModes, root === 'system' ? 'verify-full' : 'prefer');
  if (root === 'system' && mode !== 'verify-full')
    throw new UserError('usage', 'The store has sslrootcert=system, which needs sslmode=verify-full.');
  const attributes = get('target_session_attrs');
  if (attributes !== undefined && !['any', 'read-write', 'primary'].includes(attributes))
    throw new UserError('usage', 'A store is written to: its target_session_attrs can be read-write, primary or any.');
  const passfile = get('passfile') ?? join(home, '.pgpass');
  const passwordFile = get('passwordfile');
  return {
    hosts: hostsOf(get('host') ?? 'localhost', get('port') ?? '5432'),
    ...{database, user},
    connectTimeout: 1000 * numberOf('connect_timeout', get('connect_timeout') ?? '5', 1, 600),
    applicationName: get('application_name') ?? 'seldon-usage',
    ssl: {
      ...{mode, root},
      cert: get('sslcert') ?? present(join(home, '.postgresql', 'postgresql.crt')),
      key: get('sslkey') ?? present(join(home, '.postgresql', 'postgresql.key')),
    },
    channelBinding: oneOf('channel_binding', bindings, 'prefer'),
    password: (host, port) =>
      (passwordFile === undefined ? undefined : readText(passwordFile, 'password file').replace(/\r?\n$/, '')) ??
      (service.password || env.PGPASSWORD || fromPassfile(passfile, [host, String(port), database, user])),
  };
}

function hostsOf(host: string, port: string): {host: string; port: number}[] {
  const [hosts, ports] = [host.split(','), port.split(',')];
  if (ports.length > 1 && ports.length !== hosts.length)
    throw new UserError('usage', `The store has ${hosts.length} hosts and ${ports.length} ports.`);
  return hosts.map((one, i) => ({
    host: one || 'localhost',
    port: numberOf('port', ports[ports.length === 1 ? 0 : i] || '5432', 1, 65_535),
  }));
}

function numberOf(name: string, text: string, least: number, most: number): number {
  const value = Number(text);
  if (/^\d{1,6}$/.test(text) && value >= least && value <= most) return value;
  throw new UserError(
    'usage',
    `The store's ${name} ${JSON.stringify(clean(text, 40))} is no number from ${least} to ${most}.`,
  );
}

function present(path: string): string | undefined {
  return statSync(path, {throwIfNoEntry: false})?.isFile() ? path : undefined;
}

/** @throws {UserError} input, if it can't be read */
export function readText(path: string, what: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new UserError(
      'input',
      `The ${what} ${clean(path)} of the store can't be read (${systemCode(error) ?? 'unknown reason'}).`,
      {
        cause: error,
      },
    );
  }
}

/** The section of a service file (32.17 of the manual): the user's own, or the system's. */
function readService(name: string, env: NodeJS.ProcessEnv, home: string): Record<string, string> {
  const own = env.PGSERVICEFILE || join(home, '.pg_service.conf');
  const all = [
    own,
    ...(env.PGSYSCONFDIR ? [join(env.PGSYSCONFDIR, 'pg_service.conf')] : []),
    '/etc/postgresql-common/pg_service.conf',
  ];
  for (const path of all.filter(present)) {
    let section: string | undefined;
    const found: Record<string, string> = {};
    let isThere = false;
    for (const line of readText(path, 'service file')
      .split(/\r?\n/)
      .map((one) => one.trim())) {
      if (line === '' || line.startsWith('#')) continue;
      const header = /^\[(.*)\]$/.exec(line)?.[1];
      if (header !== undefined) section = header;
      else if (section === name) {
        const at = line.indexOf('=');
        if (at > 0) found[line.slice(0, at).trim()] = line.slice(at + 1).trim();
      }
      isThere ||= section === name;
    }
    if (isThere) return found;
  }
  throw new UserError('input', `The service ${JSON.stringify(clean(name, 60))} of the store is in no service file.`, {
    suggestions: [`Looked into ${all.map((path) => clean(path)).join(', ')}; PGSERVICEFILE names another one.`],
  });
}

/** The password of the first line that fits (32.16 of the manual). A file that others can read is not used, as libpq has it. */
function fromPassfile(
  path: string,
  wanted: readonly [host: string, port: string, database: string, user: string],
): string | undefined {
  const found = statSync(path, {throwIfNoEntry: false});
  if (!found?.isFile() || (process.platform !== 'win32' && (found.mode & 0o077) !== 0)) return undefined;
  const [host, ...others] = wanted;
  const all = [host.startsWith('/') ? 'localhost' : host, ...others];
  for (const line of readText(path, 'password file').split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = (line.match(/(?:\\.|[^:\\])*(?::|$)/g) ?? []).map((one) => one.replace(/:$/, ''));
    const plain = (text: string) => text.replace(/\\(.)/g, '$1');
    if (fields.length >= 5 && all.every((one, i) => fields[i] === '*' || plain(fields[i]!) === one))
      return plain(fields[4]!);
  }
  return undefined;
}
