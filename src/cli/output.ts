import {writeSync} from 'node:fs';
import {exitCodes, readerGone, systemCode} from '../errors.ts';

/** `--json` counts wherever it stands before `--`, also when the rest could not be parsed. */
export function wantsJson(argv: readonly string[]): boolean {
  const end = argv.indexOf('--');
  return argv.slice(0, end < 0 ? undefined : end).includes('--json');
}

const reasons: Record<string, string> = {
  ENOSPC: 'the disk is full',
  EDQUOT: 'the disk quota is used up',
  EFBIG: 'the file may not grow any more',
  EIO: 'the device reports an error',
};

const reader = Promise.withResolvers<void>();
let isGone = false;

/** Whether whoever was to read standard output has closed the pipe. */
export function readerIsGone(): boolean {
  return isGone;
}

/** Resolves when whoever was to read standard output has closed the pipe. */
export function untilReaderIsGone(): Promise<void> {
  return reader.promise;
}

/**
 * Sees to it that standard output is written whole, or the program ends with a sentence and the documented code.
 * Whatever a command does is done before it prints. Standard error is where nobody is told that it can't be written, and
 * what is under way goes on: a report may be on its way, a collector at work.
 *
 * Who reads as much as they want, as `head` does, is told nothing: the command goes on to its end, so that no error of it is
 * lost, and prints nothing more; where it ends well, the exit code is that of a program that SIGPIPE ends.
 */
export function watchOutput(argv: readonly string[]): void {
  const fail = (error: Error) => {
    const code = systemCode(error) ?? 'unknown reason';
    if (isGone || code === 'EPIPE' || code === 'ECONNRESET') return leave();
    const message = `The output can't be written: ${reasons[code] ?? code}.`;
    const suggestions = ['What was done before stays done; only what was to be printed is missing.'];
    process.stderr.write(
      wantsJson(argv)
        ? `${JSON.stringify({error: {code: 'input', message, suggestions}})}\n`
        : `Error: ${message}\n  ${suggestions[0]}\n`,
    );
    process.exit(exitCodes.input);
  };
  writeToTheEnd(process.stdout);
  // Before oclif's own listener, which throws.
  process.stdout.prependListener('error', fail);
  process.stderr.on('error', () => {});
}

function leave(): void {
  if (isGone) return;
  isGone = true;
  process.once('exit', (code) => {
    if (code === 0) process.exitCode = readerGone;
  });
  reader.resolve();
}

/**
 * Node writes to a file once and takes no notice of how much was written: on a disk that gets full in the middle, the
 * rest would be missing without a word.
 */
function writeToTheEnd(stream: NodeJS.WriteStream): void {
  if (stream.constructor.name !== 'SyncWriteStream') return;
  const {fd} = stream as unknown as {fd: number};
  stream._write = (chunk: Uint8Array | string, encoding, done) => {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    try {
      for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at);
    } catch (error) {
      done(error as Error);
      return;
    }
    done();
  };
}
