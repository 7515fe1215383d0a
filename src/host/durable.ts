import {randomBytes} from 'node:crypto';
import {
  closeSync,
  fstatSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {encoded} from './measure.ts';
import {openToAppend} from './own-file.ts';

/** Writes the file, a text or its parts, whole or not at all, and returns when it is on the disk, name and all. Mode 0600. */
export function writeDurably(path: string, text: string | Iterable<string>): void {
  // Of its own name: two that write at once do not take each other's, and nothing that stands there is written through.
  const temporary = join(dirname(path), `${beginning(basename(path))}.${randomBytes(6).toString('hex')}.tmp`);
  const file = openSync(temporary, 'wx', 0o600);
  try {
    try {
      for (const part of typeof text === 'string' ? [text] : text) {
        for (const piece of encoded(part)) writeAll(file, piece);
      }
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    moveDurably(temporary, path);
  } catch (error) {
    rmSync(temporary, {force: true});
    throw error;
  }
}

/** Of a name that leaves no room for more only the beginning: file systems take 255 bytes, or as many units of UTF-16. */
function beginning(name: string): string {
  return Buffer.byteLength(name) > 200 ? name.slice(0, 50) : name;
}

/** Renames, and returns when that is on the disk. */
export function moveDurably(from: string, to: string): void {
  renameSync(from, to);
  syncFolder(dirname(to));
  if (dirname(from) !== dirname(to)) syncFolder(dirname(from));
}

/**
 * Adds a line to a file, whole or not at all, and returns when it is on the disk. What a crash left of an earlier line
 * stays a line of its own.
 */
export function appendDurably(path: string, line: string): void {
  const file = openToAppend(path);
  try {
    const {size} = fstatSync(file);
    const last = Buffer.alloc(1);
    const torn = size > 0 && readSync(file, last, 0, 1, size - 1) === 1 && last[0] !== 0x0a;
    try {
      writeAll(file, Buffer.from(`${torn ? '\n' : ''}${line}\n`));
    } catch (error) {
      ftruncateSync(file, size);
      throw error;
    }
    fsyncSync(file);
    if (size === 0) syncFolder(dirname(path));
  } finally {
    closeSync(file);
  }
}

/** Writes all of it, however much the system takes at once. */
export function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

/** Makes names in a folder last. Where a folder can't be opened (Windows), the file system sees to it. */
export function syncFolder(path: string): void {
  let folder: number;
  try {
    folder = openSync(path, 'r');
  } catch {
    return;
  }
  try {
    fsyncSync(folder);
  } catch {
    // Some network file systems refuse it; the file's own sync is done.
  } finally {
    closeSync(folder);
  }
}
