import {mkdirSync, statSync} from 'node:fs';
import {dirname} from 'node:path';
import {systemCode} from '../errors.ts';

/**
 * Makes a folder and those above it that are missing, readable by the user alone; one that is there stays as it is.
 *
 * Node's own `recursive` never ends where a file system answers ENOENT for a folder whose parent is there, as /proc does.
 *
 * @throws {Error} of the system: ENOTDIR and EEXIST, if what is there is no folder
 */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    const code = systemCode(error);
    if (code === 'ENOENT' && dirname(path) !== path && statSync(dirname(path), {throwIfNoEntry: false}) === undefined) {
      makeFolder(dirname(path));
      makeOne(path);
    } else if (!isFolder(path)) throw error;
  }
}

/** Somebody else may have made it in the meantime. */
function makeOne(path: string): void {
  try {
    mkdirSync(path, 0o700);
  } catch (error) {
    if (!isFolder(path)) throw error;
  }
}

function isFolder(path: string): boolean {
  return statSync(path, {throwIfNoEntry: false})?.isDirectory() ?? false;
}
