import {spawn} from 'node:child_process';
import {mkdtempSync, readFileSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

/** One run of a whole process: wall and CPU in seconds, peak resident memory in MiB. CPU and peak of Node.js processes only. */
export interface Run {
  wall: number;
  cpu: number;
  peak: number;
}

/** A command to measure: `node` ones are run by this Node.js. */
export interface Subject {
  name: string;
  command: string;
  args: string[];
  env?: NodeJS.ProcessEnv;
}

/** A subject that runs a script with this Node.js. */
export function script(name: string, args: string[], env: NodeJS.ProcessEnv = {}): Subject {
  return {name, command: process.execPath, args: ['--require', join(import.meta.dirname, 'usage.cjs'), ...args], env};
}

/** Runs it once; standard output is read and thrown away. Rejects if it fails, with what it said. */
export async function measure({name, command, args, env}: Subject): Promise<Run> {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'));
  const usage = join(folder, 'usage.json');
  try {
    const start = performance.now();
    const child = spawn(command, args, {
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {...process.env, ...env, BENCH_USAGE: usage},
    });
    let said = '';
    child.stdout.resume();
    child.stderr.on('data', (chunk) => (said += chunk));
    const code = await new Promise((resolve) => child.once('close', resolve));
    const wall = (performance.now() - start) / 1000;
    if (code !== 0) throw new Error(`${name} ended with ${code}: ${said}`);
    const {cpu, peak} =
      command === process.execPath ? JSON.parse(readFileSync(usage, 'utf8')) : {cpu: Number.NaN, peak: Number.NaN};
    return {wall, cpu, peak};
  } finally {
    rmSync(folder, {recursive: true, force: true});
  }
}

/**
 * Runs the subjects in turn (A B C A B C …), so that a machine that slows down slows them all; one round to warm up.
 *
 * @param before done before each run
 */
export async function sideBySide(
  subjects: readonly Subject[],
  rounds: number,
  before: () => Promise<unknown> = async () => {},
): Promise<Map<string, Run[]>> {
  const runs = new Map(subjects.map(({name}): [string, Run[]] => [name, []]));
  for (let round = -1; round < rounds; round++) {
    for (const subject of subjects) {
      await before();
      const run = await measure(subject);
      if (round >= 0) runs.get(subject.name)!.push(run);
    }
  }
  return runs;
}

/** The middle value. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The median of a figure of `runs` over the same figure of `base`, pair by pair. */
export function ratio(runs: readonly Run[], base: readonly Run[], figure: keyof Run): number {
  return median(runs.map((run, i) => run[figure] / base[i]![figure]));
}
