import type {DatabaseSync} from 'node:sqlite';
import {leaveToWriter} from './errors.ts';
import {filesOf} from './files.ts';
import {openForCheckpoints} from './open.ts';

/** Pages of the log that are worth a checkpoint: each waits for the disk twice, however little it copies. */
const atLeast = 500;
/** Milliseconds until the next look, after a checkpoint and else. */
const [soon, later] = [50, 250];
/** Milliseconds between two tries to empty the log. */
const again = 10;

/**
 * Copies the log into the database beside its writer, in another thread than the writer's: the disk is waited for there,
 * and reports go on. What is left when the log is to begin anew the writer copies, which is little; where this thread has
 * other work for long, it copies all (`wal_autocheckpoint` in open.ts).
 */
export function checkpointBeside(path: string): {stop(): void} {
  let connection: Connection | undefined;
  let timer: NodeJS.Timeout;
  const close = () => {
    connection?.close();
    connection = undefined;
  };
  const step = () => {
    let hasWorked = false;
    try {
      // As long as anybody has them open, no others can take the place of files that are gone.
      if (connection && !connection.isCurrent()) close();
      connection ??= connect(path);
      hasWorked = connection.step();
    } catch (error) {
      leaveToWriter(error);
    }
    timer = setTimeout(step, hasWorked ? soon : later).unref();
  };
  step();
  return {
    stop() {
      clearTimeout(timer);
      close();
    },
  };
}

interface Connection {
  /** Whether its files are still the ones at their paths. */
  isCurrent(): boolean;
  /** Copies the log if that is worth it; whether it was. */
  step(): boolean;
  close(): void;
}

function connect(path: string): Connection {
  const isCurrent = filesOf(path);
  const database = openForCheckpoints(path);
  // Before version 3.51 SQLite knows no NOOP, and takes it for PASSIVE.
  const state = database.prepare('PRAGMA wal_checkpoint(NOOP)');
  const passive = database.prepare('PRAGMA wal_checkpoint(PASSIVE)');
  return {
    isCurrent,
    step() {
      const {log, checkpointed} = state.get() as {log: number; checkpointed: number};
      if (log - checkpointed < atLeast) return false;
      passive.get();
      return true;
    },
    close: () => database.close(),
  };
}

/**
 * Writes the log into the database and empties it. Waits for others that read, and for a checkpoint that is under way: for
 * that one SQLite does not wait.
 *
 * @param patience milliseconds
 * @returns false if somebody was in the way all the time
 */
export function emptyLog(database: DatabaseSync, patience: number): boolean {
  const checkpoint = database.prepare('PRAGMA wal_checkpoint(TRUNCATE)');
  const end = performance.now() + patience;
  while (checkpoint.get()!.busy !== 0) {
    if (performance.now() > end) return false;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, again);
  }
  return true;
}
