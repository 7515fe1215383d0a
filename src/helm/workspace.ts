import {readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {makeFolder} from '../host/make-folder.ts';
import {whoElseMayWrite} from '../host/private-folder.ts';
import {makeRunFolder, type RunFolder} from '../host/run-folder.ts';

/** Files of the private folder that the program and the post-renderer share. */
export const planFile = 'plan.json';
export const usageFile = 'usage.json';
export const reasonFile = 'reason';

/** A private folder for one change: chart, values, plan, and the kubeconfig that leads to the gate. */
export interface Workspace {
  readonly folder: string;
  /** Writes a file that only the user can read, and answers its path. */
  write(name: string, content: string | Uint8Array): string;
  /** The content of a file; undefined if it is not there. */
  read(name: string): string | undefined;
  forget(name: string): void;
  remove(): void;
}

/**
 * Makes the folder, gone at `remove` or at the end of the process.
 *
 * @throws {UserError} input, if it can't be made, or somebody else could put another in its place
 */
export async function makeWorkspace(parent = tmpdir()): Promise<Workspace> {
  const problem = (why: string, cause?: unknown) =>
    new UserError('input', `No private folder can be made in ${clean(parent)} (${clean(why)}).`, {
      suggestions: ['Set TMPDIR to a folder that you can write to, and nobody else.'],
      cause,
    });
  let folder: RunFolder;
  try {
    // Helm runs what it finds named there as its post-renderer.
    const others = whoElseMayWrite(parent);
    if (others !== undefined) throw problem(others);
    folder = await makeRunFolder(parent);
  } catch (error) {
    throw error instanceof UserError ? error : problem(systemCode(error) ?? 'it can’t be used', error);
  }
  const {path, remove} = folder;
  return {
    folder: path,
    write(name, content) {
      const file = join(path, name);
      makeFolder(join(file, '..'));
      writeFileSync(file, content, {mode: 0o600});
      return file;
    },
    read(name) {
      try {
        return readFileSync(join(path, name), 'utf8');
      } catch {
        return undefined;
      }
    },
    forget: (name) => rmSync(join(path, name), {force: true}),
    remove,
  };
}
