import {closeSync, fsyncSync, openSync, renameSync, rmSync, writeSync} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';
import {onExit} from './interrupt.ts';

/**
 * Writes the file whole or not at all: beside it first, then in its place.
 *
 * @throws {UserError} input, if it can't be written; what was there stays
 */
export function writeFileWhole(path: string, content: string): void {
  const temporary = join(dirname(path), `.${basename(path)}.${process.pid}.tmp`);
  const keep = onExit(() => rmSync(temporary, {force: true}));
  try {
    const file = openSync(temporary, 'wx', 0o600);
    try {
      const bytes = Buffer.from(content);
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, {force: true});
    throw new UserError('input', `${clean(path)} can't be written (${systemCode(error) ?? 'unknown reason'}).`, {
      suggestions: ['Name another file with --output; what was there is unchanged.'],
      cause: error,
    });
  } finally {
    keep();
  }
}
