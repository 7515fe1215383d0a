import {existsSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';
import {pathToFileURL} from 'node:url';

/**
 * Packages that are no part of the program, and that a user installs beside it: in the folder `node_modules` that it stands in,
 * as `npm install` and `npm install --global` do, or in one above it. Never in the working directory: what lies there may be
 * anybody's.
 */

/** From where packages are looked for. */
export function besideProgram(): string {
  const {isSea} = process.getBuiltinModule('node:sea');
  return isSea() ? pathToFileURL(process.execPath).href : import.meta.url;
}

/**
 * Loads a package that is installed beside the program.
 *
 * @param from file that it is looked for from, as a URL or a path
 * @returns what it exports; undefined if it is not there. What a package that is there throws is thrown on
 */
export function packageBeside<T>(name: string, from = besideProgram()): T | undefined {
  return isBeside(name, from) ? (createRequire(from)(name) as T) : undefined;
}

/** Whether a package is installed beside the program; loads nothing. */
export function isBeside(name: string, from = besideProgram()): boolean {
  const folders = createRequire(from).resolve.paths(name) ?? [];
  return folders.some((folder) => existsSync(join(folder, name, 'package.json')));
}
