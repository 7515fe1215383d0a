import {type MessagePort, receiveMessageOnPort} from 'node:worker_threads';
import {type BatchMessage, type RefusedMessage, type StoredMessage, unpack} from './messages.ts';
import type {Accepted} from './store/contract.ts';

/** Reports of one transaction: more gain nothing, and the first of them waits longer. */
const mostRows = 1000;

interface Waiting {
  readonly port: MessagePort;
  readonly batch: number;
  /** Reports of it. */
  readonly size: number;
}

/** What `groupCommit` works for. */
export interface CommitTarget {
  /** Which reports have a place; absent: all. */
  admit?(batch: readonly Accepted[]): Promise<readonly boolean[]>;
  /** Stores all or throws; answers true if it is durable, false if the store takes nothing at present. */
  append(batch: readonly Accepted[]): Promise<boolean>;
  countRefused(reasons: Readonly<Record<string, number>>): Promise<void>;
  /** Runs after a commit, when nothing may be waiting. */
  idle?(): void;
}

/**
 * Stores what arrives on the ports: everything that came during a commit is the next one. A batch is answered when it is
 * on disk, and not before.
 */
export function groupCommit(ports: readonly MessagePort[], target: CommitTarget): {finish(): Promise<void>} {
  let rows: Accepted[] = [];
  let waiting: Waiting[] = [];
  let refused: Record<string, number> = {};
  let running: Promise<void> | undefined;

  const take = (port: MessagePort, message: BatchMessage | RefusedMessage) => {
    if ('refused' in message) {
      for (const [reason, count] of Object.entries(message.refused)) refused[reason] = (refused[reason] ?? 0) + count;
      return;
    }
    for (const row of message.rows) rows.push(unpack(row));
    waiting.push({port, batch: message.batch, size: message.rows.length});
  };

  /** Messages that wait on the ports, without going through the event loop for each. */
  const drain = () => {
    for (const port of ports) {
      for (let next = receiveMessageOnPort(port); next; next = receiveMessageOnPort(port)) {
        take(port, next.message);
        if (rows.length >= mostRows) break;
      }
    }
  };

  const run = async () => {
    for (drain(); waiting.length > 0; drain()) {
      const [batch, answered] = [rows, waiting];
      rows = [];
      waiting = [];
      const admitted = await target.admit?.(batch);
      const rest = admitted ? batch.filter((_, i) => admitted[i]) : batch;
      const stored = rest.length > 0 && (await target.append(rest));
      let at = 0;
      for (const {port, batch, size} of answered) {
        const each = stored && admitted ? admitted.slice(at, at + size) : stored;
        at += size;
        port.postMessage({batch, stored: each} satisfies StoredMessage);
      }
      // Timers (retention, counters) get their turn under full load too.
      await new Promise((resolve) => setImmediate(resolve));
    }
    if (Object.keys(refused).length > 0) {
      const counted = refused;
      refused = {};
      await target.countRefused(counted);
    }
    target.idle?.();
  };

  const start = () => {
    running ??= run().finally(() => {
      running = undefined;
      if (waiting.length > 0) start();
    });
  };

  for (const port of ports) {
    port.on('message', (message) => {
      take(port, message);
      start();
    });
  }
  return {
    async finish() {
      start();
      while (running) await running;
    },
  };
}
