import {lstatSync, readlinkSync} from 'node:fs';
import {dirname, join, resolve, sep} from 'node:path';
import {whoElseMayWrite} from './private-folder.ts';

/** A link on the way to somewhere. */
interface Link {
  readonly path: string;
  readonly uid: number;
  /** So many were met before it that it is followed no more. */
  readonly last: boolean;
}

/**
 * The links on the way to `path`, and on the way that each leads; the result is where the way ends, whether something is there or not.
 *
 * @param most links that are followed; Linux follows as many
 */
export function* linksTo(path: string, most = 40): Generator<Link, string> {
  const parts = resolve(path).split(sep).filter(Boolean);
  let at = '/';
  for (let i = 0; i < parts.length; i++) {
    const next = join(at, parts[i]!);
    const stats = lstatSync(next, {throwIfNoEntry: false});
    if (!stats) return resolve(path);
    if (stats.isSymbolicLink()) {
      yield {path: next, uid: stats.uid, last: most === 0};
      if (most === 0) return next;
      return yield* linksTo(resolve(dirname(next), readlinkSync(next), ...parts.slice(i + 1)), most - 1);
    }
    at = next;
  }
  return at;
}

/**
 * The first link on the way to `path`, or on the way that it leads, that somebody else could let lead elsewhere: another
 * user's, or one that stands where others may write. Undefined if there is none, or users have no numbers here.
 *
 * @param path need not be there
 */
export function swappableLink(path: string): string | undefined {
  const user = process.geteuid?.();
  if (user === undefined) return undefined;
  for (const link of linksTo(path)) {
    const isOurs = link.uid === user || link.uid === 0;
    if (!isOurs || link.last || whoElseMayWrite(dirname(link.path)) !== undefined) return link.path;
  }
  return undefined;
}
