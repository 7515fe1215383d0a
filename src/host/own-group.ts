import {readFileSync} from 'node:fs';

/**
 * Whether a group is this user's alone. Many Linux systems give each user such a group, with the user's own number or, where numbers
 * have drifted apart, name, and have its members write what the user makes (umask 002). Root's is none, whatever is listed: it is the
 * group of whoever runs in a container by a number alone (`docker run --user 1000`, each pod of OpenShift), and images let it write
 * for just these; of other users it is the first group (`operator`, `shutdown`); and root's umask is 022.
 *
 * @param tables where users and groups are listed; one that is not listed there, since a directory service knows it, is not known
 */
export function isOwnGroup(gid: number, tables = {group: '/etc/group', passwd: '/etc/passwd'}): boolean {
  const user = process.geteuid?.();
  if (!user || gid !== process.getegid?.()) return false;
  const users = rows(tables.passwd);
  const own = users.filter(([, , uid]) => uid === String(user)).map(([name]) => name);
  const found = rows(tables.group).filter(([, , id]) => id === String(gid));
  if (gid !== user && !found.some(([name]) => own.includes(name))) return false;
  const others = users.filter(([, , uid, group]) => group === String(gid) && uid !== String(user));
  return found.length > 0 && others.length === 0 && found.every(([name, , , members]) => !members || members === name);
}

/** The rows of a table of the system's; none, if it can't be read. */
function rows(path: string): string[][] {
  try {
    return readFileSync(path, 'utf8')
      .split('\n')
      .map((line) => line.split(':'));
  } catch {
    return [];
  }
}
