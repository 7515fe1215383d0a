import {closeSync, openSync, realpathSync, statSync} from 'node:fs';
import {writeAll, writeDurably} from '../host/durable.ts';
import {notWritten} from '../host/not-written.ts';

/**
 * Writes the parts to a file, whole or not at all: beside it first, then in its place. A link is followed. What is no file (a pipe,
 * /dev/stdout) is written to, never replaced.
 *
 * @throws {UserError} input, if it can't be written; what was there stays
 */
export function writeFileWhole(path: string, parts: Iterable<string>): void {
  try {
    const there = statSync(path, {throwIfNoEntry: false});
    if (there && !there.isFile()) writeThrough(path, parts);
    else writeDurably(there ? realpathSync(path) : path, parts);
  } catch (error) {
    throw notWritten(path, error);
  }
}

function writeThrough(path: string, parts: Iterable<string>): void {
  const file = openSync(path, 'w');
  try {
    for (const part of parts) writeAll(file, Buffer.from(part));
  } finally {
    closeSync(file);
  }
}
