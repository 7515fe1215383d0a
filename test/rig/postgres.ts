// A real PostgreSQL on a free port of this machine, in a folder that goes with the test's process.
import {type ChildProcess, execFileSync, spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmodSync, chownSync, closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import pg from 'pg';
import {freePort} from './ports.ts';
import {isRoot, type PostgresVersion, postgresPrograms} from './postgres-programs.ts';
import {startWatchdog} from './watchdog.ts';

export interface PostgresOptions {
  readonly version: PostgresVersion;
  /** Settings of the server, as in postgresql.conf. */
  readonly settings?: Readonly<Record<string, string | number>>;
  /** Lines of pg_hba.conf in the place of trust for everybody on this machine. */
  readonly access?: readonly string[];
  /** Begins as a standby of this server. */
  readonly standbyOf?: Postgres;
}

export interface Postgres {
  readonly port: number;
  readonly folder: string;
  /**
   * The address of a new database.
   *
   * @param of address of the one that it is a copy of, to which nobody is connected; it is empty if none is given
   */
  newDatabase(parameters?: string, of?: string): Promise<string>;
  /** Rows of a statement, asked as the superuser. */
  ask(database: string, statement: string): Promise<Record<string, unknown>[]>;
  /** `kill -9` of the server, `immediate`: without a checkpoint, `fast`: in good order. */
  stop(how: 'kill' | 'immediate' | 'fast'): Promise<void>;
  /** Starts it again on the same port. */
  start(): Promise<void>;
  /** Makes a standby the primary. */
  promote(): Promise<void>;
  /** Number of the server's process. */
  pid(): number;
  log(): string;
}

/** The user that the server runs as where the tests run as root, which it refuses. */
const unprivileged = isRoot ? {uid: 65_534, gid: 65_534} : {};
/** Milliseconds for a server to come up; a busy machine takes its time. */
const patience = 60_000;

/** Starts a server; it ends with this process, however that ends. */
export async function startPostgres({version, settings = {}, access, standbyOf}: PostgresOptions): Promise<Postgres> {
  const programs = postgresPrograms(version);
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const data = join(folder, 'data');
  const log = join(folder, 'log');
  const watchdog = startWatchdog(folder);
  chmodSync(folder, 0o700);
  if (isRoot) chownSync(folder, 65_534, 65_534);
  const run = (program: string, args: readonly string[]) =>
    execFileSync(join(programs, program), args, {...unprivileged, cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe']});
  const env = {PATH: process.env.PATH, HOME: folder, LC_ALL: 'C.UTF-8'};
  const port = await freePort();
  if (standbyOf)
    run('pg_basebackup', [
      '-h',
      '127.0.0.1',
      '-p',
      String(standbyOf.port),
      '-U',
      'postgres',
      '-D',
      data,
      '-R',
      '-X',
      'stream',
      '-c',
      'fast',
    ]);
  else run('initdb', ['-D', data, '-U', 'postgres', '-A', 'trust', '-E', 'UTF8', '--locale=C.UTF-8', '-N']);
  if (access) writeFileSync(join(data, 'pg_hba.conf'), `local all postgres trust\n${access.join('\n')}\n`);
  const flags = Object.entries({
    ...{listen_addresses: '127.0.0.1', port, unix_socket_directories: folder, log_min_messages: 'warning'},
    ...{shared_buffers: '64MB', max_connections: 60, max_wal_size: '256MB', autovacuum_naptime: '5s', ...settings},
  }).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  let child: ChildProcess;
  let ended: Promise<unknown>;

  const ask = async (database: string, statement: string) => {
    const client = new pg.Client({host: folder, port, user: 'postgres', database, password: ''});
    client.on('error', () => {});
    await client.connect();
    try {
      const result = (await client.query(statement)) as pg.QueryResult | pg.QueryResult[];
      return [result].flat().at(-1)!.rows;
    } finally {
      await client.end();
    }
  };
  const start = async () => {
    const output = openSync(log, 'a', 0o600);
    child = spawn(join(programs, 'postgres'), ['-D', data, ...flags], {
      ...{...unprivileged, cwd: folder, env, detached: true, stdio: ['ignore', output, output]},
    });
    closeSync(output);
    child.unref();
    ended = once(child, 'exit');
    watchdog.watch([child.pid!]);
    const end = performance.now() + patience;
    for (;;) {
      try {
        await ask('postgres', 'SELECT 1');
        return;
      } catch (error) {
        if (child.exitCode !== null || performance.now() > end)
          throw new Error(`PostgreSQL does not start: ${(error as Error).message}\n${readFileSync(log, 'utf8')}`);
        await sleep(30);
      }
    }
  };
  let databases = 0;
  await start();
  return {
    ...{port, folder, ask, start},
    async newDatabase(parameters = '', of) {
      const name = `store_${process.pid}_${++databases}`;
      await ask(
        'postgres',
        `CREATE DATABASE ${name}${of ? ` TEMPLATE ${new URL(of).pathname.slice(1)} STRATEGY FILE_COPY` : ''}`,
      );
      return `postgres://postgres@127.0.0.1:${port}/${name}${parameters}`;
    },
    async stop(how) {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.ref();
      child.kill(how === 'kill' ? 'SIGKILL' : how === 'immediate' ? 'SIGQUIT' : 'SIGINT');
      await ended;
    },
    async promote() {
      await ask('postgres', 'SELECT pg_promote(true, 60)');
    },
    pid: () => child.pid!,
    log: () => readFileSync(log, 'utf8'),
  };
}

/** Makes a folder that the server's user can use. */
export function folderFor(path: string): string {
  mkdirSync(path, {recursive: true, mode: 0o700});
  if (isRoot) chownSync(path, 65_534, 65_534);
  return path;
}
