// Stops a process as a paused container does, and lets it go on.
import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as sleep} from 'node:timers/promises';

/**
 * Stops a process and resolves when it stands. The kernel tells each thread for itself: for a moment after kill() has
 * returned, a program of many threads can still answer. Where there is no /proc nobody can be asked, and it resolves at once.
 */
export async function freeze(pid: number): Promise<void> {
  process.kill(pid, 'SIGSTOP');
  while (process.platform === 'linux' && !threadStates(pid).every((state) => state === 'T')) await sleep(5);
}

/** Lets a process go on that was stopped. */
export function thaw(pid: number): void {
  process.kill(pid, 'SIGCONT');
}

// The name before the state is in brackets, and may hold any. A thread can end between the two reads.
function threadStates(pid: number): string[] {
  const states = readdirSync(`/proc/${pid}/task`).flatMap((thread) => {
    try {
      const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'latin1');
      return [stat[stat.lastIndexOf(')') + 2] ?? ''];
    } catch {
      return [];
    }
  });
  if (states.some((state) => state === 'Z' || state === 'X')) throw new Error(`process ${pid} ended before it stood`);
  return states;
}
