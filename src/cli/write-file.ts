import {randomUUID} from 'node:crypto';
import {closeSync, fsyncSync, openSync, realpathSync, renameSync, rmSync, statSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {writeAll} from '../host/durable.ts';
import {notWritten} from '../host/not-written.ts';
import {onExit} from './interrupt.ts';

/**
 * Writes the parts to a file, whole or not at all: beside it first, then in its place. A link is followed. What is no file (a pipe,
 * /dev/stdout) is written to, never replaced.
 *
 * @throws {UserError} input, if it can't be written; what was there stays
 */
export function writeFileWhole(path: string, parts: Iterable<string>): void {
  const file = opened(path);
  try {
    for (const part of parts) file.write(part);
    file.finish();
  } catch (error) {
    file.undo();
    throw notWritten(path, error);
  }
}

interface Writing {
  write(text: string): void;
  /** What was written takes its place. */
  finish(): void;
  undo(): void;
}

function opened(path: string): Writing {
  try {
    const there = statSync(path, {throwIfNoEntry: false});
    return there && !there.isFile() ? through(path) : beside(there ? realpathSync(path) : path);
  } catch (error) {
    throw notWritten(path, error);
  }
}

function through(path: string): Writing {
  const file = openSync(path, 'w');
  return {
    write: (text) => writeAll(file, Buffer.from(text)),
    finish: () => closeSync(file),
    undo: () => closeQuietly(file),
  };
}

function beside(path: string): Writing {
  const temporary = join(dirname(path), `.seldon-usage-${randomUUID()}.tmp`);
  const file = openSync(temporary, 'wx', 0o600);
  const remove = () => rmSync(temporary, {force: true});
  const keep = onExit(remove);
  return {
    write: (text) => writeAll(file, Buffer.from(text)),
    finish() {
      fsyncSync(file);
      closeSync(file);
      renameSync(temporary, path);
      keep();
    },
    undo() {
      closeQuietly(file);
      remove();
      keep();
    },
  };
}

function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // It was closed before its new name failed.
  }
}
