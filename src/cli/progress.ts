import type {Progress} from '../operations/collect.ts';

/** Milliseconds between two drawings of the line, and before the first: a small cluster is read before it shows. */
const interval = 200;

/** A line on a terminal that counts the nodes while they are read, and a function that removes it. Silent elsewhere. */
export function nodeProgress(stream: NodeJS.WriteStream = process.stderr): {progress: Progress; done: () => void} {
  if (!stream.isTTY) return {progress: () => {}, done: () => {}};
  let last = performance.now();
  let shown = false;
  return {
    progress(nodes) {
      // Asking the clock for every node would cost more than reading it.
      if (nodes % 64 !== 0 || performance.now() - last < interval) return;
      last = performance.now();
      shown = true;
      stream.write(`\r\u001b[K${nodes} nodes read…`);
    },
    done() {
      if (shown) stream.write('\r\u001b[K');
    },
  };
}
