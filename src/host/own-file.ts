import {closeSync, constants, existsSync, fstatSync, lstatSync, openSync, readSync} from 'node:fs';
import {dirname} from 'node:path';

/** Most bytes that are read of a file of this program's own. */
const mostBytes = 256 * 1024 * 1024;

/**
 * Reads a file that this program keeps, from a folder that others may be able to write: neither what a link names, nor a
 * device or a pipe, which might never end or stop the program.
 *
 * @param most bytes; a longer file is not read
 * @throws {Error} of the system; `ELOOP` for a link, `EINVAL` for what is no file, `EFBIG` for one that is too long
 */
export function readOwnFile(path: string, most = mostBytes): Buffer {
  const file = openOwnFile(path, constants.O_RDONLY);
  try {
    const {size} = fstatSync(file);
    if (size > most) throw refused('EFBIG', path);
    const bytes = Buffer.alloc(size);
    let at = 0;
    for (let read = 1; at < size && read > 0; at += read) read = readSync(file, bytes, at, size - at, at);
    return bytes.subarray(0, at);
  } finally {
    closeSync(file);
  }
}

/**
 * Opens one (made with mode 0600 where the flags say so), and follows no link.
 *
 * @param flags of `open(2)`
 * @returns the descriptor, for the caller to close
 * @throws {Error} of the system; `ELOOP` for a link, `EINVAL` for what is no file
 */
export function openOwnFile(path: string, flags: number): number {
  // Without waiting: a pipe would have the program stand still until somebody opens its other end.
  const file = openSync(path, flags | constants.O_NOFOLLOW | constants.O_NONBLOCK, 0o600);
  if (fstatSync(file).isFile()) return file;
  closeSync(file);
  throw refused('EINVAL', path);
}

/**
 * Opens one to add to it, and makes it where it is missing. A file with a second name is none of this program's: who can write to
 * the folder may have given that of another file of the user's (a shell's settings), where the system lets them.
 *
 * @returns the descriptor, for the caller to close
 * @throws {Error} of the system; besides `EMLINK`
 */
export function openToAppend(path: string): number {
  const file = openOwnFile(path, constants.O_RDWR | constants.O_APPEND | constants.O_CREAT);
  if (fstatSync(file).nlink <= 1) return file;
  closeSync(file);
  throw refused('EMLINK', path);
}

/** Whether it is there, and a file itself. */
export function isOwnFile(path: string): boolean {
  // In a folder behind a link nothing is the program's own.
  return (
    existsSync(path) &&
    lstatSync(path, {throwIfNoEntry: false})?.isFile() === true &&
    lstatSync(dirname(path), {throwIfNoEntry: false})?.isDirectory() === true
  );
}

function refused(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), {code});
}
