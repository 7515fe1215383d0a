import {mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {systemCode, UserError} from '../errors.ts';

/** Files of the private folder that the program and the post-renderer share. */
export const planFile = 'plan.json';
export const usageFile = 'usage.json';
export const reasonFile = 'reason';
const processesFile = 'processes';

const prefix = 'seldon-usage-helm-';

/** A private folder for one change: kubeconfig, chart, values and plan. */
export interface Workspace {
  readonly folder: string;
  /** Writes a file that only the user can read, and answers its path. */
  write(name: string, content: string | Uint8Array): string;
  /** The content of a file; undefined if it is not there. */
  read(name: string): string | undefined;
  forget(name: string): void;
  /** Says that a process uses the folder: it stays as long as that runs. */
  usedBy(process: number): void;
  remove(): void;
}

/**
 * Makes the folder (0700), gone at `remove` or at the end of the process; those that a killed run left behind go now.
 *
 * @throws {UserError} input, if it can't be made
 */
export function makeWorkspace(parent = tmpdir()): Workspace {
  sweep(parent);
  let folder: string;
  try {
    folder = mkdtempSync(join(parent, prefix));
  } catch (error) {
    throw new UserError('input', `No private folder can be made in ${parent} (${systemCode(error)}).`, {
      suggestions: ['Set TMPDIR to a folder that you can write to.'],
      cause: error,
    });
  }
  const processes = [process.pid];
  const remove = () => {
    process.removeListener('exit', remove);
    rmSync(folder, {recursive: true, force: true});
  };
  process.once('exit', remove);
  const workspace: Workspace = {
    folder,
    write(name, content) {
      const path = join(folder, name);
      mkdirSync(join(path, '..'), {recursive: true, mode: 0o700});
      writeFileSync(path, content, {mode: 0o600});
      return path;
    },
    read(name) {
      try {
        return readFileSync(join(folder, name), 'utf8');
      } catch {
        return undefined;
      }
    },
    forget: (name) => rmSync(join(folder, name), {force: true}),
    usedBy(pid) {
      processes.push(pid);
      workspace.write(processesFile, processes.join('\n'));
    },
    remove,
  };
  workspace.write(processesFile, processes.join('\n'));
  return workspace;
}

/** Removes the folders of this user whose processes have all ended. */
function sweep(parent: string): void {
  for (const name of readdirSync(parent).filter((name) => name.startsWith(prefix))) {
    const folder = join(parent, name);
    try {
      const {uid, mtimeMs} = statSync(folder);
      if (uid !== process.getuid?.() || !isAbandoned(folder, mtimeMs)) continue;
      rmSync(folder, {recursive: true, force: true});
    } catch {
      // Another run was faster, or it is not ours.
    }
  }
}

/** Milliseconds after which a folder without a list of processes counts as left behind: it is written at once. */
const grace = 60_000;

function isAbandoned(folder: string, changed: number): boolean {
  let processes: number[];
  try {
    processes = readFileSync(join(folder, processesFile), 'utf8').split('\n').map(Number);
  } catch {
    return Date.now() - changed > grace;
  }
  return !processes.some(isRunning);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
