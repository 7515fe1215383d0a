import {type BigIntStats, statSync} from 'node:fs';

/** What tells the file at a path from any other, whatever names it has; undefined if there is none. */
export function fileIdentity(path: string): string | undefined {
  const found = statSync(path, {bigint: true, throwIfNoEntry: false});
  return found && identityOf(found);
}

/** The same of what is known of a file. Exact numbers: those of some file systems do not fit into a double. */
export function identityOf({dev, ino}: BigIntStats): string {
  return `${dev}:${ino}`;
}
