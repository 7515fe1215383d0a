// A chart's templates are a program: they may count for ever, and take all memory there is. What Helm may take is bounded here.
import {execFile, execFileSync} from 'node:child_process';
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

/** The kernel's own files on Linux, ps(1) on every other Unix. */
type Source = 'proc' | 'ps';

const usualSource: Source = process.platform === 'linux' ? 'proc' : 'ps';

/** Of every process its number, its parent's, and what it has in memory in kilobytes. By its path: not what PATH names first. */
const ps = ['/bin/ps', ['-axo', 'pid=,ppid=,rss=']] as const;
const psOptions = {timeout: 5000, maxBuffer: 64 * 1024 * 1024, env: {LC_ALL: 'C'}};

/** A family out of what `ps` prints. */
export function familyIn(listing: string, pid: number): Family {
  const children = new Map<number, number[]>();
  const bytes = new Map<number, number>();
  for (const line of listing.split('\n')) {
    const [own, parent, kilobytes] = line.trim().split(/\s+/).map(Number);
    if (own === undefined || parent === undefined || kilobytes === undefined) continue;
    bytes.set(own, kilobytes * 1024);
    children.set(parent, [...(children.get(parent) ?? []), own]);
  }
  const members: number[] = [];
  const seen = new Set<number>();
  const add = (one: number): void => {
    if (seen.has(one) || !bytes.has(one)) return;
    seen.add(one);
    for (const child of children.get(one) ?? []) add(child);
    members.push(one);
  };
  add(pid);
  return {bytes: members.reduce((sum, one) => sum + bytes.get(one)!, 0), members};
}

/** How often memory is looked at, milliseconds: a template fills a gigabyte in half a second at the soonest; ps takes some itself. */
const intervals = {proc: 50, ps: 200};

/**
 * Kills a program, and all that it started, once together they have more in memory. Where there is no /proc and no ps, Go's
 * own GOMEMLIMIT slows it down, and the time ends it.
 *
 * @param most bytes
 * @param killed called before
 * @returns ends the watch
 */
export function watchMemory(pid: number, most: number, killed: () => void, source = usualSource): () => void {
  const hold = ({bytes, members}: Family) => {
    if (bytes <= most) return;
    killed();
    end(members);
  };
  if (source === 'proc') {
    const timer = setInterval(() => hold(familyOf(pid)), intervals.proc);
    return () => clearInterval(timer);
  }
  let watching = true;
  let timer: NodeJS.Timeout;
  const look = () => {
    execFile(...ps, psOptions, (error, listing) => {
      if (!watching) return;
      if (!error) hold(familyIn(listing, pid));
      timer = setTimeout(look, intervals.ps);
    });
  };
  look();
  return () => {
    watching = false;
    clearTimeout(timer);
  };
}

/** Kills a program that is a child of this one, and all that it started: a wrapper's Helm would run on. */
export function killFamily(pid: number, source = usualSource): void {
  const {members} = source === 'proc' ? familyOf(pid) : familyNow(pid);
  end(members.length > 0 ? members : [pid]);
}

function familyNow(pid: number): Family {
  try {
    return familyIn(execFileSync(...ps, {...psOptions, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore']}), pid);
  } catch {
    return {bytes: 0, members: []};
  }
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
