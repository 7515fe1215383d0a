// The built program, run beside servers of this process: without waiting for it, since those have to answer.
import {spawn} from 'node:child_process';
import {join} from 'node:path';
import {text} from 'node:stream/consumers';
import {cacheHome} from '../program.ts';

const program = join(import.meta.dirname, '../../bin/run.js');

export interface Printed {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs it to its end, never in a terminal, with nothing of this process' environment but PATH. */
export async function runBuilt(args: readonly string[], env: NodeJS.ProcessEnv, cwd: string): Promise<Printed> {
  const child = spawn(process.execPath, [program, ...args], {
    cwd,
    env: {PATH: process.env.PATH, HOME: cwd, XDG_CACHE_HOME: cacheHome, ...env},
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, status] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return {status, stdout, stderr};
}
