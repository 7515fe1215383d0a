import {closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, statSync} from 'node:fs';
import {devNull} from 'node:os';
import {UserError} from '../errors.ts';
import {clean, shellWord} from '../foreign.ts';
import {isOutside} from './outside.ts';
import {isOwnGroup} from './own-group.ts';
import {linksTo} from './swappable-link.ts';

/**
 * Why the content of a file that is open may be somebody else's word, as a clause for people; undefined if only this user and root
 * can have written it, or users have no numbers here. A folder that others may write makes it nobody else's: what they can put
 * there instead is theirs, or a link of theirs.
 *
 * @param file the descriptor: what was read is judged, and not what its name leads to some time later
 * @param path by which it was opened
 */
export function whoElseWrote(file: number, path: string): string | undefined {
  const user = process.geteuid?.();
  if (user === undefined) return undefined;
  const opened = fstatSync(file);
  const way = linksTo(path);
  let step = way.next();
  for (; !step.done; step = way.next()) {
    const {path: link, uid: owner} = step.value;
    if (!isOurs(owner, user)) return `${link} is a link of user ${owner}`;
  }
  if (!isOurs(opened.uid, user)) return `it belongs to user ${opened.uid}`;
  // A shell's `<(…)` is a pipe without a name.
  if (!opened.isFile()) return undefined;
  // While it was opened a link may have stood there that is gone.
  const now = lstatSync(step.value, {throwIfNoEntry: false});
  if (now?.dev !== opened.dev || now.ino !== opened.ino) return 'it was replaced while it was read';
  const open = opened.mode & 0o022;
  if (open === 0 || (open === 0o020 && isOwnGroup(opened.gid))) return undefined;
  return `its mode is ${(opened.mode & 0o777).toString(8)}`;
}

/**
 * This user, root, and in a container who began it: what is mounted there may be theirs. Not who became root by sudo: with it they may
 * have been given no more than this program.
 */
function isOurs(uid: number, user: number): boolean {
  return uid === user || uid === 0 || isOutside(uid);
}

/** The text of a file, and who else may have written it, as a clause. */
export interface Judged {
  readonly text: string;
  readonly others?: string;
}

/**
 * Reads a file that the person names, and judges whose word it is.
 *
 * @throws {Error} of the system
 */
export function readJudged(path: string): Judged {
  return judged(path, constants.O_RDONLY, (file) => readFileSync(file, 'utf8'));
}

/** Most bytes of a file that is small. */
const mostSmall = 1024 * 1024;

/**
 * The same of one that is there or not, in a folder that others may write: neither a pipe nor a device but /dev/null, which might never end.
 *
 * @throws {Error} of the system; `EINVAL` for what is no file, `EFBIG` for one of more than a mebibyte
 */
export function readJudgedFile(path: string): Judged {
  return judged(path, constants.O_RDONLY | constants.O_NONBLOCK, (file) => {
    const stats = fstatSync(file);
    // As many switch a file off.
    if (stats.isCharacterDevice() && stats.rdev === statSync(devNull).rdev) return '';
    const code = stats.isDirectory() ? 'EISDIR' : !stats.isFile() ? 'EINVAL' : stats.size > mostSmall ? 'EFBIG' : '';
    if (code !== '') throw Object.assign(new Error(`${code}: ${path}`), {code});
    return readFileSync(file, 'utf8');
  });
}

function judged(path: string, flags: number, read: (file: number) => string): Judged {
  const file = openSync(path, flags);
  try {
    const text = read(file);
    const others = whoElseWrote(file, path);
    return {text, ...(others === undefined ? {} : {others})};
  } finally {
    closeSync(file);
  }
}

/**
 * That a file is not used, since others may have written it.
 *
 * @param code what it is that is not done
 * @param nothing what did not happen, as a sentence
 * @param instead what else can be done
 */
export function notOwn(
  path: string,
  others: string,
  code: 'consent' | 'input',
  nothing: string,
  instead = 'Or use a copy of your own.',
): UserError {
  const shown = shellWord(path);
  // As a number: who types it may be another user than runs the program, by sudo, from cron or outside of the container.
  const user = process.geteuid?.() ?? '"$(id -u)"';
  return new UserError(code, `Somebody else may have written ${clean(path, 500)}: ${clean(others, 500)}. ${nothing}`, {
    suggestions: [
      'Read what it says. If that is what you want, make it yours alone:',
      `chown ${user} ${shown} && chmod go-w ${shown}`,
      instead,
    ],
  });
}
