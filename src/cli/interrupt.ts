import {exitCodes} from '../errors.ts';

/** Runs until the process ends or `dispose` is called; returns `dispose`. For files that must not be left behind. */
export function onExit(cleanUp: () => void): () => void {
  process.once('exit', cleanUp);
  return () => process.removeListener('exit', cleanUp);
}

/** Ctrl-C ends the program with the documented code and without a stack trace. */
export function handleInterrupts(): void {
  process.once('SIGINT', () => process.exit(exitCodes.interrupted));
}

/**
 * Until `done` is called, the signals that would end the program abort `signal` instead, with their name as the reason:
 * for work that must come to an end of its own.
 */
export function takeSignals(): {signal: AbortSignal; done: () => void} {
  const controller = new AbortController();
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const former = names.map((name) => [name, process.listeners(name)] as const);
  const abort = (name: NodeJS.Signals) => controller.abort(name);
  for (const name of names) {
    process.removeAllListeners(name);
    process.on(name, abort);
  }
  return {
    signal: controller.signal,
    done() {
      for (const [name, listeners] of former) {
        process.removeListener(name, abort);
        for (const listener of listeners) process.on(name, listener as NodeJS.SignalsListener);
      }
    },
  };
}
