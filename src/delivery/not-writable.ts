import {systemCode, UserError} from '../errors.ts';
import {clean} from '../foreign.ts';

/** Why nothing is sent when it could not be recorded. */
export function notWritable(path: string, error: unknown): UserError {
  const code = systemCode(error);
  const why =
    code === 'ENOSPC' || code === 'EDQUOT' ? 'the disk is full' : (reasons[code ?? ''] ?? code ?? 'unknown reason');
  return new UserError(
    'delivery',
    `Nothing was sent: what leaves is recorded first, and ${clean(path)} can't be written (${why}).`,
    {suggestions: ['--state-dir names another folder.'], cause: error},
  );
}

const reasons: Record<string, string> = {
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  EROFS: 'read-only file system',
  ENOTDIR: 'part of the path is a file',
  ELOOP: 'part of the path is a link or no file',
  EINVAL: 'what is there is no file',
  ENXIO: 'what is there is no file',
  EISDIR: 'a folder is there instead of a file',
  EEXIST: 'part of the path is a file',
  EMLINK: 'its ledger has a second name, a hard link',
  EOWNER: 'its file lock is another user’s, or not empty',
  ERR_SQLITE_ERROR: 'it can’t be locked',
};
