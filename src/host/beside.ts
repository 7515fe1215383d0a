import {existsSync, lstatSync, type Stats, statSync} from 'node:fs';
import Module, {createRequire} from 'node:module';
import {dirname, join} from 'node:path';
import {fileURLToPath, pathToFileURL} from 'node:url';
import {UserError} from '../errors.ts';
import {clean} from '../foreign.ts';

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
 * @param from URL of the file that it is looked for from
 * @returns what it exports; undefined if it is not there. What a package that is there throws is thrown on
 * @throws {UserError} input, if somebody else could have put it there
 */
export function packageBeside<T>(name: string, from = besideProgram()): T | undefined {
  if (!isBeside(name, from)) return undefined;
  leaveHomeOut();
  return createRequire(from)(name) as T;
}

/**
 * For what a package asks for and is installed nowhere, Node would look into ~/.node_modules and ~/.node_libraries, of whichever
 * user's home HOME names: where sudo keeps it, somebody else's code would run as root. Node has no other way to tell it; NODE_PATH
 * keeps its meaning.
 */
function leaveHomeOut(): void {
  const {HOME, USERPROFILE} = process.env;
  delete process.env.HOME;
  delete process.env.USERPROFILE;
  try {
    (Module as unknown as {_initPaths(): void})._initPaths();
  } finally {
    if (HOME !== undefined) process.env.HOME = HOME;
    if (USERPROFILE !== undefined) process.env.USERPROFILE = USERPROFILE;
  }
}

/**
 * Whether a package is installed beside the program; loads nothing.
 *
 * @throws {UserError} input, if somebody else could have put it, or what it loads in turn, there
 */
export function isBeside(name: string, from = besideProgram()): boolean {
  const folders = foldersAbove(fileURLToPath(from)).filter((folder) => existsSync(folder));
  const found = folders.map((folder) => join(folder, name)).find((place) => existsSync(join(place, 'package.json')));
  if (found !== undefined) requireOurs([...folders, found], from);
  return found !== undefined;
}

/** Each `node_modules` on the way up from a file. */
function foldersAbove(file: string): string[] {
  const above = dirname(file);
  return above === file ? [] : [join(above, 'node_modules'), ...foldersAbove(above)];
}

/**
 * Refuses folders that are not of who runs the program, who installed it, or root, and those that everybody may write: a program
 * that stands below `/tmp` would load what anybody puts into `/tmp/node_modules`.
 */
function requireOurs(folders: readonly string[], from: string): void {
  const user = process.geteuid?.();
  // Who may write a folder is not told by its mode there.
  if (user === undefined) return;
  const owners = [0, user, statSync(new URL(from), {throwIfNoEntry: false})?.uid];
  const isOurs = ({uid, mode}: Stats) => owners.includes(uid) && (mode & 0o002) === 0;
  for (const folder of folders) {
    const link = lstatSync(folder);
    if (owners.includes(link.uid) && isOurs(statSync(folder))) continue;
    throw new UserError('input', `Others can put code into ${clean(folder, 400)}, beside the program or above it.`, {
      suggestions: ['Nothing is loaded from there: remove it, or install the program and the package elsewhere.'],
    });
  }
}
