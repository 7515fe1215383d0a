import {dirname} from 'node:path';
import {clean} from '../../../foreign.ts';
import {whoElseMayWrite} from '../../../host/private-folder.ts';

/**
 * What whoever runs a collector should know of a store that lies in a folder which is not this user's alone, in a sentence;
 * undefined where it is, and where that can't be told. It is used all the same: volumes of Kubernetes are made so (an
 * emptyDir is 0777, OpenShift's belong to root and a group).
 *
 * @param path the store, whose folder is there
 */
export function sharedStore(path: string): string | undefined {
  if (process.geteuid === undefined) return undefined;
  const folder = dirname(path);
  const why = whoElseMayWrite(folder);
  if (why === undefined) return undefined;
  return `The folder of the store, ${clean(folder, 500)}, is not this user's alone (${clean(why, 500)}): who can write there can read, change or remove what is stored. --store names another place.`;
}
