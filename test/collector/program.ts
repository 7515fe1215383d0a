import {type ChildProcess, spawn} from 'node:child_process';
import {once} from 'node:events';
import type {Socket} from 'node:net';
import {createInterface} from 'node:readline';

/** `serve` as a process of its own, as a user starts it. */
export interface Program {
  readonly port: number;
  readonly adminPort: number;
  readonly child: ChildProcess;
  /** What it wrote to standard error so far. */
  errors(): string;
  /** SIGTERM; the exit code, once all that it wrote is there. */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** Waits until it ends by itself; the exit code. */
  ended(): Promise<number | null>;
}

/** All that a collector with a new store logs where nothing is amiss: at a full hour also that all clusters came from here. */
export const quietLog =
  /^\S+ There was no store: a new, empty one was made, \S+\n(?:\S+ One network sent \d+ % of the \d+ clusters .*\n)?$/;

const program = new URL('../../bin/run.js', import.meta.url).pathname;

const children = new Set<ChildProcess>();
// A test that fails must end all the same, and leave nothing running.
process.once('exit', () => {
  for (const child of children) child.kill('SIGKILL');
});

/** Starts `serve` on free ports with the store at `path`, or of an address; rejects with what it wrote if it ends instead. */
export async function startProgram(
  path: string,
  flags: readonly string[] = [],
  port = 0,
  env = process.env,
  [command, ...first]: readonly [string, ...string[]] = [process.execPath, program],
): Promise<Program> {
  const admin = flags.includes('--admin-listen') ? [] : ['--admin-listen', '127.0.0.1:0'];
  const listen = ['--listen', `127.0.0.1:${port}`, ...admin];
  const store = /^(?:postgres|https?|clickhouse|bigquery|stdout):/.test(path) ? path : `sqlite:${path}`;
  const child = spawn(command, [...first, 'serve', '--json', '--store', store, ...listen, ...flags], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  let errors = '';
  child.stderr.on('data', (chunk) => {
    errors += chunk;
  });
  children.add(child);
  // Not by 'exit': what it said last may still be on its way then.
  const closed = once(child, 'close').then(([code]) => code as number | null);
  const line = await Promise.race([
    once(createInterface(child.stdout), 'line').then(([line]) => line as string),
    once(child, 'close').then(() => {
      throw new Error(errors);
    }),
  ]);
  const {reports, dashboard} = JSON.parse(line);
  const holds = [child, child.stdout as Socket, child.stderr as Socket];
  for (const hold of holds) hold.unref();
  const ended = () => {
    for (const hold of holds) hold.ref();
    return closed;
  };
  return {
    port: Number(new URL(reports).port),
    adminPort: Number(new URL(dashboard).port),
    child,
    errors: () => errors,
    ended,
    stop() {
      child.kill('SIGTERM');
      return ended();
    },
    async kill() {
      child.kill('SIGKILL');
      await ended();
    },
  };
}
