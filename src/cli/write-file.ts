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
  const file = opened(path);
  try {
    for (const part of parts) file.write(part);
    file.finish();
  } catch (error) {
    file.undo();
    throw notWritten(path, error);
  }
}

/**
 * The same of parts that are made while they are written.
 *
 * @throws {UserError} as `writeFileWhole`; what making them throws goes through, and what was there stays as well
 */
export async function writeFileWholeFrom(path: string, parts: AsyncIterable<string>): Promise<void> {
  const file = opened(path);
  const write = (text: string) => {
    try {
      file.write(text);
    } catch (error) {
      throw notWritten(path, error);
    }
  };
  try {
    for await (const part of inPieces(parts)) write(part);
    file.finish();
  } catch (error) {
    file.undo();
    throw error instanceof UserError ? error : notWritten(path, error);
  }
}

/** Characters that are written at once. */
const piece = 64 * 1024;

/** The same text in larger parts: each is a call of the system. */
export async function* inPieces(parts: AsyncIterable<string>): AsyncGenerator<string, void> {
  let text = '';
  for await (const part of parts) {
    text += part;
    if (text.length < piece) continue;
    yield text;
    text = '';
  }
  yield text;
}

function notWritten(path: string, error: unknown): UserError {
  return new UserError('input', `${clean(path)} can't be written (${systemCode(error) ?? 'unknown reason'}).`, {
    suggestions: ['Name another file with --output; what was there is unchanged.'],
    cause: error,
  });
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
  return {write: (text) => writeAll(file, text), finish: () => closeSync(file), undo: () => closeQuietly(file)};
}

function beside(path: string): Writing {
  const temporary = join(dirname(path), `.seldon-usage-${randomUUID()}.tmp`);
  const file = openSync(temporary, 'wx', 0o600);
  const remove = () => rmSync(temporary, {force: true});
  const keep = onExit(remove);
  return {
    write: (text) => writeAll(file, text),
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

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
}

function closeQuietly(file: number): void {
  try {
    closeSync(file);
  } catch {
    // It was closed before its new name failed.
  }
}
