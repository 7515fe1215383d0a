import {randomBytes} from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  fstatSync,
  fsyncSync,
  openSync,
  readdirSync,
  readSync,
  realpathSync,
  rmSync,
  type Stats,
  statSync,
} from 'node:fs';
import {basename, dirname, join} from 'node:path';
import {reasonOf, systemCode} from '../errors.ts';
import {moveDurably, writeAll} from './durable.ts';
import {openOwnFile} from './own-file.ts';

/** Characters that are written at once. */
const piece = 64 * 1024;
/** Bytes that are read at once. */
const chunk = 256 * 1024;

/** A file that is written whole or not at all; what an interrupted run has written of it is there for the next one to read. */
export interface ResumedFile {
  /** What a run before has written. */
  readonly before: Before | undefined;
  write(text: string): void;
  /** What is written by now is put on the disk, and what was there before is gone: it is of no more use. */
  outgrow(): void;
  /** What was written takes its place. */
  finish(): void;
  /**
   * Ends without it, and may be called at any time; what was there before stays, unless it is outgrown.
   *
   * @param keep leaves what was written for the next run
   * @returns the names of what is there for it; undefined: nothing is
   */
  leave(keep: boolean): string | undefined;
}

/** A part of a file. */
export interface Before {
  readonly path: string;
  readonly chunks: AsyncIterable<Uint8Array>;
}

/** What was found of a run before. */
interface Found {
  readonly path: string;
  readonly file: number;
  readonly size: number;
}

/**
 * Begins to write a file, beside it: in FILE.RANDOM.partial, for this user alone. Each run has a name of its own, so two of them that
 * are at work at once never write into one file; of what runs before have left the longest is kept, until this one has outgrown
 * it. A link is followed; what is no file (a pipe, /dev/stdout) is written to, never replaced.
 *
 * @param say is told what is there by such a name and is not used, since somebody else may have written it, or not removed
 * @throws {Error} of the system
 */
export function openResumed(path: string, say: (line: string) => void): ResumedFile {
  const there = statSync(path, {throwIfNoEntry: false});
  if (there && !there.isFile()) return through(path);
  const place = there ? realpathSync(path) : path;
  const own = `${place}.${randomBytes(6).toString('hex')}.partial`;
  const file = openSync(own, 'wx', 0o600);
  try {
    return beside(place, own, file, longest(place, own, fstatSync(file), say), say);
  } catch (error) {
    closeSync(file);
    rmSync(own, {force: true});
    throw error;
  }
}

function beside(
  place: string,
  own: string,
  file: number,
  found: Found | undefined,
  say: (line: string) => void,
): ResumedFile {
  const out = buffered(file);
  let before = found;
  let isOpen = true;
  const close = () => {
    isOpen = false;
    closeSync(file);
  };
  const removeBefore = () => {
    if (before) remove(before, say);
    before = undefined;
  };
  return {
    before: found && {path: found.path, chunks: chunksOf(found)},
    write: out.write,
    outgrow() {
      if (!before) return;
      out.flush();
      fsyncSync(file);
      removeBefore();
    },
    finish() {
      out.flush();
      fsyncSync(file);
      moveDurably(own, place);
      close();
      removeBefore();
    },
    leave(keep) {
      if (!isOpen) return undefined;
      close();
      if (!keep) rmSync(own, {force: true});
      return before || existsSync(own) ? `${place}.*.partial` : undefined;
    },
  };
}

function through(path: string): ResumedFile {
  const file = openSync(path, 'w');
  const out = buffered(file);
  let isOpen = true;
  const close = () => {
    if (isOpen) closeSync(file);
    isOpen = false;
  };
  const finish = () => {
    out.flush();
    close();
  };
  const leave = () => {
    close();
    return undefined;
  };
  return {before: undefined, write: out.write, outgrow() {}, finish, leave};
}

/** Each write is a call of the system. */
function buffered(file: number): {write(text: string): void; flush(): void} {
  let waiting = '';
  const flush = () => {
    const bytes = Buffer.from(waiting);
    waiting = '';
    writeAll(file, bytes);
  };
  return {
    flush,
    write(text) {
      waiting += text;
      if (waiting.length >= piece) flush();
    },
  };
}

/** Opens the longest part of a file that runs before have left, and removes the others. */
function longest(place: string, own: string, ownStats: Stats, say: (line: string) => void): Found | undefined {
  const found: Found[] = [];
  const start = `${basename(place)}.`;
  for (const name of namesIn(dirname(place))) {
    if (!name.startsWith(start) || !/^[\da-f]{12}[.]partial$/.test(name.slice(start.length))) continue;
    const path = join(dirname(place), name);
    if (path === join(own)) continue;
    try {
      found.push(openPart(path, ownStats));
    } catch (error) {
      // Another run has just come to its end.
      if (systemCode(error) === 'ENOENT') continue;
      say(`${path} is left as it is, and not used: ${whys[systemCode(error) ?? ''] ?? (error as Error).message}.`);
    }
  }
  found.sort((a, b) => b.size - a.size);
  for (const one of found.slice(1)) remove(one, say);
  return found[0];
}

/** What is in a folder; nothing, if this user may only write there. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    if (systemCode(error) === 'EACCES') return [];
    throw error;
  }
}

/** What is written is none the worse for it if it stays. What has grown since is that of another run, which is at work. */
function remove({file, path, size}: Found, say: (line: string) => void): void {
  const isAlive = fstatSync(file).size !== size;
  closeSync(file);
  if (isAlive) return;
  try {
    rmSync(path, {force: true});
  } catch (error) {
    say(`${path} can't be removed (${reasonOf(error)}): it is of no more use.`);
  }
}

const whys: Readonly<Record<string, string>> = {
  ELOOP: 'it is a link',
  EINVAL: 'it is not a file',
  EOWNER: 'somebody else may have written it',
  EACCES: 'it can’t be read',
};

/** Whoever could write to it could have it say anything: it is as a new one is, and has no second name. */
function openPart(path: string, own: Stats): Found {
  const file = openOwnFile(path, constants.O_RDONLY);
  const {uid, mode, nlink, size} = fstatSync(file);
  if (uid === own.uid && (mode & 0o777 & ~own.mode) === 0 && nlink === 1) return {path, file, size};
  closeSync(file);
  throw Object.assign(new Error(`EOWNER: ${path}`), {code: 'EOWNER'});
}

async function* chunksOf({file, size}: Found): AsyncGenerator<Uint8Array, void> {
  for (let at = 0; at < size; ) {
    const bytes = Buffer.allocUnsafe(Math.min(chunk, size - at));
    const read = readSync(file, bytes, 0, bytes.length, at);
    if (read === 0) return;
    yield bytes.subarray(0, read);
    at += read;
  }
}
