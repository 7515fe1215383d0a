import {lstatSync, readFileSync, realpathSync, statSync} from 'node:fs';
import {basename, dirname, join, resolve} from 'node:path';
import {reasonOf, UserError} from '../../../errors.ts';
import {clean} from '../../../foreign.ts';
import {addressOf, type SqliteAddress} from './address.ts';

/**
 * The store that a name leads to, by the one path that it has: SQLite keeps its log, and this program its lock, beside
 * the file itself and not beside a link to it. Links and `..` are followed as the kernel does; a mounted folder has the
 * same files under each of its names.
 *
 * A file with several names, by hard links or because it is mounted by itself, has a log beside each of them: what was
 * written through one is missing through the other, and both may damage it (sqlite.org/howtocorrupt.html, 2.5).
 *
 * @throws {UserError} input, if it leads nowhere, or to a file that has several names
 */
export function locate({path: name, relay}: SqliteAddress): SqliteAddress {
  const path = pathOf(name);
  const found = statSync(path, {throwIfNoEntry: false});
  if (found?.isFile() && found.nlink > 1) {
    throw new UserError('input', `The store ${clean(name)} has ${found.nlink} names (hard links).`, {
      suggestions: [
        'Its last reports may be in a log beside one of them, and are missing from the others.',
        `Find them with find -samefile ${clean(path)}; keep the one that has a -wal file beside it, and remove the others.`,
      ],
    });
  }
  if (found?.isFile() && mountPoints().has(path)) {
    throw new UserError('input', `The store ${clean(name)} is a file that is mounted by itself.`, {
      suggestions: ['Mount its folder: the log of the store lies beside it, and would be lost with the container.'],
    });
  }
  return {...addressOf(path, name), ...(relay ? {relay} : {})};
}

function pathOf(name: string): string {
  try {
    if (lstatSync(name, {throwIfNoEntry: false})) return realpathSync.native(name);
    const folder = dirname(name);
    if (!lstatSync(folder, {throwIfNoEntry: false})) return resolve(name);
    return join(realpathSync.native(folder), basename(name));
  } catch (error) {
    const code = reasonOf(error);
    const why = code === 'ENOENT' ? 'is a link to something that is not there' : `can't be found (${code})`;
    throw new UserError('input', `The store ${clean(name)} ${why}.`, {
      suggestions: ['Is its volume mounted? --store sqlite:PATH names another one.'],
      cause: error,
    });
  }
}

/** Paths where something is mounted; none where the system does not tell (proc_pid_mountinfo(5)). */
function mountPoints(): Set<string> {
  try {
    const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    const plain = (text: string) =>
      text.replace(/\\([0-7]{3})/g, (_, octal) => String.fromCharCode(Number.parseInt(octal, 8)));
    return new Set(lines.map((line) => plain(line.split(' ')[4] ?? '')));
  } catch {
    return new Set();
  }
}
