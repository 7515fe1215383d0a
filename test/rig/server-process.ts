// One server program that runs beside the tests.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {closeSync, openSync} from 'node:fs';

export interface ServerProcess {
  pid: number;
  running(): boolean;
  /** Sends a signal that ends the process, and resolves when it has ended. */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/**
 * Starts a program with its output in a log file and its temporary files in the directory. Of our environment it gets the
 * path only: proxies and credentials of the person who runs the tests are none of its business.
 */
export async function startProcess(
  program: string,
  args: string[],
  directory: string,
  log: string,
): Promise<ServerProcess> {
  const output = openSync(log, 'a', 0o600);
  const child = spawn(program, args, {
    cwd: directory,
    detached: true,
    stdio: ['ignore', output, output],
    // It lives for a minute: Go's collector, which is a fifth of what a start costs, runs where there is too little memory.
    env: {PATH: process.env.PATH, HOME: directory, TMPDIR: directory, GOGC: 'off', GOMEMLIMIT: '700MiB'},
  });
  closeSync(output);
  await once(child, 'spawn');
  // A shared server must not keep the test process from ending; the watchdog ends it afterwards.
  child.unref();
  const running = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid as number,
    running,
    async kill(signal = 'SIGKILL') {
      if (!running()) return;
      child.ref();
      const ended = once(child, 'exit');
      child.kill(signal);
      await ended;
    },
  };
}
