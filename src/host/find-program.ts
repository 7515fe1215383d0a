import {accessSync, constants, statSync} from 'node:fs';
import {delimiter, isAbsolute, join} from 'node:path';

/** What Windows adds to a name. */
const endings = process.platform === 'win32' ? ['', '.com', '.exe'] : [''];

/**
 * A program by its name, in the folders of PATH that are named in full: an empty one, `.` or any other that depends on the
 * current folder would run what somebody else may have put there. (The system itself takes an empty one for the current
 * folder; Go, and kubectl with it, refuses what it finds there.)
 */
export function findProgram(name: string, searchPath: string): string | undefined {
  const places = absoluteFolders(searchPath).flatMap((folder) => endings.map((ending) => join(folder, name + ending)));
  return places.find(isProgram);
}

/** Whether there is a file that may be run. */
export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The folders of PATH that depend on no current folder. */
export function absoluteFolders(searchPath: string): string[] {
  return searchPath.split(delimiter).filter((folder) => isAbsolute(folder));
}
