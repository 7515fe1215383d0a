import {statSync} from 'node:fs';

/** What tells a file from another one at the same path; undefined if there is none. */
export function fileIdentity(path: string): string | undefined {
  const found = statSync(path, {throwIfNoEntry: false});
  return found && `${found.dev}:${found.ino}`;
}
