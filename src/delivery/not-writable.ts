import {isDiskFull, reasonOf, systemCode, UserError} from '../errors.ts';
import {clean, shellWord} from '../foreign.ts';

/** Why nothing is sent when it could not be recorded. */
export function notWritable(path: string, error: unknown): UserError {
  const why = whyNot(error);
  return new UserError(
    'delivery',
    `Nothing was sent: what leaves is recorded first, and ${clean(path)} can't be written (${why}).`,
    {
      suggestions: [...(systemCode(error) === 'EOWNER' ? unlocking(path) : []), '--state-dir names another folder.'],
      cause: error,
    },
  );
}

/** What the system says, for people. */
export function whyNot(error: unknown): string {
  if (isDiskFull(error)) return 'the disk is full';
  const code = reasonOf(error);
  return reasons[code] ?? code;
}

/** As when the volume of a pod is used by another user ID than before. */
function unlocking(folder: string): string[] {
  const path = shellWord(folder);
  return [
    'Its user, or root, removes the empty files once no seldon-usage of theirs is at work there, and nothing is lost:',
    `rm -f ${path}/lock ${path}/waiting/*.lock`,
  ];
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'read-only file system',
  ENOTDIR: 'part of the path is a file',
  ELOOP: 'part of the path is a link, or not a file',
  EINVAL: 'what is there is not a file',
  ENXIO: 'what is there is not a file',
  EISDIR: 'a folder is there instead of a file',
  EEXIST: 'part of the path is a file',
  EMLINK: 'its ledger has a second name, a hard link',
  EOWNER: 'its file lock is another user’s, or not empty',
  ERR_SQLITE_ERROR: 'it can’t be locked',
};
