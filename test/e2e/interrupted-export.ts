// An export to a file, interrupted at a given place.
import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync, readdirSync, readFileSync, rmSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {eventually} from '../collector/send.ts';

const program = new URL('../../bin/run.js', import.meta.url).pathname;
const preloaded = new URL('part-fault.cjs', import.meta.url).pathname;

/** How an export ended, and what it said of it. */
export interface Ended {
  readonly status: number | null;
  readonly signal: string | null;
  readonly stderr: string;
}

/**
 * Runs `serve export` to the end that a fault makes of it: the call, its number, and what happens then (`part-fault.cjs`).
 *
 * @param meanwhile is done while it waits, with its process
 */
export async function interruptedExport(
  file: string,
  store: readonly string[],
  fault: string,
  meanwhile: (pid: number) => Promise<unknown> = async () => {},
): Promise<Ended> {
  const waits = `${file}.waits`;
  const child = spawn(process.execPath, [program, 'serve', 'export', '--output', file, ...store], {
    env: {...process.env, NODE_OPTIONS: `--require=${preloaded}`, FAULT: fault, WAITS: waits},
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (chunk) => {
    stderr += chunk;
  });
  const ended = once(child, 'close');
  if (fault.endsWith(' wait')) {
    await eventually(() => existsSync(waits) || child.exitCode !== null);
    await meanwhile(child.pid!);
    rmSync(waits, {force: true});
  }
  const [status, signal] = await ended;
  return {status, signal, stderr: stderr.replace(/\s+/g, ' ')};
}

/** Whole lines of reports in each part of a file that is there, the most first. */
export function reportsOfParts(file: string): number[] {
  const names = readdirSync(dirname(file)).filter((name) => /[.][\da-f]{12}[.]partial$/.test(name));
  return names
    .filter((name) => name.startsWith(basename(file)))
    .map((name) => readFileSync(join(dirname(file), name), 'utf8').split(/^\{"kind":"report".*\n/m).length - 1)
    .toSorted((a, b) => b - a);
}
