/** Resolves when the program is asked to end, by SIGTERM or Ctrl-C; a second Ctrl-C ends it at once. */
export function untilStopped(): Promise<NodeJS.Signals> {
  return new Promise((resolve) => {
    const wasInterrupt = process.listeners('SIGINT');
    const stop = (signal: NodeJS.Signals) => {
      process.off('SIGTERM', stop);
      process.off('SIGINT', stop);
      for (const listener of wasInterrupt) process.on('SIGINT', listener);
      resolve(signal);
    };
    // Ctrl-C is how a person stops a server: it has to finish its work first.
    process.removeAllListeners('SIGINT');
    process.on('SIGTERM', stop);
    process.on('SIGINT', stop);
  });
}
