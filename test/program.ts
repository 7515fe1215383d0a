// Runs the built program as a person's shell would, in surroundings of its own: no kubeconfig, no settings, no state.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {ErrorJson} from '../src/cli/report-error.ts';
import {shortLived} from './rig/go.ts';

export const program = join(import.meta.dirname, '../bin/run.js');

/** Where the built program lets Node keep compiled code: one place for the homes of all tests, or each starts cold. */
export const cacheHome = join(import.meta.dirname, '../node_modules/.cache/program');

/** A folder that lives as long as this process; the program's home, and a place for files. */
export const folder = mkdtempSync(join(tmpdir(), 'seldon-usage-test-'));
process.once('exit', () => rmSync(folder, {recursive: true, force: true}));

export interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the program to its end. Standard input is empty unless given. */
export function run(
  args: readonly string[],
  {input = '', env = {}, cwd = folder}: {input?: string | Buffer; env?: NodeJS.ProcessEnv; cwd?: string} = {},
): Ended {
  const {status, stdout, stderr} = spawnSync(process.execPath, [program, ...args], {
    input,
    cwd,
    env: {PATH: process.env.PATH, HOME: folder, XDG_CACHE_HOME: cacheHome, ...shortLived, ...env},
    maxBuffer: 2 ** 28,
  });
  return {status, stdout: String(stdout), stderr: String(stderr)};
}

/** The error that the program prints under `--json`: exactly one line on standard error, and nothing on standard output. */
export function jsonError({stdout, stderr}: Ended): ErrorJson['error'] {
  if (stdout !== '' || !/^[^\n]+\n$/.test(stderr)) throw new Error(`not one line of JSON: ${stdout}${stderr}`);
  return (JSON.parse(stderr) as ErrorJson).error;
}
