// Nothing survives a test process: not even when it is killed and can no longer clean up itself.
import {spawn} from 'node:child_process';
import type {Socket} from 'node:net';

export interface Watchdog {
  /** The processes to end, in place of those named before. */
  watch(processes: number[]): void;
  /** All has been cleaned up in good order. */
  dismiss(): void;
}

// The shell reads from a pipe that only this process holds open: when this process is gone, however it went, reading
// ends. Removing is tried twice, since a dying process may still create a file.
const script = `
  while read -r line; do processes=$line; done
  [ -z "$processes" ] || kill -9 $processes 2>/dev/null
  rm -rf "$1" 2>/dev/null || { sleep 1; rm -rf "$1"; }`;

/** Ends processes and removes a directory as soon as this process is gone. */
export function startWatchdog(directory: string): Watchdog {
  // Detached, so that Ctrl-C in the terminal does not reach it.
  const shell = spawn('/bin/sh', ['-c', script, 'watchdog', directory], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {PATH: process.env.PATH},
  });
  shell.unref();
  shell.stdin.on('error', () => {});
  (shell.stdin as Socket).unref();
  return {
    watch: (processes) => void shell.stdin.write(`${processes.join(' ')}\n`),
    dismiss: () => void shell.stdin.end('\n'),
  };
}
