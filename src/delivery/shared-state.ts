import {lstatSync} from 'node:fs';
import {join} from 'node:path';
import {clean} from '../foreign.ts';
import {whoElseMayWrite} from '../host/private-folder.ts';
import {folders} from './state-folder.ts';

/**
 * What the person should know of a state directory that is not this user's alone, in a sentence; undefined where it is, and
 * where that can't be told. It is used all the same: volumes of Kubernetes are made so (an emptyDir is 0777, OpenShift's
 * belong to root and a group), and what is read there is held for hostile in any case.
 *
 * @param folder the state directory, which is there
 */
export function sharedState(folder: string): string | undefined {
  if (process.geteuid === undefined) return undefined;
  for (const name of ['', ...folders, 'agreed', 'cluster-ids']) {
    const path = join(folder, name);
    if (!lstatSync(path, {throwIfNoEntry: false})) continue;
    const why = whoElseMayWrite(path);
    if (why !== undefined)
      return `The state directory ${clean(folder, 500)} is not this user's alone (${clean(why, 500)}): who can write there can change or remove what is recorded of reports, and what waits. --state-dir names another folder.`;
  }
  return undefined;
}
