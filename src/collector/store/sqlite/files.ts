import {fileIdentity} from '../../../host/file-identity.ts';

/**
 * A function that says whether the files of a database are still those at their paths: the database, and its log, which may
 * come into being later.
 *
 * @param name leads to the database, too
 */
export function filesOf(path: string, name = path): () => boolean {
  const main = fileIdentity(path);
  let log = fileIdentity(`${path}-wal`);
  return () => {
    if (fileIdentity(name) !== main) return false;
    log ??= fileIdentity(`${path}-wal`);
    return fileIdentity(`${path}-wal`) === log;
  };
}
