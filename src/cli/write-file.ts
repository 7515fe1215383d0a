import {randomUUID} from 'node:crypto';
import {closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {onExit} from './interrupt.ts';

/**
 * Writes the parts to a file, whole or not at all: beside it first, then in its place. A link is followed. What is no file (a pipe,
 * /dev/stdout) is written to, never replaced.
 *
 * @throws {UserError} input, if it can't be written; what was there stays
 */
export function writeFileWhole(path: string, parts: Iterable<string>): void {
  try {
    const there = statSync(path, {throwIfNoEntry: false});
    if (there && !there.isFile()) write(openSync(path, 'w'), parts);
    else replace(there ? realpathSync(path) : path, parts);
  } catch (error) {
    throw new UserError('input', `${clean(path)} can't be written (${systemCode(error) ?? 'unknown reason'}).`, {
      suggestions: ['Name another file with --output; what was there is unchanged.'],
      cause: error,
    });
  }
}

function replace(path: string, parts: Iterable<string>): void {
  const temporary = join(dirname(path), `.seldon-usage-${randomUUID()}.tmp`);
  const file = openSync(temporary, 'wx', 0o600);
  const remove = () => rmSync(temporary, {force: true});
  const keep = onExit(remove);
  try {
    write(file, parts, fsyncSync);
    renameSync(temporary, path);
  } catch (error) {
    remove();
    throw error;
  } finally {
    keep();
  }
}

function write(file: number, parts: Iterable<string>, finish?: (file: number) => void): void {
  try {
    for (const part of parts) {
      const bytes = Buffer.from(part);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    }
    finish?.(file);
  } finally {
    closeSync(file);
  }
}
