import {statSync} from 'node:fs';

/** What tells a file from another one at the same path; undefined if there is none. Exact numbers: some do not fit a double. */
export function fileIdentity(path: string): string | undefined {
  const found = statSync(path, {bigint: true, throwIfNoEntry: false});
  return found && `${found.dev}:${found.ino}`;
}
