import {exitCodes} from '../errors.ts';

/** Runs until the process ends or `dispose` is called; returns `dispose`. For files that must not be left behind. */
export function onExit(cleanUp: () => void): () => void {
  process.once('exit', cleanUp);
  return () => process.removeListener('exit', cleanUp);
}

/** Ctrl-C and a closed pipe end the program with the documented code and without a stack trace. */
export function handleInterrupts(): void {
  process.once('SIGINT', () => process.exit(exitCodes.interrupted));
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // `show | head` is no error: the reader has what it wanted.
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0);
    throw error;
  });
}
