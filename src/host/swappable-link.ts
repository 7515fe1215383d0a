import {lstatSync, readlinkSync} from 'node:fs';
import {dirname, join, resolve, sep} from 'node:path';
import {whoElseMayWrite} from './private-folder.ts';

/**
 * The first link on the way to `path`, or on the way that it leads, that somebody else could let lead elsewhere: another
 * user's, or one that stands where others may write. Undefined if there is none, or users have no numbers here.
 *
 * @param path need not be there
 * @param most links that are followed; Linux follows as many
 */
export function swappableLink(path: string, most = 40): string | undefined {
  const user = process.geteuid?.();
  if (user === undefined) return undefined;
  const parts = resolve(path).split(sep).filter(Boolean);
  for (let at = '/', i = 0; i < parts.length; i++) {
    const next = join(at, parts[i]!);
    const stats = lstatSync(next, {throwIfNoEntry: false});
    if (!stats) return undefined;
    if (stats.isSymbolicLink()) {
      const isOurs = stats.uid === user || stats.uid === 0;
      if (!isOurs || most === 0 || whoElseMayWrite(dirname(next)) !== undefined) return next;
      return swappableLink(resolve(dirname(next), readlinkSync(next), ...parts.slice(i + 1)), most - 1);
    }
    at = next;
  }
  return undefined;
}
