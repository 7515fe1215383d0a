// A pgbouncer in transaction mode before a PostgreSQL of the tests.
import {spawn} from 'node:child_process';
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {freePort} from './ports.ts';
import {folderFor, type Postgres} from './postgres.ts';
import {isRoot} from './postgres-programs.ts';

export interface Pgbouncer {
  /** The address of a database of the server by way of it. */
  through(url: string): string;
  stop(): void;
}

let started = 0;

/** Starts one; it takes connections soon afterwards. */
export async function startPgbouncer(server: Postgres): Promise<Pgbouncer> {
  const folder = folderFor(join(server.folder, `bouncer-${++started}`));
  const port = await freePort();
  const config = join(folder, 'pgbouncer.ini');
  writeFileSync(
    config,
    `[databases]\n* = user=postgres host=127.0.0.1 port=${server.port}\n[pgbouncer]\nlisten_addr = 127.0.0.1\nlisten_port = ${port}
auth_type = any\npool_mode = transaction\ndefault_pool_size = 4\nunix_socket_dir =\nlogfile = ${join(folder, 'log')}\n`,
  );
  const child = spawn('/usr/sbin/pgbouncer', [config], {
    stdio: 'ignore',
    ...(isRoot ? {uid: 65_534, gid: 65_534} : {}),
  });
  return {
    through: (url) => url.replace(`:${server.port}/`, `:${port}/`),
    stop: () => void child.kill('SIGKILL'),
  };
}
