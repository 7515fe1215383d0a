import {randomUUID} from 'node:crypto';
import {closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync, writeSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {onExit} from './interrupt.ts';

/**
 * Writes the file whole or not at all: beside it first, then in its place. A link is followed. What is no file (a pipe,
 * /dev/stdout) is written to, never replaced.
 *
 * @throws {UserError} input, if it can't be written; what was there stays
 */
export function writeFileWhole(path: string, content: string): void {
  const bytes = Buffer.from(content);
  try {
    const there = statSync(path, {throwIfNoEntry: false});
    if (there && !there.isFile()) write(openSync(path, 'w'), bytes);
    else replace(there ? realpathSync(path) : path, bytes);
  } catch (error) {
    throw new UserError('input', `${clean(path)} can't be written (${systemCode(error) ?? 'unknown reason'}).`, {
      suggestions: ['Name another file with --output; what was there is unchanged.'],
      cause: error,
    });
  }
}

function replace(path: string, bytes: Buffer): void {
  const temporary = join(dirname(path), `.seldon-usage-${randomUUID()}.tmp`);
  const file = openSync(temporary, 'wx', 0o600);
  const remove = () => rmSync(temporary, {force: true});
  const keep = onExit(remove);
  try {
    write(file, bytes, fsyncSync);
    renameSync(temporary, path);
  } catch (error) {
    remove();
    throw error;
  } finally {
    keep();
  }
}

function write(file: number, bytes: Buffer, finish?: (file: number) => void): void {
  try {
    for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
    finish?.(file);
  } finally {
    closeSync(file);
  }
}
