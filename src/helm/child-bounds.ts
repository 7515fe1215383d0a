// A chart's templates are a program: they may count for ever, and take all memory there is. What Helm may take is bounded here.
import {readdirSync, readFileSync} from 'node:fs';

/** What a program has in memory, bytes, with those that it started. */
interface Family {
  readonly bytes: number;
  /** Process numbers, those that were started before those that started them. */
  readonly members: readonly number[];
}

/** @returns nothing where there is no /proc of Linux, or the process is gone */
function familyOf(pid: number, seen = new Set<number>()): Family {
  if (seen.has(pid)) return {bytes: 0, members: []};
  seen.add(pid);
  let bytes: number;
  let children: Family[];
  try {
    bytes = Number(/^VmRSS:\s*(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1] ?? 0) * 1024;
    children = readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      childrenOf(`/proc/${pid}/task/${thread}/children`).map((child) => familyOf(child, seen)),
    );
  } catch {
    return {bytes: 0, members: []};
  }
  return {
    bytes: children.reduce((sum, child) => sum + child.bytes, bytes),
    members: [...children.flatMap(({members}) => members), pid],
  };
}

/** The kernel may be built without them, and a thread may be gone. */
function childrenOf(file: string): number[] {
  try {
    return readFileSync(file, 'latin1').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

/** How often memory is looked at, milliseconds: a template fills a gigabyte in half a second at the soonest. */
const interval = 50;

/**
 * Kills a program, and all that it started, once together they have more in memory. Linux only: elsewhere Go's own GOMEMLIMIT
 * slows it down, and the time ends it.
 *
 * @param most bytes
 * @param killed called before
 * @returns ends the watch
 */
export function watchMemory(pid: number, most: number, killed: () => void): () => void {
  if (process.platform !== 'linux') return () => {};
  const timer = setInterval(() => {
    const {bytes, members} = familyOf(pid);
    if (bytes <= most) return;
    killed();
    end(members);
  }, interval);
  return () => clearInterval(timer);
}

/** Kills a program that is a child of this one, and all that it started: a wrapper's Helm would run on. */
export function killFamily(pid: number): void {
  const {members} = familyOf(pid);
  end(members.length > 0 ? members : [pid]);
}

function end(members: readonly number[]): void {
  for (const pid of members) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It is gone.
    }
  }
}
