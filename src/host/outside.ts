import {readFileSync} from 'node:fs';

/**
 * Whether files of a user are those of somebody outside of the container: in a user namespace that has few users, the kernel tells
 * of every other one by one number. What of theirs is there was put there by whoever began the container, who can do anything in it.
 *
 * @param tables the kernel's number for them, and which users there are; see user_namespaces(7)
 */
export function isOutside(
  uid: number,
  tables = {overflow: '/proc/sys/kernel/overflowuid', map: '/proc/self/uid_map'},
): boolean {
  try {
    if (uid !== Number(readFileSync(tables.overflow, 'utf8'))) return false;
    const ranges = readFileSync(tables.map, 'utf8').trim().split('\n');
    // A user of the container's own may have that number: then nobody knows which of them it is.
    return ranges.every((range) => {
      const [first = Number.NaN, , count = Number.NaN] = range.trim().split(/\s+/).map(Number);
      return uid < first || uid >= first + count;
    });
  } catch {
    return false;
  }
}
